//! Which revision had which label, and when: the source of `labelHistories`.

use jiff::Timestamp;

/// A label and the revision that has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LabelAssignment {
    pub(crate) label: String,
    /// Whole name.
    pub(crate) revision: String,
}

/// The time for which a revision had a label.
#[derive(Clone, Debug)]
pub(crate) struct LabelPeriod {
    pub(crate) assignment: LabelAssignment,
    pub(crate) start: Timestamp,
    /// Absent while the revision still has the label.
    pub(crate) stop: Option<Timestamp>,
}

/// The labels of one app, oldest first.
#[derive(Debug, Default)]
pub(crate) struct LabelHistory(Vec<LabelPeriod>);

impl LabelHistory {
    /// Updates the history with the assignments that hold from `at` on.
    pub(crate) fn follow(&mut self, assignments: Vec<LabelAssignment>, at: Timestamp) {
        for period in self.0.iter_mut().filter(|period| period.stop.is_none()) {
            if !assignments.contains(&period.assignment) {
                period.stop = Some(at);
            }
        }
        for assignment in assignments {
            let holds =
                |period: &LabelPeriod| period.stop.is_none() && period.assignment == assignment;
            if !self.0.iter().any(holds) {
                self.0.push(LabelPeriod {
                    assignment,
                    start: at,
                    stop: None,
                });
            }
        }
    }

    /// Returns all labels that have ever been assigned, in the order of their first use.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for period in &self.0 {
            if !names.contains(&period.assignment.label.as_str()) {
                names.push(&period.assignment.label);
            }
        }
        names
    }

    /// Returns the periods of a label, the newest first.
    pub(crate) fn of<'a>(&'a self, label: &'a str) -> impl Iterator<Item = &'a LabelPeriod> {
        let of_label =
            move |period: &&LabelPeriod| period.assignment.label.eq_ignore_ascii_case(label);
        self.0.iter().rev().filter(of_label)
    }
}
