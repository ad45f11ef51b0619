//! Calls of gates made on the spot: those that misbehave, those that ask what was counted, and those that are replayed.

#[expect(dead_code, reason = "other tests make other gates")]
#[path = "../../../../tests/support/component.rs"]
mod component;
#[path = "../../../../tests/support/counting.rs"]
mod counting;
mod counts;
mod hostile;
mod replay;
#[path = "../support/mod.rs"]
mod support;
