//! Traffic by the request: how many of them it takes until there is evidence enough.

use evidence::{Block, Counts, Evidence, Line};

use crate::figures::chance::{Chance, binomial};
use crate::figures::text::time_of;
use crate::figures::traffic::float;

/// Requests between two looks: so many at first, and later a hundredth of all so far.
const LOOK: u64 = 20;
/// Requests that stable alone has served before.
const HISTORY: u64 = 20_000;

/// Traffic at one weight.
#[derive(Debug, Clone, Copy)]
pub(super) struct Requests {
    /// The canary's share of it.
    pub(super) weight: f64,
    /// Stable's rate of failures.
    pub(super) stable: f64,
    /// The canary's.
    pub(super) canary: f64,
    /// The tolerated line.
    pub(super) tolerated: Line,
}

impl Requests {
    /// Returns after how many requests, to both revisions, a look finds evidence enough; `None` if it takes more than
    /// `most`.
    pub(super) fn until(
        &self,
        chance: &mut Chance,
        most: f64,
        is_enough: impl Fn(&Evidence) -> bool,
    ) -> Option<f64> {
        let history = counts(chance, HISTORY, self.stable);
        let mut evidence = Evidence::new().with_history(history);
        let mut total = 0;
        while float(total) < most {
            let size = LOOK.max(total / (100 * LOOK) * LOOK);
            let of_canary = binomial(chance, size, self.weight);
            let block = Block {
                canary: counts(chance, of_canary, self.canary),
                stable: counts(chance, size - of_canary, self.stable),
            };
            evidence.add(&block, self.tolerated, 1.0);
            total += size;
            if is_enough(&evidence) {
                return Some(float(total));
            }
        }
        None
    }
}

fn counts(chance: &mut Chance, requests: u64, rate: f64) -> Counts {
    Counts {
        requests: float(requests),
        failures: float(binomial(chance, requests, rate)),
    }
}

/// Returns the cells with the time that so many requests take, at each of the rates of the tables.
pub(super) fn times(requests: Option<f64>) -> impl Iterator<Item = String> {
    let shown = move |per_second| match requests {
        Some(requests) => time_of(requests, per_second),
        None => "–".to_owned(),
    };
    super::seen::PER_SECOND.into_iter().map(shown)
}
