//! The gates of a rollout for which none is configured: `http-health` decides, and `compare` judges the real traffic beside
//! it where the bakes leave it the time. It decides too where `rollout.profile` asks for times that fit it.

use std::time::Duration;

use super::defaults;
use super::duration_text::DurationText;
use super::file::{AzureSection, GateSection, RolloutSection, StageEntry};
use super::first_slice::{Counting, first_slice};
use super::mode::GateMode;

/// What becomes of `compare` where no gate is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Newcomer {
    /// It is asked like `http-health`.
    Required,
    /// It is asked beside it, and decides nothing.
    Advisory,
    /// It is not asked, because every stage ends before its first slice is judged. This bake would let it.
    Blind {
        /// The bake, in whole minutes.
        bake: Duration,
    },
}

impl Newcomer {
    /// Returns what the times of a rollout allow. `rollout` is the section with the times of its profile.
    pub(super) fn of(rollout: &RolloutSection, azure: &AzureSection) -> Newcomer {
        let needs = needs(rollout, azure);
        if rollout.profile.is_some() {
            Newcomer::Required
        } else if bakes(rollout).any(|bake| bake >= needs) {
            Newcomer::Advisory
        } else {
            // One minute more than the first judged slice, so that there is something to judge by.
            let minutes = needs.as_secs().div_ceil(60) + 1;
            Newcomer::Blind {
                bake: Duration::from_mins(minutes),
            }
        }
    }

    /// Returns the sentence that says why `compare` sees nothing; `None` where it is asked.
    pub(super) fn saw_nothing(self) -> Option<String> {
        let Newcomer::Blind { bake } = self else {
            return None;
        };
        let (judge, bake) = (defaults::JUDGE, DurationText(bake));
        Some(format!(
            "{judge} saw nothing: a bake of {bake} would let it"
        ))
    }

    /// Returns the sections of the gates.
    pub(super) fn sections(self) -> Vec<(String, GateSection)> {
        let of = |mode| GateSection {
            mode,
            ..GateSection::default()
        };
        let health = (defaults::GATE.to_owned(), GateSection::default());
        let judge = |mode| (defaults::JUDGE.to_owned(), of(mode));
        match self {
            Newcomer::Required => vec![health, judge(GateMode::Required)],
            Newcomer::Advisory => vec![health, judge(GateMode::Advisory)],
            Newcomer::Blind { .. } => vec![health],
        }
    }
}

/// Returns how long it takes until the first slice of a stage is judged.
fn needs(rollout: &RolloutSection, azure: &AzureSection) -> Duration {
    let check_interval = rollout.check_interval.map(|text| text.0);
    let check_interval = check_interval.unwrap_or(rollout::Timing::default().check_interval);
    first_slice(Counting::of(azure), defaults::WARM_UP, check_interval)
}

/// Returns the bakes of the stages at which stable has traffic to compare with.
fn bakes(rollout: &RolloutSection) -> impl Iterator<Item = Duration> {
    let usual = rollout.bake.map_or(defaults::BAKE, |text| text.0);
    let entries = rollout.stages.clone();
    let entries = entries.unwrap_or_else(|| defaults::STAGES.map(StageEntry::Weight).to_vec());
    entries.into_iter().filter_map(move |entry| match entry {
        StageEntry::Weight(weight) => (weight < 100).then_some(usual),
        StageEntry::Table(table) => {
            (table.weight < 100).then(|| table.bake.map_or(usual, |text| text.0))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn newcomer(lines: &str) -> Newcomer {
        let file: super::super::file::File = toml::from_str(lines).expect("a configuration");
        let mut section = file.rollout;
        super::super::rollout_config::follow_profile(&mut section);
        Newcomer::of(&section, &file.azure)
    }

    #[test]
    fn judge_is_asked_where_a_stage_lasts_until_its_first_slice_is_judged() {
        for (lines, wanted) in [
            ("rollout.bake = \"390s\"", Newcomer::Advisory),
            (
                "rollout.stages = [{ weight = 10, bake = \"8m\" }, 100]",
                Newcomer::Advisory,
            ),
            ("azure.metrics-lag = \"1m\"", Newcomer::Advisory),
            ("rollout.profile = \"platform-counts\"", Newcomer::Required),
        ] {
            assert_eq!(newcomer(lines), wanted, "{lines}");
        }
    }

    #[test]
    fn stages_that_end_before_are_said_to() {
        for lines in [
            "",
            "rollout.bake = \"389s\"",
            // At 100 % there is nothing to compare with.
            "rollout.stages = [50, { weight = 100, bake = \"1h\" }]",
        ] {
            assert_eq!(
                newcomer(lines).saw_nothing().as_deref(),
                Some("compare saw nothing: a bake of 8m would let it"),
                "{lines}"
            );
        }
    }
    #[test]
    fn warm_up_is_that_of_the_gate() {
        let settings = compare::Settings::of(&serde_json::json!({})).expect("defaults");
        assert_eq!(
            Duration::from_secs_f64(settings.warm_up_s),
            defaults::WARM_UP
        );
    }
}
