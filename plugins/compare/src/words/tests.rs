//! How numbers are read.

use super::{about, chance, decimal, failures, lasting, percent, points, requests, time_of_day};

#[test]
fn numbers_have_about_three_digits() {
    for (value, text) in [
        (0.0, "0"),
        (0.0005, "0.0005"),
        (0.0421, "0.0421"),
        (0.25, "0.25"),
        (1.1, "1.1"),
        (5.833, "5.83"),
        (12.34, "12.3"),
        (99.96, "100"),
        (1_234.4, "1,234"),
        (1e30, "18,446,744,073,709,551,615"),
    ] {
        assert_eq!(about(value), text);
    }
    assert_eq!(decimal(2.0, 3), "2");
    assert_eq!(decimal(1_000.05, 2), "1,000.05");
}

#[test]
fn shares_are_per_cent_and_differences_are_points() {
    assert_eq!(percent(0.0005), "0.05 %");
    assert_eq!(percent(1.0), "100 %");
    assert_eq!(points(0.01), "1 point");
    assert_eq!(points(0.0005), "0.05 points");
}

#[test]
fn times_are_rounded_up_where_they_are_coarse() {
    for (seconds, text) in [
        (0.2, "1 s"),
        (119.0, "119 s"),
        (121.0, "3 min"),
        (7_200.0, "2 h"),
        (9_000.0, "2.5 h"),
        (200_000.0, "3 days"),
    ] {
        assert_eq!(lasting(seconds), text);
    }
    assert_eq!(time_of_day(1_795_646_403.2), "22:40:03 UTC");
    assert_eq!(time_of_day(86_399.9), "00:00:00 UTC");
}

#[test]
fn counts_may_be_fractions() {
    assert_eq!(requests(119.6), "120");
    assert_eq!(failures(2.95), "3");
    assert_eq!(failures(2.5), "2.5");
    assert_eq!(failures(1_234.5), "1,235");
}

#[test]
fn small_chances_are_one_in_so_many() {
    assert_eq!(chance(0.0042), "0.42 %");
    assert_eq!(chance(1.0 / 84_311.0), "1 in 84,000");
    assert_eq!(chance(1e-12), "1 in 1,000,000,000");
}
