//! The exit codes: one enum with the number, the meaning and the urgency of each. A script must be able to tell what
//! production looks like from this number alone (I-1). The table in every help text is made from it, and a test
//! compares README's table with it. Only `main` turns an [`Exit`] into the code of the process.

use std::fmt;

use rollout::{Cause, Outcome};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything promoted, or nothing to do; of a command that moves no traffic: done.
    Success,
    /// A case, a past rollout or a check is not as expected. Never the code of a run.
    NotAsExpected,
    /// Usage or configuration; nothing was read or written.
    Usage,
    /// A gate said no, or held too long; the baseline stands, verified.
    GateSaidNo,
    /// Cancelled; the baseline stands, verified.
    Cancelled,
    /// Infrastructure or a gate failed; the baseline stands, verified.
    Failed,
    /// Frozen at its weight; the lease is kept.
    Held,
    /// A rollback was not confirmed, or the app could not be read again.
    Unverified,
    /// The rollback failed.
    Stuck,
    /// Refused; nothing was written.
    Refused,
    /// Another writer changed the app; lockgate does not write again.
    Superseded,
}

impl Exit {
    /// All codes, in the order of their numbers.
    pub(crate) const ALL: [Exit; 11] = [
        Exit::Success,
        Exit::NotAsExpected,
        Exit::Usage,
        Exit::GateSaidNo,
        Exit::Cancelled,
        Exit::Failed,
        Exit::Held,
        Exit::Unverified,
        Exit::Stuck,
        Exit::Refused,
        Exit::Superseded,
    ];

    /// Returns the exit code of a finished run.
    pub(crate) fn of(outcome: &Outcome) -> Exit {
        match outcome {
            Outcome::Promoted | Outcome::PromotedWithLease(_) | Outcome::Idle => Exit::Success,
            Outcome::Cancelled(_) => Exit::Cancelled,
            Outcome::RolledBack(cause) => match cause {
                Cause::Undone(_) => Exit::Success,
                Cause::GateSaidNo { .. } | Cause::HeldTooLong { .. } => Exit::GateSaidNo,
                Cause::Cancelled(_) | Cause::EndedElsewhere(_) | Cause::PauseOver(_) => {
                    Exit::Cancelled
                }
                Cause::GateBroke { .. }
                | Cause::NotReady(_)
                | Cause::StableInactive(_)
                | Cause::Platform(_)
                | Cause::OutOfTime(_)
                | Cause::JournalLost(_)
                | Cause::Abandoned(_) => Exit::Failed,
            },
            Outcome::Held { .. } => Exit::Held,
            Outcome::Unverified { .. } => Exit::Unverified,
            Outcome::Stuck { .. } => Exit::Stuck,
            Outcome::Refused(_) => Exit::Refused,
            Outcome::Superseded(_) => Exit::Superseded,
        }
    }

    /// Returns the number that the process exits with.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::NotAsExpected => 1,
            Exit::Usage => 2,
            Exit::GateSaidNo => 10,
            Exit::Cancelled => 11,
            Exit::Failed => 12,
            Exit::Held => 13,
            Exit::Unverified => 20,
            Exit::Stuck => 21,
            Exit::Refused => 30,
            Exit::Superseded => 31,
        }
    }

    /// Returns what the code says about production, for help and README.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Exit::Success => "promoted or undone, read back; or there was nothing to do",
            Exit::NotAsExpected => "a case, a past rollout or a check is not as expected",
            Exit::Usage => "usage or configuration error: nothing was touched",
            Exit::GateSaidNo => "a gate said no, or held too long: the baseline stands, verified",
            Exit::Cancelled => "cancelled: the baseline stands, verified",
            Exit::Failed => "infrastructure or a gate failed: the baseline stands, verified",
            Exit::Held => "held or paused: frozen at its weight, `resume` or `abort` it",
            Exit::Unverified => "what production serves could not be verified",
            Exit::Stuck => "the rollback failed: a person must act",
            Exit::Refused => "refused: nothing was written",
            Exit::Superseded => "superseded by another writer: hands off",
        }
    }

    /// Returns the code that most needs a person, of two runs.
    pub(crate) fn worse(self, other: Exit) -> Exit {
        if other.urgency() > self.urgency() {
            other
        } else {
            self
        }
    }

    /// Returns how much a code needs a person: the more, the higher.
    fn urgency(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::NotAsExpected => 1,
            Exit::Usage => 2,
            Exit::Cancelled => 3,
            Exit::GateSaidNo => 4,
            Exit::Failed => 5,
            Exit::Held => 6,
            Exit::Refused => 7,
            Exit::Superseded => 8,
            Exit::Unverified => 9,
            Exit::Stuck => 10,
        }
    }
}

/// Writes the number.
impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.code().fmt(f)
    }
}

