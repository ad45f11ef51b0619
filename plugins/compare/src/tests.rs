//! What must hold for every traffic, and the parts that tests are made of.

use evidence::Block;
use lockgate_gate::Health;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::judge::{Judgement, News, judge};
use crate::{Asked, Minute, Settings, State};

/// When the canary got its weight, in the tests: a whole minute.
pub(crate) const SINCE: f64 = 1_795_650_000.0;

pub(crate) fn settings(written: Value) -> Settings {
    Settings::of(&written).expect("the settings are fine")
}

/// A question at a weight, so many seconds after the canary got it; the next weight is the same.
pub(crate) fn baking(weight: u32, after_s: f64) -> Asked {
    Asked {
        index: 0,
        total: 4,
        weight,
        next_weight: weight,
        weight_since_s: SINCE,
        now_s: SINCE + after_s,
        same_revision: false,
    }
}

/// The same before the next weight.
pub(crate) fn gating(weight: u32, next_weight: u32, after_s: f64) -> Asked {
    Asked {
        index: 1,
        next_weight,
        ..baking(weight, after_s)
    }
}

/// The minute that begins so many minutes after the canary got its weight.
pub(crate) fn minute(place: i32, counts: [f64; 4]) -> Minute {
    let start_s = SINCE + 60.0 * f64::from(place);
    Minute {
        start_s,
        end_s: start_s + 60.0,
        is_counted: counts != [0.0; 4],
        blocks: vec![Block::of(counts)],
    }
}

/// The hour before the canary got its weight: 20 requests a second, of which 0.2 % fail.
pub(crate) fn hour_before() -> Vec<Minute> {
    (-60..0)
        .map(|place| minute(place, [0.0, 0.0, 1_200.0, f64::from(2 + (place & 1))]))
        .collect()
}

/// An answer after the hour before, and these minutes from the second one on.
pub(crate) fn after(settings: &Settings, asked: &Asked, blocks: &[[f64; 4]]) -> (Judgement, State) {
    let mut state = State::open(&[], settings, 0, SINCE - 10.0);
    let before = Asked {
        weight: 0,
        next_weight: 10,
        now_s: SINCE,
        weight_since_s: SINCE - 10.0,
        ..*asked
    };
    judge(settings, &mut state, &before, &News::Minutes(hour_before())).unwrap();
    let minutes = (1..)
        .zip(blocks)
        .map(|(place, counts)| minute(place, *counts));
    let news = News::Minutes(minutes.collect());
    let judgement = judge(settings, &mut state, asked, &news).unwrap();
    (judgement, state)
}

pub(crate) fn eight_metrics() -> Settings {
    let metrics: Value = (0..8)
        .map(|place| json!({ "name": format!("metric {place}") }))
        .collect();
    settings(json!({ "metrics": metrics }))
}

fn traffic(random: &mut StdRng, minutes: i32) -> Vec<Minute> {
    let minute = |place| {
        let canary = f64::from(random.random_range(0..200_u32));
        let stable = f64::from(random.random_range(0..2_000_u32));
        let worse = random.random_range(0.0..0.03);
        let counts = [
            canary,
            (canary * worse).floor(),
            stable,
            (stable * 0.002).floor(),
        ];
        self::minute(place, counts)
    };
    (1..=minutes).map(minute).collect()
}

#[test]
fn splitting_of_calls_changes_neither_answer_nor_state() {
    let mut random = StdRng::seed_from_u64(14);
    let settings = settings(json!({}));
    for _ in 0..200 {
        let minutes = traffic(&mut random, 12);
        let last = gating(10, 25, 60.0 * 30.0);
        let mut at_once = State::open(&[], &settings, 0, SINCE);
        let whole = judge(
            &settings,
            &mut at_once,
            &last,
            &News::Minutes(minutes.clone()),
        )
        .unwrap();
        let mut in_parts = State::open(&[], &settings, 0, SINCE);
        let mut bytes = Vec::new();
        let mut answer = None;
        let mut taken = 0;
        while taken < minutes.len() {
            let size = random.random_range(1..=minutes.len() - taken);
            taken += size;
            // What was used before is offered again, as sources do.
            let from = random.random_range(0..=taken - size);
            let news = News::Minutes(minutes[from..taken].to_vec());
            answer = Some(judge(&settings, &mut in_parts, &last, &news).unwrap());
            bytes = in_parts.encode(&settings);
            in_parts = State::open(&bytes, &settings, 10, SINCE);
        }
        // An alarm stops the evidence where it was raised.
        let answer = answer.unwrap();
        if whole.health == Health::Unhealthy || answer.health == Health::Unhealthy {
            continue;
        }
        assert_eq!(whole, answer);
        assert_eq!(at_once.encode(&settings), bytes);
    }
}

#[test]
fn question_put_twice_after_a_crash_has_the_same_answer_and_state() {
    let mut random = StdRng::seed_from_u64(15);
    let settings = eight_metrics();
    for _ in 0..50 {
        let mut minutes = traffic(&mut random, 10);
        for minute in &mut minutes {
            minute.blocks = vec![minute.blocks[0]; 8];
        }
        let before = State::open(&[], &settings, 10, SINCE).encode(&settings);
        let asked = baking(10, 60.0 * 14.0);
        let once = || {
            let mut state = State::open(&before, &settings, 10, SINCE);
            let news = News::Minutes(minutes.clone());
            let judgement = judge(&settings, &mut state, &asked, &news).unwrap();
            (judgement, state.encode(&settings))
        };
        let (judgement, bytes) = once();
        assert_eq!((judgement.clone(), bytes.clone()), once());
        // Put again with the state that it wrote: nothing is counted twice.
        let mut state = State::open(&bytes, &settings, 10, SINCE);
        let again = judge(
            &settings,
            &mut state,
            &asked,
            &News::Minutes(minutes.clone()),
        )
        .unwrap();
        assert_eq!(
            (again.reason, again.summary),
            (judgement.reason, judgement.summary)
        );
        assert_eq!(state.encode(&settings), bytes);
    }
}

#[test]
fn every_measurement_is_finite() {
    let mut random = StdRng::seed_from_u64(16);
    let settings = settings(
        json!({ "metrics": [{ "name": "a" }, { "name": "b", "tolerance": { "ratio": 0, "difference": 0.02 } }] }),
    );
    for _ in 0..100 {
        let mut minutes = traffic(&mut random, 5);
        for minute in &mut minutes {
            minute.blocks = vec![minute.blocks[0]; 2];
        }
        for asked in [baking(10, 600.0), gating(10, 25, 600.0), baking(100, 600.0)] {
            let mut state = State::open(&[], &settings, 0, SINCE);
            let judgement = judge(
                &settings,
                &mut state,
                &asked,
                &News::Minutes(minutes.clone()),
            )
            .unwrap();
            let mut values = judgement.measurements.iter().map(|measured| measured.value);
            assert!(values.all(f64::is_finite), "{:?}", judgement.measurements);
        }
    }
}
