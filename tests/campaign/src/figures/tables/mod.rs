//! The tables, one file each: which traffic, which detectors, how many rollouts, and what has to hold.

mod beside;
mod beyond;
mod catching;
mod false_alarms;
mod going_on;
mod hostile;
mod late;
mod on_the_line;
mod overlap;
mod requests;
mod rollouts;
mod seen;

use super::runner::Runner;
use super::scale::Scale;
use super::table::Table;

/// A table by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum TableName {
    /// Alarms about canaries that are no worse, beside other tests.
    FalseAlarms,
    /// The same about canaries exactly at the tolerated line.
    OnTheLine,
    /// The same in traffic that tests are fooled by.
    Hostile,
    /// Requests until a canary that is worse is rolled back.
    Catching,
    /// Requests until a good canary may go on.
    GoingOn,
    /// Canaries exactly at the margin that were let on.
    Beyond,
    /// Faults that come late, and after an incident.
    Late,
    /// What it costs to count a minute twice.
    Overlap,
    /// Which test sees a worse canary, and when.
    Beside,
    /// Whole rollouts by the engine, with counts as late as Azure's.
    Rollouts,
}

impl TableName {
    /// Returns how many rollouts it takes.
    pub(crate) fn planned(self, scale: Scale) -> u64 {
        match self {
            TableName::FalseAlarms => false_alarms::planned(scale),
            TableName::OnTheLine => on_the_line::planned(scale),
            TableName::Hostile => hostile::planned(scale),
            TableName::Catching => catching::planned(scale),
            TableName::GoingOn => going_on::planned(scale),
            TableName::Beyond => beyond::planned(scale),
            TableName::Late => late::planned(scale),
            TableName::Overlap => overlap::planned(scale),
            TableName::Beside => beside::planned(scale),
            TableName::Rollouts => rollouts::planned(scale),
        }
    }

    /// Runs its rollouts.
    ///
    /// # Errors
    /// When the engine or the gate refuses its default settings; with its reason.
    pub(crate) fn make(self, runner: &Runner) -> Result<Table, String> {
        runner.begin(self.word());
        Ok(match self {
            TableName::FalseAlarms => false_alarms::table(runner),
            TableName::OnTheLine => on_the_line::table(runner),
            TableName::Hostile => hostile::table(runner),
            TableName::Catching => catching::table(runner),
            TableName::GoingOn => going_on::table(runner),
            TableName::Beyond => beyond::table(runner),
            TableName::Late => late::table(runner),
            TableName::Overlap => overlap::table(runner),
            TableName::Beside => beside::table(runner),
            TableName::Rollouts => rollouts::table(runner)?,
        })
    }

    /// Returns its name on the command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            TableName::FalseAlarms => "false-alarms",
            TableName::OnTheLine => "on-the-line",
            TableName::Hostile => "hostile",
            TableName::Catching => "catching",
            TableName::GoingOn => "going-on",
            TableName::Beyond => "beyond",
            TableName::Late => "late",
            TableName::Overlap => "overlap",
            TableName::Beside => "beside",
            TableName::Rollouts => "rollouts",
        }
    }
}
