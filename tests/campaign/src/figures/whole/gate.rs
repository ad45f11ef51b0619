//! The gate `compare` behind the engine's port: the very function that the shipped component decides with, fed with the
//! platform's slices.

use compare::{Asked, Minute, News, Settings, State, judge};
use lockgate_gate::Health;
use rollout::ports::{Gates, Question};
use rollout::{GateAnswer, GateFailure, Kind, MemoryKey, Report, Verdict};

use super::platform::Azure;

/// The gate's name in the plan.
pub(crate) const NAME: &str = "compare";

/// The gate, with its default settings or others.
pub(crate) struct Compare<'a> {
    azure: &'a Azure<'a>,
    settings: &'a Settings,
}

impl<'a> Compare<'a> {
    pub(crate) fn new(azure: &'a Azure<'a>, settings: &'a Settings) -> Compare<'a> {
        Compare { azure, settings }
    }

    fn answer(&self, question: &Question<'_>) -> Result<Report, GateFailure> {
        let key = MemoryKey {
            kind: Kind::HealthCheck,
            gate: NAME.to_owned(),
        };
        let bytes = question
            .memory
            .states
            .get(&key)
            .map_or(&[][..], Vec::as_slice);
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970")]
        let [weight_since_s, now_s] = [question.weight_since, question.now].map(|s| s as f64);
        let asked = Asked {
            index: question.stage,
            total: question.stages,
            weight: question.weight,
            next_weight: question.next_weight,
            weight_since_s,
            now_s,
            same_revision: false,
        };
        let settings = self.settings;
        let mut state = State::open(bytes, settings, asked.weight, asked.weight_since_s);
        let minutes = self.azure.slices().into_iter().map(|slice| Minute {
            start_s: slice.start_s,
            end_s: slice.end_s,
            is_counted: !slice.block.is_empty(),
            blocks: vec![slice.block],
        });
        let news = News::Minutes(minutes.collect());
        let judgement = judge(settings, &mut state, &asked, &news)
            .map_err(|error| GateFailure::Declined(error.to_string()))?;
        Ok(Report {
            verdict: match judgement.health {
                Health::Healthy => Verdict::Pass,
                Health::Unhealthy => Verdict::Fail,
                Health::Unknown => Verdict::Hold { ask_again_ms: None },
            },
            reason: judgement.summary,
            measurements: Vec::new(),
            state: state.encode(settings),
        })
    }
}

impl Gates for Compare<'_> {
    async fn ask(&self, question: Question<'_>) -> Vec<GateAnswer> {
        let answer = |gate: &String| GateAnswer {
            gate: gate.clone(),
            result: self.answer(&question),
            took_ms: 0,
        };
        question.gates.iter().map(answer).collect()
    }
}
