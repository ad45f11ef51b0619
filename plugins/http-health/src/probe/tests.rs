//! The probing, with a scripted network and a scripted clock.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::{Network, Origins, ProbeError, Refusal, Request, SendError, probe};
use crate::judge::{Answer, Health, NoAnswer, Report};
use crate::settings::Settings;
use crate::settings::tests::complete;

type Outcome = Result<Answer, SendError>;

const ORIGINS: Origins = Origins {
    canary: "https://canary.example",
    stable: "https://stable.example:8443",
};

/// Returns the scripted answers, and records the requests with their times.
#[derive(Default)]
struct Script {
    answers: VecDeque<Vec<Outcome>>,
    now_ms: u32,
    asked: Vec<(u32, Vec<Request>)>,
}

impl Network for Script {
    fn send_all(&mut self, requests: &[Request]) -> Vec<Outcome> {
        self.asked.push((self.now_ms, requests.to_vec()));
        self.answers
            .pop_front()
            .expect("more was asked than the script foresees")
    }

    fn sleep_ms(&mut self, duration_ms: u32) {
        assert!(
            duration_ms > 0,
            "a wait of nothing is not worth a call to the host"
        );
        self.now_ms += duration_ms;
    }
}

fn run(settings: Value, answers: Vec<Vec<Outcome>>) -> (Result<Report, ProbeError>, Script) {
    let settings = Settings::parse(&complete(&settings).to_string()).unwrap();
    let mut script = Script {
        answers: answers.into(),
        ..Script::default()
    };
    let result = probe(&settings, ORIGINS, &mut script);
    (result, script)
}

fn answer(status: u16) -> Outcome {
    Ok(Answer {
        status,
        body: Vec::new(),
        elapsed_ms: 3.0,
    })
}

fn timeout() -> Outcome {
    Err(SendError::NoAnswer(NoAnswer::TimedOut))
}

fn refusal(refusal: Refusal) -> Outcome {
    Err(SendError::Refusal(refusal))
}

#[test]
fn probing_ends_with_the_decision_and_waits_only_between_attempts() {
    let answers = vec![vec![answer(200)], vec![answer(200)], vec![answer(503)]];
    let (result, script) = run(json!({ "attempts": 10, "interval-ms": 700 }), answers);
    assert_eq!(result.unwrap().health, Health::Healthy);
    let times: Vec<u32> = script.asked.iter().map(|(at, _)| *at).collect();
    assert_eq!(times, [0, 700]);
    assert_eq!(script.now_ms, 700);
}

#[test]
fn probing_ends_with_the_first_run_of_failures() {
    let answers = vec![
        vec![answer(200)],
        vec![timeout()],
        vec![timeout()],
        vec![answer(200)],
    ];
    let (result, script) = run(json!({ "attempts": 10 }), answers);
    assert_eq!(result.unwrap().health, Health::Unhealthy);
    assert_eq!(script.asked.len(), 3);
    assert_eq!(script.now_ms, 1_000);
}

#[test]
fn probing_ends_unknown_when_the_attempts_run_out() {
    let answers = vec![vec![answer(200)], vec![timeout()], vec![answer(200)]];
    let (result, script) = run(json!({ "interval-ms": 0 }), answers);
    assert_eq!(result.unwrap().health, Health::Unknown);
    assert_eq!((script.asked.len(), script.now_ms), (3, 0));
}

#[test]
fn percentile_makes_all_attempts_before_a_pass() {
    let settings = json!({ "attempts": 7, "latency": { "max-ms": 5, "percentile": 90 } });
    let (result, script) = run(settings, vec![vec![answer(200)]; 7]);
    let report = result.unwrap();
    assert_eq!(report.health, Health::Healthy);
    assert_eq!(script.asked.len(), 7);
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
    let (_, script) = run(settings, vec![vec![answer(200)]]);
    let expected = Request {
        method: "POST".to_owned(),
        url: "https://canary.example/ready?deep=1".to_owned(),
        headers: vec![("X-Probe".to_owned(), "lockgate".to_owned())],
        body: Some(b"{}".to_vec()),
        timeout_ms: 250,
    };
    assert_eq!(script.asked, [(0, vec![expected])]);
}

#[test]
fn comparison_sends_both_requests_at_the_same_time() {
    let settings = json!({ "compare": { "path": "/healthz" } });
    let (result, script) = run(settings, vec![vec![answer(200), answer(200)]; 2]);
    assert_eq!(result.unwrap().health, Health::Healthy);
    assert_eq!(script.asked.len(), 2);
    for (_, requests) in &script.asked {
        let urls: Vec<&str> = requests
            .iter()
            .map(|request| request.url.as_str())
            .collect();
        assert_eq!(
            urls,
            [
                "https://canary.example/health",
                "https://stable.example:8443/healthz"
            ]
        );
    }
}

#[test]
fn refusal_by_the_host_is_an_error_and_not_evidence_against_the_canary() {
    let cases = [
        (
            Refusal::Denied("not on the allow list".to_owned()),
            "cannot ask GET https://canary.example/health: \
             lockgate does not allow it: not on the allow list",
        ),
        (
            Refusal::Invalid("bad header".to_owned()),
            "cannot ask GET https://canary.example/health: \
             the request is malformed: bad header",
        ),
        (
            Refusal::Budget("100 requests used up".to_owned()),
            "cannot ask GET https://canary.example/health: \
             100 requests used up; lower `attempts`, or raise this gate's budget",
        ),
        (
            Refusal::NotSeen("canary.example is not resolved here".to_owned()),
            "cannot ask GET https://canary.example/health: \
             canary.example is not resolved here; this says nothing about the revision",
        ),
    ];
    for (reason, message) in cases {
        let (result, script) = run(json!({}), vec![vec![timeout()], vec![refusal(reason)]]);
        assert_eq!(result.unwrap_err().to_string(), message);
        assert_eq!(script.asked.len(), 2);
    }
}

#[test]
fn refused_request_to_the_stable_names_its_url() {
    let denied = refusal(Refusal::Denied("no".to_owned()));
    let (result, _) = run(json!({ "compare": {} }), vec![vec![answer(200), denied]]);
    let message = result.unwrap_err().to_string();
    assert!(
        message.starts_with("cannot ask GET https://stable.example:8443/health:"),
        "{message}"
    );
}

#[test]
fn too_few_answers_of_the_host_are_an_error() {
    let (result, _) = run(json!({ "compare": {} }), vec![vec![answer(200)]]);
    assert_eq!(
        result.unwrap_err(),
        ProbeError::Miscounted {
            requests: 2,
            answers: 1
        }
    );
}
