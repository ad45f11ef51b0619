//! From an outcome or an error to the exit code. A script must be able to tell what production looks like now from
//! this number alone.

use rollout::{Cause, Outcome};

/// Everything promoted, or nothing to do.
pub(crate) const PROMOTED: u8 = 0;
/// A test case is not as expected. Never the code of a run.
pub(crate) const NOT_AS_EXPECTED: u8 = 1;
/// Usage or configuration; nothing was read or written.
pub(crate) const USAGE: u8 = 2;
/// A gate said no; the baseline stands, verified.
pub(crate) const GATE_SAID_NO: u8 = 10;
/// Cancelled; the baseline stands, verified.
pub(crate) const CANCELLED: u8 = 11;
/// Infrastructure or a gate failed; the baseline stands, verified.
pub(crate) const FAILED: u8 = 12;
/// Frozen at its weight; the lease is kept.
pub(crate) const HELD: u8 = 13;
/// A rollback was sent, and not verified.
pub(crate) const UNVERIFIED: u8 = 20;
/// The rollback failed.
pub(crate) const STUCK: u8 = 21;
/// Refused; nothing was written.
pub(crate) const REFUSED: u8 = 30;
/// Another writer was there; hands off.
pub(crate) const SUPERSEDED: u8 = 31;

/// The codes with their meanings, for help texts.
pub(crate) const TABLE: &str = "\
Exit codes:
   0  promoted (or nothing to do)
   2  usage or configuration error, nothing was touched
  10  a gate said no, the baseline stands (verified)
  11  cancelled, the baseline stands (verified)
  12  infrastructure or gate failure, the baseline stands (verified)
  13  held: frozen at its weight, resume or abort it
  20  rollback sent but not verified
  21  rollback failed, a person must act
  30  refused, nothing was written
  31  superseded by another writer, hands off";

/// Returns the code of several runs: the one that most needs a person.
pub(crate) fn worse(a: u8, b: u8) -> u8 {
    let by_urgency = [
        STUCK,
        UNVERIFIED,
        SUPERSEDED,
        REFUSED,
        HELD,
        FAILED,
        GATE_SAID_NO,
        CANCELLED,
    ];
    let urgent = |code: &u8| *code == a || *code == b;
    by_urgency.into_iter().find(urgent).unwrap_or(PROMOTED)
}

/// Returns the exit code of a finished run.
pub(crate) fn code(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Promoted | Outcome::Idle => PROMOTED,
        Outcome::RolledBack(cause) => match cause {
            Cause::GateSaidNo { .. } | Cause::HeldTooLong { .. } => GATE_SAID_NO,
            Cause::Cancelled(_) => CANCELLED,
            Cause::GateBroke { .. }
            | Cause::NotReady(_)
            | Cause::Platform(_)
            | Cause::OutOfTime(_)
            | Cause::JournalLost(_)
            | Cause::Abandoned(_) => FAILED,
        },
        Outcome::Held { .. } => HELD,
        Outcome::Unverified { .. } => UNVERIFIED,
        Outcome::Stuck { .. } => STUCK,
        Outcome::Refused(_) => REFUSED,
        Outcome::Superseded(_) => SUPERSEDED,
    }
}
