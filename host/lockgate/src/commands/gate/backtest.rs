//! `lockgate gate backtest`: replays the recorded calls of past runs with a changed gate, compares each answer with
//! the recorded one, and says when the gate would have stopped each run. Opens no socket. Read `chain` for what is
//! carried from one call to the next, `flip` for what a changed answer means, `store::past_runs` for the runs.

mod chain;
pub(super) mod stop;

use anyhow::bail;
use gates::{RecordedCall, Repeats, ReplaySource};
use rollout::GateFailure;

use self::chain::{Chain, PastCall};
use super::flip::{self, Comparison, Flip};
use super::gate_from_flags;
use crate::assemble::{self, Reach, ReadyGate};
use crate::cli::GateBacktestArgs;
use crate::exit::Exit;
use crate::output::Output;
use crate::parallel::map_in_parallel;
use crate::store::past_runs::{self, PastRun};

/// Replays all recorded calls of one gate. Returns 0 when every answer agrees with the recorded one, else 1.
///
/// # Errors
/// When the gate cannot be used, or no past run called it.
pub(super) async fn backtest(args: &GateBacktestArgs, output: &Output) -> anyhow::Result<Exit> {
    let loader = assemble::loader(args.gate.cache_dir.clone(), Reach::ThisMachine, output)?;
    let ready = gate_from_flags::load_offline(&loader, &args.gate, None).await?;
    let past = past_runs::read(&args.runs)?;
    for problem in &past.problems {
        output.note(&format!("left out: {problem:#}"));
    }
    let (calls, refused) = recorded_calls(&past.runs, args, &ready);
    for refusal in &refused {
        output.note(refusal);
    }
    if calls.is_empty() && !refused.is_empty() {
        bail!("every recorded call is left out; give settings that the gate takes with --settings");
    }
    if calls.is_empty() {
        let component = &ready.gate.description().name;
        bail!(
            "none of {} runs called {}; name the gate as it is configured with --name",
            past.runs.len(),
            args.name.as_deref().unwrap_or(component)
        );
    }
    let chains = chain::chains(calls);
    let replayed = map_in_parallel(&chains, async |chain: &Chain<'_>| {
        chain.replay(&ready.gate).await
    })?;
    let stops: Vec<_> = chains
        .iter()
        .zip(&replayed)
        .map(|(chain, comparisons)| stop::of_run(chain, comparisons))
        .collect();
    let comparisons: Vec<Comparison> = replayed.into_iter().flatten().collect();
    stop::printed(&stops).print(output);
    flip::printed(&comparisons, past.runs.len()).print(output);
    let agreed = |comparison: &Comparison| comparison.flip() == Flip::Agreed;
    if comparisons.iter().all(agreed) {
        Ok(Exit::Success)
    } else {
        Ok(Exit::NotAsExpected)
    }
}

/// Returns the calls of the gate with the configured name that was asked for; without a name, the calls of this component.
/// Beside them, why a call is left out: its settings, which the gate does not take any more.
fn recorded_calls<'a>(
    runs: &'a [PastRun],
    args: &GateBacktestArgs,
    ready: &ReadyGate,
) -> (Vec<PastCall<'a>>, Vec<String>) {
    let component = &ready.gate.description().name;
    let is_of_gate = |recorded: &RecordedCall| match &args.name {
        Some(name) => recorded.ask.gate == *name,
        None => recorded.component.name == *component,
    };
    // A call that was stopped has no answer to compare with.
    let is_wanted = |recorded: &RecordedCall| {
        let was_stopped = matches!(recorded.result, Err(GateFailure::NotWaitedFor { .. }));
        is_of_gate(recorded) && !was_stopped
    };
    let settings_of = |recorded: &RecordedCall| match args.gate.settings {
        Some(_) => Ok(ready.config.settings.clone()),
        None => ready.gate.complete_settings(&recorded.ask.settings),
    };
    let repeats = if args.repeat {
        Repeats::AnsweredAgain
    } else {
        Repeats::Missed
    };
    let (mut calls, mut refused) = (Vec::new(), Vec::new());
    for run in runs {
        for file in &run.recordings {
            let recorded = file.recording.call.as_ref();
            let Some(recorded) = recorded.filter(|recorded| is_wanted(recorded)) else {
                continue;
            };
            match settings_of(recorded) {
                Ok(settings) => calls.push(PastCall {
                    run,
                    file: &file.path,
                    recorded,
                    source: ReplaySource {
                        repeats,
                        ..ReplaySource::of(&file.recording)
                    },
                    settings,
                }),
                Err(error) => refused.push(format!(
                    "left out: {}: the gate refuses its settings: {error}; give others with --settings",
                    file.path.display()
                )),
            }
        }
    }
    (calls, refused)
}
