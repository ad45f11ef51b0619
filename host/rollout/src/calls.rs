//! Calls of the ports that read, and what a run learns from each. Nothing here writes, waits on purpose or decides.

use std::time::Duration;

use crate::decide::Rollout;
use crate::event::{Event, Fact, Timestamp};
use crate::ports::{Clock, InspectError, Observation, Platform, Readiness};
use crate::verdict::human;

/// The time that a call gets even when the run has none left: enough to send it.
const MIN_CALL: Duration = Duration::from_millis(250);

pub(crate) fn now(clock: &impl Clock, fact: Fact) -> Event {
    let at = clock.now();
    Event { at, fact }
}

/// Returns the time at which a call must be over, in a rollback that was asked twice to end.
pub(crate) fn call_deadline(rollout: &Rollout, clock: &impl Clock) -> Option<Timestamp> {
    let due = rollout.hurry_until()?;
    Some(due.max(clock.now().after(MIN_CALL)))
}

pub(crate) async fn inspect(rollout: &Rollout, platform: &impl Platform) -> Fact {
    match platform.inspect(rollout.intent()).await {
        Ok(inspection) => Fact::Inspected {
            inspection: Box::new(inspection),
        },
        Err(InspectError::NoLease(seen)) => Fact::NoLease {
            traffic: seen.traffic,
            settled: seen.settled,
        },
        Err(InspectError::Refused(reason) | InspectError::Unreadable(reason)) => {
            Fact::Refused { reason }
        }
    }
}

pub(crate) async fn readiness(rollout: &Rollout, platform: &impl Platform) -> Fact {
    let Some(found) = rollout.inspection() else {
        let reason = "no revision is resolved".to_owned();
        return Fact::NotReady {
            reason,
            finally: true,
        };
    };
    match platform.readiness(&found.canary.name).await {
        Readiness::Ready => Fact::Ready,
        Readiness::NotYet(reason) => Fact::NotReady {
            reason,
            finally: false,
        },
        Readiness::Failed(reason) => Fact::NotReady {
            reason,
            finally: true,
        },
    }
}

pub(crate) async fn observe(
    platform: &impl Platform,
    clock: &impl Clock,
    within: Option<Duration>,
    stable: Option<&str>,
) -> Fact {
    let seen = match within {
        None => platform.observe(stable).await,
        Some(within) => {
            let end = clock.now().after(within);
            tokio::select! {
                biased;
                seen = platform.observe(stable) => seen,
                () = clock.sleep_until(end) => Err(format!("no answer within {}", human(within))),
            }
        }
    };
    match seen {
        Ok(seen) => observed(seen),
        Err(reason) => Fact::Unobserved { reason },
    }
}

/// Returns the fact of a read.
pub(crate) fn observed(seen: Observation) -> Fact {
    let Observation {
        traffic,
        lease,
        ended,
        stable,
        settled,
    } = seen;
    Fact::Observed {
        traffic,
        lease,
        ended,
        stable,
        settled,
    }
}

pub(crate) async fn sleep_until(clock: &impl Clock, due: Option<Timestamp>) {
    match due {
        Some(due) => clock.sleep_until(due).await,
        None => std::future::pending().await,
    }
}

pub(crate) async fn activate(
    rollout: &Rollout,
    platform: &impl Platform,
    clock: &impl Clock,
    due: Option<Timestamp>,
) -> Fact {
    let Some(revision) = rollout.to_activate() else {
        let reason = "no revision is resolved".to_owned();
        return Fact::NotActivated { reason };
    };
    let activated = tokio::select! {
        biased;
        activated = platform.activate(revision) => activated,
        () = sleep_until(clock, due) => Err("no answer in time".to_owned()),
    };
    match activated {
        Ok(()) => Fact::Activated,
        Err(reason) => Fact::NotActivated { reason },
    }
}
