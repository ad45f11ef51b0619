//! What is refused, and how it is said.

use serde_json::{Value, json};

use super::{PROMETHEUS, accepted, prometheus, refused};
use crate::settings::Failing;

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
