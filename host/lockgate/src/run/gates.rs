//! The gates of a run that moves traffic. Those that decide are called on the run's own task; those that decide nothing on
//! tasks of their own, so that a guest that computes without end takes no time of the run.

use std::sync::Arc;

use gates::GateSet;
use rollout::ports::{Gates, Question};
use rollout::{GateAnswer, GateFailure};
use tokio::task::JoinHandle;

/// The gates of one run.
pub(crate) struct RunGates(Arc<GateSet>);

impl RunGates {
    pub(crate) fn new(gates: GateSet) -> RunGates {
        RunGates(Arc::new(gates))
    }
}

impl Gates for RunGates {
    async fn ask(&self, question: Question<'_>) -> Vec<GateAnswer> {
        self.0.ask(question).await
    }

    async fn advise(&self, question: Question<'_>) -> Vec<GateAnswer> {
        let names = question.gates.to_vec();
        let asked = names.clone();
        let run = question.run.to_owned();
        let (inspection, memory) = (question.inspection.clone(), question.memory.clone());
        let Question {
            kind,
            stage,
            stages,
            weight,
            next_weight,
            asked: times,
            weight_since,
            now,
            ..
        } = question;
        let gates = self.0.clone();
        let call = tokio::spawn(async move {
            let question = Question {
                kind,
                gates: &asked,
                run: &run,
                inspection: &inspection,
                stage,
                stages,
                weight,
                next_weight,
                asked: times,
                weight_since,
                now,
                memory: &memory,
            };
            gates.ask(question).await
        });
        let mut call = StoppedOnDrop(call);
        (&mut call.0).await.unwrap_or_else(|_| failed(names))
    }
}

/// Returns the answers of calls whose task has ended without one.
fn failed(names: Vec<String>) -> Vec<GateAnswer> {
    let failure = || GateFailure::Host("the call panicked in the host".to_owned());
    let answer = |gate| GateAnswer {
        gate,
        result: Err(failure()),
        took_ms: 0,
    };
    names.into_iter().map(answer).collect()
}

/// Calls on a task of their own, which end with it.
struct StoppedOnDrop(JoinHandle<Vec<GateAnswer>>);

impl Drop for StoppedOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
