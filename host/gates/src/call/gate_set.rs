//! The configured gates, behind the engine's port: asked side by side, each answer or failure in its place.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use rollout::ports::{Gates, Question};
use rollout::{GateAnswer, GateFailure, Report};

use crate::call::ask::Ask;
use crate::call::convert;
use crate::call::run::{self, Call};
use crate::call::state::{Route, WayOut};
use crate::component::load::Gate;
use crate::outside::egress::{Client, Credential, Origins, Policy};
use crate::outside::environment::Senses;
use crate::outside::randomness::Seed;
use crate::outside::secrets::Secrets;
use crate::outside::services::Services;
use crate::recording::{FACTS_VERSION, Facts, Recorder, Recording};

/// A gate with what the operator configured for it.
#[derive(Debug, Clone)]
pub struct ConfiguredGate {
    /// Its name in the configuration.
    pub name: String,
    /// The component.
    pub gate: Gate,
    /// Its settings, checked already.
    pub settings: serde_json::Value,
    /// What it may reach beside the two revisions.
    pub allow: Origins,
    /// What is added to its requests, unseen by it.
    pub credentials: Vec<Credential>,
    /// What may reach neither it nor anything that is kept of it.
    pub secrets: Arc<Secrets>,
}

/// Where the recording of each call goes, as soon as the gate has answered. Called from the run itself: it must not wait.
pub type RecordingSink = Arc<dyn Fn(Recording) + Send + Sync>;

/// The gates of a run.
pub struct GateSet {
    gates: Vec<ConfiguredGate>,
    clients: Vec<Option<Client>>,
    services: Services,
    sink: Option<RecordingSink>,
}

impl GateSet {
    /// Puts gates together. They reach the network, each through a client of its own.
    pub fn new(gates: Vec<ConfiguredGate>, services: Services) -> GateSet {
        let clients = gates.iter().map(|_| Client::new().ok()).collect();
        GateSet {
            gates,
            clients,
            services,
            sink: None,
        }
    }

    /// Has every call recorded.
    #[must_use]
    pub fn recorded_by(self, sink: RecordingSink) -> GateSet {
        GateSet {
            sink: Some(sink),
            ..self
        }
    }

    async fn ask_one(&self, question: &Question<'_>, name: &str) -> GateAnswer {
        let began = Instant::now();
        // A panic of the host in one call is one failed answer; the rollout, and its rollback, go on.
        let asked = AssertUnwindSafe(self.call(question, name)).catch_unwind();
        let result = asked.await.unwrap_or_else(|_| {
            Err(GateFailure::Host(
                "the call panicked in the host".to_owned(),
            ))
        });
        GateAnswer {
            gate: name.to_owned(),
            result,
            took_ms: convert::whole_ms(began.elapsed()),
        }
    }

    async fn call(&self, question: &Question<'_>, name: &str) -> Result<Report, GateFailure> {
        let found = self.gates.iter().position(|gate| gate.name == name);
        let index = found.ok_or_else(|| GateFailure::Host(format!("there is no gate {name:?}")))?;
        let configured = &self.gates[index];
        let ask = Ask::of(question, name, &configured.settings);
        let senses = Senses::live(Seed::fresh());
        let recorder = self.sink.is_some().then(Arc::<Recorder>::default);
        let began = SystemTime::now().duration_since(UNIX_EPOCH);
        let call = Call {
            gate: name,
            parts: configured.gate.parts(),
            way_out: WayOut {
                route: self.route(index, &ask)?,
                senses: senses.clone(),
                secrets: configured.secrets.clone(),
                recorder: recorder.clone(),
            },
            services: self.services.clone(),
        };
        let (result, _) = run::put(call, &ask).await;
        let result = masked(result, &configured.secrets);
        if let (Some(sink), Some(recorder)) = (&self.sink, recorder) {
            sink(Recording {
                entries: recorder.take(),
                facts: Some(Facts {
                    version: FACTS_VERSION,
                    ask,
                    component: configured.gate.component(),
                    began_unix_ms: convert::whole_ms(began.unwrap_or_default()),
                    seed: senses.seed().clone(),
                    readings: senses.readings(),
                    result: result.clone(),
                    took_ms: convert::whole_ms(senses.elapsed()),
                }),
            });
        }
        result
    }

    fn route(&self, index: usize, ask: &Ask) -> Result<Route, GateFailure> {
        let client = self.clients[index].clone();
        let client =
            client.ok_or_else(|| GateFailure::Host("TLS cannot be set up here".to_owned()))?;
        let policy = Policy::new(
            &self.gates[index].allow,
            &self.gates[index].credentials,
            &[&ask.stable.url, &ask.canary.url],
        );
        Ok(Route::Live(client, policy))
    }
}

/// A guest can say no secret that it never saw, but it may have found one in its own settings.
fn masked(result: Result<Report, GateFailure>, secrets: &Secrets) -> Result<Report, GateFailure> {
    let mask = |text: String| secrets.mask(&text);
    match result {
        Ok(mut report) => {
            report.reason = mask(report.reason);
            for number in &mut report.measurements {
                number.name = secrets.mask(&number.name);
                number.subject = secrets.mask(&number.subject);
                number.unit = secrets.mask(&number.unit);
            }
            Ok(report)
        }
        Err(failure) => Err(match failure {
            GateFailure::Declined(why) => GateFailure::Declined(mask(why)),
            GateFailure::Trap(why) => GateFailure::Trap(mask(why)),
            GateFailure::Limit(why) => GateFailure::Limit(mask(why)),
            GateFailure::InvalidAnswer(why) => GateFailure::InvalidAnswer(mask(why)),
            GateFailure::WrongWorld(why) => GateFailure::WrongWorld(mask(why)),
            GateFailure::Host(why) => GateFailure::Host(mask(why)),
            GateFailure::Deadline { budget_ms, stderr } => GateFailure::Deadline {
                budget_ms,
                stderr: mask(stderr),
            },
        }),
    }
}

impl Gates for GateSet {
    async fn ask(&self, question: Question<'_>) -> Vec<GateAnswer> {
        let asked = question
            .gates
            .iter()
            .map(|name| self.ask_one(&question, name));
        join_all(asked).await
    }
}
