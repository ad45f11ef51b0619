//! What every reporter of a run learns: one stream, in the order of the run's events. A reporter only listens: it decides
//! nothing, and holds neither a rollout nor its rollback up.

use std::time::Duration;

use rollout::{Action, Event, Kind, Outcome, Rollout};

use super::conclusion::Conclusion;
use crate::event::{Ended, RunEvent};
use crate::exit::Exit;
use crate::platform::AppId;
use crate::run::replay_lines::ReplayLine;

/// Someone who reports a run as it happens, or later from its journal.
pub(crate) trait Reporter: Send {
    /// Takes note of what has happened. Never waits for a file, a terminal or a network: whoever needs one has a thread of
    /// its own.
    fn report(&mut self, update: &Update<'_>);

    /// Writes what is still to be written, once the exit code of the run is known, within `limit`. Returns a sentence about
    /// what could not be written; it does not change how the run ended.
    fn finish(self: Box<Self>, limit: Duration) -> Option<String> {
        let _ = limit;
        None
    }
}

impl<R: Reporter + ?Sized> Reporter for &mut R {
    fn report(&mut self, update: &Update<'_>) {
        (**self).report(update);
    }
}

/// One thing that a reporter learns.
pub(crate) struct Update<'a> {
    /// When, on the clock of the machine that ran it, with its time zone.
    pub(crate) time: &'a jiff::ZonedDateTime,
    /// The run, after what has happened.
    pub(crate) rollout: &'a Rollout,
    /// What has happened.
    pub(crate) what: What<'a>,
}

/// What has happened.
pub(crate) enum What<'a> {
    /// The run begins.
    Began(&'a Beginning),
    /// The run is about to do this.
    Begins(&'a Action),
    /// A fact of the run, which the rollout has applied.
    Happened(&'a Event, &'a Beside),
    /// Something beside the run's own events, such as a measured split.
    Remarked(&'a Remark<'a>),
    /// The run has ended.
    Ended(&'a Ending<'a>),
}

/// What a run begins with.
#[derive(Debug, Clone)]
pub(crate) struct Beginning {
    /// The app.
    pub(crate) app: AppId,
    /// The gates that are asked.
    pub(crate) gates: Vec<AskedGate>,
    /// What gates that judge real traffic promise, each with what it rests on.
    pub(crate) promises: Vec<String>,
}

/// A gate of a run.
#[derive(Debug, Clone)]
pub(crate) struct AskedGate {
    /// Its name in the configuration.
    pub(crate) name: String,
    /// The kinds of question that it is asked.
    pub(crate) kinds: Vec<Kind>,
    /// Whether it is asked beside the others and decides nothing.
    pub(crate) is_advisory: bool,
    /// The component, as the configuration names it.
    pub(crate) component: String,
    /// The SHA-256 of the component, in hex.
    pub(crate) sha256: String,
}

/// What the report adds to a fact.
#[derive(Debug, Clone, Default)]
pub(crate) struct Beside {
    /// What to type if the process is killed before it reports how the run ended.
    pub(crate) next: Option<String>,
    /// How the call of the gate is put again that has just turned the run round.
    pub(crate) replay: Option<ReplayLine>,
    /// Whether an advisory gate says for the first time that it would have rolled back.
    pub(crate) is_first_advisory_no: bool,
}

/// Returns gates with their kinds in one line, such as `http-health (health check)`, and which of them decide nothing.
pub(crate) fn gates_in_words(gates: &[AskedGate]) -> String {
    let in_words = |gate: &AskedGate| {
        let kinds: Vec<String> = gate.kinds.iter().map(Kind::to_string).collect();
        let decides = if gate.is_advisory {
            "; advisory: asked, decides nothing"
        } else {
            ""
        };
        format!("{} ({}{decides})", gate.name, kinds.join(", "))
    };
    match gates {
        [] => "none are asked".to_owned(),
        gates => gates.iter().map(in_words).collect::<Vec<_>>().join(", "),
    }
}

/// A remark beside the run's own events.
#[derive(Debug)]
pub(crate) struct Remark<'a> {
    /// One sentence for people.
    pub(crate) sentence: &'a str,
    /// The same for machines.
    pub(crate) event: &'a RunEvent,
}

/// How a run ended.
pub(crate) struct Ending<'a> {
    /// The outcome.
    pub(crate) outcome: &'a Outcome,
    /// The exit code.
    pub(crate) exit: Exit,
    /// The sentences about it.
    pub(crate) conclusion: &'a Conclusion,
    /// One line for each advisory gate: what it would have done.
    pub(crate) advisory: &'a [String],
    /// All of it for machines.
    pub(crate) event: &'a Ended,
}
