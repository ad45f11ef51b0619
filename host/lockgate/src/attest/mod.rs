//! The attestation of a run: what it was about, which gates decided, what was read back and how it ended, as the predicate of
//! an in-toto statement (<https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md>) about the image of the
//! canary. Made from the journal alone, so that whoever has the journal can make it again. Signs nothing, and proves no
//! signature: the pipeline signs it, and its tools check that.

mod fold;
mod predicate;
mod statement;
mod subject;
mod write;

pub(crate) use predicate::PREDICATE_TYPE;
pub(crate) use statement::differences;
pub(crate) use subject::{NotByDigest, Subject};
pub(crate) use write::{Written, write};
