//! Accepted settings, their defaults, and the agreement of the schema. `refusals` tests the others.

mod refusals;

use serde_json::{Value, json};

use super::{Comparison, LatencyBound, RelativeBound, Settings};
use crate::about::SETTINGS_SCHEMA;

/// Returns settings as lockgate hands them over: with the defaults of the schema. A test of the real component in
/// `host/gates` holds lockgate to these.
pub(crate) fn complete(written: &Value) -> Value {
    let mut settings = json!({
        "path": "/health",
        "method": "GET",
        "headers": {},
        "expected-status": "200-299",
        "attempts": 3,
        "interval-ms": 500,
        "timeout-ms": 5_000,
    });
    let run = if written["attempts"] == 1 { 1 } else { 2 };
    settings["successes-in-a-row"] = json!(run);
    settings["failures-in-a-row"] = json!(run);
    for (key, value) in written.as_object().unwrap() {
        settings[key] = value.clone();
    }
    if let Some(compare) = settings.get_mut("compare").and_then(Value::as_object_mut) {
        let class = compare.entry("same-status-class");
        class.or_insert(json!(true));
        if compare.contains_key("latency-ratio") {
            let difference = compare.entry("min-difference-ms");
            difference.or_insert(json!(20));
        }
    }
    settings
}

fn parse(written: &Value) -> Result<Settings, String> {
    Settings::of(&complete(written)).map_err(|error| error.to_string())
}

fn schema() -> Value {
    serde_json::from_str(SETTINGS_SCHEMA).unwrap()
}

fn schema_accepts(settings: &Value) -> bool {
    jsonschema::validator_for(&schema())
        .unwrap()
        .is_valid(settings)
}

fn accepted(written: Value) -> Settings {
    assert!(schema_accepts(&written), "the schema refuses {written}");
    parse(&written).unwrap()
}

#[test]
fn no_settings_are_valid_and_have_the_documented_defaults() {
    let settings = accepted(json!({}));
    assert_eq!(settings.path, "/health");
    assert_eq!(settings.method, "GET");
    assert_eq!(settings.expected_status.to_string(), "200-299");
    assert_eq!(
        (settings.attempts, settings.interval_ms, settings.timeout_ms),
        (3, 500, 5_000)
    );
    assert_eq!(
        (settings.successes_in_a_row, settings.failures_in_a_row),
        (2, 2)
    );
    assert_eq!(
        (settings.body, settings.latency, settings.compare),
        (None, None, None)
    );
}

#[test]
fn settings_that_are_not_complete_are_no_verdict() {
    for settings in [json!({}), json!([]), json!(null)] {
        let message = Settings::of(&settings).unwrap_err().to_string();
        assert!(message.contains("is not as the schema says"), "{message}");
    }
}

#[test]
fn all_settings_are_parsed() {
    let settings = accepted(json!({
        "path": "/ready?deep=1",
        "method": "POST",
        "headers": { "accept": "application/json", "X-Probe": "lockgate" },
        "body": "{}",
        "expected-status": [204, "300-399", 404],
        "attempts": 20,
        "interval-ms": 0,
        "successes-in-a-row": 5,
        "failures-in-a-row": 3,
        "timeout-ms": 250,
        "latency": { "max-ms": 99.5, "percentile": 95 },
        "body-contains": "ok",
        "body-does-not-contain": ["error", "degraded"],
        "body-json": { "/status": "ok", "/a~1b/0": null },
        "compare": { "path": "/healthz", "latency-ratio": 1.5, "min-difference-ms": 5 },
    }));
    assert_eq!(settings.path, "/ready?deep=1");
    assert_eq!(settings.method, "POST");
    assert_eq!(
        settings.headers[1],
        ("X-Probe".to_owned(), "lockgate".to_owned())
    );
    assert_eq!(settings.body.as_deref(), Some("{}"));
    assert_eq!(settings.expected_status.to_string(), "204, 300-399, 404");
    assert_eq!(
        (settings.attempts, settings.interval_ms, settings.timeout_ms),
        (20, 0, 250)
    );
    assert_eq!(
        (settings.successes_in_a_row, settings.failures_in_a_row),
        (5, 3)
    );
    assert_eq!(
        settings.latency,
        Some(LatencyBound {
            max_ms: 99.5,
            percentile: Some(95)
        })
    );
    assert_eq!(settings.body_contains, ["ok"]);
    assert_eq!(settings.body_does_not_contain, ["error", "degraded"]);
    assert_eq!(settings.body_json[0], ("/status".to_owned(), json!("ok")));
    assert_eq!(
        settings.compare,
        Some(Comparison {
            path: "/healthz".to_owned(),
            same_status_class: true,
            latency: Some(RelativeBound {
                ratio: 1.5,
                min_difference_ms: 5.0
            }),
        })
    );
}

#[test]
fn empty_comparison_compares_the_status_class_of_the_same_path() {
    let compare = accepted(json!({ "path": "/ready", "compare": {} }))
        .compare
        .unwrap();
    assert_eq!(compare.path, "/ready");
    assert!(compare.same_status_class);
    assert_eq!(compare.latency, None);
}

#[test]
fn relative_latency_ignores_differences_up_to_twenty_milliseconds_by_default() {
    let compare = accepted(json!({ "compare": { "latency-ratio": 2 } }))
        .compare
        .unwrap();
    assert_eq!(
        compare.latency,
        Some(RelativeBound {
            ratio: 2.0,
            min_difference_ms: 20.0
        })
    );
}

#[test]
fn one_attempt_alone_is_a_valid_setting() {
    let settings = accepted(json!({ "attempts": 1 }));
    assert_eq!(
        (settings.successes_in_a_row, settings.failures_in_a_row),
        (1, 1)
    );
}

#[test]
fn expected_status_takes_codes_ranges_and_lists_of_both() {
    let cases = [
        (json!(204), "204"),
        (json!("204"), "204"),
        (json!("200-204"), "200-204"),
        (json!([200, "300-302"]), "200, 300-302"),
        (json!([100, 599]), "100, 599"),
    ];
    for (value, shown) in cases {
        let settings = accepted(json!({ "expected-status": value }));
        assert_eq!(settings.expected_status.to_string(), shown);
    }
}

#[test]
fn range_of_status_codes_includes_both_ends() {
    let expected = accepted(json!({ "expected-status": ["200-204", 301] })).expected_status;
    let inside: Vec<u16> = (100..=599)
        .filter(|status| expected.contains(*status))
        .collect();
    assert_eq!(inside, [200, 201, 202, 203, 204, 301]);
}
