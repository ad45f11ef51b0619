//! `lockgate gate test`: runs every case at or below a path, and shows the results as a list with totals. Read `cases`
//! for what a case is and how it is judged.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::printed::Printed;
use super::watch;
use crate::assemble::{self, Reach};
use crate::cases::{self, CallResult, CaseError, CaseResult};
use crate::cli::GateTestArgs;
use crate::config::PluginSource;
use crate::exit::Exit;
use crate::output::Output;
use crate::store::whole_file::{Readers, WholeFile};

/// Runs the cases: once, or whenever one of their files has changed. Returns 0 when all passed, 1 when one failed, 2 when
/// one could not run.
///
/// # Errors
/// When there is no case, or the results cannot be written. With `--watch` an error is printed, and the watching goes on.
pub(super) async fn test(args: &GateTestArgs, output: &Output) -> anyhow::Result<Exit> {
    if !args.watch {
        return once(args, output).await;
    }
    let cases = || cases::find(&args.path).unwrap_or_default();
    watch::watch(
        output,
        || files(args),
        cases,
        async || once(args, output).await,
    )
    .await
}

/// Returns the files that the cases name, with the component that is put in the place of theirs.
fn files(args: &GateTestArgs) -> Vec<PathBuf> {
    let gate = args.gate.as_deref();
    let gate = gate.and_then(|plugin| PluginSource::parse(plugin, Path::new("")).ok());
    let paths = cases::find(&args.path).unwrap_or_default();
    let cases = paths.iter().filter_map(|path| cases::read(path).ok());
    let cases = cases.map(|case| match &gate {
        Some(plugin) => case.of_gate(plugin.clone()),
        None => case,
    });
    cases.flat_map(|case| case.files()).collect()
}

async fn once(args: &GateTestArgs, output: &Output) -> anyhow::Result<Exit> {
    let began = Instant::now();
    let junit = args.junit.as_deref();
    let junit = junit.map(|path| WholeFile::open(path, Readers::Anyone));
    let junit = junit.transpose()?;
    let paths = cases::find(&args.path)?;
    if args.bless {
        // A case that cannot be written is no reason to run the others in vain.
        for path in &paths {
            WholeFile::open(path, Readers::Anyone)?;
        }
    }
    let gate = args.gate.as_deref();
    let gate = gate.map(|plugin| PluginSource::parse(plugin, Path::new("")));
    let gate = gate.transpose()?;
    let mut unreadable = Vec::new();
    let mut prepared = Vec::new();
    for path in &paths {
        match cases::read(path) {
            Ok(case) => prepared.push(match &gate {
                Some(plugin) => case.of_gate(plugin.clone()),
                None => case,
            }),
            Err(error) => unreadable.push(Err(error)),
        }
    }
    let loader = assemble::loader(args.cache_dir.clone(), Reach::ThisMachine, output)?;
    let mut results = cases::run(&loader, &prepared).await?;
    results.extend(unreadable);
    let passing = if args.bless {
        results = results.into_iter().map(bless).collect();
        Passing::Blessed
    } else {
        Passing::Ok
    };
    printed(&results, passing, began.elapsed()).print(output);
    if let Some(file) = junit {
        file.write(cases::junit(&results)?.as_bytes())?;
    }
    let totals = Totals::of(&results);
    Ok(if totals.errors > 0 {
        Exit::Usage
    } else if totals.failed > 0 {
        Exit::NotAsExpected
    } else {
        Exit::Success
    })
}

/// Makes the actual result the expected one. A case from which that is impossible becomes an error.
fn bless(result: Result<CaseResult, CaseError>) -> Result<CaseResult, CaseError> {
    let mut result = result?;
    match cases::bless(&result) {
        Ok(()) => {
            for call in &mut result.calls {
                call.differences.clear();
            }
            Ok(result)
        }
        Err(error) => Err(CaseError {
            path: result.path,
            error,
        }),
    }
}

/// The word before a case without differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passing {
    /// `ok`
    Ok,
    /// `blessed`
    Blessed,
}

struct Totals {
    passed: usize,
    failed: usize,
    /// Cases that could not run.
    errors: usize,
}

impl Totals {
    fn of(results: &[Result<CaseResult, CaseError>]) -> Totals {
        let errors = results.iter().filter(|result| result.is_err()).count();
        let failed = results.iter().flatten().filter(|case| !case.passed());
        let failed = failed.count();
        Totals {
            passed: results.len() - errors - failed,
            failed,
            errors,
        }
    }
}

/// Returns every result in order, then the totals.
pub(super) fn printed(
    results: &[Result<CaseResult, CaseError>],
    passing: Passing,
    took: Duration,
) -> Printed {
    let mut printed = Printed::default();
    for result in results {
        match result {
            Ok(case) => {
                printed.lines.extend(case_lines(case, passing));
                printed.events.push(case_event(case));
            }
            Err(CaseError { path, error }) => {
                printed.line(format!("ERROR    {}", path.display()));
                let error_lines = format!("{error:#}");
                printed
                    .lines
                    .extend(error_lines.lines().map(|line| format!("           {line}")));
                printed.events.push(json!({
                    "event": "case", "path": path, "state": "error", "error": format!("{error:#}"),
                }));
            }
        }
    }
    let Totals {
        passed,
        failed,
        errors,
    } = Totals::of(results);
    let cases = results.len();
    let ms = took.as_millis();
    printed.line(format!(
        "{cases} cases: {passed} passed, {failed} failed, {errors} could not run ({ms} ms)"
    ));
    printed.events.push(json!({
        "event": "tested", "cases": cases, "passed": passed, "failed": failed, "errors": errors,
    }));
    printed
}

fn case_lines(case: &CaseResult, passing: Passing) -> Vec<String> {
    let word = match (case.passed(), passing) {
        (false, _) => "FAIL",
        (true, Passing::Ok) => "ok",
        (true, Passing::Blessed) => "blessed",
    };
    let about = if case.about.is_empty() {
        String::new()
    } else {
        format!(": {}", gates::sanitise(&case.about, 200))
    };
    let mut lines = vec![format!("{word:<9}{}{about}", case.path.display())];
    let differences = case.differences().into_iter();
    lines.extend(differences.map(|difference| format!("           {difference}")));
    if let Some(last) = case.calls.last()
        && !last.replayed.unused.is_empty()
    {
        lines.push(format!(
            "           not requested: entry {}",
            rollout::listed(&last.replayed.unused)
        ));
    }
    lines
}

fn case_event(case: &CaseResult) -> Value {
    let calls: Vec<Value> = case.calls.iter().map(call_event).collect();
    json!({
        "event": "case",
        "path": case.path,
        "state": if case.passed() { "passed" } else { "failed" },
        "calls": calls,
    })
}

fn call_event(call: &CallResult) -> Value {
    let differences: Vec<Value> = call
        .differences
        .iter()
        .map(|d| json!({ "what": d.subject, "expected": d.expected, "got": d.got }))
        .collect();
    json!({
        "answer": call.replayed.answer,
        "requests": call.requests,
        "unused": call.replayed.unused,
        "differences": differences,
    })
}
