//! One call: a fresh store, a deadline around everything, and every way to fail told apart (I-14).

use std::time::Duration;

use rollout::{GateFailure, Kind, Report};
use wasmtime::component::InstancePre;
use wasmtime::{Store, Trap, UpdateDeadline};

use crate::call::ask::Ask;
use crate::call::convert;
use crate::call::state::{State, WayOut};
use crate::component::bindings::{health_check, promotion_gate};
use crate::component::limits::{Limits, Usage};
use crate::component::load::{Parts, chain};
use crate::outside::services::Services;

/// More steps than any call's time is good for.
const FUEL: u64 = u64::MAX;

/// What a call is made with.
pub(crate) struct Call<'a> {
    /// The gate's name in the configuration.
    pub(crate) gate: &'a str,
    pub(crate) parts: &'a Parts,
    pub(crate) way_out: WayOut,
    pub(crate) services: Services,
}

/// Puts a question to a gate.
pub(crate) async fn put(call: Call<'_>, ask: &Ask) -> (Result<Report, GateFailure>, Usage) {
    let mut usage = Usage::default();
    let result = match ask.kind {
        Kind::HealthCheck => check(call, ask, &mut usage).await,
        Kind::PromotionGate => decide(call, ask, &mut usage).await,
    };
    (result, usage)
}

async fn check(call: Call<'_>, ask: &Ask, usage: &mut Usage) -> Result<Report, GateFailure> {
    let Some(pre) = &call.parts.health else {
        return Err(wrong_world("health-check"));
    };
    let budget = call.parts.limits.wall_clock;
    let context = convert::context(ask);
    let mut store = store(pre.engine(), &call, ask, budget);
    let answer = within(&mut store, budget, async |store: &mut Store<State>| {
        let gate: health_check::HealthCheck = pre.instantiate_async(&mut *store).await?;
        gate.lockgate_plugin_health_checking()
            .call_check(store, &context)
            .await
    })
    .await;
    *usage = used(&store);
    convert::health(answer?.map_err(declined)?)
}

async fn decide(call: Call<'_>, ask: &Ask, usage: &mut Usage) -> Result<Report, GateFailure> {
    let Some(pre) = &call.parts.promotion else {
        return Err(wrong_world("promotion-gate"));
    };
    let budget = call.parts.limits.wall_clock;
    let (context, reports) = (convert::context(ask), convert::reports(ask));
    let mut store = store(pre.engine(), &call, ask, budget);
    let answer = within(&mut store, budget, async |store: &mut Store<State>| {
        let gate: promotion_gate::PromotionGate = pre.instantiate_async(&mut *store).await?;
        gate.lockgate_plugin_promotion()
            .call_decide(store, &context, &reports)
            .await
    })
    .await;
    *usage = used(&store);
    convert::decision(answer?.map_err(declined)?)
}

/// Asks a gate to describe itself, with no way out.
pub(crate) async fn describe(
    pre: &InstancePre<State>,
    limits: &Limits,
) -> Result<String, GateFailure> {
    let state = State::new(
        "describe",
        limits,
        limits.describe,
        WayOut::closed(),
        Services::silent(),
        None,
    );
    let mut store = prepared(pre.component().engine(), state);
    let budget = limits.describe;
    within(&mut store, budget, async |store: &mut Store<State>| {
        let instance = pre.instantiate_async(&mut *store).await?;
        let about = instance
            .get_export_index(&mut *store, None, "lockgate:plugin/about@0.1.0")
            .ok_or_else(|| wasmtime::format_err!("it has no lockgate:plugin/about"))?;
        let describe = instance
            .get_export_index(&mut *store, Some(&about), "describe")
            .ok_or_else(|| wasmtime::format_err!("its about has no describe"))?;
        let describe = instance.get_typed_func::<(), (String,)>(&mut *store, &describe)?;
        let (text,) = describe.call_async(&mut *store, ()).await?;
        Ok(text)
    })
    .await
}

fn store(engine: &wasmtime::Engine, call: &Call<'_>, ask: &Ask, budget: Duration) -> Store<State> {
    let state = State::new(
        call.gate,
        &call.parts.limits,
        budget,
        call.way_out.clone(),
        call.services.clone(),
        Some([&ask.stable, &ask.canary].map(|revision| revision.name.clone())),
    );
    prepared(engine, state)
}

fn prepared(engine: &wasmtime::Engine, state: State) -> Store<State> {
    let (host_copy, handles) = (state.limits.host_copy_bytes, state.limits.handles);
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(host_copy);
    store.set_max_component_handles(handles);
    // Only a host that was set up to count steps has any to give.
    let _ = store.set_fuel(FUEL);
    // Give way at each tick, and go on: it is the timeout around the call that ends it, unless virtual time stands still.
    store.epoch_deadline_callback(|context| {
        Ok(match std::time::Instant::now() < context.data().stops_at {
            true => UpdateDeadline::Yield(1),
            false => UpdateDeadline::Interrupt,
        })
    });
    store.set_epoch_deadline(1);
    store
}

/// Runs a call within its budget. Dropping the future is what stops a guest that sleeps in the host; a computing one
/// gives way at the next tick.
async fn within<R>(
    store: &mut Store<State>,
    budget: Duration,
    call: impl AsyncFnOnce(&mut Store<State>) -> wasmtime::Result<R>,
) -> Result<R, GateFailure> {
    let answered = tokio::time::timeout(budget, call(store)).await;
    let state = store.data_mut();
    state.flush();
    match answered {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(failure(&error, state, budget)),
        Err(_) => Err(deadline(budget, state.stderr.last_words())),
    }
}

fn used(store: &Store<State>) -> Usage {
    Usage {
        memory_bytes: store.data().limiter.memory_bytes(),
        fuel: store.get_fuel().ok().map(|left| FUEL - left),
    }
}

fn deadline(budget: Duration, stderr: String) -> GateFailure {
    GateFailure::Deadline {
        budget_ms: convert::whole_ms(budget),
        stderr,
    }
}

fn failure(error: &wasmtime::Error, state: &State, budget: Duration) -> GateFailure {
    let words = state.stderr.last_words();
    let with_words = |what: String| match words.is_empty() {
        true => what,
        false => format!("{what}; it wrote: {words}"),
    };
    if let Some(refused) = state.limiter.refused() {
        return GateFailure::Limit(with_words(refused.to_owned()));
    }
    if let Some(exit) = error.downcast_ref::<wasmtime_wasi::I32Exit>() {
        return GateFailure::Trap(with_words(format!("it called exit({})", exit.0)));
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt | Trap::OutOfFuel) => deadline(budget, words),
        Some(Trap::AllocationTooLarge) => GateFailure::Limit(with_words(
            "a call to the host carried more than may be copied".to_owned(),
        )),
        Some(trap) => GateFailure::Trap(with_words(trap.to_string())),
        None => {
            let what = chain(error);
            // The engine tells these two limits by its words only.
            let limits = [
                "fuel allocated for hostcalls",
                "store handle limit exceeded",
            ];
            match limits.iter().any(|limit| what.contains(limit)) {
                true => GateFailure::Limit(with_words(what)),
                false => GateFailure::Trap(with_words(what)),
            }
        }
    }
}

fn declined(reason: String) -> GateFailure {
    let reason = crate::call::sanitise::harmless(&reason, 1_000);
    GateFailure::Declined(match reason.is_empty() {
        true => "it gave no reason".to_owned(),
        false => reason,
    })
}

fn wrong_world(world: &str) -> GateFailure {
    GateFailure::WrongWorld(format!("the component does not implement world {world}"))
}
