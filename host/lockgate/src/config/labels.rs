//! The labels that a rollout moves: `[labels]` of the file and the flag `--label`. Knows nothing of the app's own labels.

use std::collections::BTreeMap;
use std::str::FromStr;

use rollout::Labels;

use super::file::LabelRole;
use crate::mistake::Mistake;

/// What `--label` takes: `production=canary`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LabelArg {
    label: String,
    role: LabelRole,
}

impl FromStr for LabelArg {
    type Err = String;

    fn from_str(text: &str) -> Result<LabelArg, String> {
        let (label, role) = text
            .split_once('=')
            .ok_or("a label and a role are needed, such as production=canary")?;
        let role = match role {
            "canary" => LabelRole::Canary,
            "stable" => LabelRole::Stable,
            other => return Err(format!("{other:?} is no role: it is canary or stable")),
        };
        Ok(LabelArg {
            label: label.to_owned(),
            role,
        })
    }
}

/// Returns the labels of the flags as a file would have them.
pub(crate) fn of_flags(args: &[LabelArg]) -> BTreeMap<String, LabelRole> {
    let mut labels = BTreeMap::new();
    for arg in args {
        let role = labels.entry(arg.label.clone()).or_insert(arg.role);
        if *role != arg.role {
            *role = LabelRole::Both;
        }
    }
    labels
}

/// Returns the label of each role. A revision has one label at most, and a label one revision.
pub(super) fn labels(section: &BTreeMap<String, LabelRole>, mistakes: &mut Vec<Mistake>) -> Labels {
    let mut found = Labels::default();
    for (label, role) in section {
        let key = || format!("labels.{label}");
        if !is_label(label) {
            let what = format!("{label:?} is no label");
            let help =
                "a label has lower-case letters, digits and dashes, and begins with a letter";
            mistakes.push(Mistake::of_key(key(), what).with_help(help));
        }
        let (name, place) = match role {
            LabelRole::Canary => ("canary", &mut found.canary),
            LabelRole::Stable => ("stable", &mut found.stable),
            LabelRole::Both => {
                let what = format!("label {label} would be on two revisions, canary and stable");
                let help = "a label is on one revision: leave one of the two out";
                mistakes.push(Mistake::of_key(key(), what).with_help(help));
                continue;
            }
        };
        if let Some(other) = place.replace(label.clone()) {
            let what = format!("labels {other} and {label} would both be on the {name} revision");
            let help = "Azure allows one label on a revision: leave one of them out";
            mistakes.push(Mistake::of_key(key(), what).with_help(help));
        }
    }
    found
}

fn is_label(label: &str) -> bool {
    let mut characters = label.chars();
    let begins = characters
        .next()
        .is_some_and(|first| first.is_ascii_lowercase());
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    begins && label.len() <= 64 && characters.all(is_allowed)
}
