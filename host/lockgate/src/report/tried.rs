//! What was tried to give the traffic back: counted, so that a long rollback ends in one sentence.

use rollout::{Fact, Phase};

/// The writes of a rollback and the last thing that went wrong with one.
#[derive(Debug, Default)]
pub(crate) struct Tried {
    writes: u32,
    last_failure: Option<String>,
}

impl Tried {
    /// Takes notice of a fact that led to this phase.
    pub(super) fn learn(&mut self, phase: &Phase, fact: &Fact) {
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

    /// Returns it in words; nothing when the first write went through.
    pub(super) fn words(&self) -> Option<String> {
        let failure = self.last_failure.as_ref()?;
        let times = match self.writes {
            1 => "once".to_owned(),
            writes => format!("{writes} times"),
        };
        Some(format!(
            "giving the traffic back was tried {times}; what last went wrong: {failure}"
        ))
    }
}

/// Returns a reason without what is different each time, to tell whether it is the same again.
pub(super) fn essence(reason: &str) -> String {
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
    fn same_refusal_is_recognised_whatever_its_request_id() {
        let reason = |id: &str| format!("status 403 No (request {id}); ask for a role");
        assert_eq!(essence(&reason("1")), essence(&reason("2")));
        assert_eq!(essence(&reason("1")), "status 403 No; ask for a role");
        assert_ne!(essence("reset"), essence("no answer in time"));
    }
}
