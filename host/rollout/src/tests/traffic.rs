//! The traffic array: how it is split, when two arrays mean the same, how it is printed.

use super::sample::{self, CANARY, OLD, STABLE, at_weight, baseline, foreign, share, weight};
use crate::{
    Event, Fact, Inspection, Intent, Rollout, Share, Timestamp, Traffic, TrafficTarget, Weight,
};

fn latest(per_cent: u32, label: Option<&str>) -> Share {
    Share {
        target: TrafficTarget::LatestReady,
        ..share("", per_cent, label)
    }
}

#[test]
fn split_keeps_the_place_and_the_label_of_every_entry() {
    for per_cent in 0..=100 {
        assert_eq!(
            baseline().split(STABLE, CANARY, weight(per_cent)),
            at_weight(per_cent)
        );
    }
}

#[test]
fn split_of_an_array_that_names_the_canary_adds_nothing() {
    let found = Traffic(vec![
        share(CANARY, 0, Some("green")),
        share(STABLE, 100, None),
    ]);
    let wanted = Traffic(vec![
        share(CANARY, 25, Some("green")),
        share(STABLE, 75, None),
    ]);
    assert_eq!(found.split(STABLE, CANARY, weight(25)), wanted);
}

#[test]
fn split_of_a_split_equals_the_split_of_the_baseline() {
    let once = baseline().split(STABLE, CANARY, weight(10));
    assert_eq!(once.split(STABLE, CANARY, weight(50)), at_weight(50));
}

#[test]
fn split_takes_all_weight_from_every_other_entry() {
    let found = Traffic(vec![
        latest(30, None),
        share(OLD, 30, None),
        share(STABLE, 40, None),
    ]);
    for per_cent in 0..=100 {
        let split = found.split(STABLE, CANARY, weight(per_cent));
        let sum: u32 = split.0.iter().map(|share| share.weight.per_cent()).sum();
        assert_eq!(sum, 100);
        assert_eq!(split.0[0], latest(0, None));
        assert_eq!(split.weight_of(OLD), 0);
    }
}

#[test]
fn order_and_empty_entries_do_not_change_the_meaning_of_an_array() {
    let array = at_weight(25);
    let turned = Traffic(array.0.iter().rev().cloned().collect());
    let more = Traffic(
        [
            array.0.clone(),
            vec![latest(0, None), share("app--v9", 0, None)],
        ]
        .concat(),
    );
    assert!(array.same_as(&turned) && array.same_as(&more) && more.same_as(&turned));
    assert!(
        at_weight(0).same_as(&baseline()),
        "an entry of weight 0 without label"
    );
}

#[test]
fn arrays_differ_by_a_weight_a_label_or_a_target() {
    let array = at_weight(25);
    let mut relabelled = array.clone();
    relabelled.0[1].label = Some("older".to_owned());
    let mut unlabelled = array.clone();
    unlabelled.0[1].label = None;
    let mut retargeted = array.clone();
    retargeted.0[2].target = TrafficTarget::LatestReady;
    let doubled = Traffic([array.0.clone(), array.0.clone()].concat());
    for other in [
        at_weight(26),
        relabelled,
        unlabelled,
        retargeted,
        doubled,
        foreign(),
    ] {
        assert!(!array.same_as(&other), "{other}");
    }
}

#[test]
fn weight_of_a_revision_is_the_sum_of_its_entries_by_name() {
    let array = Traffic(vec![
        share(CANARY, 20, None),
        share(CANARY, 5, Some("green")),
        latest(75, None),
    ]);
    assert_eq!(array.weight_of(CANARY), 25);
    assert_eq!(array.weight_of(STABLE), 0);
}

#[test]
fn array_is_printed_without_entries_that_do_not_count() {
    for (array, text) in [
        (Traffic::default(), "no traffic"),
        (
            baseline(),
            "app--v0 0 % (label old), app--v1 100 % (label blue)",
        ),
        (
            Traffic(vec![latest(100, None), share(OLD, 0, None)]),
            "latestRevision 100 %",
        ),
    ] {
        assert_eq!(array.to_string(), text);
    }
    assert_eq!(Weight::ALL.to_string(), "100 %");
}

#[test]
fn app_whose_traffic_is_not_all_with_the_stable_is_refused() {
    let split = Traffic(vec![share(STABLE, 50, None), share(OLD, 50, None)]);
    let follows = Traffic(vec![latest(100, None), share(STABLE, 0, None)]);
    let labelled = Traffic(vec![share(STABLE, 100, None), latest(0, Some("next"))]);
    let half = Traffic(vec![share(STABLE, 50, None)]);
    let twice = Traffic(vec![share(STABLE, 100, None), share(OLD, 100, None)]);
    for array in [
        split,
        follows,
        labelled,
        half,
        twice,
        at_weight(10),
        Traffic::default(),
    ] {
        assert_refused(Inspection {
            baseline: array.clone(),
            now: array,
            ..sample::inspection()
        });
    }
}

fn assert_refused(inspection: Inspection) {
    let run = sample::RUN.to_owned();
    let mut rollout = Rollout::new(run, sample::four_stages(), Intent::Rollout);
    let baseline = inspection.baseline.clone();
    let fact = Fact::Inspected {
        inspection: Box::new(inspection),
    };
    let at = Timestamp::default();
    rollout.apply(&Event { at, fact }).unwrap();
    assert_eq!(rollout.phase().name(), "ended", "{baseline}");
    assert!(
        format!("{:?}", rollout.phase()).contains("Refused"),
        "{baseline}"
    );
}
