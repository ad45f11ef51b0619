//! Traffic is what its name says: rates, weights, incidents and bunches.

use super::{Canary, HISTORY_MINUTES, LADDER, Nature, Stream, Traffic, hour_at};
use crate::figures::chance::chance_of;
use evidence::{Block, Line};

const STEADY: Traffic = Traffic {
    per_second: 200.0,
    rate: 0.05,
    canary: Canary::Same,
    nature: Nature::Steady,
};

fn minutes(traffic: &Traffic, stretches: &[super::Stretch]) -> Vec<super::Minute> {
    let mut chance = chance_of(1, "traffic", 0);
    let mut stream = Stream::new(traffic, &mut chance);
    stream.minutes(stretches).collect()
}

fn total(minutes: &[super::Minute]) -> Block {
    let mut total = Block::default();
    for minute in minutes {
        total += minute.block;
    }
    total
}

#[track_caller]
fn assert_near(measured: f64, expected: f64) {
    let near = (measured - expected).abs() <= 0.1 * expected;
    assert!(near, "{measured}, not {expected}");
}

#[test]
fn ladder_has_three_weights_and_two_raises() {
    let minutes = minutes(&STEADY, &LADDER);
    let raised = |minute: &&super::Minute| minute.raised;
    let raises: Vec<u32> = minutes.iter().filter(raised).map(|m| m.number).collect();
    assert_eq!((minutes.len(), raises), (60, vec![20, 40]));
    for (stretch, minutes) in LADDER.iter().zip(minutes.chunks(20)) {
        let total = total(minutes);
        let all = total.canary.requests + total.stable.requests;
        assert_near(all, 20.0 * 60.0 * 200.0);
        assert_near(total.canary.requests / all, stretch.weight);
        assert_near(total.canary.rate(), 0.05);
        assert_near(total.stable.rate(), 0.05);
    }
}

#[test]
fn canary_is_worse_from_its_minute_on() {
    let canary = Canary::Worse {
        rate: 0.2,
        from: 30,
    };
    let minutes = minutes(&Traffic { canary, ..STEADY }, &hour_at(0.5));
    assert_near(total(&minutes[..30]).canary.rate(), 0.05);
    assert_near(total(&minutes[30..]).canary.rate(), 0.2);
    assert_near(total(&minutes).stable.rate(), 0.05);
}

#[test]
fn canary_on_the_line_fails_as_often_as_is_tolerated() {
    let line = Line {
        ratio: 1.5,
        difference: 0.01,
    };
    let canary = Canary::OnLine(line);
    let all = total(&minutes(&Traffic { canary, ..STEADY }, &hour_at(0.5)));
    assert_near(all.canary.rate(), 0.085);
}

#[test]
fn incident_hits_both_and_ends() {
    let nature = Nature::Incident { from: 25, to: 35 };
    let minutes = minutes(&Traffic { nature, ..STEADY }, &LADDER);
    let during = total(&minutes[25..35]);
    assert_near(during.canary.rate(), 0.2);
    assert_near(during.stable.rate(), 0.2);
    assert_near(total(&minutes[35..]).canary.rate(), 0.05);
}

#[test]
fn every_kind_of_traffic_keeps_its_mean_and_counts_no_more_failures_than_requests() {
    let natures = [
        Nature::Steady,
        Nature::Tides,
        Nature::BothSwing(1.4),
        Nature::BothWander,
        Nature::Bunches(5),
        Nature::GeometricBunches(5.0),
        Nature::EachSwings(1.0),
        Nature::EachWanders,
    ];
    for nature in natures {
        let mut failures = 0.0;
        let mut requests = 0.0;
        for rollout in 0..40 {
            let mut chance = chance_of(1, "kinds", rollout);
            let traffic = Traffic { nature, ..STEADY };
            let mut stream = Stream::new(&traffic, &mut chance);
            for minute in stream.minutes(&hour_at(0.5)) {
                let Block { canary, stable } = minute.block;
                for counts in [canary, stable] {
                    assert!(counts.failures <= counts.requests, "{nature:?}: {minute:?}");
                    failures += counts.failures;
                    requests += counts.requests;
                }
            }
        }
        assert_near(failures / requests, 0.05);
    }
}

#[test]
fn bunches_come_whole() {
    let traffic = Traffic {
        per_second: 50.0,
        nature: Nature::Bunches(5),
        ..STEADY
    };
    let mut chance = chance_of(1, "bunches", 0);
    let history = Stream::new(&traffic, &mut chance).history();
    assert_eq!(history.0.len(), HISTORY_MINUTES as usize);
    let spread = evidence::burst_of(&history.0).expect("an hour of minutes");
    assert!((3.0..8.0).contains(&spread), "{spread}");
}
