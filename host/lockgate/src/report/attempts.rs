//! Counts the writes of a rollback, so that a long one ends in one sentence.

use rollout::{Fact, Phase};

/// The writes of a rollback and the last failure of one.
#[derive(Debug, Default)]
pub(super) struct RollbackAttempts {
    writes: u32,
    last_failure: Option<String>,
}

impl RollbackAttempts {
    /// Counts a fact that led to this phase, if it is the outcome of a rollback's write.
    pub(super) fn count(&mut self, phase: &Phase, fact: &Fact) {
        let (Phase::RollingBack { .. } | Phase::Ended(_)) = phase else {
            return;
        };
        match fact {
            Fact::Written => self.writes += 1,
            Fact::WriteRefused { reason } | Fact::WriteUnknown { reason } => {
                self.writes += 1;
                self.last_failure = Some(reason.clone());
            }
            _ => {}
        }
    }

    /// Describes the attempts; `None` when no write failed.
    pub(super) fn describe(&self) -> Option<String> {
        let failure = self.last_failure.as_ref()?;
        let times = match self.writes {
            1 => "once".to_owned(),
            writes => format!("{writes} times"),
        };
        Some(format!("it was tried {times}; the last failure: {failure}"))
    }
}

/// Returns a reason without its request id, which differs each time: two reasons that are equal without it are the
/// same failure.
pub(super) fn without_request_id(reason: &str) -> String {
    match reason.split_once(" (request ") {
        Some((before, rest)) => match rest.split_once(')') {
            Some((_, after)) => format!("{before}{after}"),
            None => before.to_owned(),
        },
        None => reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_refusal_is_recognised_with_another_request_id() {
        let reason = |id: &str| format!("status 403 No (request {id}); ask for a role");
        let first = without_request_id(&reason("1"));
        assert_eq!(first, without_request_id(&reason("2")));
        assert_eq!(first, "status 403 No; ask for a role");
        assert_ne!(
            without_request_id("reset"),
            without_request_id("no answer in time")
        );
    }
}
