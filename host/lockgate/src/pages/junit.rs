//! A story as JUnit XML: a suite for each stage, a case for each gate that was asked in it.

use std::collections::BTreeMap;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::words;
use crate::story::{Process, Story, Verdict};

/// Returns the XML. A "no" is a failure, a call without an answer that was the last of its gate an error, and a gate that
/// held to the last, or that nobody waited for, was skipped. An advisory gate never fails a suite.
pub(super) fn junit(story: &Story) -> anyhow::Result<String> {
    let mut report = Report::new(format!("lockgate run {}", story.run));
    for process in &story.processes {
        for suite in suites(process) {
            report.add_test_suite(suite);
        }
    }
    Ok(report.to_string()?)
}

fn suites(process: &Process) -> Vec<TestSuite> {
    let mut by_weight: BTreeMap<u32, Vec<&Verdict>> = BTreeMap::new();
    for (_, weight, verdict) in words::verdicts(process) {
        by_weight.entry(weight).or_default().push(verdict);
    }
    let mut suites: Vec<TestSuite> = by_weight
        .into_iter()
        .map(|(weight, verdicts)| suite(&format!("stage {weight} %"), &verdicts))
        .collect();
    suites.push(of_the_end(process));
    suites
}

fn suite(name: &str, verdicts: &[&Verdict]) -> TestSuite {
    let mut suite = TestSuite::new(name);
    let mut gates: Vec<(String, Vec<&Verdict>)> = Vec::new();
    for verdict in verdicts {
        let name = format!("{} {}", verdict.kind, verdict.gate);
        match gates.iter_mut().find(|(other, _)| *other == name) {
            Some((_, of_gate)) => of_gate.push(verdict),
            None => gates.push((name, vec![verdict])),
        }
    }
    for (name, of_gate) in gates {
        let mut case = TestCase::new(name, status(&of_gate));
        let took = of_gate.iter().map(|verdict| verdict.took_ms).sum();
        case.set_time(Duration::from_millis(took));
        suite.add_test_case(case);
    }
    suite
}

/// Returns what became of a gate in a stage: its "no", or else its last answer.
fn status(verdicts: &[&Verdict]) -> TestCaseStatus {
    let no = verdicts.iter().find(|verdict| verdict.verdict == "fail");
    let Some(verdict) = no.or(verdicts.last()) else {
        return TestCaseStatus::success();
    };
    let mut status = match verdict.verdict.as_str() {
        "pass" => return TestCaseStatus::success(),
        _ if verdict.advisory => TestCaseStatus::skipped(),
        "fail" => TestCaseStatus::non_success(NonSuccessKind::Failure),
        // One that held until its deadline has decided too.
        "hold" if verdict.turned => TestCaseStatus::non_success(NonSuccessKind::Failure),
        "hold" | "not-waited-for" => TestCaseStatus::skipped(),
        _ => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    status.set_message(verdict.reason.clone());
    status
}

/// The run itself as a case, so that what no gate decided is seen too.
fn of_the_end(process: &Process) -> TestSuite {
    let mut suite = TestSuite::new(process.intent.command());
    let status = match process.ended.as_ref().map(|ended| ended.exit_code) {
        Some(0) => TestCaseStatus::success(),
        Some(13) => TestCaseStatus::skipped(),
        Some(_) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        None => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    let mut status = status;
    status.set_message(words::result(process).to_owned());
    let mut case = TestCase::new("the run", status);
    case.set_time(Duration::from_millis(process.lasted_ms));
    suite.add_test_case(case);
    suite
}
