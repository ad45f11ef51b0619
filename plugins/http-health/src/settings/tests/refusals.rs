//! Refused settings: by the schema, by the gate, or by both, with the message.

use serde_json::{Value, json};

use super::{parse, schema_accepts};
use crate::settings::Settings;

/// Asserts that both the schema and the gate refuse: the gate must not depend on the host's check.
fn refused_by_both(cases: &[(Value, &str)]) {
    for (settings, wanted) in cases {
        assert!(!schema_accepts(settings), "the schema accepts {settings}");
        refused_by_the_gate(settings, wanted);
    }
}

/// Asserts that only the gate refuses: JSON Schema cannot express these rules, or not readably.
fn refused_by_the_gate_alone(cases: &[(Value, &str)]) {
    for (settings, wanted) in cases {
        assert!(schema_accepts(settings), "the schema refuses {settings}");
        refused_by_the_gate(settings, wanted);
    }
}

fn refused_by_the_gate(settings: &Value, wanted: &str) {
    let message = parse(settings).expect_err("the gate accepts what it should refuse");
    assert!(message.starts_with("settings: "), "{message}");
    assert!(message.contains(wanted), "{settings}: {message}");
}

#[test]
fn unknown_key_is_refused_with_the_known_keys() {
    refused_by_both(&[
        (
            json!({ "pfad": 1 }),
            "unknown key `pfad`: write one of path, method, headers",
        ),
        (
            json!({ "latency": { "max": 1 } }),
            "unknown key `latency.max`: write one of max-ms",
        ),
        (
            json!({ "compare": { "paths": "/" } }),
            "unknown key `compare.paths`",
        ),
        (json!([]), "`settings` is []: write a JSON object"),
    ]);
}

#[test]
fn request_that_cannot_be_sent_is_refused() {
    refused_by_both(&[
        (
            json!({ "path": "health" }),
            "`path` is \"health\": write a path such as",
        ),
        (json!({ "path": "/a b" }), "`path` is \"/a b\""),
        (json!({ "path": "/a#b" }), "`path` is \"/a#b\""),
        (json!({ "path": "/ä" }), "`path` is \"/ä\""),
        (json!({ "path": null }), "`path` is null"),
        (
            json!({ "method": "get" }),
            "`method` is \"get\": write a method in upper case",
        ),
        (json!({ "method": "" }), "`method` is \"\""),
        (
            json!({ "headers": [] }),
            "`headers` is []: write a JSON object",
        ),
        (
            json!({ "headers": { "a b": "c" } }),
            "header `a b` cannot be sent: write a name",
        ),
        (json!({ "headers": { "": "c" } }), "write a name of letters"),
        (
            json!({ "headers": { "a": 1 } }),
            "header `a` cannot be sent: write a string",
        ),
        (
            json!({ "headers": { "a": "b\r\nc: d" } }),
            "write a string of printable ASCII",
        ),
        (json!({ "body": {} }), "`body` is {}: write a string"),
    ]);
}

