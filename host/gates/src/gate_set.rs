//! The configured gates, behind the engine's port: asked side by side, each answer or failure in its place.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use rollout::ports::{Gates, Question};
use rollout::{GateAnswer, GateFailure, Kind, Report};

use crate::call::{self, Call};
use crate::convert;
use crate::egress::{Client, Origins, Policy};
use crate::exchange::Exchange;
use crate::imports::WayOut;
use crate::load::Gate;
use crate::services::Services;

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
}

/// The gates of a run.
pub struct GateSet {
    gates: Vec<ConfiguredGate>,
    clients: Vec<Option<Client>>,
    services: Services,
    exchange: Option<Arc<dyn Exchange>>,
}

impl GateSet {
    /// Puts gates together. They reach the network, each through a client of its own.
    pub fn new(gates: Vec<ConfiguredGate>, services: Services) -> GateSet {
        let clients = gates.iter().map(|_| Client::new().ok()).collect();
        GateSet {
            gates,
            clients,
            services,
            exchange: None,
        }
    }

    /// Puts gates together whose requests are answered by somebody else; no socket is opened.
    pub fn answered_by(
        gates: Vec<ConfiguredGate>,
        services: Services,
        exchange: Arc<dyn Exchange>,
    ) -> GateSet {
        GateSet {
            clients: gates.iter().map(|_| None).collect(),
            gates,
            services,
            exchange: Some(exchange),
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
            took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }

    async fn call(&self, question: &Question<'_>, name: &str) -> Result<Report, GateFailure> {
        let found = self.gates.iter().position(|gate| gate.name == name);
        let index = found.ok_or_else(|| GateFailure::Host(format!("there is no gate {name:?}")))?;
        let configured = &self.gates[index];
        let context = convert::context(question, name, &configured.settings.to_string());
        let call = Call {
            gate: name,
            parts: configured.gate.parts(),
            way_out: self.way_out(index, question)?,
            services: self.services.clone(),
        };
        match question.kind {
            Kind::HealthCheck => convert::health(call::check(call, &context).await?),
            Kind::PromotionGate => {
                let reports = convert::reports(question);
                convert::decision(call::decide(call, &context, &reports).await?)
            }
        }
    }

    fn way_out(&self, index: usize, question: &Question<'_>) -> Result<WayOut, GateFailure> {
        if let Some(exchange) = &self.exchange {
            return Ok(WayOut::Replaced(exchange.clone()));
        }
        let client = self.clients[index].clone();
        let client =
            client.ok_or_else(|| GateFailure::Host("TLS cannot be set up here".to_owned()))?;
        let found = question.inspection;
        let policy = Policy::new(
            &self.gates[index].allow,
            &[&found.stable.url, &found.canary.url],
        );
        Ok(WayOut::Live(client, policy))
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
