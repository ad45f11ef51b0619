//! The files in the state folder beside the journal: recordings of gate calls, and the folders of past runs.

mod attachments;
pub(crate) mod components;
pub(crate) mod past_runs;
pub(crate) mod recordings;
pub(crate) mod run_folders;
pub(crate) mod run_summary;
pub(crate) mod whole_file;
