//! The list of checks that come before a rollout, in the order in which they are made. Makes none of them.

/// One thing that must be so before anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    Configuration,
    CacheFolder,
    Gates,
    /// Whether the webhooks that learn of the run can be used. Made where there are some.
    Webhooks,
    Deadlines,
    Evidence,
    StateFolder,
    Credential,
    Token,
    /// Whether the tokens that gates want can be minted.
    GateTokens,
    Endpoint,
    Clock,
    Permissions,
    Lease,
    Ingress,
    Mode,
    App,
    Sessions,
    Traffic,
    Revisions,
    Capacity,
    Tags,
    Deployment,
    /// Whether the canary's image can be attested. Made where an attestation is asked for.
    Attestation,
    /// Whether the revisions answer from here. Made by `lockgate doctor` alone: the gates find it out.
    Addresses,
}

/// What a check is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    /// What is on this machine, which can be checked without a network.
    Machine,
    /// How Azure is reached, and as whom.
    Connection,
    /// The app, as one read shows it.
    App,
    /// The revisions of the app.
    Revisions,
}

impl Check {
    /// All checks of a rollout, in their order.
    pub(crate) const ALL: [Check; 24] = [
        Check::Configuration,
        Check::CacheFolder,
        Check::Gates,
        Check::Webhooks,
        Check::Deadlines,
        Check::Evidence,
        Check::StateFolder,
        Check::Credential,
        Check::Token,
        Check::GateTokens,
        Check::Endpoint,
        Check::Clock,
        Check::Permissions,
        Check::Lease,
        Check::Ingress,
        Check::Mode,
        Check::App,
        Check::Sessions,
        Check::Traffic,
        Check::Revisions,
        Check::Capacity,
        Check::Tags,
        Check::Deployment,
        Check::Attestation,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Check::Configuration => "configuration",
            Check::CacheFolder => "cache-dir",
            Check::Gates => "gates",
            Check::Webhooks => "webhooks",
            Check::Deadlines => "deadlines",
            Check::Evidence => "evidence",
            Check::StateFolder => "state-dir",
            Check::Credential => "credential",
            Check::Token => "token",
            Check::GateTokens => "gate-tokens",
            Check::Endpoint => "endpoint",
            Check::Clock => "clock",
            Check::Permissions => "permissions",
            Check::Lease => "lease",
            Check::Ingress => "ingress",
            Check::Mode => "mode",
            Check::App => "app",
            Check::Sessions => "sessions",
            Check::Traffic => "traffic",
            Check::Revisions => "revisions",
            Check::Capacity => "capacity",
            Check::Tags => "tags",
            Check::Deployment => "deployment",
            Check::Attestation => "attestation",
            Check::Addresses => "addresses",
        }
    }

    pub(crate) fn area(self) -> Area {
        match self {
            Check::Configuration
            | Check::CacheFolder
            | Check::Gates
            | Check::Webhooks
            | Check::Deadlines
            | Check::Evidence
            | Check::StateFolder => Area::Machine,
            Check::Credential
            | Check::Token
            | Check::GateTokens
            | Check::Endpoint
            | Check::Clock
            | Check::Permissions => Area::Connection,
            Check::Lease
            | Check::Ingress
            | Check::Mode
            | Check::App
            | Check::Sessions
            | Check::Traffic => Area::App,
            Check::Revisions
            | Check::Capacity
            | Check::Tags
            | Check::Deployment
            | Check::Attestation
            | Check::Addresses => Area::Revisions,
        }
    }
}

impl Area {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Area::Machine => "machine",
            Area::Connection => "connection",
            Area::App => "app",
            Area::Revisions => "revisions",
        }
    }

    /// Returns whether its checks need a network.
    pub(crate) fn needs_network(self) -> bool {
        self != Area::Machine
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_without_a_network_come_first() {
        let needs: Vec<bool> = (Check::ALL.iter())
            .map(|check| check.area().needs_network())
            .collect();
        assert!(needs.is_sorted(), "{needs:?}");
    }
}
