//! Each detector on counts whose answer is known.

use evidence::{Block, Counts};

use super::ours::{Burst, DEFAULT, Ours};
use super::{Column, Detector, RIVALS, Threshold, ZTest, first_alarms, rank, z_test};
use crate::figures::chance::chance_of;
use crate::figures::traffic::Minute;
use crate::figures::traffic::{Canary, History, LADDER, Nature, Traffic};

fn minute(counts: [f64; 4]) -> Minute {
    Minute {
        number: 0,
        block: Block::of(counts),
        raised: false,
    }
}

/// An hour at 20 requests a second and 0.2 %.
fn history() -> History {
    let minute = Counts {
        requests: 1200.0,
        failures: 2.4,
    };
    History(vec![minute; 60])
}

#[test]
fn ours_needs_the_second_bad_minute() {
    // As in the published vectors S6 and S7.
    let mut ours = Ours::new(DEFAULT, Burst::Of(1.0), &history());
    assert!(!ours.alarms(&minute([120.0, 3.0, 1080.0, 2.0])));
    assert!(ours.alarms(&minute([118.0, 7.0, 1082.0, 3.0])));
}

#[test]
fn what_is_staked_at_once_sums_to_all_of_the_capital() {
    let ours = Ours::new(DEFAULT, Burst::Auto, &history()).with_all_staked();
    assert!(ours.evidence.against().abs() < 1e-12);
    let staked: f64 = ours.evidence.bad.iter().map(|log| log.exp()).sum();
    assert!((staked - 1.0).abs() < 1e-12);
}

#[test]
fn threshold_counts_minutes_above_one_per_cent() {
    let mut threshold = Threshold::broken(2);
    assert!(!threshold.alarms(&minute([100.0, 1.0, 900.0, 900.0])));
    assert!(!threshold.alarms(&minute([100.0, 2.0, 900.0, 900.0])));
    assert!(!threshold.alarms(&minute([0.0, 0.0, 900.0, 900.0])));
    assert!(threshold.alarms(&minute([100.0, 2.0, 900.0, 900.0])));
}

#[test]
fn z_is_that_of_the_textbook() {
    // 12 of 200 against 10 of 400, pooled 22 of 600.
    let z = z_test::z(&Block::of([200.0, 12.0, 400.0, 10.0])).expect("comparable");
    assert!((z - 2.150_371).abs() < 1e-5, "{z}");
    assert!(z_test::z(&Block::of([200.0, 0.0, 400.0, 0.0])).is_none());
    assert!(z_test::z(&Block::of([200.0, 3.0, 0.0, 0.0])).is_none());
    let mut test = ZTest::below(0.01);
    assert!(!test.alarms(&minute([200.0, 12.0, 400.0, 10.0])));
    assert!(test.alarms(&minute([200.0, 12.0, 400.0, 10.0])));
}

#[test]
fn u_is_that_of_the_textbook() {
    // Two pairs of ties: ranks 55.0 of the larger side, variance 38.59.
    let (low, high) = (
        [3.0, 4.0, 2.0, 6.0, 2.0, 5.0],
        [9.0, 7.0, 5.0, 10.0, 6.0, 8.0],
    );
    let above = rank::u(&high, &low).expect("comparable");
    assert!((above - 2.495_107).abs() < 1e-5, "{above}");
    assert!(rank::u(&[0.0; 12], &[0.0; 12]).is_none());
    assert!(rank::u(&[], &[0.0, 1.0]).is_none());
}

#[test]
fn same_traffic_reaches_every_detector_whichever_others_look() {
    let traffic = Traffic {
        per_second: 20.0,
        rate: 0.01,
        canary: Canary::Same,
        nature: Nature::Steady,
    };
    let alarms = |columns: &[Column], with_slow| {
        first_alarms(
            &traffic,
            &LADDER,
            columns,
            with_slow,
            &mut chance_of(3, "same", 0),
        )
    };
    let all = alarms(&RIVALS, true);
    assert_eq!(all[..4], alarms(&RIVALS[..4], true));
    assert_eq!(all[..4], alarms(&RIVALS, false)[..4]);
    assert_eq!(alarms(&RIVALS, false)[4], None);
    assert!(all[4].is_some(), "{all:?}");
}
