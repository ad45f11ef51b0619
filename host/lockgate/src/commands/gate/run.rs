//! `lockgate gate run` and `gate record`: one live call, without a rollout.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use gates::{Recording, Secrets};
use rollout::ports::{Gates as _, Question};
use rollout::{GateAnswer, Inspection, Kind, Memory, Revision, Traffic};
use serde_json::json;

use super::one;
use crate::cli::{GateRecordArgs, GateRunArgs};
use crate::config::origin;
use crate::output::Output;
use crate::{assemble, store::recordings};

/// Asks one gate about a URL.
///
/// # Errors
/// When the component, its settings or a URL cannot be used.
pub(super) async fn run(args: &GateRunArgs, output: &Output) -> anyhow::Result<u8> {
    let (kind, answer, ..) = ask(args, output).await?;
    output.json(&json!({ "event": "answered", "kind": kind, "answer": answer }));
    one::tell(kind, &answer, output);
    Ok(one::code(&answer))
}

/// Asks one gate about a URL, and keeps what it saw.
///
/// # Errors
/// As for a run, and when the recording cannot be written.
pub(super) async fn record(args: &GateRecordArgs, output: &Output) -> anyhow::Result<u8> {
    let (kind, answer, recording, secrets) = ask(&args.run, output).await?;
    one::tell(kind, &answer, output);
    recordings::write(&args.out, &recording, &secrets)?;
    let count = recording.entries.len();
    output.json(&json!({
        "event": "recorded", "kind": kind, "answer": answer, "file": args.out, "entries": count,
    }));
    output.text(&format!(
        "recorded {count} exchanges in {}; put again by `lockgate gate replay {} {}`",
        args.out.display(),
        args.run.gate.plugin,
        args.out.display()
    ));
    Ok(one::code(&answer))
}

async fn ask(
    args: &GateRunArgs,
    output: &Output,
) -> anyhow::Result<(Kind, GateAnswer, Recording, Arc<Secrets>)> {
    let canary = origin("--canary", &args.canary)?;
    let stable = match &args.stable {
        Some(url) => origin("--stable", url)?,
        None => canary.clone(),
    };
    let host = assemble::host(args.gate.cache_dir.clone(), output)?;
    let ready = one::load(&host, args).await?;
    let kind = one::kind(&ready)?;
    let recorded: Arc<Mutex<Option<Recording>>> = Arc::default();
    let keep = recorded.clone();
    let set =
        assemble::gate_set(std::slice::from_ref(&ready), None, output)?.recorded_by(Arc::new(
            move |recording| *keep.lock().unwrap_or_else(PoisonError::into_inner) = Some(recording),
        ));
    let inspection = pretended(stable, canary);
    let answers = set
        .ask(Question {
            kind,
            gates: std::slice::from_ref(&ready.config.name),
            run: "gate-run",
            inspection: &inspection,
            stage: 0,
            stages: 1,
            weight: 0,
            next_weight: 100,
            asked: 1,
            memory: &Memory::default(),
        })
        .await;
    let answer = answers.into_iter().next();
    let answer = answer.context("the gate was not asked")?;
    let recording = recorded
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    let recording = recording.with_context(|| match &answer.result {
        Err(failure) => failure.to_string(),
        Ok(_) => "the call was not recorded".to_owned(),
    })?;
    Ok((kind, answer, recording, ready.secrets))
}

fn pretended(stable: String, canary: String) -> Inspection {
    let revision = |name: &str, url: String| Revision {
        name: name.to_owned(),
        url,
        image: String::new(),
    };
    Inspection {
        app: "none".to_owned(),
        stable: revision("stable", stable),
        canary: revision("canary", canary),
        baseline: Traffic::default(),
        now: Traffic::default(),
        lease: None,
        stable_unfit: None,
    }
}
