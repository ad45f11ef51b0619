//! House rules that neither the compiler nor clippy holds. Each rule is a test, and its message says what to do.
//!
//! To add a rule, add a function to the file that it belongs to; `files.rs` hands out the files to look at.

mod circles;
mod documents;
mod files;
mod imports;
mod modules;
mod sizes;
mod words;
