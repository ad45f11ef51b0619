//! Accepted settings, their defaults, the refusals, and the agreement of the schema.

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
fn every_number_has_its_range_in_gate_and_schema() {
    for (key, least, most) in [
        ("alpha", 1e-6, 0.2),
        ("beta", 1e-4, 0.5),
        ("warm-up-s", 0.0, 3_600.0),
        ("min-requests", 1.0, 1e6),
        ("burst", 1.0, 100.0),
        ("patience-s", 60.0, 86_400.0),
        ("thin-after-s", 60.0, 86_400.0),
    ] {
        accepted(json!({ key: least }));
        accepted(json!({ key: most }));
        refused(
            json!({ key: least - 0.1 * f64::max(least, 0.1) }),
            true,
            key,
        );
        refused(json!({ key: most * 1.01 }), true, key);
        refused(json!({ key: "many" }), true, key);
    }
    for (key, most) in [("probes", 40), ("timeout-ms", 60_000)] {
        accepted(json!({ "source": "probe", key: 1 }));
        accepted(json!({ "source": "probe", key: most }));
        refused(json!({ "source": "probe", key: 0 }), true, key);
        refused(json!({ "source": "probe", key: most + 1 }), true, key);
        refused(json!({ "source": "probe", key: 1.5 }), true, key);
    }
    for (key, least, most) in [("harm", 0.0005, 0.5), ("weight", 0.001, 1_000.0)] {
        accepted(json!({ "metrics": [{ "name": "a", key: least }] }));
        accepted(json!({ "metrics": [{ "name": "a", key: most }] }));
        refused(json!({ "metrics": [{ "name": "a", key: 0 }] }), true, key);
        refused(
            json!({ "metrics": [{ "name": "a", key: most * 1.01 }] }),
            true,
            key,
        );
    }
}

#[test]
fn line_is_absolute_or_at_least_the_stable() {
    let with = |tolerance: Value| json!({ "metrics": [{ "name": "a", "tolerance": tolerance }] });
    accepted(with(json!({ "ratio": 1, "difference": 0 })));
    accepted(with(json!({ "ratio": 10, "difference": 0.5 })));
    let limit = accepted(with(json!({ "ratio": 0, "difference": 0.02 })));
    assert!(limit.metrics[0].tolerated.is_absolute());
    refused(
        with(json!({ "ratio": 0.5 })),
        true,
        "metrics[0].tolerance.ratio",
    );
    refused(with(json!({ "ratio": 11 })), true, "ratio");
    refused(with(json!({ "difference": 0.6 })), true, "difference");
    refused(with(json!({ "ratio": 0 })), true, "the absolute limit");
    refused(
        with(json!({ "ratio": 0, "difference": 0.0001 })),
        true,
        "the absolute limit",
    );
}

#[test]
fn unknown_keys_are_refused_at_every_depth() {
    refused(json!({ "colour": 1 }), true, "`colour` is 1");
    refused(
        json!({ "metrics": [{ "name": "a", "color": 1 }] }),
        true,
        "`metrics[0].color`",
    );
    let tolerance = json!({ "name": "a", "tolerance": { "times": 2 } });
    refused(
        json!({ "metrics": [tolerance] }),
        true,
        "`metrics[0].tolerance.times`",
    );
    let mut other = prometheus(json!({ "name": "a", "requests": "b", "failed": "c" }));
    other["prometheus"]["user"] = json!("me");
    refused(other, true, "`prometheus.user`");
}

#[test]
fn metrics_are_one_to_eight_with_names_of_their_own() {
    let metrics = |count: usize| -> Value {
        (0..count)
            .map(|place| json!({ "name": format!("m{place}") }))
            .collect()
    };
    let eight = accepted(json!({ "metrics": metrics(8) }));
    assert!(eight.metrics.iter().all(|metric| metric.share == 0.125));
    refused(
        json!({ "metrics": metrics(9) }),
        true,
        "a list of 1 to 8 metrics",
    );
    refused(json!({ "metrics": [] }), true, "a list of 1 to 8 metrics");
    refused(
        json!({ "metrics": [{}] }),
        true,
        "`metrics[0].name` is missing",
    );
    refused(
        json!({ "metrics": [{ "name": "a" }, { "name": "a" }] }),
        false,
        "a name that no other metric has",
    );
}

