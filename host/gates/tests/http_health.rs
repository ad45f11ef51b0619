//! The default gate, the real component, against a real server. `LOCKGATE_HTTP_HEALTH` names another build of it to test.

mod support;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get;
use gates::{Gate, GateSet, Limits, Services};
use rollout::{GateFailure, Kind, Report, Verdict};
use serde_json::{Value, json};
use support::{ask_about, configured, host, load, load_with};

async fn gate() -> Gate {
    load(&component()).await
}

fn component() -> Vec<u8> {
    let committed =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/http-health/http-health.wasm");
    let path = std::env::var_os("LOCKGATE_HTTP_HEALTH").map_or(committed, PathBuf::from);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn component_is_under_150_kb() {
    let bytes = component().len();
    assert!(bytes < 150_000, "http-health has {bytes} bytes");
}

/// Serves an app until the test ends, and returns its URL.
async fn serve(app: Router) -> String {
    let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await;
    let listener = listener.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

fn answering(status: u16, body: &'static str) -> Router {
    let status = StatusCode::from_u16(status).expect("a status");
    Router::new().fallback(get(move || async move { (status, body) }))
}

async fn check(settings: Value, stable: &str, canary: &str) -> Result<Report, GateFailure> {
    let gate = gate().await;
    let set = GateSet::new(
        vec![configured("http-health", gate, settings)],
        Services::silent(),
    );
    let mut answers = ask_about(&set, Kind::HealthCheck, &["http-health"], stable, canary).await;
    answers.remove(0).result
}

async fn verdict_on(settings: Value, canary: Router) -> (Verdict, String) {
    let url = serve(canary).await;
    let report = check(settings, &url, &url).await.expect("an answer");
    (report.verdict, report.reason)
}

fn quick() -> Value {
    json!({ "interval-ms": 1 })
}

#[tokio::test(flavor = "multi_thread")]
async fn good_canary_is_healthy_with_one_measurement_of_status_and_time_for_each_probe() {
    let url = serve(answering(200, "ok")).await;
    let report = check(quick(), &url, &url).await.expect("an answer");
    assert_eq!(report.verdict, Verdict::Pass, "{}", report.reason);
    let of = |name: &str| {
        report
            .measurements
            .iter()
            .filter(|m| m.name == name)
            .count()
    };
    assert_eq!((of("status"), of("latency")), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn canary_that_answers_503_is_unhealthy_and_the_reason_says_so() {
    let (verdict, reason) = verdict_on(quick(), answering(503, "")).await;
    assert_eq!(verdict, Verdict::Fail);
    assert!(reason.contains("503"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn canary_that_refuses_connections_is_unhealthy() {
    let report = check(quick(), "http://127.0.0.1:9", "http://127.0.0.1:9").await;
    assert_eq!(report.expect("an answer").verdict, Verdict::Fail);
}

#[tokio::test(flavor = "multi_thread")]
async fn canary_that_does_not_answer_in_time_is_unhealthy() {
    let silent = Router::new().fallback(get(std::future::pending::<()>));
    let settings = json!({ "interval-ms": 1, "timeout-ms": 50 });
    let (verdict, reason) = verdict_on(settings, silent).await;
    assert_eq!(verdict, Verdict::Fail, "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn redirect_is_judged_and_never_followed() {
    let elsewhere = serve(answering(200, "ok")).await;
    let app = Router::new().fallback(get(move || {
        let elsewhere = elsewhere.clone();
        async move { (StatusCode::FOUND, [(header::LOCATION, elsewhere)]) }
    }));
    let (verdict, reason) = verdict_on(quick(), app).await;
    assert_eq!(verdict, Verdict::Fail);
    assert!(reason.contains("302"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn body_is_judged() {
    let body = r#"{"status":"ok","load":0.5}"#;
    for (settings, expected_verdict) in [
        (json!({ "body-contains": "ok" }), Verdict::Pass),
        (json!({ "body-contains": "fine" }), Verdict::Fail),
        (json!({ "body-does-not-contain": "error" }), Verdict::Pass),
        (json!({ "body-does-not-contain": "ok" }), Verdict::Fail),
        (
            json!({ "body-json": { "/status": "ok", "/load": 0.5 } }),
            Verdict::Pass,
        ),
        (json!({ "body-json": { "/status": "down" } }), Verdict::Fail),
    ] {
        let mut all = quick();
        for (key, value) in settings.as_object().expect("an object") {
            all[key] = value.clone();
        }
        let (verdict, reason) = verdict_on(all, answering(200, body)).await;
        assert_eq!(verdict, expected_verdict, "{settings}: {reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn statuses_are_a_code_a_range_or_a_list() {
    for (expected, expected_verdict) in [
        (json!(204), Verdict::Pass),
        (json!("200-299"), Verdict::Pass),
        (json!([200, "204-206"]), Verdict::Pass),
        (json!([200, "300-399"]), Verdict::Fail),
    ] {
        let settings = json!({ "interval-ms": 1, "expected-status": expected });
        let (verdict, reason) = verdict_on(settings, answering(204, "")).await;
        assert_eq!(verdict, expected_verdict, "{expected}: {reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn canary_is_compared_with_stable() {
    let good = serve(answering(200, "ok")).await;
    let moved = serve(answering(304, "")).await;
    let settings = json!({ "interval-ms": 1, "expected-status": "200-399", "compare": {} });
    let report = check(settings.clone(), &good, &good)
        .await
        .expect("an answer");
    assert_eq!(report.verdict, Verdict::Pass, "{}", report.reason);
    let report = check(settings, &good, &moved).await.expect("an answer");
    assert_eq!(report.verdict, Verdict::Fail, "{}", report.reason);
}

#[tokio::test(flavor = "multi_thread")]
async fn stable_that_does_not_answer_makes_the_comparison_a_hold() {
    let good = serve(answering(200, "ok")).await;
    let settings = json!({ "interval-ms": 1, "compare": {} });
    let report = check(settings, "http://127.0.0.1:9", &good)
        .await
        .expect("an answer");
    assert!(
        matches!(report.verdict, Verdict::Hold { .. }),
        "{}",
        report.reason
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_break_the_schema_are_all_named() {
    let gate = gate().await;
    let refused = |settings: Value| {
        gate.complete_settings(&settings)
            .expect_err("wrong")
            .to_string()
    };
    let error = refused(json!({ "attempts": "three", "pth": "/x" }));
    for said in [
        "attempts: \"three\" is not a whole number from 1 to 100 (attempts: The most attempts in one call.",
        "pth: unknown setting (did you mean `path`? The path of the request to the canary",
    ] {
        assert!(error.contains(said), "{error}");
    }
    let error = refused(json!({ "expected-status": "2xx", "body-contains": ["ok", ""] }));
    for said in [
        "\"2xx\" does not fit; write a status code from 100 to 599, or a range of them, lower end first, or a list of these",
        "body-contains[1]: \"\" is empty",
    ] {
        assert!(error.contains(said), "{error}");
    }
    let error = refused(json!({ "headers": { "authorization": "Bearer s3cret\n" } }));
    assert!(
        error.contains("headers.authorization: the value is not like"),
        "{error}"
    );
    assert!(!error.contains("s3cret"), "{error}");
}

/// What `complete` in the tests of http-health returns, for the gate itself.
#[tokio::test(flavor = "multi_thread")]
async fn settings_are_completed_as_the_gate_documents() {
    let gate = gate().await;
    let completed = |settings: Value| gate.complete_settings(&settings).expect("they fit");
    let default = json!({
        "path": "/health", "method": "GET", "headers": {}, "expected-status": "200-299", "attempts": 3,
        "interval-ms": 500, "timeout-ms": 5_000, "successes-in-a-row": 2, "failures-in-a-row": 2,
    });
    assert_eq!(completed(json!({})), default);
    let once = completed(json!({ "attempts": 1 }));
    assert_eq!(
        (&once["successes-in-a-row"], &once["failures-in-a-row"]),
        (&json!(1), &json!(1))
    );
    let chosen = completed(json!({ "attempts": 1.0, "successes-in-a-row": 3 }));
    assert_eq!(
        (&chosen["attempts"], &chosen["successes-in-a-row"]),
        (&json!(1), &json!(3))
    );
    assert_eq!(
        completed(json!({ "compare": {} }))["compare"],
        json!({ "same-status-class": true })
    );
    assert_eq!(
        completed(json!({ "compare": { "latency-ratio": 2 } }))["compare"],
        json!({ "latency-ratio": 2, "same-status-class": true, "min-difference-ms": 20 })
    );
    let given = completed(json!({ "path": "/x", "latency": { "max-ms": 5 } }));
    assert_eq!(
        (&given["path"], &given["latency"]),
        (&json!("/x"), &json!({ "max-ms": 5 }))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn call_that_sleeps_in_an_import_is_stopped_at_its_deadline() {
    let url = serve(answering(200, "ok")).await;
    let limits = Limits {
        wall_clock: Duration::from_millis(100),
        ..Limits::default()
    };
    let gate = load_with(&component(), limits).await;
    let sleepy = json!({ "interval-ms": 60_000 });
    let set = GateSet::new(vec![configured("sleepy", gate, sleepy)], Services::silent());
    let answers = ask_about(&set, Kind::HealthCheck, &["sleepy"], &url, &url).await;
    let failure = answers[0].result.as_ref().expect_err("never a verdict");
    assert!(
        matches!(failure, GateFailure::Deadline { budget_ms: 100, .. }),
        "{failure}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn default_gate_imports_no_wasi_and_asks_for_no_further_origin() {
    let gate = gate().await;
    assert!(
        gate.imports()
            .iter()
            .all(|name| name.starts_with("lockgate:plugin/"))
    );
    assert!(gate.description().origins.is_empty());
    assert_eq!(gate.kinds(), [Kind::HealthCheck]);
    assert!(
        host()
            .load("gate", b"", gate.limits().clone())
            .await
            .is_err()
    );
}
