//! The verdicts on series of answers. `answers` tests single answers, `comparisons` pairs of them.

mod answers;
mod comparisons;

use serde_json::{Value, json};

use lockgate_gate::{Answer, Health, NoAnswer, measurement};

use super::{Attempt, Finding, judge};
use crate::settings::Settings;
use crate::settings::tests::complete;

fn settings(settings: Value) -> Settings {
    Settings::of(&complete(&settings)).unwrap()
}

fn answer(status: u16, elapsed_ms: f64, body: &str) -> Answer {
    Answer {
        status,
        headers: Vec::new(),
        body: body.as_bytes().to_vec(),
        elapsed_ms,
        no_answer: None,
    }
}

fn silent(no_answer: NoAnswer) -> Answer {
    Answer {
        no_answer: Some(no_answer),
        ..answer(0, 0.0, "")
    }
}

fn timeout() -> Answer {
    silent(NoAnswer::Timeout(Some(250)))
}

fn ok(elapsed_ms: f64) -> Answer {
    answer(200, elapsed_ms, "")
}

fn down() -> Answer {
    answer(503, 4.0, "")
}

fn failed(words: &str) -> Finding {
    Finding::Failed(words.to_owned())
}

/// Returns the verdict on all outcomes; `None` when another attempt is needed.
fn verdict(wanted: Value, outcomes: Vec<Answer>) -> Option<(Health, String)> {
    verdict_on_pairs(
        wanted,
        outcomes.into_iter().map(|canary| (canary, None)).collect(),
    )
}

fn verdict_on_pairs(
    wanted: Value,
    outcomes: Vec<(Answer, Option<Answer>)>,
) -> Option<(Health, String)> {
    let settings = settings(wanted);
    let attempt = |(canary, stable): &(Answer, Option<Answer>)| {
        Attempt::judge(&settings, canary, stable.as_ref())
    };
    let attempts: Vec<Attempt> = outcomes.iter().map(attempt).collect();
    judge(&settings, &attempts).map(|report| (report.health, report.summary))
}

fn says(health: Health, summary: &str) -> Option<(Health, String)> {
    Some((health, summary.to_owned()))
}

#[test]
fn successes_in_a_row_make_healthy_and_failures_in_a_row_unhealthy() {
    assert_eq!(verdict(json!({}), vec![ok(9.0)]), None);
    assert_eq!(
        verdict(json!({}), vec![ok(9.0), ok(12.0)]),
        says(
            Health::Healthy,
            "GET /health answered 200 twice, slowest 12 ms"
        )
    );
    assert_eq!(
        verdict(
            json!({ "successes-in-a-row": 3 }),
            vec![ok(9.0), ok(12.0), ok(3.0)]
        ),
        says(
            Health::Healthy,
            "GET /health answered 200 three times, slowest 12 ms"
        )
    );
    assert_eq!(verdict(json!({}), vec![down()]), None);
    assert_eq!(
        verdict(json!({}), vec![down(), down()]),
        says(
            Health::Unhealthy,
            "GET /health answered 503 (wanted 200-299) twice in a row"
        )
    );
    assert_eq!(
        verdict(json!({ "attempts": 1 }), vec![down()]),
        says(
            Health::Unhealthy,
            "GET /health answered 503 (wanted 200-299)"
        )
    );
}

#[test]
fn failures_of_different_kinds_in_a_row_name_the_last() {
    assert_eq!(
        verdict(json!({}), vec![down(), timeout()]),
        says(
            Health::Unhealthy,
            "GET /health failed twice in a row; the last attempt did not answer within 5000 ms"
        )
    );
}

#[test]
fn pass_names_an_earlier_failure() {
    assert_eq!(
        verdict(json!({}), vec![down(), ok(5.0), answer(204, 6.0, "")]),
        says(
            Health::Healthy,
            "GET /health answered 200 and 204 twice in a row, slowest 6 ms; \
             an earlier attempt answered 503 (wanted 200-299)"
        )
    );
}

