//! What a call could not see: exchanges that failed on this machine, before the other side could answer.
//!
//! Evidence about the observer is none about the canary (I-22). Gates learn of it and are expected to return `err`; this is
//! what holds when they do not, or cannot tell. It must never weaken a verdict that rests on something seen.

use std::sync::Mutex;

use super::exchange::{ExchangeError, HttpResponse};
use crate::lock::lock;

/// What one call has seen so far.
#[derive(Debug, Default)]
pub(super) struct Visibility(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// An exchange says something about the other side.
    anything: bool,
    /// Why the first exchange failed that says nothing about the other side.
    unseen: Option<String>,
    /// What the gate saw besides does not count.
    indistinct: bool,
}

impl Visibility {
    /// Notes the outcome of an exchange.
    pub(super) fn note(&self, outcome: &Result<HttpResponse, ExchangeError>) {
        let mut seen = lock(&self.0);
        match outcome {
            Ok(_)
            | Err(
                ExchangeError::Timeout | ExchangeError::Unreachable(_) | ExchangeError::TooLarge(_),
            ) => seen.anything = true,
            Err(ExchangeError::Unresolved(why) | ExchangeError::Untrusted(why)) => {
                seen.unseen.get_or_insert_with(|| why.clone());
            }
            // What a gate makes of the errors of a machine that is out of order is worth nothing.
            Err(ExchangeError::ThisMachine(why)) => {
                seen.unseen.get_or_insert_with(|| why.clone());
                seen.indistinct = true;
            }
            // The gate's own mistakes, and the operator's: it knows, and has no reason to blame the canary.
            Err(
                ExchangeError::Denied(_) | ExchangeError::Invalid(_) | ExchangeError::Budget(_),
            ) => {}
        }
    }

    /// Notes that the gate got a failure in a form that does not say its kind.
    pub(super) fn note_indistinct(&self) {
        lock(&self.0).indistinct = true;
    }

    /// Returns why an answer of this call that is no pass says nothing about the canary; `None` when it does.
    pub(super) fn obstacle(&self) -> Option<String> {
        let seen = lock(&self.0);
        let blind = seen.indistinct || !seen.anything;
        seen.unseen.clone().filter(|_| blind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unresolved() -> Result<HttpResponse, ExchangeError> {
        Err(ExchangeError::Unresolved("no such name".to_owned()))
    }

    fn obstacle_of(outcomes: &[Result<HttpResponse, ExchangeError>]) -> Option<String> {
        let visibility = Visibility::default();
        outcomes.iter().for_each(|outcome| visibility.note(outcome));
        visibility.obstacle()
    }

    #[test]
    fn what_was_seen_counts_and_a_call_that_saw_nothing_does_not() {
        assert_eq!(obstacle_of(&[]), None);
        assert_eq!(obstacle_of(&[Err(ExchangeError::Timeout)]), None);
        let why = Some("no such name".to_owned());
        assert_eq!(obstacle_of(&[unresolved()]), why);
        assert_eq!(
            obstacle_of(&[unresolved(), Err(ExchangeError::Timeout)]),
            None
        );
        let denied = ExchangeError::Denied("not allowed".to_owned());
        assert_eq!(obstacle_of(&[Err(denied), unresolved()]), why);
    }

    #[test]
    fn failure_that_the_gate_cannot_tell_apart_counts_beside_what_was_seen() {
        let visibility = Visibility::default();
        visibility.note(&Err(ExchangeError::Timeout));
        visibility.note(&unresolved());
        visibility.note_indistinct();
        assert_eq!(visibility.obstacle(), Some("no such name".to_owned()));
        let short = ExchangeError::ThisMachine("too many open files".to_owned());
        assert_eq!(
            obstacle_of(&[Err(ExchangeError::Timeout), Err(short)]),
            Some("too many open files".to_owned())
        );
    }
}
