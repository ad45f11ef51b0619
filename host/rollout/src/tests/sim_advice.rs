//! Gates that decide nothing, on the simulated platform: each call takes its own time, and of each gate there is one.

use super::sample;
use super::script::Advice;
use super::sim::SimPlatform;
use super::sim_state::AdviceAsked;
use crate::ports::{Clock as _, Question};
use crate::{GateAnswer, MemoryKey};

impl SimPlatform {
    /// Answers for a gate that decides nothing, with a state that grows by a byte each time. Unlike the calls of a run it takes
    /// its time beside whatever else happens.
    pub(super) async fn advise(
        &self,
        gate: &str,
        advice: &Advice,
        question: Question<'_>,
    ) -> Vec<GateAnswer> {
        let nth = {
            let mut state = self.state.lock().unwrap();
            let key = MemoryKey {
                kind: question.kind,
                gate: gate.to_owned(),
            };
            let asked = AdviceAsked {
                gate: gate.to_owned(),
                kind: question.kind,
                weight: question.weight,
                next_weight: question.next_weight,
                asked: question.asked,
                state: question
                    .memory
                    .states
                    .get(&key)
                    .cloned()
                    .unwrap_or_default(),
                at: state.now,
            };
            let nth = state
                .advised
                .iter()
                .filter(|asked| asked.gate == gate)
                .count();
            state.advised.push(asked);
            nth
        };
        let _call = UnderWay::begin(self, gate);
        let Some(takes) = advice.takes else {
            return std::future::pending().await;
        };
        let until = self.now().after(takes);
        self.pass(until).await;
        let reply = advice.replies.get(nth).or(advice.replies.last());
        let mut answers = sample::answers(question.gates, *reply.unwrap());
        for answer in &mut answers {
            if let Ok(report) = &mut answer.result {
                report.state = vec![7; nth + 1];
            }
        }
        answers
    }
}

/// A call of a gate that decides nothing. Of each gate there is one at a time.
struct UnderWay<'a> {
    platform: &'a SimPlatform,
    gate: String,
}

impl UnderWay<'_> {
    fn begin<'a>(platform: &'a SimPlatform, gate: &str) -> UnderWay<'a> {
        let gate = gate.to_owned();
        let is_first = platform.under_way.lock().unwrap().insert(gate.clone());
        assert!(is_first, "{gate} is asked while it has not answered");
        UnderWay { platform, gate }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.platform.under_way.lock().unwrap().remove(&self.gate);
    }
}
