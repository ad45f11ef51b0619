//! Ours: the evidence of the gate `compare`, each minute one block.

use evidence::{Evidence, Line, burst_of};

use super::detector::Detector;
use crate::figures::traffic::{History, Minute};

/// No worse at all.
pub(crate) const STRICT: Line = line(1.0, 0.0);
/// What the gate tolerates by default.
pub(crate) const DEFAULT: Line = line(1.1, 0.0005);
/// Half as many failures again, and half a point.
pub(crate) const WIDE: Line = line(1.5, 0.005);
/// The chance of a false alarm in a rollout, as it is by default.
pub(crate) const ALPHA: f64 = 0.01;
/// The chance, at each stage, to let a canary on that is beyond the margin, as it is by default.
pub(crate) const BETA: f64 = 0.05;

const fn line(ratio: f64, difference: f64) -> Line {
    Line { ratio, difference }
}

/// How many failures one cause makes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Burst {
    /// So many at the most.
    Of(f64),
    /// As many as the hour before says.
    Auto,
}

/// The evidence against one canary.
pub(crate) struct Ours {
    pub(super) evidence: Evidence,
    tolerated: Line,
    burst: f64,
}

impl Ours {
    /// Returns the detector for one rollout.
    pub(crate) fn new(tolerated: Line, burst: Burst, history: &History) -> Ours {
        let burst = match burst {
            Burst::Of(burst) => burst,
            Burst::Auto => burst_of(&history.0).unwrap_or(1.0),
        };
        Ours {
            evidence: Evidence::new().with_history(history.total()),
            tolerated,
            burst,
        }
    }

    /// Returns the same with all capital staked at the start: nothing is kept for a fault that comes late.
    pub(crate) fn with_all_staked(mut self) -> Ours {
        let staked = 1.0 - self.evidence.cash.exp();
        for capital in &mut self.evidence.bad {
            *capital -= staked.ln();
        }
        // As good as nothing, and finite.
        self.evidence.cash = -1e6;
        self
    }

    /// Returns whether the evidence so far suffices for a rollback.
    pub(crate) fn is_worse(evidence: &Evidence) -> bool {
        evidence.against() >= ALPHA.recip().ln()
    }
}

impl Detector for Ours {
    fn alarms(&mut self, minute: &Minute) -> bool {
        if minute.raised {
            self.evidence.begin_stage();
        }
        self.evidence.add(&minute.block, self.tolerated, self.burst);
        Ours::is_worse(&self.evidence)
    }
}
