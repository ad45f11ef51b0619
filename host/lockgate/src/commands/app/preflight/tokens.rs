//! The tokens that lockgate mints for requests of gates: each is minted once before anything is written, so that a service
//! which the identity cannot sign in to is known before it is asked. Never sees a token.

use std::collections::BTreeMap;
use std::time::Duration;

use rollout::{human, listed};

use super::check::Check;
use super::finding::Finding;
use crate::assemble::LoadedGates;
use crate::platform::TokenScope;

/// A scope that gates want tokens for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WantedToken {
    pub(crate) scope: TokenScope,
    /// The names of the gates.
    pub(crate) gates: Vec<String>,
    /// The role that lets the identity read there, and on what.
    pub(crate) role: String,
}

/// Mints a token for each scope, and judges what comes of it. `now` is in seconds since 1970.
pub(crate) async fn findings(gates: &LoadedGates, now: u64) -> Vec<Finding> {
    let Some(tokens) = &gates.tokens else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for wanted in wanted(gates) {
        findings.push(token(&wanted, &tokens.expiry(&wanted.scope).await, now));
    }
    findings
}

/// Returns the scopes that gates want tokens for, in the order of their names.
pub(crate) fn wanted(gates: &LoadedGates) -> Vec<WantedToken> {
    let Some(tokens) = &gates.tokens else {
        return Vec::new();
    };
    let mut wanted: BTreeMap<TokenScope, WantedToken> = BTreeMap::new();
    for gate in &gates.ready {
        let rules = gate.config.headers.iter();
        for (rule, scope) in rules.filter_map(|rule| Some((rule, rule.scope()?))) {
            // Loading has refused every origin that is no service.
            let Ok(service) = tokens.service(&rule.origin, scope) else {
                continue;
            };
            let one = wanted.entry(scope.clone()).or_insert_with(|| WantedToken {
                scope: scope.clone(),
                gates: Vec::new(),
                role: format!("\"{}\" on {}", service.role, service.role_on),
            });
            if !one.gates.contains(&gate.config.name) {
                one.gates.push(gate.config.name.clone());
            }
        }
    }
    wanted.into_values().collect()
}

/// Judges a token that was asked for: it expires then, in seconds since 1970, where that is known.
pub(crate) fn token(
    wanted: &WantedToken,
    expiry: &Result<Option<u64>, String>,
    now: u64,
) -> Finding {
    let check = Check::GateTokens;
    let WantedToken { scope, gates, role } = wanted;
    let for_whom = format!("{scope} for {}", listed(gates));
    match expiry {
        Err(why) => {
            let detail = format!("there is no token for {for_whom}: {why}");
            Finding::refused(check, detail).advise(format!(
                "the identity has to be let in to that service, and to have the role {role}"
            ))
        }
        Ok(expiry) => {
            let life = expiry.map_or_else(String::new, |end| {
                let left = Duration::from_secs(end.saturating_sub(now));
                format!(", valid for another {}", human(left))
            });
            let detail = format!(
                "there is a token for {for_whom}{life}; to read there takes the role {role}"
            );
            Finding::ok(check, detail)
        }
    }
}
