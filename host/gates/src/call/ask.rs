//! One question to one gate, complete: everything that the gate learns from it, so that a call can be recorded and replayed.
//!
//! Part of the format of recordings: member names must stay.

use std::collections::BTreeMap;

use rollout::ports::Question;
use rollout::{Kind, Report, Revision};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::per_revision::PerRevision;

/// The time of a question outside of any rollout: 2000-01-01, far from any real time.
pub(crate) const UNKNOWN_TIME_S: f64 = 946_684_800.0;

/// A question to a gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ask {
    /// The gate's name in the configuration.
    pub gate: String,
    /// Whether it is asked as a health check or as a promotion gate.
    pub kind: Kind,
    /// The run's id.
    pub run: String,
    /// The app's name.
    pub app: String,
    /// The revision that serves.
    pub stable: Revision,
    /// The new revision.
    pub canary: Revision,
    /// The stage that a pass would begin or continue, from 0.
    pub stage: u32,
    /// The number of stages.
    pub stages: u32,
    /// The canary's weight, 0 to 100.
    pub weight: u32,
    /// The weight that a pass leads to, 0 to 100.
    pub next_weight: u32,
    /// How often this question has been asked at this stage, from 1.
    pub asked: u32,
    /// Since when the canary has its weight, in seconds since 1970 on the platform's clock.
    pub weight_since_s: f64,
    /// The time of the question, in seconds since 1970 on the platform's clock.
    pub now_s: f64,
    /// The operator's settings, complete.
    pub settings: Value,
    /// What the pipeline hands over, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
    /// The state that the gate returned in its last answer.
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
    /// Returns a question outside of any rollout, about revisions at these URLs, as if before a single stage to 100 %, in
    /// the year 2000.
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
            weight_since_s: UNKNOWN_TIME_S,
            now_s: UNKNOWN_TIME_S,
            facts: BTreeMap::new(),
            settings: Value::Object(serde_json::Map::new()),
            state: Vec::new(),
            reports: BTreeMap::new(),
        }
    }

    /// Returns the URLs of the two revisions.
    pub fn urls(&self) -> PerRevision<&str> {
        PerRevision {
            stable: &self.stable.url,
            canary: &self.canary.url,
        }
    }

    /// Returns the question to one of the gates that the engine asks.
    pub(crate) fn of(
        question: &Question<'_>,
        gate: &str,
        settings: &Value,
        facts: &BTreeMap<String, String>,
    ) -> Ask {
        let inspection = question.inspection;
        let key = rollout::MemoryKey {
            kind: question.kind,
            gate: gate.to_owned(),
        };
        let state = question.memory.states.get(&key);
        Ask {
            gate: gate.to_owned(),
            kind: question.kind,
            run: question.run.to_owned(),
            app: inspection.app.clone(),
            stable: inspection.stable.clone(),
            canary: inspection.canary.clone(),
            stage: question.stage,
            stages: question.stages,
            weight: question.weight,
            next_weight: question.next_weight,
            asked: question.asked,
            weight_since_s: seconds(question.weight_since),
            now_s: seconds(question.now),
            settings: settings.clone(),
            facts: facts.clone(),
            state: state.cloned().unwrap_or_default(),
            reports: match question.kind {
                Kind::HealthCheck => BTreeMap::new(),
                Kind::PromotionGate => question.memory.reports.clone(),
            },
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact for 285 million years")]
fn seconds(since_1970: u64) -> f64 {
    since_1970 as f64
}
