//! The write that promotes or holds, when it was sent more than once: it is no last word while an earlier one may still land
//! (I-12).

use std::time::Duration;

use super::late_write::{LateWrite, LateWriter};
use super::rollout::Rollout;
use crate::event::{Fact, Timestamp};
use crate::lease::LeaseState;
use crate::traffic::Weight;

impl Rollout {
    /// Takes note of a write that ends or pauses the run and whose answer was lost, or that follows such a one.
    pub(super) fn note_settle(
        &mut self,
        fact: &Fact,
        weight: Weight,
        state: Option<LeaseState>,
        at: Timestamp,
    ) {
        let is_unknown = matches!(fact, Fact::WriteUnknown { .. });
        let window = at.after(self.timing().late_write_window);
        if let Some(LateWrite {
            of: LateWriter::Settle { shows, .. },
            until,
        }) = &mut self.late_write
        {
            // What a read shows may be there because of either.
            *shows = false;
            if is_unknown {
                *until = window;
            }
        } else if is_unknown {
            let of = LateWriter::Settle {
                weight,
                state,
                shows: true,
            };
            self.late_write = Some(LateWrite { of, until: window });
        }
    }

    /// Returns when to look again, where a settled read shows what the run has written last and an earlier write of it
    /// may still land (I-12).
    pub(super) fn settles_until(&self, at: Timestamp) -> Option<Timestamp> {
        let late = self.late_write?;
        let may_land = matches!(late.of, LateWriter::Settle { shows: false, .. });
        let twice: Duration = self.timing().poll_interval.saturating_mul(2);
        (may_land && late.until > at).then(|| at.after(twice).min(late.until))
    }
}
