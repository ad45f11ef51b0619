//! Accepted settings, their defaults, the refusals, and the agreement of the schema.

mod refusals;

use evidence::{Line, ThinEvidence};
use serde_json::{Value, json};

use super::{Failing, Selector, Settings, Source};
use crate::about::SETTINGS_SCHEMA;

fn schema_accepts(settings: &Value) -> bool {
    let schema: Value = serde_json::from_str(SETTINGS_SCHEMA).unwrap();
    jsonschema::validator_for(&schema)
        .unwrap()
        .is_valid(settings)
}

fn accepted(written: Value) -> Settings {
    assert!(schema_accepts(&written), "the schema refuses {written}");
    Settings::of(&written).unwrap()
}

/// Refused by the gate, and by the schema where it can say so.
#[track_caller]
fn refused(written: Value, by_schema: bool, text: &str) {
    assert_eq!(
        !schema_accepts(&written),
        by_schema,
        "the schema: {written}"
    );
    let error = Settings::of(&written).unwrap_err().to_string();
    assert!(error.contains(text), "{error}");
}

const PROMETHEUS: &str = r#"{"url": "https://prometheus.example/"}"#;

fn prometheus(metric: Value) -> Value {
    let prometheus: Value = serde_json::from_str(PROMETHEUS).unwrap();
    json!({ "source": "prometheus", "prometheus": prometheus, "metrics": [metric] })
}

#[test]
fn no_settings_are_valid_and_have_the_documented_defaults() {
    let settings = accepted(json!({}));
    assert_eq!(settings.source, Source::Platform);
    assert_eq!((settings.rules.alpha, settings.rules.beta), (0.01, 0.05));
    assert_eq!(settings.rules.min_requests, 100.0);
    assert_eq!(
        (settings.rules.patience_s, settings.rules.thin_after_s),
        (600.0, 1_800.0)
    );
    assert_eq!(settings.rules.thin_evidence, ThinEvidence::Hold);
    assert_eq!((settings.warm_up_s, settings.burst), (60.0, None));
    let [errors] = &settings.metrics[..] else {
        panic!("one metric")
    };
    assert_eq!(
        (errors.name.as_str(), errors.harm, errors.share),
        ("errors", 0.01, 1.0)
    );
    assert_eq!(
        errors.failing,
        Failing::Classes([false, false, false, true])
    );
    assert_eq!(
        errors.tolerated,
        Line {
            ratio: 1.1,
            difference: 0.0005
        }
    );
}

#[test]
fn times_have_wider_defaults_than_errors() {
    let settings = accepted(json!({
        "source": "probe",
        "metrics": [
            { "name": "errors", "weight": 3 },
            { "name": "slow", "slower-than-ms": "stable-p95", "tolerance": { "ratio": 2 } },
        ],
    }));
    assert_eq!(settings.rules.min_requests, 30.0);
    let slow = &settings.metrics[1];
    assert_eq!(slow.failing, Failing::SlowerThanStable);
    assert_eq!(
        slow.tolerated,
        Line {
            ratio: 2.0,
            difference: 0.01
        }
    );
    assert_eq!((slow.harm, slow.share), (0.05, 0.25));
    let Source::Probe(probing) = &settings.source else {
        panic!("probes")
    };
    assert_eq!(
        (probing.probes, probing.path.as_str(), probing.timeout_ms),
        (10, "/", 2_000)
    );
}

#[test]
fn prometheus_has_counters_and_histograms() {
    let counter = json!({ "name": "errors", "requests": "http_total", "failed": "http_total{code=~\"5..\"}" });
    let settings = accepted(prometheus(counter));
    let Source::Prometheus(found) = &settings.source else {
        panic!("a Prometheus")
    };
    assert_eq!(found.url, "https://prometheus.example");
    assert_eq!(
        (found.label.as_str(), found.slice_s, found.lag_s),
        ("revision", 60, 30)
    );
    let histogram = json!({ "name": "slow", "histogram": "http_seconds", "slower-than-ms": 500 });
    let settings = accepted(prometheus(histogram));
    let wanted = Failing::Bucket {
        histogram: Selector::read("http_seconds").unwrap(),
        slower_than_ms: 500.0,
    };
    assert_eq!(settings.metrics[0].failing, wanted);
}

/// The defaults stand in the schema too, which fills them in before a gate is asked.
#[test]
fn filled_in_defaults_change_nothing() {
    let schema: Value = serde_json::from_str(SETTINGS_SCHEMA).unwrap();
    let properties = schema["properties"].as_object().unwrap();
    let defaults = properties
        .iter()
        .filter_map(|(key, property)| Some((key.clone(), property.get("default")?.clone())));
    let mut filled: Value = Value::Object(defaults.collect());
    filled["min-requests"] = json!(100);
    filled["metrics"][0]["tolerance"] = json!({ "ratio": 1.1, "difference": 0.0005 });
    filled["metrics"][0]["harm"] = json!(0.01);
    filled["metrics"][0]["weight"] = json!(1);
    filled["metrics"][0]["failures"] = json!(["5xx"]);
    let mut settings = accepted(filled);
    let empty = accepted(json!({}));
    assert_ne!(settings.fingerprint, empty.fingerprint);
    settings.fingerprint = empty.fingerprint;
    assert_eq!(settings, empty);
}

#[test]
fn order_of_keys_makes_no_other_settings() {
    let fingerprint = |text: &str| {
        Settings::of(&serde_json::from_str(text).unwrap())
            .unwrap()
            .fingerprint
    };
    let one = fingerprint(r#"{"alpha": 0.02, "metrics": [{"name": "a", "harm": 0.1}]}"#);
    assert_eq!(
        one,
        fingerprint(r#"{"metrics": [{"harm": 0.1, "name": "a"}], "alpha": 0.02}"#)
    );
    assert_ne!(
        one,
        fingerprint(r#"{"alpha": 0.02, "metrics": [{"name": "b", "harm": 0.1}]}"#)
    );
    assert_ne!(
        one,
        fingerprint(r#"{"alpha": 0.03, "metrics": [{"name": "a", "harm": 0.1}]}"#)
    );
}

#[test]
fn selectors_stand_alone() {
    for (text, wanted) in [
        ("http_total", "http_total_x{a=\"b\"}"),
        ("http:total{}", "http:total_x{a=\"b\"}"),
        (
            " http_total { app=\"a}b\", } ",
            "http_total_x{app=\"a}b\",a=\"b\"}",
        ),
        (
            "h{app='it\\'s}', c=`\\`}",
            "h_x{app='it\\'s}', c=`\\`,a=\"b\"}",
        ),
        ("{__name__=\"h\"}", "_x{__name__=\"h\",a=\"b\"}"),
    ] {
        let selector = Selector::read(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(selector.with("_x", "a=\"b\""), wanted);
    }
    for text in [
        "",
        "{}",
        "rate(a[5m])",
        "a[5m]",
        "a{b=\"c\"}[5m]",
        "a{} + b{}",
        "a{b=\"c}",
        "1a",
        "sum(a{})",
    ] {
        assert_eq!(Selector::read(text), None, "{text}");
    }
    let ranged = json!({ "name": "a", "requests": "b[5m]", "failed": "c" });
    refused(prometheus(ranged), false, "no function and no range");
    let unnamed = json!({ "name": "a", "histogram": "{a=\"b\"}", "slower-than-ms": 1 });
    refused(
        prometheus(unnamed),
        false,
        "begins with the histogram's name",
    );
}
