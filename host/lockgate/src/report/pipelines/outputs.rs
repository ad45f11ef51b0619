//! The values that a run hands to the next step of a pipeline, under the same names in each: what a script needs to go on by
//! itself. Their names are a promise.

use std::path::Path;

use rollout::Rollout;

use crate::report::Ending;
use crate::report::step_output::is_one_line;
use crate::store::run_summary::word;

/// The values of a run that has ended, each one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RunOutputs {
    values: Vec<(&'static str, String)>,
    /// The names of those that cannot be handed on.
    left_out: Vec<&'static str>,
}

impl RunOutputs {
    /// Returns the values of a run.
    pub(super) fn of(rollout: &Rollout, ending: &Ending<'_>, report: Option<&Path>) -> RunOutputs {
        let found = rollout.inspection();
        let canary = found.map_or("", |found| found.canary.name.as_str());
        let traffic = ending.event.traffic.as_ref();
        let weight = traffic.map(|traffic| traffic.weight_of(canary));
        let report = report.map(|path| std::path::absolute(path).unwrap_or_else(|_| path.into()));
        RunOutputs::new([
            ("outcome", word(ending.outcome).to_owned()),
            ("exit-code", ending.exit.to_string()),
            ("run", rollout.run().to_owned()),
            (
                "stable",
                found.map_or_else(String::new, |found| found.stable.name.clone()),
            ),
            ("canary", canary.to_owned()),
            (
                "weight",
                weight.map_or_else(String::new, |weight| weight.to_string()),
            ),
            (
                "report",
                report.map_or_else(String::new, |path| path.to_string_lossy().into_owned()),
            ),
        ])
    }

    /// Returns these values. One that is more than one line is empty: it would set other outputs.
    pub(super) fn new(mut values: [(&'static str, String); 7]) -> RunOutputs {
        let mut left_out = Vec::new();
        for (name, value) in &mut values {
            if !is_one_line(value) {
                value.clear();
                left_out.push(*name);
            }
        }
        RunOutputs {
            values: values.into(),
            left_out,
        }
    }

    /// Returns the names with their values.
    pub(super) fn named(&self) -> Vec<(&'static str, &str)> {
        let values = self.values.iter();
        values
            .map(|(name, value)| (*name, value.as_str()))
            .collect()
    }

    /// Returns which values are missing and why, where any are.
    pub(super) fn problem(&self) -> Option<String> {
        let names = self.left_out.join(", ");
        (!names.is_empty()).then(|| {
            format!(
                "the pipeline gets no {names}: a value with a control character cannot be handed on"
            )
        })
    }

    /// Returns the values with the names of variables, such as `ROLLOUT_EXIT_CODE`, for a file of them. They are not those of
    /// lockgate's own flags: in a job that inherits them they would be flags.
    pub(super) fn as_variables(&self) -> Vec<(String, &str)> {
        let named = self.named().into_iter();
        named
            .map(|(name, value)| {
                let name = name.to_uppercase().replace('-', "_");
                (format!("ROLLOUT_{name}"), value)
            })
            .collect()
    }
}
