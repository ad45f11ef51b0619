//! Bursts that are known, and those that cannot be concluded.

use super::{BURST_MAX, burst_of};
use crate::factor::Counts;

fn minutes(failures: impl Fn(usize) -> f64) -> Vec<Counts> {
    let minute = |n: usize| Counts {
        requests: 1_000.0,
        failures: failures(n),
    };
    (0..60).map(minute).collect()
}

#[test]
fn even_failures_have_no_burst() {
    assert_eq!(burst_of(&minutes(|n| 2.0 + (n % 2) as f64)), Some(1.0));
}

#[test]
fn no_failures_have_no_burst() {
    assert_eq!(burst_of(&minutes(|_| 0.0)), Some(1.0));
    assert_eq!(burst_of(&minutes(|_| 1_000.0)), Some(1.0));
}

#[test]
fn failures_in_bunches_of_ten_have_a_burst_of_about_ten() {
    let burst = burst_of(&minutes(|n| if n % 5 == 0 { 10.0 } else { 0.0 })).unwrap();
    assert!((5.0..15.0).contains(&burst), "{burst}");
}

#[test]
fn an_outage_of_a_minute_is_bounded() {
    assert_eq!(
        burst_of(&minutes(|n| if n == 7 { 900.0 } else { 0.0 })),
        Some(BURST_MAX)
    );
}

#[test]
fn too_few_minutes_say_nothing() {
    assert_eq!(burst_of(&minutes(|_| 1.0)[..29]), None);
    let mut quiet = minutes(|_| 1.0);
    for minute in &mut quiet[20..] {
        *minute = Counts::default();
    }
    assert_eq!(burst_of(&quiet), None);
}
