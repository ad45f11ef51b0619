//! One round of questions: the first gate that says no ends it, and the calls that still run are stopped.
//!
//! What they would have said cannot change the decision, and the canary keeps its traffic for as long as it waits.

use std::future::pending;
use std::pin::pin;

use futures_util::future::{Either, select};
use rollout::{GateAnswer, GateFailure, Verdict};
use tokio::sync::watch;

/// A round of questions that are put at the same time; holds the name of the gate that ended it.
pub(super) struct Round(watch::Sender<Option<String>>);

impl Round {
    pub(super) fn new() -> Round {
        Round(watch::Sender::new(None))
    }

    /// Ends the round if this answer is a no. A round that has ended keeps its first no.
    pub(super) fn note(&self, answer: &GateAnswer) {
        let no = matches!(&answer.result, Ok(report) if report.verdict == Verdict::Fail);
        self.0.send_if_modified(|ended| {
            let ends = no && ended.is_none();
            if ends {
                *ended = Some(answer.gate.clone());
            }
            ends
        });
    }

    /// Runs a call until it has answered, or until the round has ended: then the call is dropped, and its instance with it.
    /// An answer that is there when the round ends still counts.
    pub(super) async fn until_decided<R>(
        &self,
        call: impl Future<Output = Result<R, GateFailure>>,
    ) -> Result<R, GateFailure> {
        match select(pin!(call), pin!(self.ended())).await {
            Either::Left((result, _)) => result,
            Either::Right((gate, _)) => Err(GateFailure::NotWaitedFor { gate }),
        }
    }

    async fn ended(&self) -> String {
        let mut round = self.0.subscribe();
        let ended = round.wait_for(Option::is_some).await;
        match ended.ok().and_then(|gate| gate.clone()) {
            Some(gate) => gate,
            None => pending().await,
        }
    }
}
