//! The steps of a story: what happens, and what it waits for. Pure data.

use serde_json::Value;

use crate::judge::course::Role;

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) when: When,
    /// Milliseconds after that.
    pub(crate) after_ms: u64,
    pub(crate) act: Act,
}

/// What a step waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum When {
    Start,
    /// So many PATCHes have been received. They may still sit in the network.
    Sent(usize),
    /// So many writes have been accepted.
    Writes(usize),
    /// The process has ended.
    Ended(&'static str),
}

/// What happens in a step.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Starts a lockgate under this name.
    Lockgate(&'static str, Role),
    Kill(&'static str),
    Operator(Change),
    /// A revision's behaviour from now on.
    Behave(&'static str, Value),
}

/// What the operator writes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    /// The whole traffic array, by revision.
    Weights(&'static [(&'static str, u64)]),
    /// Removes lockgate's tags and leaves the traffic alone.
    StripTags,
}
