//! The gate that ships with lockgate: a health check that sends HTTP requests to the canary.
//!
//! `settings` parses the operator's settings, `probe` sends the requests, `judge` turns the answers
//! into a report, `about` describes the gate, and `component` (WebAssembly only) connects them to
//! the contract in `wit/plugin-0.1`. All except `component` are plain functions with native tests.
//!
//! Imports only `lockgate:plugin`: no WASI, no clock of its own, no randomness.

pub mod about;
#[cfg(target_arch = "wasm32")]
mod component;
pub mod judge;
pub mod probe;
pub mod settings;
mod words;
