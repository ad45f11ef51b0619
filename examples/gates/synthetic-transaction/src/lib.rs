//! A health check that buys something: it signs in, fills a basket, checks out, reads the order back,
//! and deletes both. An example to copy.
//!
//! `shop` holds the steps; replace it for another transaction. `session` sends one step and checks
//! its answer, `report` turns the outcome into a verdict, `settings` and `about` are what the operator
//! sees, and `component` (WebAssembly only) connects all to the contract in `wit/plugin-0.1`.

pub mod about;
#[cfg(target_arch = "wasm32")]
mod component;
pub mod report;
pub mod session;
pub mod settings;
pub mod shop;
#[cfg(test)]
mod tests;
