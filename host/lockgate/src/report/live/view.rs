//! What the live view shows, as plain data: of a run of this process, or of another machine's. Knows neither a terminal nor a
//! clock; every time is on the clock of whoever made the view.

use std::collections::VecDeque;
use std::time::Duration;

use rollout::Timestamp;

/// How many answers of a gate are shown as its trend.
const TREND: usize = 8;

/// What is shown.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct RunView {
    /// What the run does, and its name.
    pub(crate) title: String,
    /// When it began, for how long it has gone on.
    pub(crate) began: Option<Timestamp>,
    /// Why the run turns round, once it does.
    pub(crate) turned: Option<String>,
    /// The stages; empty of a run that has none.
    pub(crate) stages: Vec<StageView>,
    /// How the requests are split.
    pub(crate) split: SplitView,
    /// The gates that are asked.
    pub(crate) gates: Vec<GateView>,
    /// Who holds the app, for the run of another machine.
    pub(crate) holder: Option<String>,
    /// What failed last, with the time of day.
    pub(crate) failure: Option<String>,
    /// What comes next.
    pub(crate) next: NextView,
    /// What Ctrl-C does now.
    pub(crate) ctrl_c: String,
}

/// A stage.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StageView {
    /// The canary's weight in per cent.
    pub(crate) weight: u32,
    /// How long it bakes; `None` where that is not known.
    pub(crate) bake: Option<Duration>,
    /// Whether the run waits for an approval after it.
    pub(crate) pauses: bool,
    /// How far it is.
    pub(crate) state: StageState,
}

/// How far a stage is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum StageState {
    /// It has not begun.
    Ahead,
    /// It has not begun, or its bake is over; what is done about it now.
    Now(&'static str),
    /// It has its weight since then, and bakes.
    Baking(Timestamp),
    /// It is over.
    Baked,
    /// The canary had its weight and loses it.
    Lost,
}

/// How the requests are split: what is wanted, beside what is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SplitView {
    /// The canary's weight of the stage, in per cent; `None` before anything is known.
    pub(crate) wanted: Option<u32>,
    /// The canary's weight as last read from the platform.
    pub(crate) read: Option<u32>,
    /// What was measured of the requests themselves, such as `25.3 % of 400 requests measured`.
    pub(crate) measured: Option<String>,
}

/// A gate.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GateView {
    /// Its name, and what sets it apart.
    pub(crate) name: String,
    /// Its last answers, the newest last.
    pub(crate) trend: VecDeque<Sign>,
    /// What it said last.
    pub(crate) said: String,
    /// Since when it is being asked; `None` while it is not.
    pub(crate) asked: Option<Timestamp>,
    /// What it has measured.
    pub(crate) evidence: Option<Evidence>,
}

/// An answer in one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Pass.
    Pass,
    /// No.
    Fail,
    /// Not yet.
    Hold,
    /// No answer.
    Unanswered,
}

/// How much counts speak against the canary and for it, each as a decimal logarithm; of several metrics the most against it
/// and the least for it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Evidence {
    /// Against the canary.
    pub(crate) against: Option<f64>,
    /// For the next stage.
    pub(crate) in_favour: Option<f64>,
    /// Requests that are still needed, if all of them are well.
    pub(crate) needed: Option<f64>,
    /// The failures and the requests of the canary.
    pub(crate) canary: Option<(f64, f64)>,
    /// The failures and the requests of the stable revision.
    pub(crate) stable: Option<(f64, f64)>,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct NextView {
    /// What it is, such as `50 %`.
    pub(crate) what: String,
    /// When, at the earliest; `None` where nothing is waited for but what `when` says.
    pub(crate) at: Option<Timestamp>,
    /// What it depends on, such as `when http-health passes`.
    pub(crate) when: String,
    /// What happens instead from this time on, such as `it rolls back`.
    pub(crate) or_else: Option<(Timestamp, &'static str)>,
}

impl GateView {
    /// Takes note of an answer.
    pub(super) fn answered(&mut self, sign: Sign, said: String) {
        if self.trend.len() == TREND {
            self.trend.pop_front();
        }
        self.trend.push_back(sign);
        self.said = said;
        self.asked = None;
    }
}
