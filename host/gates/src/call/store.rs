//! The store of one call: made fresh, limited in memory, handles and time, and the source of a failure's kind.
//!
//! A call ends within its budget: waiting ends by a timeout, computing by the epoch. Stores are never reused.

use std::time::{Duration, Instant};

use rollout::GateFailure;
use wasmtime::{Engine, Store, Trap, UpdateDeadline};

use super::convert;
use super::sanitise::sanitise;
use super::state::CallState;
use crate::component::limits::Usage;

/// The fuel of a store: more steps than any call can run in its time.
const FUEL: u64 = u64::MAX;
/// The most of an error's text that is kept, in characters.
const ERROR_CHARS_MAX: usize = 1_000;

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
        Ok(Ok(answer)) => Ok(answer),
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

/// Returns an error of wasmtime with its causes, sanitised: it may quote the guest.
pub(crate) fn error_text(error: &wasmtime::Error) -> String {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    sanitise(&causes.join(": "), ERROR_CHARS_MAX)
}

fn deadline(budget: Duration, stderr: String) -> GateFailure {
    GateFailure::Deadline {
        budget_ms: convert::whole_ms(budget),
        stderr,
    }
}

fn failure(error: &wasmtime::Error, state: &CallState, budget: Duration) -> GateFailure {
    let stderr = state.stderr.last_lines();
    let with_stderr = |what: String| {
        if stderr.is_empty() {
            what
        } else {
            format!("{what}; it wrote: {stderr}")
        }
    };
    if let Some(refused) = state.limiter.refused() {
        return GateFailure::Limit(with_stderr(refused.to_owned()));
    }
    if let Some(exit) = error.downcast_ref::<wasmtime_wasi::I32Exit>() {
        return GateFailure::Trap(with_stderr(format!("it called exit({})", exit.0)));
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt | Trap::OutOfFuel) => deadline(budget, stderr),
        Some(Trap::AllocationTooLarge) => GateFailure::Limit(with_stderr(
            "a call of an import copied more into the host than the limit".to_owned(),
        )),
        Some(trap) => GateFailure::Trap(with_stderr(trap.to_string())),
        None => {
            let what = error_text(error);
            // These two limits have no error type of their own in wasmtime; the text is the only sign of them.
            let limits = [
                "fuel allocated for hostcalls",
                "store handle limit exceeded",
            ];
            if limits.iter().any(|limit| what.contains(limit)) {
                GateFailure::Limit(with_stderr(what))
            } else {
                GateFailure::Trap(with_stderr(what))
            }
        }
    }
}
