//! Which minutes become evidence.

use serde_json::json;

use super::SourceError;
use crate::judge::{News, judge};
use crate::tests::{SINCE, baking, hour_before, minute, settings};
use crate::{Asked, Minute, State};

const GOOD: [f64; 4] = [120.0, 0.0, 1_080.0, 2.0];
const QUIET: [f64; 4] = [0.0; 4];

/// What is judged of these minutes, so many seconds after the canary got its weight: requests of canary and stable.
fn judged(minutes: &[Minute], after_s: f64) -> ([f64; 2], State) {
    let settings = settings(json!({}));
    let mut state = State::open(&[], &settings, 10, SINCE);
    // The state is not fresh: the history was read.
    state.length = 60.0;
    let news = News::Minutes(minutes.to_vec());
    judge(&settings, &mut state, &baking(10, after_s), &news).unwrap();
    let totals = state.metrics[0].totals;
    ([totals.canary.requests, totals.stable.requests], state)
}

#[track_caller]
fn refused(minutes: Vec<Minute>, asked: &Asked, text: &str) -> SourceError {
    let settings = settings(json!({}));
    let mut state = State::open(&[], &settings, 10, SINCE);
    let before = state.clone();
    let error = judge(&settings, &mut state, asked, &News::Minutes(minutes)).unwrap_err();
    assert!(error.to_string().contains(text), "{error}");
    assert_eq!(state, before, "nothing is used");
    error
}

#[test]
fn minute_is_used_once_and_in_order() {
    let minutes = [minute(1, GOOD), minute(2, GOOD)];
    let (requests, mut state) = judged(&minutes, 400.0);
    assert_eq!(requests, [240.0, 2_160.0]);
    assert_eq!(state.until, SINCE + 180.0);
    let settings = settings(json!({}));
    let more = News::Minutes([&minutes[..], &[minute(3, GOOD)]].concat());
    judge(&settings, &mut state, &baking(10, 460.0), &more).unwrap();
    assert_eq!(state.metrics[0].totals.canary.requests, 360.0);
}

#[test]
fn minute_of_the_shift_and_of_the_warm_up_are_left_out() {
    // The canary got its weight 30 s into the first; its warm-up ends 30 s into the next one.
    let mut minutes = [minute(0, GOOD), minute(1, GOOD), minute(2, GOOD)];
    for minute in &mut minutes {
        minute.start_s -= 30.0;
        minute.end_s -= 30.0;
    }
    let (requests, state) = judged(&minutes, 400.0);
    assert_eq!(requests, [120.0, 1_080.0]);
    assert_eq!(state.until, SINCE + 150.0);
}

#[test]
fn minute_without_a_count_may_still_be_counted() {
    let minutes = [minute(1, GOOD), minute(2, QUIET), minute(3, GOOD)];
    let (requests, state) = judged(&minutes, 400.0);
    assert_eq!(requests[0], 120.0, "what comes after it waits too");
    assert_eq!(state.until, SINCE + 120.0);
    // Eight minutes after its end it is one without requests.
    let (requests, state) = judged(&minutes, 180.0 + 480.0);
    assert_eq!(requests[0], 240.0);
    assert_eq!(state.until, SINCE + 240.0);
    assert_eq!(state.since, SINCE + 240.0);
    let (_, state) = judged(&[minute(1, GOOD), minute(2, QUIET)], 180.0 + 480.0);
    assert_eq!(state.since, SINCE + 120.0, "silence is no news");
}

#[test]
fn revision_without_a_count_beside_the_other_had_no_request() {
    let (requests, state) = judged(&[minute(1, [0.0, 0.0, 1_080.0, 2.0])], 400.0);
    assert_eq!(requests, [0.0, 1_080.0]);
    assert_eq!(state.until, SINCE + 120.0);
}

#[test]
fn minute_that_is_not_over_waits() {
    let (requests, state) = judged(&[minute(1, GOOD), minute(2, GOOD)], 150.0);
    assert_eq!(requests[0], 120.0);
    assert_eq!(state.until, SINCE + 120.0);
}

#[test]
fn gap_between_minutes_loses_them_and_counts_nothing_twice() {
    let (requests, state) = judged(&[minute(1, GOOD), minute(5, GOOD)], 600.0);
    assert_eq!(requests[0], 240.0);
    assert_eq!(state.until, SINCE + 360.0);
}

#[test]
fn minutes_out_of_order_or_twice_are_a_fault_of_the_source() {
    let asked = baking(10, 600.0);
    let text = "out of order, or twice";
    refused(vec![minute(2, GOOD), minute(1, GOOD)], &asked, text);
    refused(vec![minute(1, GOOD), minute(1, GOOD)], &asked, text);
    let mut overlapping = minute(2, GOOD);
    overlapping.start_s -= 1.0;
    refused(
        vec![minute(1, GOOD), overlapping],
        &asked,
        "begins at 23:41:59 UTC after one that ends at 23:42:00 UTC",
    );
}

