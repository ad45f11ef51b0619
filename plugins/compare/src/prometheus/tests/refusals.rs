//! Answers of which nothing is used: some for now, and some for good.

use lockgate_gate::host::{Error, Response};
use serde_json::{Value, json};

use super::{answer, answers, ask, ask_at, counts, errors, matrix, minutes, series, slow, vector};
use crate::judge::News;
use crate::tests::{SINCE, baking};

#[test]
fn bound_that_no_bucket_has_is_refused_with_those_that_there_are() {
    let all = || {
        matrix(json!([
            series("shop--v1", &["1000"]),
            series("shop--v2", &["100"])
        ]))
    };
    answers(vec![
        all(),
        matrix(json!([])),
        vector("le", &[]),
        vector("le", &["1", "0.25", "+Inf", "0.0005"]),
    ]);
    let error = ask(&slow()).unwrap_err();
    assert!(error.contains("metric slow: slower-than-ms is no bound of a bucket of h_bucket{}; its bounds are 0.5, 250, 1,000 ms"), "{error}");
    answers(vec![all(), matrix(json!([])), vector("le", &["0.5"])]);
    assert_eq!(
        counts(&minutes(ask(&slow()))),
        [[0.0; 4]; 3],
        "it is there and has just begun"
    );
}

#[test]
fn silence_of_the_stable_is_explained() {
    let silent = || matrix(json!([]));
    for (label, values, text) in [
        (
            "revision",
            &[][..],
            "has no series for r{}: check the selector",
        ),
        (
            "revision",
            &[""][..],
            "has no label revision on r{}: set prometheus.label",
        ),
        (
            "revision",
            &["", "v1", "v2"][..],
            "revision is v1, v2, and not shop--v1; set prometheus.stable",
        ),
    ] {
        answers(vec![silent(), silent(), vector(label, values)]);
        let error = ask(&errors()).unwrap_err();
        assert!(
            error.starts_with("metric errors: Prometheus ") && error.contains(text),
            "{error}"
        );
    }
    answers(vec![silent(), silent(), vector("revision", &["shop--v1"])]);
    let found = minutes(ask(&errors()));
    assert!(
        found.iter().all(|minute| !minute.is_counted),
        "Prometheus has just begun to look"
    );
    answers(vec![silent(), silent()]);
    minutes(ask_at(&errors(), &baking(100, 290.0)));
}

#[test]
fn prometheus_that_cannot_answer_now_is_no_news() {
    let busy =
        json!({ "status": "error", "errorType": "unavailable", "error": "too many queries" });
    for (first, text) in [
        (
            answer(429, &busy),
            "Prometheus answered 429: too many queries",
        ),
        (answer(503, &Value::Null), "Prometheus answered 503"),
        (Err(Error::Timeout), "Prometheus did not answer: "),
        (
            Err(Error::Unreachable("refused".to_owned())),
            "Prometheus did not answer: ",
        ),
        (
            answer(
                200,
                &json!({ "status": "success", "warnings": ["a store is down"], "data": {} }),
            ),
            "its answer is not whole: a store is down",
        ),
    ] {
        answers(vec![first, matrix(json!([]))]);
        match ask(&errors()) {
            Ok(News::Nothing(why)) => assert!(why.contains(text), "{why}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn prometheus_that_will_not_answer_ends_the_call() {
    let error =
        json!({ "status": "error", "errorType": "bad_data", "error": "parse error: unexpected" });
    for (first, text) in [
        (
            answer(401, &Value::Null),
            "its credentials belong to the allow rule",
        ),
        (
            answer(403, &Value::Null),
            "its credentials belong to the allow rule",
        ),
        (
            answer(400, &error),
            "Prometheus answered 400: parse error: unexpected: check prometheus.url and the selectors",
        ),
        (answer(302, &Value::Null), "Prometheus answered 302"),
        (
            answer(200, &error),
            "Prometheus answered with an error: parse error",
        ),
        (answer(200, &json!("hello")), "answered with an error"),
        (
            Ok(Response {
                status: 200,
                headers: Vec::new(),
                body: b"<html>".to_vec(),
                elapsed_ms: 1.0,
            }),
            "is not JSON",
        ),
        (
            Err(Error::Denied("no rule allows it".to_owned())),
            "no rule allows it",
        ),
        (
            answer(
                200,
                &json!({ "status": "success", "data": { "resultType": "vector", "result": [] } }),
            ),
            "no matrix",
        ),
    ] {
        answers(vec![first, matrix(json!([]))]);
        let error = ask(&errors()).unwrap_err();
        assert!(error.contains(text), "{error}");
    }
}

#[test]
fn numbers_and_times_that_cannot_be_right_are_used_by_nobody() {
    let values =
        |values: Value| json!([{ "metric": { "revision": "shop--v1" }, "values": values }]);
    let at = |place: f64| SINCE + 60.0 * place;
    for (series, text) in [
        (
            values(json!([[at(2.0), "NaN"]])),
            "a count of NaN at 23:42:00 UTC",
        ),
        (values(json!([[at(2.0), "+Inf"]])), "a count of +Inf"),
        (values(json!([[at(2.0), "-1"]])), "a count of -1"),
        (
            values(json!([[at(3.0), "1"], [at(2.0), "1"]])),
            "out of order, or twice, at 23:42:00 UTC",
        ),
        (
            values(json!([[at(2.0), "1"], [at(2.0), "1"]])),
            "out of order, or twice",
        ),
        (
            values(json!([[at(2.5), "1"]])),
            "a value at 23:42:30 UTC, for which it was not asked",
        ),
        (
            values(json!([[at(9.0), "1"]])),
            "for which it was not asked",
        ),
        (
            values(json!([[at(2.0), 1]])),
            "no pair of a time and a number",
        ),
        (
            json!([series("shop--v1", &["1"]), series("shop--v1", &["1"])]),
            "shop--v1 twice",
        ),
    ] {
        answers(vec![matrix(series), matrix(json!([]))]);
        let error = ask(&errors()).unwrap_err();
        assert!(
            error.contains(text) && error.ends_with("nothing of it is used"),
            "{error}"
        );
    }
}

#[test]
fn clock_of_prometheus_may_not_be_minutes_off() {
    let dated = |date: &str| {
        let mut response = matrix(json!([series("shop--v1", &["1"])])).unwrap();
        response.headers.push(("date".to_owned(), date.to_owned()));
        Ok(response)
    };
    // 23:44:50 by the platform's clock.
    answers(vec![
        dated("Wed, 25 Nov 2026 23:45:30 GMT"),
        matrix(json!([])),
    ]);
    ask(&errors()).unwrap();
    answers(vec![
        dated("Wed, 25 Nov 2026 23:40:50 GMT"),
        matrix(json!([])),
    ]);
    let error = ask(&errors()).unwrap_err();
    assert!(
        error.contains("the clocks disagree: Prometheus and the platform differ by 240 s"),
        "{error}"
    );
}
