//! The events of lockgate as a contract: what a line of `--output json` and of the journal holds, and the schema of that. A
//! change that an older reader would not understand needs another version ([`rollout::EVENT_SCHEMA`]).
//!
//! `line.rs` has what every event has, `of_run.rs` and `of_commands.rs` what each of them says; the facts of a run are
//! [`rollout::Fact`].

mod line;
mod of_commands;
mod of_run;
mod schema;

pub(crate) use line::EventLine;
pub(crate) use of_run::{Advice, AppShape, Began, Ended, FirstAdvice, GateShape, RunEvent, Split};
pub(crate) use schema::schema;
