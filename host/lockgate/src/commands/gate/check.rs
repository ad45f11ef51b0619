//! `lockgate gate check`: runs the conformance checks of `conformance` on one gate and shows which of them failed.

use serde_json::json;

use super::conformance::{self, CheckResult};
use super::gate_from_flags;
use super::printed::Printed;
use crate::assemble::{self, Reach};
use crate::cli::GateCheckArgs;
use crate::exit::Exit;
use crate::output::Output;
use crate::store::recordings;

/// Checks a gate. Returns 0 when every check passed, else 1.
///
/// # Errors
/// When the recording cannot be read, the gate cannot be loaded, or the settings break its schema.
pub(super) async fn check(args: &GateCheckArgs, output: &Output) -> anyhow::Result<Exit> {
    let recording = args.recording.as_deref().map(recordings::read);
    let recording = recording.transpose()?;
    let call = recording
        .as_ref()
        .and_then(|recording| recording.call.as_ref());
    let settings = call.map(|call| &call.ask.settings);
    let loader = assemble::loader(args.gate.cache_dir.clone(), Reach::ThisMachine, output)?;
    let ready = gate_from_flags::load_offline(&loader, &args.gate, settings).await?;
    let results = conformance::check_all(&ready, recording.as_ref()).await?;
    printed(&results).print(output);
    if results.iter().all(|result| result.problem.is_none()) {
        Ok(Exit::Success)
    } else {
        Ok(Exit::NotAsExpected)
    }
}

/// Returns the checks as a list, then the totals.
pub(super) fn printed(results: &[CheckResult]) -> Printed {
    let mut printed = Printed::default();
    let mut failed = 0;
    let (mut calls, mut verdicts) = (0, 0);
    for result in results {
        let CheckResult { check, problem, .. } = result;
        calls += result.calls;
        verdicts += result.verdicts;
        match problem {
            None => printed.line(format!("ok    {check}")),
            Some(problem) => {
                failed += 1;
                printed.line(format!("FAIL  {check}: {problem}"));
            }
        }
        printed
            .events
            .push(json!({ "event": "conformance-checked", "check": check, "problem": problem }));
    }
    printed.line(format!("{verdicts} of {calls} calls gave a verdict"));
    printed.line(format!("{} checks, {failed} failed", results.len()));
    printed
        .events
        .push(json!({
            "event": "conformance", "checks": results.len(), "failed": failed, "calls": calls, "verdicts": verdicts,
        }));
    printed
}
