//! `lockgate gate test`: every case below a folder, as a table.

use std::time::Instant;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::cases::{self, CaseError, Verdict};
use crate::cli::GateTestArgs;
use crate::output::Output;
use crate::{assemble, exit};

/// Runs the cases.
///
/// # Errors
/// When there is none, or the results cannot be written.
pub(super) async fn test(args: &GateTestArgs, output: &Output) -> anyhow::Result<u8> {
    let began = Instant::now();
    let paths = cases::find(&args.path)?;
    let mut broken = Vec::new();
    let mut read = Vec::new();
    for path in &paths {
        match cases::read(path) {
            Ok(case) => read.push(case),
            Err(error) => broken.push(Err(error)),
        }
    }
    let host = assemble::host(args.cache_dir.clone(), output)?;
    let mut results = cases::run(&host, &read).await?;
    results.extend(broken);
    if args.bless {
        results = bless(results);
    }
    for result in &results {
        show(result, args.bless, output);
    }
    if let Some(path) = &args.junit {
        std::fs::write(path, cases::junit(&results)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    let count = |is: fn(&Result<Verdict, CaseError>) -> bool| {
        results.iter().filter(|result| is(result)).count()
    };
    let errors = count(|result| result.is_err());
    let failed = count(|result| result.as_ref().is_ok_and(|v| !v.differences.is_empty()));
    let passed = results.len() - errors - failed;
    let ms = began.elapsed().as_millis();
    output.text(&format!(
        "{} cases: {passed} as expected, {failed} not, {errors} cannot be run ({ms} ms)",
        results.len()
    ));
    output.json(&json!({
        "event": "tested", "cases": results.len(), "as-expected": passed, "not": failed, "cannot-be-run": errors,
    }));
    Ok(match (errors, failed) {
        (0, 0) => exit::PROMOTED,
        (0, _) => exit::NOT_AS_EXPECTED,
        _ => exit::USAGE,
    })
}

/// Makes what happened what is expected, where something can be learned from it.
fn bless(results: Vec<Result<Verdict, CaseError>>) -> Vec<Result<Verdict, CaseError>> {
    let blessed = |result: Result<Verdict, CaseError>| {
        let mut verdict = result?;
        match cases::bless(&verdict) {
            Ok(()) => {
                verdict.differences.clear();
                Ok(verdict)
            }
            Err(error) => Err(CaseError {
                path: verdict.path,
                error,
            }),
        }
    };
    results.into_iter().map(blessed).collect()
}

fn show(result: &Result<Verdict, CaseError>, blessed: bool, output: &Output) {
    match result {
        Err(CaseError { path, error }) => {
            output.text(&format!("ERROR    {}", path.display()));
            output.text(&format!("           {error:#}"));
            output.json(&json!({
                "event": "case", "path": path, "state": "cannot-be-run", "error": format!("{error:#}"),
            }));
        }
        Ok(verdict) => {
            let word = match (verdict.differences.is_empty(), blessed) {
                (true, true) => "blessed",
                (true, false) => "ok",
                (false, _) => "FAIL",
            };
            let about = match verdict.about.is_empty() {
                true => String::new(),
                false => format!(": {}", gates::sanitise(&verdict.about, 200)),
            };
            output.text(&format!("{word:<9}{}{about}", verdict.path.display()));
            for difference in &verdict.differences {
                output.text(&format!("           {difference}"));
            }
            if let Some(left) = unused(verdict) {
                output.text(&format!("           never asked for: entry {left}"));
            }
            output.json(&as_json(verdict));
        }
    }
}

fn unused(verdict: &Verdict) -> Option<String> {
    let left: Vec<String> = verdict
        .replayed
        .unused
        .iter()
        .map(usize::to_string)
        .collect();
    (!left.is_empty()).then(|| left.join(", "))
}

fn as_json(verdict: &Verdict) -> Value {
    let differences: Vec<Value> = verdict
        .differences
        .iter()
        .map(|d| json!({ "what": d.what, "expected": d.expected, "got": d.got }))
        .collect();
    json!({
        "event": "case",
        "path": verdict.path,
        "state": if verdict.differences.is_empty() { "as-expected" } else { "not" },
        "answer": verdict.replayed.answer,
        "requests": verdict.requests,
        "unused": verdict.replayed.unused,
        "differences": differences,
    })
}
