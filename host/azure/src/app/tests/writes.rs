//! Writes: what is sent, and what each end of an operation means.

use std::sync::atomic::{AtomicUsize, Ordering};

use rollout::{LEASE_FORMAT, Labels, LeaseState, Place, Share};

use super::*;
use crate::scripted::accepted;

fn traffic(canary: u32) -> Traffic {
    let share = |name: &str, weight: Weight, label: Option<&str>| Share {
        target: TrafficTarget::Revision(name.to_owned()),
        weight,
        label: label.map(str::to_owned),
    };
    let weight = Weight::new(canary).unwrap();
    Traffic(vec![
        share("web--a", weight.rest(), Some("live")),
        share("web--b", weight, None),
    ])
}

fn lease() -> Lease {
    let mut baseline = traffic(0);
    baseline.0.truncate(1);
    Lease {
        format: LEASE_FORMAT,
        place: Place {
            host: "runner-1".to_owned(),
            pipeline: Some("https://ci.example/runs/7".to_owned()),
        },
        labels: Labels::default(),
        emergency: None,
        begun_at: 1_795_400_000,
        stages: [10, 25, 50, 100].map(|w| Weight::new(w).unwrap()).to_vec(),
        weight_since: 1_795_401_000,
        run: "run-1".to_owned(),
        epoch: 1,
        holder: "run-1".to_owned(),
        stable: "web--a".to_owned(),
        canary: "web--b".to_owned(),
        stage: 1,
        weight: Weight::new(25).unwrap(),
        state: LeaseState::Running,
        baseline,
        expires_at: 1_795_406_400,
    }
}

/// Returns a server of an app with one tag of its own. It accepts writes, and `operation` answers for their
/// operation.
async fn server(
    operation: impl Fn(&ReceivedRequest) -> ScriptedReply + Send + Sync + 'static,
) -> ScriptedServer {
    ScriptedServer::start(move |request| match request.method.as_str() {
        "PATCH" => accepted(request),
        _ if request.is("GET", "/web") => before(),
        _ => operation(request),
    })
    .await
}

fn before() -> ScriptedReply {
    reply(200, &app_document("Succeeded", &json!({"team": "shop"}), 0))
}

fn written() -> ScriptedReply {
    reply(200, &app_document("Succeeded", &lease_tags(), 25))
}

fn operation(status: &str) -> ScriptedReply {
    let error = json!({"code": "RevisionNotReady", "message": "It is not ready."});
    reply(200, &json!({"name": "1", "status": status, "error": error}))
}

/// Returns a change: a shift when there is a lease, otherwise a rollback.
fn change<'a>(traffic: &'a Traffic, lease: Option<&'a Lease>) -> Change<'a> {
    Change {
        purpose: match lease {
            Some(_) => Purpose::Shift,
            None => Purpose::RollBack,
        },
        traffic,
        lease,
        note: None,
        needs: Duration::from_secs(60),
    }
}

async fn write(server: &ScriptedServer) -> WriteOutcome {
    app(server)
        .write(change(&traffic(25), Some(&lease())))
        .await
}

/// Returns the text of an outcome, after checking that it shows nothing of a signed URL.
fn text(outcome: &WriteOutcome) -> &str {
    let text = match outcome {
        WriteOutcome::Applied => "",
        WriteOutcome::Refused(text)
        | WriteOutcome::NotNow { reason: text, .. }
        | WriteOutcome::Unknown(text) => text,
    };
    assert!(
        !text.contains("secret") && !text.contains("signed"),
        "{text}"
    );
    text
}

#[tokio::test]
async fn write_sends_traffic_and_complete_tags_in_one_request() {
    let server = server(|_| operation("Succeeded")).await;
    assert_eq!(write(&server).await, WriteOutcome::Applied);
    // What an earlier end has left makes room for the lease.
    let mut tags = lease_tags();
    tags["lockgate-ended"] = Value::Null;
    tags["lockgate-emergency"] = Value::Null;
    assert_eq!(
        server.patch(),
        json!({
            "properties": {"configuration": {"ingress": {"traffic": [
                {"revisionName": "web--a", "weight": 75, "label": "live"},
                {"revisionName": "web--b", "weight": 25}]}}},
            "tags": tags,
        })
    );
    let requests = server.requests();
    let patch = requests.iter().find(|r| r.method == "PATCH").unwrap();
    assert_eq!(patch.header("content-type"), Some("application/json"));
    assert!(
        patch
            .target
            .ends_with("/containerApps/web?api-version=2025-07-01")
    );
}

