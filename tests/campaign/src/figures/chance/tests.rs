//! What is drawn has the mean and the spread that its name says.

use super::{Chance, binomial, chance_of, geometric, normal, poisson, swing};

/// Returns mean and variance of 40,000 draws.
fn moments(draw: impl Fn(&mut Chance) -> f64) -> (f64, f64) {
    let mut chance = chance_of(1, "moments", 0);
    let count = 40_000.0;
    let draws: Vec<f64> = (0..40_000).map(|_| draw(&mut chance)).collect();
    let mean = draws.iter().sum::<f64>() / count;
    let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
    (mean, variance)
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn float(count: u64) -> f64 {
    count as f64
}

#[track_caller]
fn assert_near((mean, variance): (f64, f64), expected: (f64, f64)) {
    let near =
        |measured: f64, expected: f64| (measured - expected).abs() <= 0.05 * expected.max(0.4);
    assert!(near(mean, expected.0), "mean {mean}, not {}", expected.0);
    assert!(
        near(variance, expected.1),
        "variance {variance}, not {}",
        expected.1
    );
}

#[test]
fn counts_are_binomial() {
    let few = moments(|chance| float(binomial(chance, 120, 0.05)));
    assert_near(few, (6.0, 5.7));
    let many = moments(|chance| float(binomial(chance, 12_000, 0.25)));
    assert_near(many, (3_000.0, 2_250.0));
}

#[test]
fn requests_are_poisson() {
    assert_near(
        moments(|chance| float(poisson(chance, 120.0))),
        (120.0, 120.0),
    );
}

#[test]
fn swings_have_mean_one_and_their_variation() {
    assert_near(moments(|chance| swing(chance, 1.4)), (1.0, 1.96));
    assert_near(moments(normal), (0.0, 1.0));
}

#[test]
fn bunches_of_geometric_size_have_their_mean() {
    assert_near(moments(|chance| float(geometric(chance, 5.0))), (5.0, 20.0));
}

#[test]
fn nothing_is_drawn_where_nothing_can_be() {
    let mut chance = chance_of(1, "nothing", 0);
    assert_eq!(binomial(&mut chance, 0, 0.5), 0);
    assert_eq!(binomial(&mut chance, 7, 1.5), 7);
    assert_eq!(poisson(&mut chance, 0.0), 0);
}

#[test]
fn each_row_and_rollout_has_numbers_of_its_own() {
    let first = |seed, row, rollout| normal(&mut chance_of(seed, row, rollout));
    let all = [
        first(1, "a", 0),
        first(2, "a", 0),
        first(1, "b", 0),
        first(1, "a", 1),
    ];
    for (place, draw) in all.iter().enumerate() {
        assert!(
            all[..place]
                .iter()
                .all(|other| (other - draw).abs() > 1e-12)
        );
    }
    assert!((first(1, "a", 0) - all[0]).abs() < 1e-15);
}
