//! All findings of a preflight so far: each is handed on as soon as it is known, and a refusal ends the checks unless all
//! are wanted.

use super::check::Check;
use super::finding::Finding;
use crate::exit::Exit;

/// How far the checks go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// To the first check that refuses: what a rollout needs to know.
    FirstRefusal,
    /// To the end: what a person wants to know who mends it.
    Everything,
}

/// Why a rollout does not begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) exit: Exit,
    /// Every sentence of the first check that refuses.
    pub(crate) sentences: Vec<String>,
}

/// Collects findings.
pub(crate) struct Findings<'a> {
    all: Vec<Finding>,
    depth: Depth,
    show: &'a mut (dyn FnMut(&Finding) + Send),
}

impl<'a> Findings<'a> {
    pub(crate) fn new(depth: Depth, show: &'a mut (dyn FnMut(&Finding) + Send)) -> Findings<'a> {
        Findings {
            all: Vec::new(),
            depth,
            show,
        }
    }

    pub(crate) fn add(&mut self, finding: Finding) {
        (self.show)(&finding);
        self.all.push(finding);
    }

    pub(crate) fn add_all(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            self.add(finding);
        }
    }

    /// Returns whether no further check is wanted.
    pub(crate) fn are_enough(&self) -> bool {
        self.depth == Depth::FirstRefusal && self.refused()
    }

    /// Returns whether the checks go on after a refusal.
    pub(crate) fn depth(&self) -> Depth {
        self.depth
    }

    pub(crate) fn refused(&self) -> bool {
        self.all.iter().any(|finding| finding.exit().is_some())
    }

    /// Returns whether this check was made and refuses.
    pub(crate) fn refused_by(&self, check: Check) -> bool {
        (self.all.iter()).any(|finding| finding.check == check && finding.exit().is_some())
    }

    /// Returns why a rollout does not begin; `None` when it does, as far as is known.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        refusal_of(&self.all)
    }

    pub(crate) fn into_all(self) -> Vec<Finding> {
        self.all
    }
}

/// Returns why a rollout with these findings does not begin; `None` when it does.
pub(crate) fn refusal_of(findings: &[Finding]) -> Option<Refusal> {
    let first = findings.iter().find(|finding| finding.exit().is_some())?;
    let of_check = findings
        .iter()
        .filter(|finding| finding.check == first.check && finding.exit().is_some());
    Some(Refusal {
        exit: first.exit()?,
        sentences: of_check.map(Finding::sentence).collect(),
    })
}

/// Returns the exit code of a command that shows these findings.
pub(crate) fn exit_of(findings: &[Finding]) -> Exit {
    refusal_of(findings).map_or(Exit::Success, |refusal| refusal.exit)
}

impl Refusal {
    /// Returns all sentences as one.
    pub(crate) fn sentence(&self) -> String {
        self.sentences.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_is_that_of_the_first_check_that_refuses_with_all_its_sentences() {
        let findings = [
            Finding::warn(Check::CacheFolder, "slow"),
            Finding::unusable(Check::Gates, "one is missing"),
            Finding::unusable(Check::Gates, "so is the other"),
            Finding::refused(Check::Mode, "Single"),
        ];
        let refusal = refusal_of(&findings).unwrap();
        assert_eq!(refusal.exit, Exit::Usage);
        assert_eq!(refusal.sentences, ["one is missing", "so is the other"]);
        assert_eq!(refusal_of(&findings[..1]), None);
    }

    #[test]
    fn refusal_ends_the_checks_unless_all_are_wanted() {
        for (depth, enough) in [(Depth::FirstRefusal, true), (Depth::Everything, false)] {
            let mut shown = 0;
            let mut show = |_: &Finding| shown += 1;
            let mut findings = Findings::new(depth, &mut show);
            findings.add(Finding::warn(Check::Clock, "off"));
            assert!(!findings.are_enough());
            findings.add(Finding::refused(Check::Mode, "Single"));
            assert_eq!(findings.are_enough(), enough);
            assert_eq!(shown, 2, "each is shown at once");
        }
    }
}
