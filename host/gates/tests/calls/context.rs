//! What a gate learns beside the two revisions: the times of its stage, and the facts of the pipeline.

use std::collections::BTreeMap;
use std::sync::Arc;

use gates::{ConfiguredGate, GateSet, Services};
use rollout::{Kind, Verdict};
use serde_json::json;

use crate::component;
use crate::support::{ask_about, configured, load};

/// The context is at parameter 0: weight-since-s at offset 88, now-s at 96, the facts at 112. A fact is a name and a value,
/// each address and length.
const TELLS: &str = "(local $fact i32)
    (local.set $fact (i32.load offset=112 (local.get 0)))
    (i32.store8 (i32.const 2048) (i32.const 0))
    (i32.store8 (i32.const 2052)
        (if (result i32) (f64.eq (f64.const 46400)
                (f64.sub (f64.load offset=96 (local.get 0)) (f64.load offset=88 (local.get 0))))
            (then (i32.const 1))
            (else (i32.const 2))))
    (i32.store (i32.const 2056) (i32.load offset=24 (local.get $fact)))
    (i32.store (i32.const 2060) (i32.load offset=28 (local.get $fact)))
    (i32.const 2048)";

#[tokio::test]
async fn gate_learns_the_times_of_its_stage_and_the_facts_sorted_by_name() {
    let facts = [("version", "1.4.0"), ("commit", "4b825dc")];
    let facts = facts.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let gate = ConfiguredGate {
        facts: Arc::new(BTreeMap::from(facts)),
        ..configured(
            "informed",
            load(&component::health(TELLS, "")).await,
            json!({}),
        )
    };
    let set = GateSet::new(vec![gate], Services::silent());
    let answers = ask_about(
        &set,
        Kind::HealthCheck,
        &["informed"],
        "http://a",
        "http://b",
    )
    .await;
    let report = answers[0].result.as_ref().expect("a report");
    assert_eq!(report.reason, "1.4.0", "the second of two facts");
    assert_eq!(report.verdict, Verdict::Pass, "46,400 s after the shift");
}

#[tokio::test]
async fn one_component_is_both_kinds() {
    let both = load(&component::both()).await;
    assert_eq!(both.kinds(), [Kind::HealthCheck, Kind::PromotionGate]);
    let set = GateSet::new(
        vec![configured("both", both, json!({}))],
        Services::silent(),
    );
    for kind in [Kind::HealthCheck, Kind::PromotionGate] {
        let answers = ask_about(&set, kind, &["both"], "http://a", "http://b").await;
        let report = answers[0].result.as_ref().expect("a report");
        assert_eq!(
            (&report.verdict, report.reason.as_str()),
            (&Verdict::Pass, "fine")
        );
    }
}