#[test]
fn counts_that_are_no_numbers_of_requests_are_a_fault_of_the_source() {
    let asked = baking(10, 600.0);
    for (counts, text) in [
        (
            [-1.0, 0.0, 5.0, 0.0],
            "the source counted -1 in the slice that begins at",
        ),
        ([f64::NAN, 0.0, 5.0, 0.0], "not a number"),
        ([5.0, 0.0, f64::INFINITY, 0.0], "infinitely many"),
        ([5.0, 6.0, 5.0, 0.0], "more failures than requests"),
    ] {
        refused(vec![minute(1, GOOD), minute(2, counts)], &asked, text);
    }
    let mut endless = minute(1, GOOD);
    endless.end_s = f64::NAN;
    refused(vec![endless], &asked, "no stretch of time");
    let mut nothing = minute(1, GOOD);
    nothing.end_s = nothing.start_s;
    refused(vec![nothing], &asked, "no stretch of time");
    let fractions = [minute(1, [119.6, 2.95, 1_081.2, 2.05])];
    assert_eq!(
        judged(&fractions, 400.0).0,
        [119.6, 1_081.2].map(crate::state::coarse)
    );
}

#[test]
fn clocks_that_disagree_by_minutes_end_the_call() {
    refused(
        vec![minute(9, GOOD)],
        &baking(10, 400.0),
        "the newest counts are ahead",
    );
    refused(
        Vec::new(),
        &baking(10, -300.0),
        "before the canary got its weight by 300 s",
    );
    judged(&[], -30.0);
}

#[test]
fn hour_before_improves_the_bets_and_is_no_evidence() {
    let settings = settings(json!({}));
    let before = Asked {
        weight: 0,
        next_weight: 10,
        now_s: SINCE,
        ..baking(0, 0.0)
    };
    let mut state = State::open(&[], &settings, 0, SINCE);
    let mut long = hour_before();
    long.insert(0, minute(-61, [0.0, 0.0, 9e9, 9e9]));
    for _ in 0..2 {
        judge(&settings, &mut state, &before, &News::Minutes(long.clone())).unwrap();
        let evidence = &state.metrics[0].evidence;
        assert_eq!(
            (evidence.stable.requests, evidence.stable.failures),
            (72_000.0, 150.0)
        );
        assert_eq!(evidence.bad, evidence::Evidence::new().bad);
        assert!(!evidence.begun);
    }
    assert_eq!((state.length, state.since), (60.0, SINCE));
}

#[test]
fn lost_state_reads_the_hour_before_the_weight_and_the_minutes_after_it() {
    let settings = settings(json!({}));
    let mut state = State::open(&[], &settings, 10, SINCE);
    let minutes = [hour_before(), vec![minute(0, GOOD), minute(1, GOOD)]].concat();
    judge(
        &settings,
        &mut state,
        &baking(10, 400.0),
        &News::Minutes(minutes),
    )
    .unwrap();
    assert_eq!(state.metrics[0].totals.canary.requests, 120.0);
    let stable = state.metrics[0].evidence.stable.requests;
    assert!(
        (stable - (72_000.0 * 0.95 + 1_080.0)).abs() < 1e-6,
        "{stable}"
    );
}

#[test]
fn bunches_are_measured_in_the_hour_before() {
    let settings = settings(json!({}));
    let before = Asked {
        weight: 0,
        next_weight: 10,
        now_s: SINCE,
        ..baking(0, 0.0)
    };
    let mut state = State::open(&[], &settings, 0, SINCE);
    // Ten failures at once, in every tenth minute.
    let bunches = |place: i32| {
        minute(
            place,
            [0.0, 0.0, 1_200.0, if place % 10 == 0 { 10.0 } else { 0.0 }],
        )
    };
    let minutes: Vec<Minute> = (-60..0).map(bunches).collect();
    let judgement = judge(
        &settings,
        &mut state,
        &before,
        &News::Minutes(minutes.clone()),
    )
    .unwrap();
    assert!(
        (8.0..11.0).contains(&state.metrics[0].burst),
        "{}",
        state.metrics[0].burst
    );
    assert!(
        judgement.warnings[0].contains("times as many requests are needed"),
        "{judgement:?}"
    );
    let few = News::Minutes(minutes[40..].to_vec());
    judge(&settings, &mut state, &before, &few).unwrap();
    assert_eq!(state.metrics[0].burst, 1.0, "too few minutes to tell");
}
