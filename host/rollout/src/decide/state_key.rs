//! The control state of a run as bytes, for tests that walk every history of a plan: equal bytes mean that the same
//! decisions follow.
//!
//! Every field is named, so that a new one does not compile before it is decided here whether it steers the run. It
//! lives beside the state because the fields are private to `decide`.

use std::hash::{Hash as _, Hasher};

use super::final_write::FinalWrite;
use super::late_write::LateWrite;
use super::phase::{Baking, Gating, Holding, Phase, Shifting};
use super::rollout::Rollout;
use crate::event::Timestamp;
use crate::outcome::Outcome;

impl Rollout {
    /// Feeds what steers the run to `to`, with every time changed by `shift`. Left out are the texts for people, the
    /// counts that are only passed on to gates, and what is the same in every history that starts alike.
    pub(crate) fn hash_control_state(
        &self,
        shift: &impl Fn(Timestamp) -> Timestamp,
        to: &mut impl Hasher,
    ) {
        let Rollout {
            run: _,
            plan: _,
            intent: _,
            inspection: _,
            holder: _,
            place: _,
            begun_at: _,
            weight_since: _,
            memory: _,
            promotion_round: _,
            phase,
            epoch,
            wrote,
            late_write,
            foreign_seen,
            off_baseline,
            stable_state,
            activated,
            hurried,
            approved,
        } = self;
        if let Phase::Ended(outcome) = phase {
            // Nothing follows: only the kind of the end counts.
            std::mem::discriminant::<Outcome>(outcome).hash(to);
            return;
        }
        hash_phase(phase, shift, to);
        late_write
            .map(|late| LateWrite {
                until: shift(late.until),
                ..late
            })
            .hash(to);
        let flags = (wrote, foreign_seen, off_baseline, activated, hurried);
        (epoch, flags, stable_state, approved).hash(to);
    }
}

fn hash_phase(phase: &Phase, shift: &impl Fn(Timestamp) -> Timestamp, to: &mut impl Hasher) {
    std::mem::discriminant(phase).hash(to);
    match phase {
        Phase::Ended(_) => {}
        Phase::Preflight { since, wait } => (since.map(shift), wait.map(shift)).hash(to),
        Phase::Readiness {
            since,
            wait,
            is_inactive,
        } => (shift(*since), wait.map(shift), is_inactive).hash(to),
        Phase::Gating(Gating {
            stage,
            kind,
            since,
            asked_health: _,
            asked_promotion: _,
            failures,
            wait,
        }) => (stage, kind, shift(*since), failures, wait.map(shift)).hash(to),
        Phase::Shifting(Shifting {
            stage,
            compared,
            since,
            sent,
            wait,
        }) => (
            stage,
            compared.map(shift),
            shift(*since),
            sent,
            wait.map(shift),
        )
            .hash(to),
        Phase::Verifying { stage, since, wait } => {
            (stage, shift(*since), wait.map(shift)).hash(to);
        }
        Phase::Baking(Baking {
            stage,
            until,
            asked: _,
            failures,
            held_since,
            wait,
        }) => {
            let times = (shift(*until), held_since.map(shift), wait.map(shift));
            (stage, failures, times).hash(to);
        }
        Phase::Promoting(last) => hash_final_write(last, shift, to),
        Phase::Held {
            holding:
                Holding {
                    stage,
                    reason: _,
                    pause,
                },
            last,
        } => {
            (stage, pause).hash(to);
            hash_final_write(last, shift, to);
        }
        Phase::RollingBack { cause: _, last } => hash_final_write(last, shift, to),
    }
}

fn hash_final_write(
    last: &FinalWrite,
    shift: &impl Fn(Timestamp) -> Timestamp,
    to: &mut impl Hasher,
) {
    let FinalWrite {
        step,
        settle_until,
        deadline,
        wait,
        write_at,
        sent,
    } = last;
    let times = (
        shift(*settle_until),
        shift(*deadline),
        wait.map(shift),
        write_at.map(shift),
    );
    (step, times, sent).hash(to);
}
