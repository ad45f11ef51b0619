//! Reads that fail in a way that may pass are sent again, and the rest is not.

use std::time::Duration;

use registry::{Limits, Options, Problem, Registries};

use crate::support::{Received, Reply, Server, Stored, error_text, limits, options, registries};

/// Looks up a tag where the first answers are these; returns what came of it, and how many requests there were.
async fn looked_up(
    first: impl Fn(usize) -> Option<Reply> + Send + Sync + 'static,
) -> (Result<registry::Digest, registry::RegistryError>, usize) {
    let stored = Stored::new();
    let server = Server::start(move |request: &Received| {
        first(request.earlier).unwrap_or_else(|| stored.answer(request))
    })
    .await;
    let registries: Registries = registries();
    let result = registries.look_up(&server.reference(":1")).await;
    (result, server.requests().len())
}

#[tokio::test]
async fn failure_that_passes_is_no_error() {
    let (result, sent) = looked_up(|earlier| match earlier {
        0 => Some(Reply::new(500, &[], "")),
        1 => Some(Reply::hang_up()),
        _ => None,
    })
    .await;
    assert_eq!(result.unwrap(), Stored::new().digest());
    assert_eq!(sent, 3);
}

#[tokio::test]
async fn read_is_sent_three_times_in_all() {
    let (result, sent) = looked_up(|_| Some(Reply::new(500, &[], "s3cret"))).await;
    assert!(error_text(result).contains("answered 500"));
    assert_eq!(sent, 3);
    let (result, sent) = looked_up(|_| Some(Reply::hang_up())).await;
    assert!(error_text(result).contains("does not answer"));
    assert_eq!(sent, 3);
}

fn busy(after: &str) -> Reply {
    let headers = [
        ("retry-after", after),
        ("date", "Fri, 27 Nov 2026 10:00:00 GMT"),
    ];
    Reply::new(429, &headers, "")
}

#[tokio::test]
async fn pause_that_the_registry_asks_for_is_kept_up_to_the_longest() {
    for after in [
        "0",
        "1",
        "Fri, 27 Nov 2026 10:00:01 GMT",
        "Fri, 27 Nov 2026 09:00:00 GMT",
    ] {
        let (result, sent) = looked_up(move |earlier| (earlier == 0).then(|| busy(after))).await;
        assert!(result.is_ok(), "{after}: {result:?}");
        assert_eq!(sent, 2, "{after}");
    }
}

#[tokio::test]
async fn longer_pause_is_an_error_that_names_it() {
    for (after, words) in [
        ("7", "429, too many requests for 7 s;"),
        (
            "Fri, 27 Nov 2026 10:00:07 GMT",
            "429, too many requests for 7 s;",
        ),
        ("99999999999999999999", "429, too many requests for "),
    ] {
        let (result, sent) = looked_up(move |_| Some(busy(after))).await;
        let error = error_text(result);
        assert!(error.contains(words), "{after}: {error}");
        assert_eq!(sent, 1, "{after}");
    }
}

#[tokio::test]
async fn pause_that_is_none_is_our_own() {
    for after in ["", "soon", "-1", "1.5", "Fri, 99 Nov 2026 10:00:07 GMT"] {
        let (result, sent) = looked_up(move |_| Some(busy(after))).await;
        let error = error_text(result);
        assert!(
            error.contains("429, too many requests;"),
            "{after}: {error}"
        );
        assert_eq!(sent, 3, "{after}");
    }
}

#[tokio::test]
async fn registry_that_takes_a_connection_and_says_nothing_is_given_up() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let registries = Registries::new(Options {
        limits: Limits {
            connect: Duration::from_millis(50),
            silence: Duration::from_millis(500),
            ..limits()
        },
        ..options()
    });
    let reference = format!("oci://{address}/team/gate:1");
    let reference = registry::Reference::parse(&reference).unwrap();
    let result = registries.look_up(&reference).await;
    let problem = result.as_ref().err().map(|error| error.problem.clone());
    let error = error_text(result);
    let is_right = matches!(problem, Some(Problem::Unreachable { .. }));
    assert!(is_right, "{error}");
}

#[tokio::test]
async fn registry_that_is_not_there_is_an_error() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let reference = format!("oci://{address}/team/gate:1");
    let reference = registry::Reference::parse(&reference).unwrap();
    let result = registries().look_up(&reference).await;
    let problem = result.as_ref().err().map(|error| error.problem.clone());
    let error = error_text(result);
    assert!(
        matches!(problem, Some(Problem::Unreachable { .. })),
        "{error}"
    );
    assert!(
        error.contains(&format!("{address} does not answer: ")),
        "{error}"
    );
}