#[tokio::test]
async fn write_without_a_lease_removes_it_and_keeps_the_apps_own_tags() {
    let server = ScriptedServer::start(|request| match request.method.as_str() {
        "PATCH" => accepted(request),
        _ if request.is("GET", "/web") => written(),
        _ => operation("Succeeded"),
    })
    .await;
    assert_eq!(
        app(&server).write(change(&traffic(0), None)).await,
        WriteOutcome::Applied
    );
    let mut tags = server.patch()["tags"].clone();
    assert_eq!(
        tags.as_object_mut().unwrap().remove("team"),
        Some(json!("shop"))
    );
    let ours = lease_tags();
    for (tag, _) in ours
        .as_object()
        .unwrap()
        .iter()
        .filter(|(tag, _)| *tag != "team")
    {
        assert_eq!(tags[tag], Value::Null, "{tag}");
    }
    // The tags of a lease, one of an emergency, and the one that may stay in its place.
    assert_eq!(tags.as_object().unwrap().len(), 14);
}

#[tokio::test]
async fn removal_includes_the_tags_of_a_longer_lease_that_was_written_and_never_read() {
    let server = server(|_| operation("Succeeded")).await;
    let app = app(&server);
    let mut long = lease();
    long.baseline.0 = (0..6)
        .map(|i| Share {
            target: TrafficTarget::Revision(format!("{}{i}", "n".repeat(100))),
            weight: Weight::ZERO,
            label: None,
        })
        .collect();
    app.write(change(&traffic(25), Some(&long))).await;
    app.write(change(&traffic(0), None)).await;
    let patches: Vec<Value> = server
        .requests()
        .into_iter()
        .filter(|request| request.method == "PATCH")
        .map(|request| request.body["tags"].clone())
        .collect();
    for (tag, _) in patches[0]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(tag, _)| *tag != "team")
    {
        assert_eq!(patches[1].get(tag), Some(&Value::Null), "{tag}");
    }
    assert_eq!(patches[1]["team"], "shop");
}

#[tokio::test]
async fn tags_are_read_before_the_first_write_only() {
    let server = server(|_| operation("Succeeded")).await;
    let app = app(&server);
    app.write(change(&traffic(25), Some(&lease()))).await;
    app.write(change(&traffic(50), Some(&lease()))).await;
    assert_eq!(server.count("GET", "/web"), 1);
    assert_eq!(server.count("PATCH", "/web"), 2);
}

#[tokio::test]
async fn operation_is_followed_by_its_unchanged_url_through_failed_reads() {
    let server = server(|request| match request.earlier {
        0 => operation("InProgress"),
        1 => ScriptedReply::HangUp,
        2 => refusal(503, "Busy"),
        3 => ScriptedReply::Full(200, Vec::new(), "{".to_owned()),
        4 => ScriptedReply::Full(429, vec![("retry-after", "3600".to_owned())], String::new()),
        5 => operation("Tidying"),
        _ => operation("succeeded"),
    })
    .await;
    assert_eq!(write(&server).await, WriteOutcome::Applied);
    let asked = server.requests();
    let asked: Vec<&ReceivedRequest> = asked
        .iter()
        .filter(|r| r.is("GET", "/operations/1"))
        .collect();
    assert_eq!(asked.len(), 7);
    assert!(
        asked
            .iter()
            .all(|r| r.target == "/operations/1?c=signed&s=secret")
    );
}

#[tokio::test]
async fn operation_without_a_status_url_is_followed_by_its_location() {
    let server =
        ScriptedServer::start(|request| match (request.method.as_str(), request.earlier) {
            ("PATCH", _) => {
                let url = format!("{}/results/1", request.base());
                ScriptedReply::Full(202, vec![("location", url)], String::new())
            }
            _ if request.is("GET", "/web") => before(),
            (_, 0..2) => ScriptedReply::Full(202, Vec::new(), String::new()),
            _ => ScriptedReply::Full(200, Vec::new(), String::new()),
        })
        .await;
    assert_eq!(write(&server).await, WriteOutcome::Applied);
    assert_eq!(server.count("GET", "/results/1"), 3);
}

