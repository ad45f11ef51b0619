//! The preflight: every check that comes before a rollout, in one order, made the same way by `validate`, `plan`,
//! `doctor` and `rollout`, and before the first write of any kind (I-6, I-21). Writes nothing, prints nothing.
//!
//! Read `check` first (the list), then `finding` (one result), `findings` (all of them, and when the checks end),
//! `offline` and `online` (who makes them). The rest judges: `folders`, `webhooks`, `deadlines`, `connection`, `identity`, `tokens`, `app`.
//! `begun` hands what was read to a run.

mod app;
mod begun;
mod check;
mod connection;
mod deadlines;
mod evidence;
mod finding;
mod findings;
mod folders;
mod identity;
mod newcomer;
mod offline;
mod online;
mod tokens;
mod webhooks;

#[cfg(test)]
mod tests;

pub(crate) use begun::Begun;
pub(crate) use check::Check;
pub(crate) use finding::{Finding, Grade};
pub(crate) use findings::{Depth, Findings, exit_of, refusal_of};
pub(crate) use newcomer::allowed;
pub(crate) use offline::{check as check_offline, usable};
pub(crate) use online::{Found, check as check_online};
