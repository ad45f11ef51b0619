//! Test cases of gates: a file says how a gate is called, which responses it gets and what it must answer. Read `file`
//! (the format), `prepare` (from a file to a question and its responses), `sequence` (its calls), `differences` and `run`, in this order.

mod bless;
mod differences;
mod file;
mod find;
mod junit;
mod prepare;
mod run;
mod schema;
mod scripted;
mod sequence;
mod slices;

pub(crate) use bless::bless;
#[cfg(test)]
pub(crate) use differences::Difference;
pub(crate) use file::NamedReport;
pub(crate) use find::find;
pub(crate) use junit::junit;
pub(crate) use prepare::{CaseError, PreparedCase, read};
pub(crate) use run::{CaseResult, run};
pub(crate) use schema::schema;
pub(crate) use sequence::CallResult;
