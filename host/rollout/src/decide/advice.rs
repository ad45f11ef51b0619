//! What gates that decide nothing may be asked now, beside the steps: read from the state, and never a part of it.
//!
//! They are asked what gates that decide are asked, at the same places of a run. Nothing in `decide` reads their answers: only
//! what they want to remember is kept, for their own next calls.

use super::action::{Action, Intent};
use super::phase::{Gating, Phase};
use super::rollout::Rollout;
use crate::traffic::Weight;
use crate::verdict::Kind;

/// A place of a run at which gates are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// Health checks before a stage, or after the last one's bake: at once, and again as long as the run stays there.
    Before(usize),
    /// Health checks during the bake of a stage, at each interval.
    Bake(usize),
    /// A round of promotion gates before a stage: once.
    Round(usize, u32),
}

/// A question that gates may be asked now which decide nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Occasion {
    /// The place of the run.
    pub(crate) place: Place,
    /// The canary's weight now.
    pub(crate) weight: Weight,
    /// The canary's weight after a pass.
    pub(crate) next_weight: Weight,
}

impl Place {
    /// Returns the stage that a question is about.
    pub(crate) fn stage(self) -> usize {
        match self {
            Place::Before(stage) | Place::Bake(stage) | Place::Round(stage, _) => stage,
        }
    }
}

impl Occasion {
    /// Returns the action that asks this for the nth time.
    pub(crate) fn action(self, kind: Kind, asked: u32) -> Action {
        Action::Ask {
            kind,
            stage: self.place.stage(),
            weight: self.weight,
            next_weight: self.next_weight,
            asked,
        }
    }
}

impl Rollout {
    /// Returns the names of the gates that decide nothing and that a question is for.
    pub(crate) fn advisory_for(&self, kind: Kind, stage: usize) -> &[String] {
        match kind {
            Kind::HealthCheck => self.plan.advisory_health_checks(),
            Kind::PromotionGate => self
                .plan
                .stages()
                .get(stage)
                .map_or(&[], |stage| stage.advisory_gates.as_slice()),
        }
    }

    /// Returns what gates of a kind may be asked now that decide nothing. An undo asks none: it is no rollout.
    pub(crate) fn occasion(&self, kind: Kind) -> Option<Occasion> {
        if !matches!(self.intent, Intent::Rollout | Intent::Resume) {
            return None;
        }
        let place = match kind {
            Kind::HealthCheck => self.place_of_health_checks(),
            Kind::PromotionGate => self.place_of_promotion_gates(),
        }?;
        let (weight, next_weight) = match place {
            Place::Bake(stage) => {
                let weight = self.plan.stages()[stage].weight;
                (weight, weight)
            }
            Place::Before(stage) | Place::Round(stage, _) => self.weights_at(stage),
        };
        Some(Occasion {
            place,
            weight,
            next_weight,
        })
    }

    /// Returns whether a gate that decides nothing may still answer: nothing is learnt for a run that turns back.
    pub(crate) fn hears_advice(&self) -> bool {
        !matches!(self.phase, Phase::RollingBack { .. } | Phase::Ended(_))
    }

    fn place_of_health_checks(&self) -> Option<Place> {
        match &self.phase {
            Phase::Gating(gating) => Some(Place::Before(gating.stage)),
            // Where no gate that decides stands before the stage, the run has no other phase there.
            Phase::Shifting(shifting) => Some(Place::Before(shifting.stage)),
            Phase::Promoting(_) if self.found().is_first() => Some(Place::Before(0)),
            Phase::Promoting(_) => Some(Place::Before(self.plan.stages().len())),
            Phase::Baking(baking) => Some(Place::Bake(baking.stage)),
            _ => None,
        }
    }

    fn place_of_promotion_gates(&self) -> Option<Place> {
        let round = |(stage, round)| Place::Round(stage, round);
        match &self.phase {
            Phase::Gating(Gating {
                kind: Kind::PromotionGate,
                stage,
                asked_promotion,
                ..
            }) => Some(Place::Round(*stage, *asked_promotion)),
            // The round before is still of interest while health checks are repeated.
            Phase::Gating(gating) => {
                let last = self
                    .promotion_round
                    .filter(|(stage, _)| *stage == gating.stage);
                last.map(round)
            }
            Phase::Shifting(_) => self.promotion_round.map(round),
            Phase::Promoting(_) if self.found().is_first() => self.promotion_round.map(round),
            _ => None,
        }
    }
}
