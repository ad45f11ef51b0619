//! What can be seen, beside the published tables.

use super::{Comparison, requests_to_catch, requests_to_go_on};
use crate::factor::Line;

const TOLERATED: Line = Line {
    ratio: 1.1,
    difference: 0.0005,
};

#[track_caller]
fn about(is: Option<f64>, wanted: f64) {
    let is = is.expect("it can be seen");
    assert!(
        (is / wanted - 1.0).abs() < 0.005,
        "{is} is not about {wanted}"
    );
}

/// The column "formula" of the reference's table 7.1.
#[test]
fn requests_to_catch_are_those_of_the_reference() {
    for (stable_rate, canary_rate, weight, wanted) in [
        (0.002, 0.01, 0.1, 12_122.0),
        (0.002, 0.01, 0.5, 5_318.0),
        (0.002, 0.05, 0.1, 846.0),
        (0.002, 0.05, 0.25, 505.0),
        (0.01, 0.02, 0.1, 26_671.0),
        (0.05, 0.1, 0.25, 2_414.0),
    ] {
        let comparison = Comparison {
            line: TOLERATED,
            weight,
            stable_rate,
        };
        about(requests_to_catch(&comparison, canary_rate, 0.01), wanted);
    }
}

#[test]
fn canary_within_tolerance_is_never_caught() {
    let comparison = Comparison {
        line: TOLERATED,
        weight: 0.1,
        stable_rate: 0.01,
    };
    assert_eq!(requests_to_catch(&comparison, 0.0115, 0.01), None);
    assert_eq!(requests_to_catch(&comparison, 0.01, 0.01), None);
}

#[test]
fn nothing_is_compared_at_full_weight_but_an_absolute_limit() {
    let comparison = Comparison {
        line: TOLERATED,
        weight: 1.0,
        stable_rate: 0.01,
    };
    assert_eq!(requests_to_catch(&comparison, 0.2, 0.01), None);
    let limit = Line {
        ratio: 0.0,
        difference: 0.02,
    };
    assert!(
        requests_to_catch(
            &Comparison {
                line: limit,
                ..comparison
            },
            0.2,
            0.01
        )
        .is_some()
    );
}

/// The reference's table 7.2 has the simulated median; the estimate is within half of it.
#[test]
fn requests_to_go_on_are_near_those_of_the_reference() {
    for (rate, weight, margin, median) in [
        (0.002, 0.1, 0.04, 960.0),
        (0.002, 0.5, 0.01, 940.0),
        (0.01, 0.25, 0.02, 1_340.0),
        (0.05, 0.1, 0.04, 2_400.0),
    ] {
        let line = Line {
            ratio: 1.1,
            difference: margin,
        };
        let comparison = Comparison {
            line,
            weight,
            stable_rate: rate,
        };
        let is = requests_to_go_on(&comparison, 20_f64.ln()).expect("it can be seen");
        assert!(
            (0.67..1.5).contains(&(is / median)),
            "{is} is not near {median}"
        );
    }
}