#[tokio::test]
async fn operation_that_fails_is_refused_with_code_and_message() {
    let server = server(|_| operation("Failed")).await;
    let outcome = write(&server).await;
    assert!(matches!(outcome, WriteOutcome::Refused(_)), "{outcome:?}");
    assert!(
        text(&outcome).contains("RevisionNotReady: It is not ready"),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn operation_that_is_canceled_or_does_not_end_is_unknown() {
    for status in ["Canceled", "InProgress"] {
        let server = server(move |_| operation(status)).await;
        let outcome = app_with_short_budgets(&server)
            .write(change(&traffic(25), Some(&lease())))
            .await;
        assert!(
            matches!(outcome, WriteOutcome::Unknown(_)),
            "{status}: {outcome:?}"
        );
        text(&outcome);
    }
}

#[tokio::test]
async fn app_itself_is_read_when_its_operation_may_not_be_followed() {
    for status in [403, 404] {
        // The first read after the write shows the state before it; the second shows that it is being applied.
        let reads = AtomicUsize::new(0);
        let server = ScriptedServer::start(move |request| match request.method.as_str() {
            "PATCH" => accepted(request),
            _ if request.is("GET", "/web") => match reads.fetch_add(1, Ordering::SeqCst) {
                0 | 1 => before(),
                2 => reply(200, &app_document("InProgress", &lease_tags(), 25)),
                _ => written(),
            },
            _ => refusal(status, "No"),
        })
        .await;
        assert_eq!(write(&server).await, WriteOutcome::Applied);
        assert_eq!(server.count("GET", "/web"), 4);
        assert_eq!(server.count("GET", "/operations/1"), 1);
    }
}

#[tokio::test]
async fn write_that_the_app_never_shows_is_unknown() {
    let server = server(|_| refusal(403, "AuthorizationFailed")).await;
    let outcome = write(&server).await;
    assert!(matches!(outcome, WriteOutcome::Unknown(_)), "{outcome:?}");
    assert!(
        text(&outcome).contains("does not show the write"),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn written_weights_without_the_written_lease_do_not_count() {
    let patched = AtomicUsize::new(0);
    let server = ScriptedServer::start(move |request| match request.method.as_str() {
        "PATCH" => {
            patched.fetch_add(1, Ordering::SeqCst);
            ScriptedReply::Full(202, Vec::new(), String::new())
        }
        _ if patched.load(Ordering::SeqCst) > 0 => reply(
            200,
            &app_document("Succeeded", &json!({"team": "shop"}), 25),
        ),
        _ => before(),
    })
    .await;
    let outcome = write(&server).await;
    assert!(matches!(outcome, WriteOutcome::Unknown(_)), "{outcome:?}");
}

#[tokio::test]
async fn operation_on_another_host_is_not_followed() {
    let target = ScriptedServer::start(|_| operation("Succeeded")).await;
    let url = format!("{}/operations/1?s=secret", target.base);
    let patched = AtomicUsize::new(0);
    let server = ScriptedServer::start(move |request| match request.method.as_str() {
        "PATCH" => {
            patched.fetch_add(1, Ordering::SeqCst);
            ScriptedReply::Full(
                202,
                vec![("azure-asyncoperation", url.clone())],
                String::new(),
            )
        }
        _ if patched.load(Ordering::SeqCst) > 0 => written(),
        _ => before(),
    })
    .await;
    assert_eq!(write(&server).await, WriteOutcome::Applied);
    assert!(target.requests().is_empty());
}

#[tokio::test]
async fn write_whose_answer_names_no_operation_is_checked_in_the_app() {
    let patched = AtomicUsize::new(0);
    let server = ScriptedServer::start(move |request| match request.method.as_str() {
        "PATCH" => {
            patched.fetch_add(1, Ordering::SeqCst);
            written()
        }
        _ if patched.load(Ordering::SeqCst) > 0 => written(),
        _ => before(),
    })
    .await;
    assert_eq!(write(&server).await, WriteOutcome::Applied);
}

#[tokio::test]
async fn array_that_loses_requests_or_follows_the_latest_revision_is_not_sent() {
    let server = server(|_| operation("Succeeded")).await;
    let app = app(&server);
    let mut short = traffic(25);
    short.0.pop();
    let mut follows = traffic(25);
    follows.0[1].target = TrafficTarget::LatestReady;
    let mut labelled = traffic(0);
    labelled.0[0].label = None;
    labelled.0[1].target = TrafficTarget::LatestReady;
    labelled.0[1].label = Some("next".to_owned());
    for (wrong, word) in [
        (short, "add up to 75"),
        (follows, "latestRevision"),
        (labelled, "latestRevision"),
    ] {
        let outcome = app.write(change(&wrong, None)).await;
        assert!(matches!(outcome, WriteOutcome::Refused(_)), "{outcome:?}");
        assert!(text(&outcome).contains(word), "{outcome:?}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn write_is_refused_when_the_tags_cannot_be_read_first() {
    let server = ScriptedServer::start(|_| refusal(403, "AuthorizationFailed")).await;
    let outcome = write(&server).await;
    assert!(matches!(outcome, WriteOutcome::Refused(_)), "{outcome:?}");
    assert_eq!(server.count("PATCH", "/web"), 0);
}
