//! Calls of gates made on the spot: those that misbehave, those that ask what was counted, and those that are replayed.

#[path = "../../../../tests/support/component.rs"]
mod component;
#[path = "../../../../tests/support/counting.rs"]
mod counting;
mod counts;
mod hostile;
mod replay;
#[path = "../support/mod.rs"]
mod support;
