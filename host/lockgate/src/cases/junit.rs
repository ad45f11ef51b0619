//! The results of cases as JUnit XML, which build services show.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::prepare::CaseError;
use super::run::CaseResult;

/// Returns the XML. Times are virtual.
///
/// # Errors
/// When a text cannot be written as XML.
pub(crate) fn junit(results: &[Result<CaseResult, CaseError>]) -> anyhow::Result<String> {
    let mut suite = TestSuite::new("gate cases");
    for result in results {
        let (path, status, time) = match result {
            Ok(case) => {
                let took = case.calls.iter().map(|call| call.replayed.answer.took_ms);
                (&case.path, status(case), took.sum())
            }
            Err(error) => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
                status.set_message(format!("{:#}", error.error));
                (&error.path, status, 0)
            }
        };
        let mut test_case = TestCase::new(path.display().to_string(), status);
        test_case.set_time(Duration::from_millis(time));
        suite.add_test_case(test_case);
    }
    let mut report = Report::new("lockgate gate test");
    report.add_test_suite(suite);
    Ok(report.to_string()?)
}

fn status(case: &CaseResult) -> TestCaseStatus {
    if case.passed() {
        return TestCaseStatus::success();
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(case.differences().join("; "));
    status
}
