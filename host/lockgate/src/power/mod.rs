//! What a gate that judges real traffic can see of a rollout: how many requests it takes to catch a canary or to let one
//! go on, how long that takes at the app's traffic, and whether the plan leaves that time. Arithmetic alone: no IO, no clock.
//!
//! `judges` finds the gates that judge and what they know, `stage` is about requests, `text` puts both in words.

mod judge;
mod judges;
mod stage;
mod text;

#[cfg(test)]
pub(crate) use judge::JudgedMetric;
pub(crate) use judge::{Judge, Rate, Times};
pub(crate) use judges::{judges, promises, rate, refused};
pub(crate) use stage::{StagePower, stages};
pub(crate) use text::alphas;
