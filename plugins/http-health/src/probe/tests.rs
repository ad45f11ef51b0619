//! The probing, with a scripted network. The clock is that of the kit's testing: waiting moves it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use lockgate_gate::host::testing::{response, set_network};
use lockgate_gate::host::{Error, Response};
use lockgate_gate::{CannotAnswer, Health, Report, Request, Revision, now_ms};
use serde_json::{Value, json};

use super::probe;
use crate::settings::Settings;
use crate::settings::tests::complete;

type Outcome = Result<Response, Error>;

/// The requests with the times at which they were sent, and how long the probing took.
#[derive(Default)]
struct Seen {
    asked: Vec<(f64, Request)>,
    took_ms: f64,
}

impl Seen {
    fn times(&self) -> Vec<f64> {
        self.asked.iter().map(|(at, _)| *at).collect()
    }
}

fn revision(name: &str, url: &str) -> Revision {
    Revision {
        name: name.to_owned(),
        url: url.to_owned(),
        image: String::new(),
    }
}

fn run(settings: Value, answers: Vec<Outcome>) -> (Result<Report, CannotAnswer>, Seen) {
    let settings = Settings::of(&complete(&settings)).unwrap();
    let began = now_ms();
    let asked = Rc::new(RefCell::new(Vec::new()));
    let (seen, mut answers) = (Rc::clone(&asked), VecDeque::from(answers));
    set_network(move |request| {
        seen.borrow_mut().push((now_ms() - began, request.clone()));
        let answer = answers.pop_front();
        answer.expect("more was asked than the script foresees")
    });
    let canary = revision("shop--v2", "https://canary.example");
    let stable = revision("shop--v1", "https://stable.example:8443");
    let result = probe(&settings, &canary, &stable);
    let seen = Seen {
        asked: asked.take(),
        took_ms: now_ms() - began,
    };
    (result, seen)
}

fn answer(status: u16) -> Outcome {
    response(status, "", 3.0)
}

fn timeout() -> Outcome {
    Err(Error::Timeout)
}

#[test]
fn probing_ends_with_the_decision_and_waits_only_between_attempts() {
    let answers = vec![answer(200), answer(200), answer(503)];
    let (result, seen) = run(json!({ "attempts": 10, "interval-ms": 700 }), answers);
    assert_eq!(result.unwrap().health, Health::Healthy);
    assert_eq!(seen.times(), [0.0, 700.0]);
    assert_eq!(seen.took_ms, 700.0);
}

#[test]
fn probing_ends_with_the_first_run_of_failures() {
    let answers = vec![answer(200), timeout(), timeout(), answer(200)];
    let (result, seen) = run(json!({ "attempts": 10 }), answers);
    assert_eq!(result.unwrap().health, Health::Unhealthy);
    assert_eq!(seen.times(), [0.0, 500.0, 1_000.0]);
}

#[test]
fn probing_ends_unknown_when_the_attempts_run_out() {
    let answers = vec![answer(200), timeout(), answer(200)];
    let (result, seen) = run(json!({ "interval-ms": 0 }), answers);
    assert_eq!(result.unwrap().health, Health::Unknown);
    assert_eq!(seen.times(), [0.0; 3]);
}

#[test]
fn percentile_makes_all_attempts_before_a_pass() {
    let settings = json!({ "attempts": 7, "latency": { "max-ms": 5, "percentile": 90 } });
    let (result, seen) = run(settings, vec![answer(200); 7]);
    let report = result.unwrap();
    assert_eq!(report.health, Health::Healthy);
    assert_eq!(seen.asked.len(), 7);
    assert_eq!(report.measurements.len(), 14);
}

#[test]
fn request_has_everything_that_is_configured() {
    let settings = json!({
        "attempts": 1,
        "path": "/ready?deep=1",
        "method": "POST",
        "headers": { "X-Probe": "lockgate" },
        "body": "{}",
        "timeout-ms": 250,
    });
    let (_, seen) = run(settings, vec![answer(200)]);
    let [(_, request)] = &seen.asked[..] else {
        panic!("one request");
    };
    assert_eq!(request.method, "POST");
    assert_eq!(request.url, "https://canary.example/ready?deep=1");
    let header = ("X-Probe".to_owned(), "lockgate".to_owned());
    assert_eq!(request.headers, [header]);
    assert_eq!(request.body.as_deref(), Some(&b"{}"[..]));
    assert_eq!(request.timeout_ms, Some(250));
}

#[test]
fn comparison_sends_both_requests_before_it_waits() {
    let settings = json!({ "compare": { "path": "/healthz" } });
    let (result, seen) = run(settings, vec![answer(200); 4]);
    assert_eq!(result.unwrap().health, Health::Healthy);
    let urls = seen.asked.iter().map(|(_, request)| request.url.as_str());
    let urls: Vec<&str> = urls.collect();
    let pair = [
        "https://canary.example/health",
        "https://stable.example:8443/healthz",
    ];
    assert_eq!(urls, [pair, pair].concat());
    assert_eq!(seen.times(), [0.0, 0.0, 500.0, 500.0]);
}

#[test]
fn what_lockgate_did_not_send_ends_the_call_and_is_no_evidence_against_the_canary() {
    let denied = Err(Error::Denied("not on the allow list".to_owned()));
    let (result, seen) = run(json!({}), vec![timeout(), denied]);
    assert_eq!(
        result.unwrap_err().text(),
        "GET https://canary.example/health: denied: not on the allow list"
    );
    assert_eq!(seen.asked.len(), 2);
}

#[test]
fn refused_request_to_the_stable_names_its_url() {
    let denied = Err(Error::Denied("no".to_owned()));
    let (result, _) = run(json!({ "compare": {} }), vec![answer(200), denied]);
    let error = result.unwrap_err();
    let wanted = "GET https://stable.example:8443/health: denied: no";
    assert_eq!(error.text(), wanted);
}
