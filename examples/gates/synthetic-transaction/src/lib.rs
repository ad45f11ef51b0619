//! A gate that buys something: signs in, fills a basket, checks out, reads the order back, and
//! deletes what it has made. A health check of the canary, and an example to copy.
//!
//! `shop` holds the steps and is what another transaction replaces. `session` sends one step and
//! judges its answer, `report` turns the outcome into a verdict, `settings` and `about` are what the
//! operator sees, `component` (WebAssembly only) ties all to the contract in `wit/plugin-0.1`.

pub mod about;
#[cfg(target_arch = "wasm32")]
mod component;
pub mod report;
pub mod session;
pub mod settings;
pub mod shop;
#[cfg(test)]
mod tests;
