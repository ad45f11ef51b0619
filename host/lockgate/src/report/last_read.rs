//! What a run last saw of the app: what its report says of production rests on it.

use rollout::{Fact, Traffic};

/// What the last read of the app showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LastRead {
    pub(super) traffic: Traffic,
    /// The run that the lease on the app names, if there is a lease.
    pub(super) lease_of: Option<String>,
}

impl LastRead {
    /// Returns what a fact shows of the app; `None` where it shows nothing.
    pub(super) fn of(fact: &Fact) -> Option<LastRead> {
        let (traffic, lease) = match fact {
            Fact::Observed { traffic, lease, .. } => (traffic, lease.as_ref()),
            Fact::NoLease { traffic, .. } => (traffic, None),
            Fact::Inspected { inspection } => (&inspection.now, inspection.lease.as_ref()),
            _ => return None,
        };
        Some(LastRead {
            traffic: traffic.clone(),
            lease_of: lease.map(|lease| lease.run.clone()),
        })
    }
}
