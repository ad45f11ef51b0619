//! `lockgate gate check`: what every gate must do, whatever it is about. A kit for authors.

use std::time::Duration;

use gates::{
    Ask, ExchangeError, Gate, HttpResponse, Origins, Outcome, Readings, ReplaySource, Replayed,
    RequestOrder, Seed, Services,
};
use rollout::{GateFailure, Kind, Verdict};
use serde_json::{Value, json};

use super::one;
use crate::assemble::{self, ReadyGate};
use crate::cli::GateCheckArgs;
use crate::output::Output;
use crate::{exit, store::recordings};

const STABLE: &str = "https://stable.example";
const CANARY: &str = "https://canary.example";

/// One thing that was looked at.
struct Finding {
    what: String,
    /// What is wrong.
    wrong: Option<String>,
}

/// Checks a gate.
///
/// # Errors
/// When it cannot be loaded or the given settings break its schema.
pub(super) async fn check(args: &GateCheckArgs, output: &Output) -> anyhow::Result<u8> {
    let host = assemble::host(args.gate.cache_dir.clone(), output)?;
    let ready = one::load_offline(&host, &args.gate, None).await?;
    let mut findings = vec![description(&ready.gate)];
    for kind in ready.kinds.clone() {
        findings.push(bad_settings(&ready, kind).await?);
        for (what, outcome) in worlds() {
            findings.push(bears(&ready, kind, what, outcome).await?);
        }
    }
    let mut wrong = 0;
    for Finding { what, wrong: found } in &findings {
        match found {
            None => output.text(&format!("ok    {what}")),
            Some(found) => {
                wrong += 1;
                output.text(&format!("FAIL  {what}: {found}"));
            }
        }
        output.json(&json!({ "event": "checked", "what": what, "wrong": found }));
    }
    output.text(&format!("{} checks, {wrong} failed", findings.len()));
    output.json(&json!({ "event": "conformance", "checks": findings.len(), "failed": wrong }));
    Ok(match wrong {
        0 => exit::PROMOTED,
        _ => exit::NOT_AS_EXPECTED,
    })
}

fn description(gate: &Gate) -> Finding {
    let about = gate.description();
    let missing: Vec<&str> = [("version", &about.version), ("summary", &about.summary)]
        .into_iter()
        .filter_map(|(name, text)| text.is_empty().then_some(name))
        .collect();
    let closed = about.settings.get("additionalProperties") == Some(&Value::Bool(false));
    let bad_origin = Origins::parse(&about.origins).err();
    let wrong = match (missing.is_empty(), closed, bad_origin) {
        (false, ..) => Some(format!("its {} is empty", missing.join(" and its "))),
        (_, false, _) => Some(
            "its settings schema lets unknown keys pass, so that a misspelt one is not noticed; set \
             \"additionalProperties\": false"
                .to_owned(),
        ),
        (.., Some(error)) => Some(error.to_string()),
        _ => None,
    };
    Finding {
        what: "describes itself".to_owned(),
        wrong,
    }
}

/// What the world may be like.
fn worlds() -> Vec<(&'static str, Outcome)> {
    let answer = |status: u16, body: &[u8], after: Duration| {
        Outcome::Answered(HttpResponse {
            status,
            headers: Vec::new(),
            body: body.to_vec(),
            elapsed_ms: after.as_secs_f64() * 1_000.0,
        })
    };
    let failed = |error: ExchangeError| Outcome::Failed {
        error,
        elapsed_ms: 1.0,
    };
    let soon = Duration::from_millis(1);
    vec![
        (
            "nobody who answers in time",
            answer(200, b"{}", Duration::from_hours(1)),
        ),
        (
            "a refused connection",
            failed(ExchangeError::Unreachable("connection refused".to_owned())),
        ),
        (
            "a denied request",
            failed(ExchangeError::Denied("as an operator may".to_owned())),
        ),
        (
            "a budget that is used up",
            failed(ExchangeError::Budget("no more requests".to_owned())),
        ),
        (
            "a body that is too large",
            failed(ExchangeError::TooLarge(4 << 20)),
        ),
        ("an empty body", answer(200, b"", soon)),
        ("a huge body", answer(200, &vec![b' '; 4 << 20], soon)),
        (
            "a body that is not UTF-8",
            answer(200, &[0xff, 0xfe, 0x00, 0x80], soon),
        ),
        (
            "a body that is not what it should be",
            answer(200, b"[{\"a\": ", soon),
        ),
        ("status 204", answer(204, b"", soon)),
        ("status 302", answer(302, b"", soon)),
        ("status 404", answer(404, b"not found", soon)),
        ("status 500", answer(500, b"oops", soon)),
    ]
}