#[test]
fn mixed_results_are_unknown_in_any_order() {
    let mixed = |met: u32| {
        format!(
            "GET /health gave mixed results: {met} of 3 attempts succeeded, but they did not end \
             with 2 in a row; the last that failed answered 503 (wanted 200-299)"
        )
    };
    assert_eq!(
        verdict(json!({}), vec![ok(1.0), down(), ok(1.0)]),
        says(Health::Unknown, &mixed(2))
    );
    assert_eq!(
        verdict(json!({}), vec![down(), ok(1.0), down()]),
        says(Health::Unknown, &mixed(1))
    );
}

#[test]
fn percentile_needs_all_attempts_and_counts_no_answer_as_slowest() {
    let bound = |attempts: usize, percentile: usize| {
        json!({
            "attempts": attempts,
            "latency": { "max-ms": 50, "percentile": percentile },
        })
    };
    assert_eq!(verdict(bound(4, 75), vec![ok(90.0)]), None);
    assert_eq!(
        verdict(bound(4, 75), vec![ok(10.0), ok(20.0), ok(30.0)]),
        None
    );
    assert_eq!(
        verdict(bound(4, 75), vec![ok(90.0), ok(20.0), ok(50.0), ok(40.0)]),
        says(
            Health::Healthy,
            "GET /health answered 200 four times, p75 50 ms (at most 50 ms)"
        )
    );
    assert_eq!(
        verdict(bound(4, 76), vec![ok(90.0), ok(20.0), ok(50.0), ok(40.0)]),
        says(
            Health::Unhealthy,
            "GET /health is too slow: p76 of 4 attempts is 90 ms (at most 50 ms)"
        )
    );
    let silent = timeout();
    assert_eq!(
        verdict(
            bound(4, 76),
            vec![silent.clone(), ok(2.0), ok(5.0), ok(4.0)]
        ),
        says(
            Health::Unhealthy,
            "GET /health is too slow: p76 of 4 attempts is an attempt without an answer \
             (at most 50 ms)"
        )
    );
    assert_eq!(
        verdict(bound(4, 75), vec![silent, ok(2.0), ok(5.0), ok(4.0)]),
        says(
            Health::Healthy,
            "GET /health answered 200 in 3 of 4 attempts, p75 5 ms (at most 50 ms); \
             an earlier attempt did not answer within 5000 ms"
        )
    );
}

#[test]
fn percentile_does_not_outweigh_failures() {
    let wanted = || json!({ "attempts": 4, "latency": { "max-ms": 50, "percentile": 50 } });
    let early = verdict(wanted(), vec![ok(1.0), down(), down()]);
    assert_eq!(early.unwrap().0, Health::Unhealthy);
    let late = verdict(wanted(), vec![ok(1.0), ok(1.0), ok(1.0), down()]);
    assert_eq!(late.unwrap().0, Health::Unknown);
}

#[test]
fn percentile_of_one_is_the_fastest_and_of_a_hundred_the_slowest() {
    for (percentile, found) in [(1, "10 ms"), (50, "20 ms"), (51, "30 ms"), (100, "40 ms")] {
        let wanted = json!({ "attempts": 4, "latency": { "max-ms": 1, "percentile": percentile } });
        let outcomes = vec![ok(40.0), ok(20.0), ok(10.0), ok(30.0)];
        let (health, summary) = verdict(wanted, outcomes).unwrap();
        assert_eq!(health, Health::Unhealthy);
        assert!(
            summary.contains(&format!("p{percentile} of 4 attempts is {found} ")),
            "{summary}"
        );
    }
}

#[test]
fn every_answer_is_measured() {
    let settings = settings(json!({ "compare": {}, "attempts": 2, "failures-in-a-row": 2 }));
    let attempts = [
        Attempt::judge(&settings, &answer(503, 7.5, ""), Some(&ok(4.0))),
        Attempt::judge(&settings, &timeout(), Some(&ok(5.0))),
    ];
    let report = judge(&settings, &attempts).unwrap();
    let expected = [
        measurement("status", "canary", 503.0, ""),
        measurement("latency", "canary", 7.5, "ms"),
        measurement("status", "stable", 200.0, ""),
        measurement("latency", "stable", 4.0, "ms"),
        measurement("status", "stable", 200.0, ""),
        measurement("latency", "stable", 5.0, "ms"),
    ];
    assert_eq!(report.measurements, expected);
}