/// What a command does. It says which codes the command can end with, and what they mean there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Moves traffic forward, in a run.
    Run,
    /// Restores the traffic from before another run, whatever that run does.
    Restore,
    /// Restores the traffic from before a run that is dead.
    Recover,
    /// Takes a promotion back.
    Undo,
    /// Changes the app, and no traffic.
    Change,
    /// Says whether a rollout would be refused.
    Preflight,
    /// Shows what is there on the app.
    Show,
    /// Asks one gate.
    Ask,
    /// Compares something with what is expected.
    Compare,
    /// Needs this machine alone, or a registry.
    Other,
}

impl Work {
    /// Returns the codes that such a command can end with, in the order of their numbers, each with what it means there.
    pub(crate) fn codes(self) -> impl Iterator<Item = (Exit, &'static str)> {
        let all = Exit::ALL.into_iter();
        all.filter_map(move |exit| Some((exit, self.meaning(exit)?)))
    }

    /// Returns what a code means for such a command; `None` where no such command ends with it.
    fn meaning(self, exit: Exit) -> Option<&'static str> {
        match (self, exit) {
            (_, Exit::Usage) => Some(exit.meaning()),
            (Work::Compare, Exit::NotAsExpected) => Some(exit.meaning()),
            (_, Exit::NotAsExpected) => None,
            (Work::Restore | Work::Recover, Exit::Success) => Some(
                "nothing had to be restored; with --exit-zero also where the baseline stands, verified",
            ),
            (Work::Undo, Exit::Success) => Some("undone, read back; or there was nothing to do"),
            (Work::Preflight, Exit::Success) => Some("nothing stands against a rollout"),
            (Work::Ask, Exit::Success) => Some("the gate passes"),
            (Work::Compare, Exit::Success) => Some("all is as expected"),
            (Work::Show | Work::Change | Work::Other, Exit::Success) => Some("done"),
            (Work::Restore | Work::Recover, Exit::GateSaidNo) => None,
            (Work::Restore | Work::Undo, Exit::Held) => None,
            (Work::Recover, Exit::Held) => {
                Some("held or paused: the run is left as it is, `resume` or `abort` it")
            }
            (Work::Run | Work::Restore | Work::Recover | Work::Undo, _) => Some(exit.meaning()),
            (Work::Change, Exit::Cancelled) => Some("cancelled: no traffic was moved"),
            (Work::Change, Exit::Failed) => Some("not done: no traffic was moved"),
            (Work::Change, Exit::Unverified) => Some(exit.meaning()),
            (Work::Preflight, Exit::Refused) => Some("a rollout would be refused"),
            (Work::Show, Exit::Refused) => Some("the app could not be read"),
            (Work::Change, Exit::Refused) => Some(exit.meaning()),
            (Work::Ask, Exit::GateSaidNo) => Some("the gate fails the canary, or holds"),
            (Work::Ask, Exit::Failed) => Some("the gate could not answer"),
            _ => None,
        }
    }
}

/// Returns the table of codes of such a command, for its help.
pub(crate) fn table(work: Work) -> String {
    let mut table = "Exit codes:".to_owned();
    for (exit, meaning) in work.codes() {
        table.push_str(&format!("\n  {exit:>2}  {meaning}"));
    }
    table
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Exit, Work};

    #[test]
    fn readme_lists_every_code_with_its_meaning() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
        let readme = std::fs::read_to_string(path).unwrap();
        let (_, section) = readme.split_once("## Exit codes\n").unwrap();
        let rows: Vec<&str> = section
            .lines()
            .skip_while(|line| !line.starts_with("| ---"))
            .skip(1)
            .take_while(|line| line.starts_with('|'))
            .collect();
        let row = |(exit, meaning): (Exit, &str)| format!("| {exit} | {meaning} |");
        assert_eq!(rows, Work::Run.codes().map(row).collect::<Vec<_>>());
        let (_, code) = section.split_once("they exit with ").unwrap();
        let code = code.split_whitespace().next().unwrap();
        assert_eq!(code, Exit::NotAsExpected.to_string());
    }

    #[test]
    fn codes_ascend_and_differ() {
        assert!(Exit::ALL.is_sorted_by(|a, b| a.code() < b.code()));
    }

    #[test]
    fn worse_is_what_most_needs_a_person_in_either_order() {
        let by_urgency = [
            Exit::Stuck,
            Exit::Unverified,
            Exit::Superseded,
            Exit::Refused,
            Exit::Held,
            Exit::Failed,
            Exit::GateSaidNo,
            Exit::Cancelled,
            Exit::Success,
        ];
        for pair in by_urgency.windows(2) {
            assert_eq!(pair[0].worse(pair[1]), pair[0]);
            assert_eq!(pair[1].worse(pair[0]), pair[0]);
        }
    }
}
