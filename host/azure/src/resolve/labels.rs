//! The labels that a rollout moves: whether they are there, and what moving them does.

use std::fmt;

use rollout::{Labels, Traffic, Weight};

use super::selection::{Refusal, Selection};
use crate::status::AppStatus;

/// Refuses a label that no revision has: it may be misspelt, and whoever asks for it would get another revision.
pub(super) fn check_labels(status: &AppStatus, selection: &Selection) -> Result<(), Refusal> {
    let known: Vec<&str> = labels_of(&status.traffic).collect();
    let Some(missing) = selection.labels.iter().find(|label| !known.contains(label)) else {
        return Ok(());
    };
    let has = match &known[..] {
        [] => "it has no label".to_owned(),
        known => format!("it has {}", known.join(", ")),
    };
    Err(format!(
        "no revision of {} has the label {missing}; {has}: correct [labels], or give it to the revision that has it until \
         the rollout with {}",
        status.app.name(),
        status.app.az(
            "revision label add",
            &format!("--label {missing} --revision REVISION")
        )
    ))
}

/// A label that a rollout moves or displaces.
pub(super) struct LabelMove {
    pub(super) label: String,
    from: Option<String>,
    /// `None` where another label takes its place.
    to: Option<String>,
}

/// Returns what becomes of the labels of the app that do not stay where they are.
pub(super) fn moves(
    before: &Traffic,
    labels: &Labels,
    stable: &str,
    canary: &str,
) -> Vec<LabelMove> {
    let after = labels.moved(before.split(stable, canary, Weight::ALL), stable, canary);
    let differ = before.labels_that_differ(&after).into_iter();
    differ
        .map(|(label, from)| LabelMove {
            to: after.labelled(&label).map(str::to_owned),
            label,
            from,
        })
        .collect()
}

impl fmt::Display for LabelMove {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LabelMove { label, from, to } = self;
        let from = from.as_deref().unwrap_or("no revision");
        match to {
            Some(to) => write!(
                f,
                "label {label} moves from {from} to {to} with the write of 100 %"
            ),
            None => write!(
                f,
                "label {label} is displaced from {from} then, since a revision has one label: no revision has it until a \
                 rollback or an undo"
            ),
        }
    }
}

fn labels_of(traffic: &Traffic) -> impl Iterator<Item = &str> {
    traffic.0.iter().filter_map(|share| share.label.as_deref())
}
