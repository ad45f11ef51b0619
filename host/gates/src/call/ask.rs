//! One question to one gate, whole: all that the gate is told, so that it can be kept and put again.

use std::collections::BTreeMap;

use rollout::ports::Question;
use rollout::{Kind, Report, Revision};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A question to a gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ask {
    /// The gate's name in the configuration.
    pub gate: String,
    /// Which of the two questions.
    pub kind: Kind,
    /// The run's id.
    pub run: String,
    /// The app's name.
    pub app: String,
    /// The revision that serves.
    pub stable: Revision,
    /// The new one.
    pub canary: Revision,
    /// The stage that a pass would begin or continue, from 0.
    pub stage: u32,
    /// The number of stages.
    pub stages: u32,
    /// The canary's weight, 0 to 100.
    pub weight: u32,
    /// The weight a pass leads to.
    pub next_weight: u32,
    /// 1 the first time that this is asked at this stage.
    pub asked: u32,
    /// The operator's settings.
    pub settings: Value,
    /// What the gate left behind last time.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        with = "rollout::base64_text"
    )]
    pub state: Vec<u8>,
    /// The latest report of each health check, for promotion gates.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reports: BTreeMap<String, Report>,
}

impl Ask {
    /// Returns the question that a gate is asked in a rollout's name before its only stage, about these URLs.
    pub fn about(gate: &str, kind: Kind, stable: &str, canary: &str) -> Ask {
        let revision = |name: &str, url: &str| Revision {
            name: name.to_owned(),
            url: url.to_owned(),
            image: String::new(),
        };
        Ask {
            gate: gate.to_owned(),
            kind,
            run: "none".to_owned(),
            app: "none".to_owned(),
            stable: revision("stable", stable),
            canary: revision("canary", canary),
            stage: 0,
            stages: 1,
            weight: 0,
            next_weight: 100,
            asked: 1,
            settings: Value::Object(serde_json::Map::new()),
            state: Vec::new(),
            reports: BTreeMap::new(),
        }
    }

    /// Returns what one of the gates of a question is asked.
    pub(crate) fn of(question: &Question<'_>, gate: &str, settings: &Value) -> Ask {
        let found = question.inspection;
        let key = (question.kind, gate.to_owned());
        let state = question.memory.states.get(&key);
        Ask {
            gate: gate.to_owned(),
            kind: question.kind,
            run: question.run.to_owned(),
            app: found.app.clone(),
            stable: found.stable.clone(),
            canary: found.canary.clone(),
            stage: question.stage,
            stages: question.stages,
            weight: question.weight,
            next_weight: question.next_weight,
            asked: question.asked,
            settings: settings.clone(),
            state: state.cloned().unwrap_or_default(),
            reports: match question.kind {
                Kind::HealthCheck => BTreeMap::new(),
                Kind::PromotionGate => question.memory.reports.clone(),
            },
        }
    }
}
