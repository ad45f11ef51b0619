//! The platform's counts on their way to a gate: which revisions are asked about, and which counts are passed on.

use std::sync::Arc;

use crate::component;
use crate::counting;
use crate::support::{ask_about, configured, load};
use gates::{Count, GateSet, PerRevision, Services, Slice, SlicesFuture, TrafficSlices};
use rollout::{Kind, Verdict};
use serde_json::json;

/// A platform with these counts, each in a minute of its own, or with a reason why it has none.
struct FixedSlices(Result<Vec<(&'static str, &'static str, f64)>, &'static str>);

impl TrafficSlices for FixedSlices {
    fn slices<'a>(&'a self, newest: u32, revisions: PerRevision<&'a str>) -> SlicesFuture<'a> {
        assert_eq!(newest, 60);
        assert_eq!(
            (revisions.stable, revisions.canary),
            ("shop--v1", "shop--v2")
        );
        let slice = |(minute, (revision, class, requests)): (u32, &(&str, &str, f64))| Slice {
            start_s: f64::from(60 * minute),
            end_s: f64::from(60 * minute + 60),
            counts: vec![Count {
                revision: (*revision).to_owned(),
                status_class: (*class).to_owned(),
                requests: *requests,
            }],
        };
        let counted = self.0.as_ref();
        let counted = counted.map(|list| (0..).zip(list).map(slice).collect());
        let counted = counted.map_err(|reason| (*reason).to_owned());
        Box::pin(async move { counted })
    }
}

async fn ask(component: &[u8], slices: Option<FixedSlices>) -> (Verdict, String) {
    let services = Services {
        traffic: slices.map(|slices| Arc::new(slices) as Arc<dyn TrafficSlices>),
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
    let (verdict, reason) = ask(&gate, Some(FixedSlices(Ok(fine)))).await;
    assert_eq!(reason, "the canary answers well");
    assert_eq!(verdict, Verdict::Pass);
    let bad = vec![("shop--v2", "2xx", 3.0), ("shop--v2", "5xx", 1.0)];
    let (verdict, reason) = ask(&gate, Some(FixedSlices(Ok(bad)))).await;
    assert_eq!(reason, "the canary answered with 5xx");
    assert_eq!(verdict, Verdict::Fail);
}

#[tokio::test]
async fn counts_of_a_third_revision_are_not_passed_on() {
    // Holds, with the name of the first revision in the second slice as the reason; the first slice is that of a revision
    // that the gate must not learn of, and has no counts.
    let naming = "(local $slices i32) (local $count i32)
        (call $slices (i32.const 60) (i32.const 256))
        (local.set $slices (i32.load (i32.const 260)))
        (if (i32.load offset=20 (local.get $slices)) (then unreachable))
        (local.set $count (i32.load offset=40 (local.get $slices)))
        (call $answer (i32.const 0) (i32.load (local.get $count)) (i32.load offset=4 (local.get $count)))";
    let naming = component::promotion(counting::SLICES, naming, "");
    let slices = vec![("shop--v0", "2xx", 9.0), ("shop--v1", "2xx", 3.0)];
    let (_, reason) = ask(&naming, Some(FixedSlices(Ok(slices)))).await;
    assert_eq!(reason, "shop--v1");
}

#[tokio::test]
async fn number_that_is_none_is_not_passed_on() {
    let broken = vec![
        ("shop--v2", "5xx", f64::NAN),
        ("shop--v2", "5xx", -1.0),
        ("shop--v2", "2xx", 3.0),
    ];
    let (verdict, reason) = ask(&counting::counting(), Some(FixedSlices(Ok(broken)))).await;
    assert_eq!(verdict, Verdict::Pass, "{reason}");
}

#[tokio::test]
async fn gate_receives_the_reason_why_there_are_no_counts() {
    let gate = counting::counting();
    let (_, reason) = ask(&gate, Some(FixedSlices(Err("the platform is asleep")))).await;
    assert_eq!(reason, "the platform is asleep");
    let (_, reason) = ask(&gate, None).await;
    assert_eq!(reason, "this host does not know what the platform counted");
}
