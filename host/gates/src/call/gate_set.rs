//! The configured gates behind the engine's `Gates` port: asked concurrently, each answer in the place of its gate.
//!
//! The first no ends the round (`round.rs`); a panic of the host in one call fails that call alone. Read `run.rs` for the
//! call itself.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use rollout::ports::{Gates, Question};
use rollout::{Frame, GateAnswer, GateFailure, Report, Trap};

use super::ask::Ask;
use super::convert;
use super::round::Round;
use super::run::{self, Finished, GateCall};
use super::trace::{CallTrace, CallTracer};
use crate::component::gate::Gate;
use crate::outside::egress::{Client, HeaderCredential, Origins, Policy};
use crate::outside::environment::Environment;
use crate::outside::randomness::Seed;
use crate::outside::route::{Outside, Route};
use crate::outside::secrets::Secrets;
use crate::outside::services::Services;
use crate::recording::{CALL_VERSION, RecordedCall, Recorder, Recording};

/// A gate with its configuration.
#[derive(Debug, Clone)]
pub struct ConfiguredGate {
    /// The gate's name in the configuration.
    pub name: String,
    /// The component.
    pub gate: Gate,
    /// The gate's settings. They must have passed [`Gate::complete_settings`].
    pub settings: serde_json::Value,
    /// What the pipeline hands over, by name: the same for all gates of a run.
    pub facts: Arc<BTreeMap<String, String>>,
    /// The origins that the gate may reach beside the two revisions.
    pub allow: Origins,
    /// Header fields that are added to the gate's requests; the gate never sees them.
    pub credentials: Vec<HeaderCredential>,
    /// Secrets that are masked in responses, reports, log lines and recordings.
    pub secrets: Arc<Secrets>,
}

/// Receives the recording of each call when the gate has answered. Called on the run's own task: it must not block.
pub type RecordingSink = Arc<dyn Fn(Recording) + Send + Sync>;

/// The gates of a run.
pub struct GateSet {
    gates: Vec<ConfiguredGate>,
    /// One for each gate; `None` where TLS cannot be set up.
    clients: Vec<Option<Client>>,
    services: Services,
    sink: Option<RecordingSink>,
    tracer: Option<Arc<dyn CallTracer>>,
}

impl GateSet {
    /// Makes a set of gates that reach the network, each through a client of its own.
    pub fn new(gates: Vec<ConfiguredGate>, services: Services) -> GateSet {
        let clients = gates.iter().map(|_| Client::new().ok()).collect();
        GateSet {
            gates,
            clients,
            services,
            sink: None,
            tracer: None,
        }
    }

    /// Returns the set with every call recorded.
    #[must_use]
    pub fn recorded_by(self, sink: RecordingSink) -> GateSet {
        GateSet {
            sink: Some(sink),
            ..self
        }
    }

    /// Returns the set with every call followed.
    #[must_use]
    pub fn traced_by(self, tracer: Arc<dyn CallTracer>) -> GateSet {
        GateSet {
            tracer: Some(tracer),
            ..self
        }
    }

    async fn ask_one(&self, question: &Question<'_>, name: &str, round: &Round) -> GateAnswer {
        let began = Instant::now();
        let tracer = self.tracer.as_ref();
        let trace = tracer.map(|tracer| tracer.begin(name, question.kind));
        let fields = trace.as_deref().map(CallTrace::fields).unwrap_or_default();
        // A panic of the host in one call is one failed answer: the rollout, and its rollback, continue.
        let call = AssertUnwindSafe(self.call(question, name, round, fields)).catch_unwind();
        let result = call.await.unwrap_or_else(|_| {
            Err(GateFailure::Host(
                "the call panicked in the host".to_owned(),
            ))
        });
        let answer = GateAnswer {
            gate: name.to_owned(),
            result,
            took_ms: convert::whole_ms(began.elapsed()),
        };
        if let Some(trace) = trace {
            trace.end(&answer);
        }
        round.note(&answer);
        answer
    }

