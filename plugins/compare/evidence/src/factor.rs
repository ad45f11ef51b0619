//! What one stretch of traffic says, for one bet.
//!
//! The mean of a factor is at most 1 while the canary is on the null's side of the line. With `lambda` as solved below,
//! `ratio * n_c * (a - 1) + n_s * (b - 1) = 0`. A request adds `E[a^X] = 1 + p (a - 1) <= exp(p (a - 1))`, so that
//! `ln E[e] <= n_c p_c (a - 1) + n_s p_s (b - 1) - n_c d (a - 1)`. With `a > 1` and `p_c <= ratio * p_s + d`, or `a < 1` and
//! `p_c >= ratio * p_s + d`, the right side is at most `p_s * 0`. No approximation, whatever the rate of stable is.

/// Requests to one revision, and how many of them failed. Fractions are allowed; failures are at most the requests.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counts {
    /// Requests.
    pub requests: f64,
    /// Those that failed.
    pub failures: f64,
}

/// What was counted anew, at one weight.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Block {
    /// The canary's.
    pub canary: Counts,
    /// The stable's.
    pub stable: Counts,
}

/// A line between rates of failures: the canary's on it is `ratio` times the stable's, plus `difference`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Times the stable's rate: at least 1, or 0 for an absolute limit, for which stable is not looked at.
    pub ratio: f64,
    /// Added to it, as a share of the requests: above 0 where `ratio` is 0.
    pub difference: f64,
}

impl Block {
    /// Returns `[canary requests, canary failures, stable requests, stable failures]` as a block.
    pub const fn of([requests, failures, of_stable, stable_failures]: [f64; 4]) -> Block {
        Block {
            canary: Counts { requests, failures },
            stable: Counts {
                requests: of_stable,
                failures: stable_failures,
            },
        }
    }

    /// Returns whether neither revision had a request.
    pub fn is_empty(&self) -> bool {
        self.canary.requests <= 0.0 && self.stable.requests <= 0.0
    }
}

impl Counts {
    /// Returns the share of failures; 0 without requests.
    pub fn rate(&self) -> f64 {
        if self.requests > 0.0 {
            self.failures / self.requests
        } else {
            0.0
        }
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, more: Counts) {
        self.requests += more.requests;
        self.failures += more.failures;
    }
}

impl std::ops::AddAssign for Block {
    fn add_assign(&mut self, more: Block) {
        self.canary += more.canary;
        self.stable += more.stable;
    }
}

impl Line {
    /// Returns the canary's rate on the line.
    pub fn at(&self, stable_rate: f64) -> f64 {
        self.ratio * stable_rate + self.difference
    }

    /// Returns whether stable is not looked at.
    pub fn is_absolute(&self) -> bool {
        self.ratio == 0.0
    }
}

/// What a failure multiplies the capital by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stakes {
    /// A failure of the canary: above 1 for a bet above the line, below 1 for one below it.
    pub(crate) canary: f64,
    /// A failure of stable.
    pub(crate) stable: f64,
}

/// Returns the stakes for so many requests to each revision; `None` where nothing can be compared.
pub(crate) fn stakes(
    canary_requests: f64,
    stable_requests: f64,
    line: Line,
    stable_rate: f64,
    canary_rate: f64,
) -> Option<Stakes> {
    let Line { ratio, difference } = line;
    if canary_requests <= 0.0 || (ratio > 0.0 && stable_requests <= 0.0) {
        return None;
    }
    if ratio == 0.0 {
        let canary = canary_rate / difference;
        return Some(Stakes {
            canary,
            stable: 1.0,
        });
    }
    let a = ratio * (ratio * canary_requests + stable_requests);
    let b = (ratio * canary_requests + stable_requests) * difference
        - ratio * canary_requests * canary_rate
        - ratio * stable_requests * stable_rate;
    let c = -stable_requests * stable_rate * difference;
    let root = (b * b - 4.0 * a * c).sqrt();
    // The same root in both forms; each is free of cancellation where it is used.
    let nearest = if b <= 0.0 {
        (root - b) / (2.0 * a)
    } else {
        -2.0 * c / (b + root)
    };
    Some(Stakes {
        canary: canary_rate / (ratio * nearest + difference),
        stable: stable_rate / nearest,
    })
}

/// Returns the logarithm of the factor of one block, for the bet "stable fails at `stable_rate`, the canary at
/// `canary_rate`": evidence against the canary where that lies above the line, for it below. 0 where there is nothing to
/// compare: no request to the canary, or none to stable unless the line is absolute.
///
/// Its mean is at most 1 while the canary is on the other side of the line. `canary_rate` must be above 0 and at most 1,
/// `stable_rate` above 0.
pub fn log_factor(block: &Block, line: Line, stable_rate: f64, canary_rate: f64) -> f64 {
    let (canary, stable) = (block.canary, block.stable);
    let stakes = stakes(
        canary.requests,
        stable.requests,
        line,
        stable_rate,
        canary_rate,
    );
    let Some(Stakes {
        canary: a,
        stable: b,
    }) = stakes
    else {
        return 0.0;
    };
    let of_stable = if line.is_absolute() {
        0.0
    } else {
        stable.failures * b.ln()
    };
    canary.failures * a.ln() + of_stable - canary.requests * line.difference * (a - 1.0)
}

#[cfg(test)]
mod tests;
