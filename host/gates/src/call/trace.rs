//! How the embedding program follows the calls of a run: it hears of each as it begins and as it ends, and may send header
//! fields with its requests that lead back to it. Changes nothing else of a call.

use rollout::{GateAnswer, Kind};

/// Follows calls.
pub trait CallTracer: Send + Sync {
    /// Takes note of a call that is about to begin. Called on the run's own task: it must not block.
    fn begin(&self, gate: &str, kind: Kind) -> Box<dyn CallTrace>;
}

/// A call that is followed. One that is stopped is dropped without an answer.
pub trait CallTrace: Send {
    /// Returns header fields for every request of the call. They are added where credentials are: after the gate wrote the
    /// request and after it was recorded, in the place of the gate's own fields of these names.
    fn fields(&self) -> Vec<(String, String)>;

    /// Takes note of the answer. It must not block.
    fn end(self: Box<Self>, answer: &GateAnswer);
}
