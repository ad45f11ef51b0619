//! The bytes of the state: whole, truncated, and somebody else's.

use evidence::Evidence;
use serde_json::json;

use super::{State, coarse};
use crate::judge::{News, judge};
use crate::tests::{SINCE, baking, eight_metrics, gating, minute, settings};

fn full() -> (crate::Settings, State) {
    let settings = eight_metrics();
    let mut state = State::open(&[], &settings, 0, SINCE);
    let minutes: Vec<_> = (1..9)
        .map(|place| {
            let mut minute = minute(place, [121.4, 1.0, 1_079.3, f64::from(place)]);
            minute.blocks = vec![minute.blocks[0]; 8];
            minute
        })
        .collect();
    judge(
        &settings,
        &mut state,
        &baking(10, 900.0),
        &News::Minutes(minutes),
    )
    .unwrap();
    (settings, state)
}

#[test]
fn state_is_read_as_it_was_written() {
    let (settings, mut state) = full();
    state.alarm = Some(7);
    state.times_ms = vec![3, 65_535];
    let bytes = state.encode(&settings);
    assert_eq!(State::open(&bytes, &settings, 10, 0.0), state);
}

#[test]
fn state_of_eight_metrics_is_below_4_kib() {
    let (settings, mut state) = full();
    state.stage = u32::MAX;
    state.weight = 100;
    state.compared = Some(super::Compared {
        weight: 100,
        margin: 0.01,
    });
    state.lost = true;
    state.times_ms = vec![65_535; super::TIMES_NEEDED - 1];
    let bytes = state.encode(&settings);
    assert!(bytes.len() < 4_096, "{}", bytes.len());
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap();
    let line = std::str::from_utf8(line).unwrap();
    assert!(line.starts_with("{\"v\":1,\"settings\":\""), "{line}");
}

#[test]
fn state_that_is_cut_anywhere_is_lost() {
    let (settings, state) = full();
    let bytes = state.encode(&settings);
    for length in 1..bytes.len() {
        let opened = State::open(&bytes[..length], &settings, 10, SINCE);
        assert!(opened.lost, "{length} of {}", bytes.len());
        assert_eq!(opened.metrics[0].evidence, Evidence::new().after_a_loss());
    }
    let longer = [&bytes[..], b"x"].concat();
    assert!(State::open(&longer, &settings, 10, SINCE).lost);
}

#[test]
fn state_of_others_is_lost() {
    let (settings, state) = full();
    let bytes = state.encode(&settings);
    let other = self::settings(json!({ "alpha": 0.02 }));
    assert!(State::open(&bytes, &other, 10, SINCE).lost);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    for foreign in [
        "{\"calls\":3}".to_owned(),
        "\n".to_owned(),
        "{}\n".to_owned(),
        text.replacen("\"v\":1", "\"v\":2", 1),
        text.replacen("\"alarm\":null", "\"alarm\":8", 1),
    ] {
        assert!(
            State::open(foreign.as_bytes(), &settings, 10, SINCE).lost,
            "{foreign:?}"
        );
    }
    let mut wrong = bytes.clone();
    let place = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 49;
    wrong[place..place + 8].copy_from_slice(&f64::NAN.to_le_bytes());
    assert!(
        State::open(&wrong, &settings, 10, SINCE).lost,
        "not a number"
    );
}

#[test]
fn state_is_empty_at_the_beginning_alone() {
    let settings = settings(json!({}));
    let first = State::open(&[], &settings, 0, SINCE);
    assert!(!first.lost);
    assert_eq!(first.metrics[0].evidence, Evidence::new());
    assert!(State::open(&[], &settings, 10, SINCE).lost);
}

#[test]
fn stage_keeps_the_evidence_against_and_begins_the_evidence_for_anew() {
    let (settings, mut state) = full();
    let before = state.clone();
    judge(
        &settings,
        &mut state,
        &gating(10, 25, 900.0),
        &News::Minutes(Vec::new()),
    )
    .unwrap();
    assert_eq!(
        state.metrics[0].evidence, before.metrics[0].evidence,
        "the same weight"
    );
    judge(
        &settings,
        &mut state,
        &baking(25, 900.0),
        &News::Minutes(Vec::new()),
    )
    .unwrap();
    let (is, was) = (&state.metrics[0], &before.metrics[0]);
    assert_eq!(is.evidence.bad, was.evidence.bad);
    assert_ne!(is.evidence.good, was.evidence.good);
    assert!(is.evidence.raised);
    assert_eq!((is.totals, state.judged_s), (was.totals, 0.0));
    assert_eq!(state.compared.unwrap().weight, 10);
}

#[test]
fn coarse_numbers_keep_eleven_digits_and_stay_as_they_are() {
    for number in [
        0.0,
        1.0,
        -1.0986,
        15.220_548_465,
        1e9 + 0.1,
        -381.767_827,
        0.1,
    ] {
        let once = coarse(number);
        assert!(
            (once - number).abs() <= number.abs() * 1e-11,
            "{number} {once}"
        );
        assert_eq!(coarse(once), once);
    }
}
