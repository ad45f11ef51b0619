//! Results as JUnit XML, which build services show.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::prepare::CaseError;
use super::run::Verdict;

/// Returns the XML.
///
/// # Errors
/// When a text cannot be written as XML.
pub(crate) fn junit(results: &[Result<Verdict, CaseError>]) -> anyhow::Result<String> {
    let mut suite = TestSuite::new("gate cases");
    for result in results {
        let (path, status, time) = match result {
            Ok(verdict) => (
                &verdict.path,
                status(verdict),
                verdict.replayed.answer.took_ms,
            ),
            Err(error) => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
                status.set_message(format!("{:#}", error.error));
                (&error.path, status, 0)
            }
        };
        let mut case = TestCase::new(path.display().to_string(), status);
        case.set_time(Duration::from_millis(time));
        suite.add_test_case(case);
    }
    let mut report = Report::new("lockgate gate test");
    report.add_test_suite(suite);
    Ok(report.to_string()?)
}

fn status(verdict: &Verdict) -> TestCaseStatus {
    if verdict.differences.is_empty() {
        return TestCaseStatus::success();
    }
    let lines: Vec<String> = verdict
        .differences
        .iter()
        .map(ToString::to_string)
        .collect();
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(lines.join("; "));
    status
}
