//! Puts one question to one gate, in a store of its own, and returns the report or the failure (I-14).
//!
//! Only an answer of `healthy` or `promote` passes, and an answer that rests on nothing seen is none.
//! Read `store.rs` for the limits, `convert.rs` for the answer.

use rollout::{GateFailure, Kind, Report, Verdict};
use wasmtime::{Engine, Store};

use super::ask::Ask;
use super::convert;
use super::hints::hint_of_error;
use super::sanitise::sanitise;
use super::state::{CallSetup, CallState};
use super::store;
use crate::component::bindings::{health_check, promotion_gate};
use crate::component::gate::GateParts;
use crate::component::limits::Usage;
use crate::outside::route::Outside;
use crate::outside::secrets::Secrets;
use crate::outside::services::Services;
use crate::per_revision::PerRevision;

/// The gate that is called, and what the call is connected to.
pub(crate) struct GateCall<'a> {
    /// The gate's name in the configuration.
    pub(crate) gate: &'a str,
    pub(crate) parts: &'a GateParts,
    pub(crate) outside: Outside,
    pub(crate) services: Services,
}

/// The result of one call, with the resources that it used.
pub(crate) struct Finished {
    pub(crate) result: Result<Report, GateFailure>,
    pub(crate) usage: Usage,
}

/// Puts a question to a gate.
pub(crate) async fn run(call: GateCall<'_>, ask: &Ask) -> Finished {
    let mut usage = Usage::default();
    let result = match ask.kind {
        Kind::HealthCheck => check(call, ask, &mut usage).await,
        Kind::PromotionGate => decide(call, ask, &mut usage).await,
    };
    Finished { result, usage }
}

async fn check(call: GateCall<'_>, ask: &Ask, usage: &mut Usage) -> Result<Report, GateFailure> {
    let Some(pre) = &call.parts.health else {
        return Err(wrong_world("health-check"));
    };
    let budget = call.parts.limits.wall_clock;
    let context = convert::context(ask);
    let mut store = store_for(pre.engine(), &call, ask);
    let answer = store::within_budget(&mut store, budget, async |store| {
        let gate: health_check::HealthCheck = pre.instantiate_async(&mut *store).await?;
        gate.lockgate_plugin_health_checking()
            .call_check(store, &context)
            .await
    })
    .await;
    *usage = store::usage(&store);
    let secrets = &store.data().secrets;
    let report = answer?.map_err(|reason| declined(&reason, secrets))?;
    let report = convert::health(report, secrets)?;
    seen(report, store.data().outgoing.obstacle())
}

async fn decide(call: GateCall<'_>, ask: &Ask, usage: &mut Usage) -> Result<Report, GateFailure> {
    let Some(pre) = &call.parts.promotion else {
        return Err(wrong_world("promotion-gate"));
    };
    let budget = call.parts.limits.wall_clock;
    let (context, reports) = (convert::context(ask), convert::reports(ask));
    let mut store = store_for(pre.engine(), &call, ask);
    let answer = store::within_budget(&mut store, budget, async |store| {
        let gate: promotion_gate::PromotionGate = pre.instantiate_async(&mut *store).await?;
        gate.lockgate_plugin_promotion()
            .call_decide(store, &context, &reports)
            .await
    })
    .await;
    *usage = store::usage(&store);
    let secrets = &store.data().secrets;
    let decision = answer?.map_err(|reason| declined(&reason, secrets))?;
    let report = convert::decision(decision, secrets)?;
    seen(report, store.data().outgoing.obstacle())
}

/// Refuses an answer that is no pass and rests on nothing that this machine could see (I-22).
fn seen(report: Report, obstacle: Option<String>) -> Result<Report, GateFailure> {
    match obstacle {
        Some(why) if report.verdict != Verdict::Pass => Err(GateFailure::Host(format!(
            "{why}; so the gate's answer says nothing about the canary: {}: {}",
            report.verdict.word(),
            report.reason
        ))),
        _ => Ok(report),
    }
}

fn store_for(engine: &Engine, call: &GateCall<'_>, ask: &Ask) -> Store<CallState> {
    let limits = &call.parts.limits;
    let state = CallState::new(CallSetup {
        gate: call.gate,
        limits,
        budget: limits.wall_clock,
        outside: call.outside.clone(),
        services: call.services.clone(),
        revisions: Some(PerRevision {
            stable: ask.stable.name.clone(),
            canary: ask.canary.name.clone(),
        }),
    });
    store::fresh(engine, state)
}

fn declined(reason: &str, secrets: &Secrets) -> GateFailure {
    let reason = sanitise(&secrets.mask(reason), convert::REASON_CHARS_MAX);
    GateFailure::Declined(match hint_of_error(&reason) {
        _ if reason.is_empty() => "it gave no reason".to_owned(),
        Some(hint) => format!("{reason} ({hint})"),
        None => reason,
    })
}

fn wrong_world(world: &str) -> GateFailure {
    GateFailure::WrongWorld(format!("the component does not implement world {world}"))
}
