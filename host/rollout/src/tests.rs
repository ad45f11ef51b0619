//! The tests of the engine: what it decides (table, exhaustive, random), what it does (the simulated world), and the
//! formats that must not change by accident.
//!
//! `judge` holds the invariants and watches every history, whoever makes it. No test sleeps or reads a clock.

mod cancel;
mod course;
mod crash;
mod exhaustive;
mod facts;
mod faults;
mod first;
mod journal;
mod judge;
mod plan;
mod random;
mod sample;
mod scenarios;
mod sim;
mod table;
mod traffic;
mod words;
