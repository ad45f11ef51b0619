//! Bodies that end early, and bodies that never end: bounded by size and by time.

use std::time::Duration;

use registry::{Limits, Options, Problem, Registries};

use crate::support::{MANIFEST, Received, Reply, Server, Stored, error_text, limits, options};

const TYPE: &[(&str, &str)] = &[("content-type", MANIFEST)];

/// Pulls, where manifest or component is answered with something else.
async fn pulled(
    is_it: fn(&Received) -> bool,
    instead: impl Fn(&Stored) -> Reply + Send + Sync + 'static,
    limits: Limits,
) -> Problem {
    let stored = Stored::new();
    let version = stored.version();
    let server = Server::start(move |request| {
        if is_it(request) {
            instead(&stored)
        } else {
            stored.answer(request)
        }
    })
    .await;
    let folder = tempfile::tempdir().expect("a folder");
    let registries = Registries::new(Options {
        cache: Some(folder.path().to_owned()),
        limits,
        ..options()
    });
    let result = registries.pull(&server.reference(&version)).await;
    assert!(!folder.path().join("registry").exists(), "nothing is kept");
    let problem = result.as_ref().err().map(|error| error.problem.clone());
    error_text(result);
    problem.expect("an error")
}

#[tokio::test]
async fn body_that_is_cut_off_says_how_much_came() {
    let cut = |stored: &Stored| Reply::cut(&[], &stored.component);
    let problem = pulled(Received::is_blob, cut, limits()).await;
    let text = problem.to_string();
    assert!(
        text.contains("sent 17 of 18 bytes of the component"),
        "{text}"
    );

    let cut = |stored: &Stored| Reply::cut(TYPE, &stored.manifest);
    let problem = pulled(Received::is_manifest, cut, limits()).await;
    let whole = Stored::new().manifest.len();
    let words = format!("sent {} of {whole} bytes of its manifest", whole - 1);
    assert!(problem.to_string().contains(&words), "{problem}");
}

#[tokio::test]
async fn body_of_unknown_length_that_is_cut_off_is_not_said_to_have_one() {
    let cut = |stored: &Stored| Reply::unfinished(TYPE, &stored.manifest[..5], true);
    let problem = pulled(Received::is_manifest, cut, limits()).await;
    let text = problem.to_string();
    assert!(
        text.contains("sent 5 bytes of its manifest, and not its end"),
        "{text}"
    );
}

#[tokio::test]
async fn body_that_stops_in_silence_is_given_up() {
    let short = Limits {
        silence: Duration::from_millis(300),
        ..limits()
    };
    let stop = |stored: &Stored| Reply::unfinished(&[], &stored.component[..5], false);
    let problem = pulled(Received::is_blob, stop, short.clone()).await;
    assert!(matches!(problem, Problem::TooSlow { .. }), "{problem}");
    let problem = pulled(Received::is_manifest, |_| Reply::silence(), short).await;
    assert!(matches!(problem, Problem::TooSlow { .. }), "{problem}");
}

#[tokio::test]
async fn whole_pull_has_a_time_of_its_own() {
    let short = Limits {
        whole: Duration::from_millis(300),
        ..limits()
    };
    let problem = pulled(Received::is_blob, |_| Reply::silence(), short).await;
    assert!(matches!(problem, Problem::TooSlow { .. }), "{problem}");
}

#[tokio::test]
async fn body_without_an_end_is_read_up_to_the_limit() {
    let endless = |_: &Stored| Reply::endless(&[], &[b'x'; 1024]);
    let problem = pulled(Received::is_blob, endless, limits()).await;
    let text = problem.to_string();
    assert!(text.contains("more than the 18 bytes"), "{text}");

    let endless = |_: &Stored| Reply::endless(TYPE, &[b' '; 1024]);
    let problem = pulled(Received::is_manifest, endless, limits()).await;
    let is_right = matches!(problem, Problem::TooLarge { max: 8192, .. });
    assert!(is_right, "{problem}");
}

#[tokio::test]
async fn headers_without_an_end_are_read_up_to_a_limit() {
    let endless = |_: &Stored| Reply::endless_headers();
    let problem = pulled(Received::is_manifest, endless, limits()).await;
    assert!(matches!(problem, Problem::Unreachable { .. }), "{problem}");
}