    async fn call(
        &self,
        question: &Question<'_>,
        name: &str,
        round: &Round,
        fields: Vec<(String, String)>,
    ) -> Result<Report, GateFailure> {
        let index = self.gates.iter().position(|gate| gate.name == name);
        let index = index.ok_or_else(|| GateFailure::Host(format!("there is no gate {name:?}")))?;
        let configured = &self.gates[index];
        let ask = Ask::of(question, name, &configured.settings, &configured.facts);
        let environment = Environment::live(Seed::fresh());
        let recorder = self.sink.is_some().then(Arc::<Recorder>::default);
        let began = SystemTime::now().duration_since(UNIX_EPOCH);
        let call = GateCall {
            gate: name,
            parts: configured.gate.parts(),
            outside: Outside {
                route: self.route(index, &ask, fields)?,
                environment: environment.clone(),
                secrets: configured.secrets.clone(),
                recorder: recorder.clone(),
            },
            services: self.services.clone(),
        };
        let answered = async {
            let Finished { result, .. } = run::run(call, &ask).await;
            result
        };
        let result = round.until_decided(answered).await;
        let result = masked(result, &configured.secrets);
        if let (Some(sink), Some(recorder)) = (&self.sink, recorder) {
            sink(Recording {
                untimed: Vec::new(),
                entries: recorder.take(),
                call: Some(RecordedCall {
                    version: CALL_VERSION,
                    ask,
                    component: configured.gate.component(),
                    began_unix_ms: convert::whole_ms(began.unwrap_or_default()),
                    seed: environment.seed().clone(),
                    readings: environment.readings(),
                    result: result.clone(),
                    took_ms: convert::whole_ms(environment.elapsed()),
                }),
            });
        }
        result
    }

    fn route(
        &self,
        index: usize,
        ask: &Ask,
        fields: Vec<(String, String)>,
    ) -> Result<Route, GateFailure> {
        let client = self.clients[index].clone();
        let client =
            client.ok_or_else(|| GateFailure::Host("TLS cannot be set up here".to_owned()))?;
        let policy = Policy::new(
            &self.gates[index].allow,
            &self.gates[index].credentials,
            &[&ask.stable.url, &ask.canary.url],
        )
        .with_fields(fields);
        Ok(Route::Live(client, policy))
    }
}

/// Masks secrets in the answer. Guests see no secret in responses, but their own settings may contain one.
fn masked(result: Result<Report, GateFailure>, secrets: &Secrets) -> Result<Report, GateFailure> {
    let mask = |text: String| secrets.mask(&text);
    match result {
        Ok(mut report) => {
            report.reason = mask(report.reason);
            for measurement in &mut report.measurements {
                measurement.name = secrets.mask(&measurement.name);
                measurement.subject = secrets.mask(&measurement.subject);
                measurement.unit = secrets.mask(&measurement.unit);
            }
            Ok(report)
        }
        Err(failure) => Err(match failure {
            GateFailure::Declined(why) => GateFailure::Declined(mask(why)),
            GateFailure::Trap(trap) => GateFailure::Trap(masked_trap(trap, &mask)),
            GateFailure::Limit(why) => GateFailure::Limit(mask(why)),
            GateFailure::InvalidAnswer(why) => GateFailure::InvalidAnswer(mask(why)),
            GateFailure::WrongWorld(why) => GateFailure::WrongWorld(mask(why)),
            GateFailure::Host(why) => GateFailure::Host(mask(why)),
            // The name is the configuration's own.
            GateFailure::NotWaitedFor { gate } => GateFailure::NotWaitedFor { gate },
            GateFailure::Deadline { budget_ms, stderr } => GateFailure::Deadline {
                budget_ms,
                stderr: mask(stderr),
            },
        }),
    }
}

fn masked_trap(trap: Trap, mask: &impl Fn(String) -> String) -> Trap {
    let frame = |frame: Frame| Frame {
        function: mask(frame.function),
        place: frame.place.map(mask),
    };
    Trap {
        cause: mask(trap.cause),
        message: mask(trap.message),
        frames: trap.frames.into_iter().map(frame).collect(),
        stderr: trap.stderr.into_iter().map(mask).collect(),
        // The text is our own.
        hint: trap.hint,
    }
}

impl Gates for GateSet {
    async fn ask(&self, question: Question<'_>) -> Vec<GateAnswer> {
        let round = Round::new();
        let answers = question
            .gates
            .iter()
            .map(|name| self.ask_one(&question, name, &round));
        join_all(answers).await
    }
}
