//! Chance: a generator for each rollout, and what is drawn from it. The same seed draws the same numbers on every machine
//! and in every version of the generator, however many threads there are.

use rand::{RngExt as _, SeedableRng as _};
use rand_distr::{Binomial, Distribution as _, Gamma, Poisson, StandardNormal};

/// The generator of one rollout.
pub(crate) type Chance = rand_pcg::Pcg64Mcg;

/// Returns the generator of one rollout of one row of a table. `row` names the table and the row.
pub(crate) fn chance_of(seed: u64, row: &str, rollout: u64) -> Chance {
    // FNV-1a: each row has a seed of its own, whatever other rows there are.
    let bytes = seed.to_le_bytes().into_iter().chain(row.bytes());
    let hash = bytes
        .chain(rollout.to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    Chance::seed_from_u64(hash)
}

/// Draws how many of `trials` succeed, each with a chance of `share`; 0 and all of them beyond 0 and 1.
pub(crate) fn binomial(chance: &mut Chance, trials: u64, share: f64) -> u64 {
    Binomial::new(trials, share.clamp(0.0, 1.0)).map_or(0, |counts| counts.sample(chance))
}

/// Draws a count with this mean; 0 unless the mean is above 0.
pub(crate) fn poisson(chance: &mut Chance, mean: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number that is not negative"
    )]
    Poisson::new(mean).map_or(0, |counts| counts.sample(chance) as u64)
}

/// Draws a factor of mean 1 with this coefficient of variation, above 0: gamma.
pub(crate) fn swing(chance: &mut Chance, variation: f64) -> f64 {
    let shape = variation.powi(-2);
    Gamma::new(shape, shape.recip()).map_or(1.0, |factors| factors.sample(chance))
}

/// Draws from the standard normal distribution.
pub(crate) fn normal(chance: &mut Chance) -> f64 {
    StandardNormal.sample(chance)
}

/// Draws a whole number from 1 on, of geometric distribution with this mean, above 1.
pub(crate) fn geometric(chance: &mut Chance, mean: f64) -> u64 {
    let uniform: f64 = 1.0 - chance.random::<f64>();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number that is not negative"
    )]
    let more = (uniform.ln() / (1.0 - mean.recip()).ln()).floor() as u64;
    1 + more
}

/// Draws a whole number below `end`, which is above 0.
pub(crate) fn below(chance: &mut Chance, end: u64) -> u64 {
    chance.random_range(0..end)
}

#[cfg(test)]
mod tests;
