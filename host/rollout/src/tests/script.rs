//! What goes wrong in a run on the simulated platform: faults of its calls, and what gates answer. Does nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use super::sample::Reply;
use super::sim_state::WriteFault;
use crate::{Kind, Traffic};

/// What is wrong with a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadFault {
    Unreadable,
    /// Never answered.
    Unanswered,
    Unsettled,
    /// Shows the app before its last change.
    Stale,
    /// Another writer has changed the traffic just before, to what the script says.
    ForeignWrite,
}

/// A request to end arrives while a call is under way: how that call continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interrupt {
    /// The call ends in time, and the request is noticed after it.
    Afterwards,
    /// The request is noticed first; the call takes longer.
    Meanwhile,
    /// A write never answers, whether it is done or not.
    Unanswered { applied: bool },
}

/// How a gate that decides nothing answers.
#[derive(Debug, Clone)]
pub(super) struct Advice {
    /// How long each answer takes; `None` for ever.
    pub(super) takes: Option<Duration>,
    /// The answers in turn. The last one repeats.
    pub(super) replies: Vec<Reply>,
}

/// The faults of a run, each by the number of its call.
#[derive(Debug, Clone, Default)]
pub(super) struct Script {
    pub(super) writes: BTreeMap<usize, WriteFault>,
    pub(super) reads: BTreeMap<usize, ReadFault>,
    pub(super) interrupts: BTreeMap<usize, Interrupt>,
    /// What another writer writes; `None` for an array that no run writes.
    pub(super) foreign: Option<Traffic>,
    /// By kind of question and the canary's weight before and after a pass. The last reply repeats; a question without
    /// replies passes.
    pub(super) replies: BTreeMap<(Kind, u32, u32), Vec<Reply>>,
    /// By the name of a gate that decides nothing.
    pub(super) advice: BTreeMap<String, Advice>,
    /// The number of the journal's append that fails.
    pub(super) journal_fails_at: Option<usize>,
    /// The canary never becomes ready.
    pub(super) never_ready: bool,
    /// Everything is done twice.
    pub(super) twice: bool,
    /// The stable revision cannot be activated.
    pub(super) never_activates: bool,
    /// Reads are unsettled while a write that was sent has not landed.
    pub(super) shows_pending_writes: bool,
}
