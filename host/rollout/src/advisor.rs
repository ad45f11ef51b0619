//! Gates that decide nothing: asked beside the steps of a run, heard when they answer, and dropped with the run. No step
//! waits for them, and none is interrupted by them.

use std::future::Future;
use std::pin::Pin;

use crate::decide::{Action, Rollout};
use crate::event::Fact;
use crate::ports::Gates;
use crate::question::question;
use crate::verdict::{GateAnswer, Kind};

type Asking<'g> = Pin<Box<dyn Future<Output = Vec<GateAnswer>> + Send + 'g>>;

/// The questions of one run to gates that decide nothing, one at a time.
pub(crate) struct Advisor<'g, G> {
    gates: &'g G,
    /// The question that was asked last.
    last: Option<Action>,
    asking: Option<Asking<'g>>,
    answers: Option<Vec<GateAnswer>>,
}

impl<'g, G: Gates> Advisor<'g, G> {
    pub(crate) fn new(gates: &'g G) -> Advisor<'g, G> {
        Advisor {
            gates,
            last: None,
            asking: None,
            answers: None,
        }
    }

    /// Asks what the run wants to be advised about now. A question about an earlier stage is dropped: nobody can act on it.
    pub(crate) fn follow(&mut self, rollout: &Rollout, now: u64) {
        let Some(action) = rollout
            .advice()
            .filter(|action| self.last.as_ref() != Some(action))
        else {
            return;
        };
        let (gates, snapshot) = (self.gates, rollout.clone());
        self.last = Some(action.clone());
        self.asking = Some(Box::pin(async move {
            match question(&snapshot, &action, now) {
                Some(question) => gates.ask(question).await,
                None => Vec::new(),
            }
        }));
    }

    /// Lets the gates go on. Never completes.
    pub(crate) async fn go_on(&mut self) {
        if let Some(asking) = &mut self.asking {
            self.answers = Some(asking.await);
            self.asking = None;
        }
        std::future::pending().await
    }

    /// Returns the answers that have come since the last time.
    pub(crate) fn heard(&mut self) -> Option<Fact> {
        let answers = self.answers.take()?;
        let kind = Kind::PromotionGate;
        Some(Fact::Advised { kind, answers })
    }
}
