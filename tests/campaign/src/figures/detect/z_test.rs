//! The test of two proportions that is found in every textbook, asked each minute about all that was counted so far: pooled,
//! one-sided. It is right for one look, and it is not made for sixty.

use evidence::Block;

use super::detector::Detector;
use crate::figures::traffic::Minute;

/// All that was counted.
pub(crate) struct ZTest {
    total: Block,
    /// The quantile of the standard normal distribution.
    quantile: f64,
}

impl ZTest {
    /// Returns the test that alarms at a p-value below 0.05 or 0.01.
    pub(crate) fn below(p: f64) -> ZTest {
        ZTest {
            total: Block::default(),
            quantile: if p < 0.05 { 2.326_348 } else { 1.644_854 },
        }
    }
}

/// Returns by how many standard deviations the canary's rate lies above stable's; `None` where there is nothing to compare.
pub(super) fn z(block: &Block) -> Option<f64> {
    let Block { canary, stable } = block;
    let all = canary.requests + stable.requests;
    let pooled = (canary.failures + stable.failures) / all;
    let variance = pooled * (1.0 - pooled) * (canary.requests.recip() + stable.requests.recip());
    let known = canary.requests > 0.0 && stable.requests > 0.0 && variance > 0.0;
    known.then(|| (canary.rate() - stable.rate()) / variance.sqrt())
}

impl Detector for ZTest {
    fn alarms(&mut self, minute: &Minute) -> bool {
        self.total += minute.block;
        z(&self.total).is_some_and(|z| z > self.quantile)
    }
}