#[test]
fn metric_has_one_kind_of_failure() {
    let platform = |metric: Value| json!({ "metrics": [metric] });
    let classes = accepted(platform(json!({ "name": "a", "failures": ["4xx", "5xx"] })));
    assert_eq!(
        classes.metrics[0].failing,
        Failing::Classes([false, false, true, true])
    );
    refused(
        platform(json!({ "name": "a", "failures": [] })),
        true,
        "failures",
    );
    refused(
        platform(json!({ "name": "a", "failures": ["1xx"] })),
        true,
        "failures",
    );
    let all = json!({ "name": "a", "failures": ["2xx", "3xx", "4xx", "5xx"] });
    refused(platform(all), false, "not all of them");
    let both = json!({ "name": "a", "failures": ["5xx"], "slower-than-ms": 5 });
    refused(platform(both), false, "a metric has only one of");
    let only_failed = json!({ "name": "a", "failed": "b" });
    refused(
        platform(only_failed),
        true,
        "`metrics[0].requests` is missing",
    );
    let only_requests = json!({ "name": "a", "requests": "b" });
    refused(
        platform(only_requests),
        true,
        "`metrics[0].failed` is missing",
    );
    let no_bound = json!({ "name": "a", "histogram": "b" });
    refused(prometheus(no_bound), true, "the milliseconds of a bound");
    let counter_and_bound =
        json!({ "name": "a", "requests": "b", "failed": "c", "slower-than-ms": 5 });
    refused(
        prometheus(counter_and_bound),
        false,
        "a metric has only one of",
    );
}

#[test]
fn source_has_the_metrics_that_it_counts() {
    let slow = json!({ "name": "a", "slower-than-ms": 5 });
    refused(
        json!({ "metrics": [slow] }),
        false,
        "the platform's counts have no times",
    );
    refused(prometheus(slow), false, "`histogram` and `slower-than-ms`");
    let counter = json!({ "name": "a", "requests": "b", "failed": "c" });
    refused(
        json!({ "metrics": [counter] }),
        false,
        "the platform's counts have no times",
    );
    refused(
        json!({ "source": "probe", "metrics": [counter] }),
        false,
        "metrics with `failures`",
    );
    refused(
        json!({ "source": "prometheus", "metrics": [counter] }),
        true,
        "`prometheus` is missing",
    );
    let prometheus: Value = serde_json::from_str(PROMETHEUS).unwrap();
    refused(
        json!({ "prometheus": prometheus }),
        false,
        "or source = \"prometheus\"",
    );
    refused(
        json!({ "source": "logs" }),
        true,
        "one of platform, prometheus, probe",
    );
    refused(
        json!({ "source": "probe", "path": "health" }),
        true,
        "a path that begins with /",
    );
}

#[test]
fn place_of_prometheus_is_checked() {
    let with = |key: &str, value: Value| {
        let mut settings = prometheus(json!({ "name": "a", "requests": "b", "failed": "c" }));
        settings["prometheus"][key] = value;
        settings
    };
    refused(with("url", json!("prometheus:9090")), true, "a URL such as");
    refused(
        with("url", json!("https://p.example/?a=b")),
        true,
        "without a query",
    );
    refused(
        with("label", json!("the label")),
        true,
        "the name of a label",
    );
    refused(with("label", json!("1st")), true, "the name of a label");
    refused(with("slice-s", json!(5)), true, "10 to 3600");
    refused(with("lag-s", json!(-1)), true, "0 to 3600");
    refused(with("stable", json!("")), true, "a text that is not empty");
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
