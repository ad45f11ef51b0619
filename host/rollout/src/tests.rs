//! The tests of the engine: what it decides (`table`, `exhaustive`, `random`), what it does on a simulated platform, and
//! the formats that must not change by accident.
//!
//! `judge` holds the invariants and watches every history, however it is made. `take_over` and `crash` prove what
//! follows a crash. No test sleeps or reads a clock.

mod advisory;
mod advisory_questions;
mod cancel;
mod course;
mod crash;
mod emergency;
mod events;
mod exhaustive;
mod facts;
mod faults;
mod first;
mod judge;
mod judged_write;
mod labels;
mod pause;
mod plan;
mod random;
mod sample;
mod scenarios;
mod script;
mod sim;
mod sim_advice;
mod sim_state;
mod table;
mod take_over;
mod traffic;
mod undo;
mod words;
