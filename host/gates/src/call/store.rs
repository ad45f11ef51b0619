//! The store of one call: made fresh, limited in memory, handles and time, and the source of a failure's kind.
//!
//! A call ends within its budget: waiting ends by a timeout, computing by the epoch. Stores are never reused.

use std::time::{Duration, Instant};

use rollout::GateFailure;
use wasmtime::{Engine, Store, Trap, UpdateDeadline};

use super::convert;
use super::state::CallState;
use super::trap::{error_text, trap};
use crate::component::limits::Usage;

/// The fuel of a store: more steps than any call can run in its time.
const FUEL: u64 = u64::MAX;

/// Returns a fresh store with the limits of its state applied.
pub(crate) fn fresh(engine: &Engine, state: CallState) -> Store<CallState> {
    let (host_copy, handles) = (state.limits.host_copy_bytes, state.limits.handles);
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(host_copy);
    store.set_max_component_handles(handles);
    // Fails on an engine that does not count steps, which needs no fuel.
    let _ = store.set_fuel(FUEL);
    // Yields at each tick, so that the timeout around the call can end it. In virtual time that timeout never fires while
    // a guest computes, so the real time ends it here.
    store.epoch_deadline_callback(|context| {
        Ok(if Instant::now() < context.data().stops_at {
            UpdateDeadline::Yield(1)
        } else {
            UpdateDeadline::Interrupt
        })
    });
    store.set_epoch_deadline(1);
    store
}

/// Runs a call within its budget, and logs the guest's captured output. A guest that waits in an import is stopped by
/// dropping its future; a guest that computes is stopped at the next tick.
pub(crate) async fn within_budget<R>(
    store: &mut Store<CallState>,
    budget: Duration,
    call: impl AsyncFnOnce(&mut Store<CallState>) -> wasmtime::Result<R>,
) -> Result<R, GateFailure> {
    let answered = tokio::time::timeout(budget, call(store)).await;
    let state = store.data_mut();
    state.log_output();
    match answered {
        Ok(Ok(answer)) => refused(state).map_or(Ok(answer), Err),
        Ok(Err(error)) => Err(failure(&error, state, budget)),
        Err(_) => Err(deadline(budget, state.stderr.last_lines())),
    }
}

/// Returns the resources that the call in this store used.
pub(crate) fn usage(store: &Store<CallState>) -> Usage {
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

fn failure(error: &wasmtime::Error, state: &CallState, budget: Duration) -> GateFailure {
    let stderr = state.stderr.last_lines();
    if let Some(refused) = refused(state) {
        return refused;
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt | Trap::OutOfFuel) => return deadline(budget, stderr),
        Some(Trap::AllocationTooLarge) => {
            let what = "a call of an import copied more into the host than the limit";
            return limit(what, &stderr);
        }
        _ => {}
    }
    // These two limits have no error type of their own in wasmtime; the text is the only sign of them.
    let limits = [
        "fuel allocated for hostcalls",
        "store handle limit exceeded",
    ];
    let what = error_text(error);
    if limits.iter().any(|limit| what.contains(limit)) {
        return limit(&what, &stderr);
    }
    GateFailure::Trap(trap(error, state))
}

/// Returns the failure of a call that was refused memory or table space. A gate that caught the refusal, and answered
/// nevertheless, did not do what it was written to do.
fn refused(state: &CallState) -> Option<GateFailure> {
    let refused = state.limiter.refused()?;
    Some(limit(refused, &state.stderr.last_lines()))
}

fn limit(what: &str, stderr: &str) -> GateFailure {
    GateFailure::Limit(if stderr.is_empty() {
        what.to_owned()
    } else {
        format!("{what}; it wrote: {stderr}")
    })
}
