//! Which revision had which label, and from when to when: what `labelHistories` shows.

use jiff::Timestamp;

/// One label on one revision, for a while.
#[derive(Clone, Debug)]
pub(crate) struct Labelled {
    pub(crate) label: String,
    /// Whole name.
    pub(crate) revision: String,
    pub(crate) start: Timestamp,
    /// Absent while it lasts.
    pub(crate) stop: Option<Timestamp>,
}

/// The labels of one app, oldest first.
#[derive(Debug, Default)]
pub(crate) struct LabelHistory(Vec<Labelled>);

impl LabelHistory {
    /// Notes the labels, each with its revision, that there are from `at` on.
    pub(crate) fn follow(&mut self, labels: Vec<(String, String)>, at: Timestamp) {
        let lasts = |one: &Labelled, (label, revision): &(String, String)| {
            one.stop.is_none() && one.label == *label && one.revision == *revision
        };
        for one in self.0.iter_mut().filter(|one| one.stop.is_none()) {
            if !labels.iter().any(|label| lasts(one, label)) {
                one.stop = Some(at);
            }
        }
        for (label, revision) in labels {
            let there = (label, revision);
            if !self.0.iter().any(|one| lasts(one, &there)) {
                let (label, revision) = there;
                self.0.push(Labelled {
                    label,
                    revision,
                    start: at,
                    stop: None,
                });
            }
        }
    }

    /// The labels that have ever been, in the order of their first use.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for one in &self.0 {
            if !names.contains(&one.label.as_str()) {
                names.push(&one.label);
            }
        }
        names
    }

    /// The revisions that had a label, the newest first.
    pub(crate) fn of<'a>(&'a self, label: &'a str) -> impl Iterator<Item = &'a Labelled> {
        let of_label = move |one: &&Labelled| one.label.eq_ignore_ascii_case(label);
        self.0.iter().rev().filter(of_label)
    }
}
