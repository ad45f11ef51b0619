//! Refused settings: by the schema, by the gate, or by both, with the message.

use serde_json::{Value, json};

use super::{parse, schema_accepts};

/// Asserts that the schema refuses each of these, so that lockgate does.
fn refused_by_the_schema(cases: &[Value]) {
    for settings in cases {
        assert!(!schema_accepts(settings), "the schema accepts {settings}");
    }
}

/// Asserts that the gate refuses what JSON Schema cannot express, or not readably.
fn refused_by_the_gate(cases: &[(Value, &str)]) {
    for (settings, wanted) in cases {
        assert!(schema_accepts(settings), "the schema refuses {settings}");
        let message = parse(settings).expect_err("the gate accepts what it should refuse");
        assert!(message.starts_with("settings: "), "{message}");
        assert!(message.contains(wanted), "{settings}: {message}");
    }
}

#[test]
fn unknown_key_is_refused() {
    refused_by_the_schema(&[
        json!({ "pfad": 1 }),
        json!({ "latency": { "max": 1 } }),
        json!({ "compare": { "paths": "/" } }),
        json!([]),
    ]);
}

#[test]
fn request_that_cannot_be_sent_is_refused() {
    refused_by_the_schema(&[
        json!({ "path": "health" }),
        json!({ "path": "/a b" }),
        json!({ "path": "/a#b" }),
        json!({ "path": "/ä" }),
        json!({ "path": null }),
        json!({ "method": "get" }),
        json!({ "method": "" }),
        json!({ "headers": [] }),
        json!({ "headers": { "a b": "c" } }),
        json!({ "headers": { "": "c" } }),
        json!({ "headers": { "a": 1 } }),
        json!({ "headers": { "a": "b\r\nc: d" } }),
        json!({ "body": {} }),
    ]);
}

#[test]
fn header_that_only_the_host_sets_is_refused() {
    let own = "as lockgate sets this header itself";
    refused_by_the_gate(&[
        (
            json!({ "headers": { "Host": "a" } }),
            "header `Host` cannot be sent: write another",
        ),
        (json!({ "headers": { "x-forwarded-for": "a" } }), own),
        (json!({ "headers": { "Proxy-Authorization": "a" } }), own),
        (json!({ "headers": { "TE": "trailers" } }), own),
    ]);
}

#[test]
fn refused_header_does_not_show_its_value() {
    let settings = json!({ "headers": { "proxy-authorization": "Bearer s3cret" } });
    let message = parse(&settings).unwrap_err();
    assert!(message.contains("`proxy-authorization`"), "{message}");
    assert!(!message.contains("s3cret"), "{message}");
}

#[test]
fn status_codes_that_do_not_exist_are_refused() {
    refused_by_the_schema(&[
        json!({ "expected-status": 99 }),
        json!({ "expected-status": 600 }),
        json!({ "expected-status": 200.5 }),
        json!({ "expected-status": [] }),
        json!({ "expected-status": "2xx" }),
        json!({ "expected-status": "200-" }),
        json!({ "expected-status": "+20-299" }),
        json!({ "expected-status": "200-299-399" }),
        json!({ "expected-status": [200, true] }),
    ]);
    refused_by_the_gate(&[
        (
            json!({ "expected-status": "299-200" }),
            "`expected-status` is \"299-200\"",
        ),
        (
            json!({ "expected-status": ["200-299", "502-500"] }),
            "write ranges with the lower end first",
        ),
    ]);
}

#[test]
fn numbers_out_of_range_are_refused() {
    refused_by_the_schema(&[
        json!({ "attempts": 0 }),
        json!({ "attempts": 101 }),
        json!({ "attempts": "3" }),
        json!({ "attempts": 2.5 }),
        json!({ "attempts": 1e20 }),
        json!({ "interval-ms": -1 }),
        json!({ "timeout-ms": 0 }),
        json!({ "timeout-ms": 60_001 }),
        json!({ "successes-in-a-row": 0 }),
        json!({ "failures-in-a-row": 101 }),
    ]);
}

#[test]
fn run_longer_than_the_attempts_is_refused() {
    refused_by_the_gate(&[
        (
            json!({ "successes-in-a-row": 4 }),
            "`successes-in-a-row` is 4: write at most 3, or raise `attempts`, which is 3",
        ),
        (
            json!({ "attempts": 5, "failures-in-a-row": 6 }),
            "`failures-in-a-row` is 6: write at most 5, or raise `attempts`, which is 5",
        ),
    ]);
}

#[test]
fn empty_demand_on_the_body_is_refused() {
    refused_by_the_schema(&[
        json!({ "body-contains": "" }),
        json!({ "body-contains": [] }),
        json!({ "body-contains": ["a", ""] }),
        json!({ "body-does-not-contain": 1 }),
        json!({ "body-json": {} }),
        json!({ "body-json": "ok" }),
        json!({ "body-json": { "status": 1 } }),
        json!({ "body-json": { "/a~2": 1 } }),
        json!({ "body-json": { "/a~": 1 } }),
    ]);
    refused_by_the_gate(&[(
        json!({ "method": "HEAD", "body-contains": "ok" }),
        "`body-contains` is \"ok\": write nothing while `method` is \"HEAD\"",
    )]);
}

#[test]
fn contradictory_bound_or_comparison_is_refused() {
    refused_by_the_schema(&[
        json!({ "latency": 100 }),
        json!({ "latency": {} }),
        json!({ "latency": { "max-ms": 0 } }),
        json!({ "latency": { "max-ms": 1, "percentile": 0 } }),
        json!({ "latency": { "max-ms": 1, "percentile": 101 } }),
        json!({ "compare": true }),
        json!({ "compare": { "path": "x" } }),
        json!({ "compare": { "same-status-class": 1 } }),
        json!({ "compare": { "latency-ratio": 0 } }),
        json!({ "compare": { "latency-ratio": 1, "min-difference-ms": -1 } }),
        json!({ "compare": { "min-difference-ms": 20 } }),
    ]);
    refused_by_the_gate(&[(
        json!({ "compare": { "same-status-class": false } }),
        "`compare.same-status-class` is false: write true, or a `latency-ratio`",
    )]);
}

#[test]
fn body_larger_than_the_host_would_send_is_refused_before_it_is_sent() {
    let body = "ä".repeat(600 * 1024);
    let message = parse(&json!({ "body": body })).unwrap_err();
    assert!(message.contains("write a string of at most 1 MiB"));
    assert!(
        message.chars().count() < 200,
        "the refusal quotes the whole body"
    );
}
