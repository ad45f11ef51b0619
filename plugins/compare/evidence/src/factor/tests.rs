//! What a factor is at its edges, and that its mean is at most 1.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::{Line, Stakes, stakes};

/// The logarithm of the mean of a factor, in closed form: failures are binomial, whatever the rates.
fn log_mean(requests: [f64; 2], rates: [f64; 2], line: Line, stakes: Stakes) -> f64 {
    let [canary, stable] = requests;
    let [canary_rate, stable_rate] = rates;
    canary * (canary_rate * (stakes.canary - 1.0)).ln_1p()
        + stable * (stable_rate * (stakes.stable - 1.0)).ln_1p()
        - canary * line.difference * (stakes.canary - 1.0)
}

/// Returns a number between two powers of ten, evenly on the logarithm.
fn spread(random: &mut StdRng, from: f64, to: f64) -> f64 {
    10_f64.powf(random.random_range(from..to))
}

#[test]
fn no_factor_has_a_mean_above_one_while_the_canary_is_on_the_other_side_of_the_line() {
    let mut random = StdRng::seed_from_u64(7);
    let (mut tried, mut worst) = (0, f64::NEG_INFINITY);
    while tried < 200_000 {
        let absolute = random.random_bool(0.2);
        let line = Line {
            ratio: if absolute {
                0.0
            } else {
                random.random_range(1.0..10.0)
            },
            difference: if random.random_bool(0.3) && !absolute {
                0.0
            } else {
                spread(&mut random, -4.0, -0.31)
            },
        };
        let requests = [
            spread(&mut random, 0.0, 6.0).floor(),
            spread(&mut random, 0.0, 6.0).floor(),
        ];
        let guess = spread(&mut random, -5.0, -0.05);
        let bet = spread(&mut random, -5.0, 0.0);
        let stable = spread(&mut random, -6.0, 0.0);
        let limit = line.at(stable);
        let stakes =
            stakes(requests[0], requests[1], line, guess, bet).expect("both have requests");
        // A bet above the line is tried by a canary within tolerance, one below it by a canary beyond the margin.
        let canary = if stakes.canary > 1.0 {
            limit.min(1.0) * random.random::<f64>().max(0.5)
        } else if limit < 1.0 {
            random.random_range(limit..=1.0)
        } else {
            continue;
        };
        let on_the_line = [limit.min(1.0), canary];
        for canary in on_the_line {
            if limit > 1.0 && stakes.canary < 1.0 {
                continue;
            }
            let mean = log_mean(requests, [canary, stable], line, stakes);
            let scale = requests[0] + requests[1];
            worst = worst.max(mean / scale);
            assert!(
                mean <= 1e-12 * scale,
                "ln E[e] = {mean}: {requests:?} {line:?} {guess} {bet} {canary} {stable}"
            );
        }
        tried += 1;
    }
    assert!(
        worst > -1e-3,
        "the settings never came near the line: {worst}"
    );
}

#[test]
fn nothing_is_compared_without_requests() {
    let line = Line {
        ratio: 1.1,
        difference: 0.0005,
    };
    assert_eq!(stakes(0.0, 10.0, line, 0.01, 0.1), None);
    assert_eq!(stakes(10.0, 0.0, line, 0.01, 0.1), None);
    let absolute = Line {
        ratio: 0.0,
        difference: 0.02,
    };
    assert!(stakes(10.0, 0.0, absolute, 0.01, 0.1).is_some());
}
