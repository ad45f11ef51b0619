//! Test cases of gates: a file says what a gate is asked, what the world answers and what it is to say. Read `file`, then
//! `prepare` (from a file to a question and a world), `judge` and `run`.

mod bless;
mod file;
mod find;
mod judge;
mod junit;
mod prepare;
mod run;

pub(crate) use bless::bless;
pub(crate) use find::find;
pub(crate) use junit::junit;
pub(crate) use prepare::{CaseError, Prepared, read};
pub(crate) use run::{Verdict, run};