#[test]
fn header_that_only_the_host_sets_is_refused() {
    let own = "as lockgate sets this header itself";
    refused_by_the_gate_alone(&[
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
    let settings = json!({ "headers": { "authorization": "Bearer s3cret\n" } });
    let message = parse(&settings).unwrap_err();
    assert!(message.contains("`authorization`"), "{message}");
    assert!(!message.contains("s3cret"), "{message}");
}

#[test]
fn status_codes_that_do_not_exist_are_refused() {
    refused_by_both(&[
        (
            json!({ "expected-status": 99 }),
            "`expected-status` is 99: write a code such as",
        ),
        (
            json!({ "expected-status": 600 }),
            "`expected-status` is 600",
        ),
        (
            json!({ "expected-status": 200.5 }),
            "`expected-status` is 200.5",
        ),
        (json!({ "expected-status": [] }), "`expected-status` is []"),
        (
            json!({ "expected-status": "2xx" }),
            "`expected-status` is \"2xx\"",
        ),
        (
            json!({ "expected-status": "200-" }),
            "`expected-status` is \"200-\"",
        ),
        (
            json!({ "expected-status": "+20-299" }),
            "`expected-status` is \"+20-299\"",
        ),
        (
            json!({ "expected-status": "200-299-399" }),
            "`expected-status` is \"200-299-399\"",
        ),
        (
            json!({ "expected-status": [200, true] }),
            "`expected-status` is [200,true]",
        ),
    ]);
    refused_by_the_gate_alone(&[
        (
            json!({ "expected-status": "299-200" }),
            "`expected-status` is \"299-200\"",
        ),
        (
            json!({ "expected-status": ["200-299", "502-500"] }),
            "(lower end first)",
        ),
    ]);
}

#[test]
fn numbers_out_of_range_are_refused() {
    refused_by_both(&[
        (
            json!({ "attempts": 0 }),
            "`attempts` is 0: write a whole number from 1 to 100",
        ),
        (
            json!({ "attempts": 101 }),
            "`attempts` is 101: write a whole number from 1 to 100",
        ),
        (json!({ "attempts": "3" }), "`attempts` is \"3\""),
        (json!({ "attempts": 2.5 }), "`attempts` is 2.5"),
        (
            json!({ "attempts": 1e20 }),
            "`attempts` is 1e+20: write a whole number",
        ),
        (
            json!({ "interval-ms": -1 }),
            "`interval-ms` is -1: write a whole number from 0 to",
        ),
        (
            json!({ "timeout-ms": 0 }),
            "`timeout-ms` is 0: write a whole number from 1 to",
        ),
        (json!({ "timeout-ms": 60_001 }), "`timeout-ms` is 60001"),
        (
            json!({ "successes-in-a-row": 0 }),
            "`successes-in-a-row` is 0",
        ),
        (
            json!({ "failures-in-a-row": 101 }),
            "`failures-in-a-row` is 101",
        ),
    ]);
}

#[test]
fn run_longer_than_the_attempts_is_refused() {
    refused_by_the_gate_alone(&[
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
    refused_by_both(&[
        (
            json!({ "body-contains": "" }),
            "`body-contains` is \"\": write a text or a list",
        ),
        (json!({ "body-contains": [] }), "`body-contains` is []"),
        (
            json!({ "body-contains": ["a", ""] }),
            "`body-contains` is [\"a\",\"\"]",
        ),
        (
            json!({ "body-does-not-contain": 1 }),
            "`body-does-not-contain` is 1",
        ),
        (
            json!({ "body-json": {} }),
            "`body-json` is {}: write at least one pointer",
        ),
        (
            json!({ "body-json": "ok" }),
            "`body-json` is \"ok\": write a JSON object",
        ),
        (
            json!({ "body-json": { "status": 1 } }),
            "`body-json.status` is 1: write a JSON pointer",
        ),
        (
            json!({ "body-json": { "/a~2": 1 } }),
            "`body-json./a~2` is 1",
        ),
        (json!({ "body-json": { "/a~": 1 } }), "`body-json./a~` is 1"),
    ]);
    refused_by_the_gate_alone(&[(
        json!({ "method": "HEAD", "body-contains": "ok" }),
        "`body-contains` is \"ok\": write nothing while `method` is \"HEAD\"",
    )]);
}

#[test]
fn contradictory_bound_or_comparison_is_refused() {
    refused_by_both(&[
        (
            json!({ "latency": 100 }),
            "`latency` is 100: write a JSON object",
        ),
        (
            json!({ "latency": {} }),
            "`latency.max-ms` is null: write a number of milliseconds",
        ),
        (
            json!({ "latency": { "max-ms": 0 } }),
            "`latency.max-ms` is 0: write a number of",
        ),
        (
            json!({ "latency": { "max-ms": 1, "percentile": 0 } }),
            "`latency.percentile` is 0",
        ),
        (
            json!({ "latency": { "max-ms": 1, "percentile": 101 } }),
            "`latency.percentile` is 101",
        ),
        (
            json!({ "compare": true }),
            "`compare` is true: write a JSON object",
        ),
        (
            json!({ "compare": { "path": "x" } }),
            "`compare.path` is \"x\": write a path",
        ),
        (
            json!({ "compare": { "same-status-class": 1 } }),
            "`compare.same-status-class` is 1",
        ),
        (
            json!({ "compare": { "latency-ratio": 0 } }),
            "`compare.latency-ratio` is 0",
        ),
        (
            json!({ "compare": { "latency-ratio": 1, "min-difference-ms": -1 } }),
            "`compare.min-difference-ms` is -1: write a number of milliseconds, 0 or more",
        ),
        (
            json!({ "compare": { "min-difference-ms": 20 } }),
            "`compare.min-difference-ms` is 20: write `latency-ratio` beside it",
        ),
    ]);
    refused_by_the_gate_alone(&[(
        json!({ "compare": { "same-status-class": false } }),
        "`compare.same-status-class` is false: write true, or a `latency-ratio`",
    )]);
}

#[test]
fn text_that_is_not_json_is_refused_with_the_place() {
    let message = Settings::parse("{ path").unwrap_err().to_string();
    assert!(message.starts_with("settings: not JSON: "), "{message}");
    assert!(message.contains("line 1"), "{message}");
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
