//! The labels that a rollout moves: whether they are there, and what moving them does.

use rollout::{Labels, Traffic};

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

/// Says what becomes of the labels of the app, one sentence for each that moves or is displaced.
pub(super) fn moves(before: &Traffic, labels: &Labels, stable: &str, canary: &str) -> Vec<String> {
    let after = before.split(stable, canary, rollout::Weight::ALL);
    let roles = [(&labels.canary, canary), (&labels.stable, stable)];
    let moved = roles
        .into_iter()
        .filter_map(|(label, to)| Some((label.as_deref()?, Some(to))));
    let after = after.with_labels(moved);
    before
        .labels_that_differ(&after)
        .into_iter()
        .map(|(label, from)| {
            let from = from.unwrap_or_else(|| "no revision".to_owned());
            match after.labelled(&label) {
                Some(to) => format!("label {label} moves from {from} to {to} with the write of 100 %"),
                None => format!(
                    "label {label} is displaced from {from} then, since a revision has one label: no revision has it \
                     until a rollback or an undo"
                ),
            }
        })
        .collect()
}

fn labels_of(traffic: &Traffic) -> impl Iterator<Item = &str> {
    traffic.0.iter().filter_map(|share| share.label.as_deref())
}
