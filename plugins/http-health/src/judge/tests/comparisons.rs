//! The findings and verdicts about the canary's answers beside the stable's.

use lockgate_gate::Health;
use serde_json::{Value, json};

use super::{Answer, answer, down, failed, ok, says, settings, timeout, verdict_on_pairs};
use crate::judge::{Attempt, Finding};

/// Returns the finding about one pair of answers.
fn comparison(wanted: Value, canary: Answer, stable: Answer) -> Finding {
    Attempt::judge(&settings(wanted), &canary, Some(&stable)).finding
}

fn not_comparable(words: &str) -> Finding {
    Finding::NotComparable(words.to_owned())
}

#[test]
fn canary_must_answer_with_the_class_of_status_that_the_stable_answers() {
    let wanted = || json!({ "expected-status": "200-499", "compare": {} });
    assert_eq!(
        comparison(wanted(), answer(204, 1.0, ""), ok(1.0)),
        Finding::Met
    );
    assert_eq!(
        comparison(wanted(), answer(404, 1.0, ""), ok(1.0)),
        failed("answered 404 where the stable answered 200")
    );
    let lenient = json!({
        "expected-status": "200-499",
        "compare": { "same-status-class": false, "latency-ratio": 2 },
    });
    assert_eq!(
        comparison(lenient, answer(404, 1.0, ""), ok(1.0)),
        Finding::Met
    );
}

#[test]
fn failing_stable_allows_no_comparison_and_excuses_no_failure() {
    let compare = || json!({ "compare": {} });
    assert_eq!(
        comparison(compare(), ok(1.0), down()),
        not_comparable("answered 503 (wanted 200-299)")
    );
    assert_eq!(
        comparison(compare(), ok(1.0), timeout()),
        not_comparable("did not answer within 5000 ms")
    );
    assert_eq!(
        comparison(compare(), down(), timeout()),
        failed("answered 503 (wanted 200-299)")
    );
}

#[test]
fn comparison_without_a_stable_answer_never_passes() {
    let attempt = Attempt::judge(&settings(json!({ "compare": {} })), &ok(1.0), None);
    assert_eq!(attempt.finding, not_comparable("was not asked"));
}

#[test]
fn failing_stable_makes_the_result_unknown_and_is_named() {
    let wanted = || json!({ "compare": { "path": "/healthz" } });
    let silent = || (ok(1.0), Some(timeout()));
    let pair = || (ok(1.0), Some(ok(2.0)));
    assert_eq!(
        verdict_on_pairs(wanted(), vec![silent(), pair(), silent()]),
        says(
            Health::Unknown,
            "GET /health could not be compared: GET /healthz on the stable did not answer within \
             5000 ms, in 2 of 3 attempts"
        )
    );
    assert_eq!(
        verdict_on_pairs(wanted(), vec![silent(), pair(), pair()]),
        says(
            Health::Healthy,
            "GET /health answered 200 twice in a row, slowest 1 ms, median 1 ms against the \
             stable's 2 ms; earlier the stable did not answer within 5000 ms"
        )
    );
    let both_down = || (down(), Some(down()));
    let (health, _) = verdict_on_pairs(wanted(), vec![both_down(), both_down()]).unwrap();
    assert_eq!(health, Health::Unhealthy);
}

#[test]
fn median_may_be_at_most_so_many_times_the_stables() {
    let wanted = || json!({ "compare": { "latency-ratio": 1.5 } });
    let pair = |canary, stable| (ok(canary), Some(ok(stable)));
    assert_eq!(
        verdict_on_pairs(wanted(), vec![pair(9.0, 9.0), pair(9.0, 9.0)]),
        None
    );
    assert_eq!(
        verdict_on_pairs(
            wanted(),
            vec![pair(150.0, 100.0), pair(900.0, 90.0), pair(80.0, 110.0)]
        ),
        says(
            Health::Healthy,
            "GET /health answered 200 three times, slowest 900 ms, median 150 ms against the \
             stable's 100 ms"
        )
    );
    assert_eq!(
        verdict_on_pairs(
            wanted(),
            vec![pair(151.0, 100.0), pair(900.0, 90.0), pair(80.0, 110.0)]
        ),
        says(
            Health::Unhealthy,
            "GET /health is too slow: median 151 ms against the stable's 100 ms \
             (at most 1.5 times as long)"
        )
    );
}

#[test]
fn difference_of_few_milliseconds_is_ignored() {
    let verdict = |canary| {
        let pair = || (ok(canary), Some(ok(2.0)));
        let wanted = json!({ "compare": { "latency-ratio": 1.5 } });
        verdict_on_pairs(wanted, vec![pair(), pair(), pair()])
            .unwrap()
            .0
    };
    assert_eq!(verdict(22.0), Health::Healthy);
    assert_eq!(verdict(22.5), Health::Unhealthy);
}

#[test]
fn median_of_an_even_number_is_the_mean_of_the_two_in_the_middle() {
    let wanted = json!({ "attempts": 2, "compare": { "latency-ratio": 9 } });
    let pairs = vec![(ok(10.0), Some(ok(4.0))), (ok(20.0), Some(ok(5.0)))];
    let (_, summary) = verdict_on_pairs(wanted, pairs).unwrap();
    assert!(
        summary.ends_with("median 15 ms against the stable's 4.5 ms"),
        "{summary}"
    );
}
