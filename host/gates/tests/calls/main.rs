//! Calls of gates that are generated for the test: gates that misbehave, gates that read counts, and replayed calls.

#[expect(dead_code, reason = "other test binaries use the rest")]
#[path = "../../../../tests/support/component.rs"]
mod component;
mod context;
#[path = "../../../../tests/support/counting.rs"]
mod counting;
mod counts;
mod hostile;
mod many;
mod replay;
#[path = "../support/mod.rs"]
mod support;
mod traps;
mod worlds;
