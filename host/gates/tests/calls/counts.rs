//! The platform's counts on their way to a gate: which revisions are asked about, and which counts are passed on.

use std::sync::Arc;

use crate::component;
use crate::counting;
use crate::support::{ask_about, configured, load};
use gates::{Count, CountsFuture, GateSet, PerRevision, Services, TrafficCounts};
use rollout::{Kind, Verdict};
use serde_json::json;

/// A platform with these counts, or with a reason why it has none.
struct FixedCounts(Result<Vec<(&'static str, &'static str, f64)>, &'static str>);

impl TrafficCounts for FixedCounts {
    fn counts<'a>(&'a self, window_s: u32, revisions: PerRevision<&'a str>) -> CountsFuture<'a> {
        assert_eq!(window_s, 60);
        assert_eq!(
            (revisions.stable, revisions.canary),
            ("shop--v1", "shop--v2")
        );
        let count = |(revision, class, requests): &(&str, &str, f64)| Count {
            revision: (*revision).to_owned(),
            status_class: (*class).to_owned(),
            requests: *requests,
        };
        let counted = self.0.as_ref();
        let counted = counted.map(|list| list.iter().map(count).collect());
        let counted = counted.map_err(|reason| (*reason).to_owned());
        Box::pin(async move { counted })
    }
}

async fn ask(component: &[u8], counts: Option<FixedCounts>) -> (Verdict, String) {
    let services = Services {
        counts: counts.map(|counts| Arc::new(counts) as Arc<dyn TrafficCounts>),
        ..Services::silent()
    };
    let gate = configured("counts", load(component).await, json!({}));
    let set = GateSet::new(vec![gate], services);
    let kind = Kind::PromotionGate;
    let answers = ask_about(&set, kind, &["counts"], "http://a", "http://b").await;
    let report = answers[0].result.as_ref().expect("a report");
    (report.verdict.clone(), report.reason.clone())
}

#[tokio::test]
async fn gate_receives_the_counts_of_the_canary() {
    let gate = counting::counting();
    let fine = vec![("shop--v1", "5xx", 9.0), ("shop--v2", "2xx", 3.0)];
    let (verdict, reason) = ask(&gate, Some(FixedCounts(Ok(fine)))).await;
    assert_eq!(reason, "the canary answers well");
    assert_eq!(verdict, Verdict::Pass);
    let bad = vec![("shop--v2", "2xx", 3.0), ("shop--v2", "5xx", 1.0)];
    let (verdict, reason) = ask(&gate, Some(FixedCounts(Ok(bad)))).await;
    assert_eq!(reason, "the canary answered with 5xx");
    assert_eq!(verdict, Verdict::Fail);
}

#[tokio::test]
async fn counts_of_a_third_revision_are_not_passed_on() {
    // Holds, with the name of the first revision in the counts as the reason.
    let naming = "(local $first i32)
        (call $counts (i32.const 60) (i32.const 256))
        (local.set $first (i32.load (i32.const 260)))
        (call $answer (i32.const 1) (i32.load (local.get $first)) (i32.load offset=4 (local.get $first)))";
    let naming = component::promotion(counting::COUNTS, naming, "");
    let counts = vec![("shop--v0", "2xx", 9.0), ("shop--v1", "2xx", 3.0)];
    let (_, reason) = ask(&naming, Some(FixedCounts(Ok(counts)))).await;
    assert_eq!(reason, "shop--v1");
}

#[tokio::test]
async fn gate_receives_the_reason_why_there_are_no_counts() {
    let gate = counting::counting();
    let (_, reason) = ask(&gate, Some(FixedCounts(Err("the platform is asleep")))).await;
    assert_eq!(reason, "the platform is asleep");
    let (_, reason) = ask(&gate, None).await;
    assert_eq!(reason, "this host does not know what the platform counted");
}