async fn asked(
    ready: &ReadyGate,
    kind: Kind,
    settings: &Value,
    outcome: Outcome,
) -> anyhow::Result<Replayed> {
    let mut ask = Ask::about(&ready.config.name, kind, STABLE, CANARY);
    ask.settings.clone_from(settings);
    let world = ReplaySource {
        entries: Vec::new(),
        recorded_at: ask.urls().map(str::to_owned),
        seed: Seed::from_text("check"),
        readings: Readings::default(),
        order: RequestOrder::Any,
        otherwise: Some(outcome),
    };
    recordings::replay(&ready.gate, ask, world, Services::silent()).await
}

async fn bad_settings(ready: &ReadyGate, kind: Kind) -> anyhow::Result<Finding> {
    let what = format!("{kind}: refuses settings that it does not know, with err");
    let bad = json!({ "no-such-setting": [1, 2, 3] });
    if ready.gate.check_settings(&bad).is_ok() {
        let wrong = Some("its schema lets {\"no-such-setting\": [1,2,3]} pass".to_owned());
        return Ok(Finding { what, wrong });
    }
    let (_, good) = worlds().swap_remove(5);
    let replayed = asked(ready, kind, &bad, good).await?;
    let wrong = match replayed.answer.result {
        Err(GateFailure::Declined(_)) => None,
        Err(failure) => Some(format!("expected err, got: {failure}")),
        Ok(report) => Some(format!(
            "expected err, got {}: {}",
            report.verdict.word(),
            report.reason
        )),
    };
    Ok(Finding { what, wrong })
}

async fn bears(
    ready: &ReadyGate,
    kind: Kind,
    world: &str,
    outcome: Outcome,
) -> anyhow::Result<Finding> {
    let settings = &ready.config.settings;
    let is_answer = matches!(outcome, Outcome::Answered(_)) && !world.contains("in time");
    let first = asked(ready, kind, settings, outcome.clone()).await?;
    let second = asked(ready, kind, settings, outcome).await?;
    let answers = match &first.answer.result {
        Err(GateFailure::Declined(_)) => None,
        Err(failure) => Some(failure.to_string()),
        Ok(report)
            if report.verdict == Verdict::Pass && !first.entries.is_empty() && !is_answer =>
        {
            Some(format!(
                "it passes though it got no answer: {}",
                report.reason
            ))
        }
        Ok(_) => None,
    };
    let differs = first.answer != second.answer || first.entries != second.entries;
    let repeats = differs.then(|| "two calls in the same world differ".to_owned());
    Ok(Finding {
        what: format!("{kind}: bears {world}; says the same twice, asks nobody else"),
        wrong: answers.or(repeats).or_else(|| strays(&ready.gate, &first)),
    })
}

/// Returns the first request that goes neither to a revision nor to what the gate says it wants to reach.
fn strays(gate: &Gate, replayed: &Replayed) -> Option<String> {
    let mut known = gate.description().origins.clone();
    known.extend([STABLE.to_owned(), CANARY.to_owned()]);
    let known = Origins::parse(&known).ok()?;
    let stray = replayed.entries.iter().find(|entry| {
        let origin = url::Url::parse(&entry.url);
        origin.is_ok_and(|url| !known.grants(&url.origin().ascii_serialization()))
    });
    stray.map(|entry| {
        let url = gates::sanitise(&entry.url, 200);
        format!("it asks {url}, which its description does not name under origins")
    })
}
