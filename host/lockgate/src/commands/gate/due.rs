//! A world in which a verdict is due: every request is answered, the platform has counted both revisions for a day, every
//! health check has passed, and time goes on from call to call. A gate that gives no verdict there gives none anywhere.

use gates::{
    Ask, Count, HttpResponse, Outcome, Readings, Recording, Repeats, ReplaySource, Replayed,
    RequestOrder, Seed, Services, Slice, StandingTraffic,
};
use rollout::{Kind, Report, Verdict};

use crate::assemble::ReadyGate;
use crate::store::recordings;

/// How often the gate is asked before it is given up.
const CALLS: u32 = 10;
/// The time between two calls, in seconds: one slice of the platform.
const PAUSE_S: f64 = 60.0;
/// The platform's slices: a day of minutes.
const SLICES: u32 = 1_440;
/// The requests to each revision in a slice.
const REQUESTS: f64 = 1_000.0;

/// What the calls came to.
pub(super) struct DueCalls {
    /// The number of calls.
    pub(super) calls: u32,
    /// The number of them that gave a verdict: 0 or 1, since the first one ends them.
    pub(super) verdicts: u32,
    /// What is wrong; `None` when a verdict was given.
    pub(super) problem: Option<String>,
}

/// Calls the gate until it passes or fails. `recording` has responses that it knows how to judge; without one every request
/// gets status 200 and a small JSON object.
///
/// # Errors
/// When a replay cannot be started.
pub(super) async fn calls(
    ready: &ReadyGate,
    kind: Kind,
    recording: Option<&Recording>,
) -> anyhow::Result<DueCalls> {
    let mut ask = question(ready, kind, recording);
    let mut last = String::new();
    for calls in 1..=CALLS {
        let source = source(&ask, recording);
        let replayed = recordings::replay(&ready.gate, ask.clone(), source, Services::silent());
        let replayed = replayed.await?;
        if gave_verdict(&replayed) {
            return Ok(DueCalls {
                calls,
                verdicts: 1,
                problem: None,
            });
        }
        last = match (replayed.misses.first(), replayed.answer.result) {
            (Some(miss), _) => miss.to_string(),
            (None, Err(failure)) => failure.to_string(),
            (None, Ok(report)) => {
                ask.state = report.state;
                format!("{}: {}", report.verdict.word(), report.reason)
            }
        };
        ask.asked += 1;
        ask.now_s += PAUSE_S;
    }
    let help = match recording {
        Some(_) => "the recording may not be of a call that this gate makes",
        None => "give the responses that it judges with --recording FILE",
    };
    Ok(DueCalls {
        calls: CALLS,
        verdicts: 0,
        problem: Some(format!(
            "none of {CALLS} calls in a row gave a verdict; the last one: {last}; {help}"
        )),
    })
}

/// Returns whether a call passed or failed, and missed nothing.
pub(super) fn gave_verdict(replayed: &Replayed) -> bool {
    let result = replayed.answer.result.as_ref();
    replayed.misses.is_empty()
        && result.is_ok_and(|report| !matches!(report.verdict, Verdict::Hold { .. }))
}

fn question(ready: &ReadyGate, kind: Kind, recording: Option<&Recording>) -> Ask {
    let recorded = recording.and_then(|recording| recording.call.as_ref());
    let mut ask = match recorded {
        Some(call) => call.ask.clone(),
        None => {
            let stable = "https://stable.example";
            let canary = "https://canary.example";
            let mut ask = Ask::about(&ready.config.name, kind, stable, canary);
            ask.weight = 10;
            ask.stage = 1;
            ask.stages = 2;
            ask.now_s += PAUSE_S * f64::from(SLICES);
            ask
        }
    };
    ask.kind = kind;
    ask.settings.clone_from(&ready.config.settings);
    if kind == Kind::PromotionGate {
        let healthy = Report {
            verdict: Verdict::Pass,
            reason: "it is healthy".to_owned(),
            measurements: Vec::new(),
            state: Vec::new(),
        };
        ask.reports
            .entry("http-health".to_owned())
            .or_insert(healthy);
    }
    ask
}

fn source(ask: &Ask, recording: Option<&Recording>) -> ReplaySource {
    let fine = Outcome::Answered(HttpResponse {
        status: 200,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: br#"{"status":"ok"}"#.to_vec(),
        elapsed_ms: 1.0,
    });
    let mut source = match recording {
        Some(recording) => ReplaySource::of(recording),
        None => ReplaySource {
            entries: Vec::new(),
            recorded_at: ask.urls().map(str::to_owned),
            seed: Seed::from_text("check"),
            readings: Readings::default(),
            traffic: None,
            order: RequestOrder::Any,
            repeats: Repeats::Missed,
            otherwise: Some(fine),
        },
    };
    source.traffic = Some(traffic(ask));
    source
}

/// Returns the newest minutes before the question, in which both revisions answered well.
fn traffic(ask: &Ask) -> StandingTraffic {
    let end = (ask.now_s / PAUSE_S).floor() * PAUSE_S;
    let count = |revision: &str| Count {
        revision: revision.to_owned(),
        status_class: "2xx".to_owned(),
        requests: REQUESTS,
    };
    let slice = |newer: u32| {
        let end_s = end - PAUSE_S * f64::from(newer);
        Slice {
            start_s: end_s - PAUSE_S,
            end_s,
            counts: vec![count(&ask.stable.name), count(&ask.canary.name)],
        }
    };
    Ok((0..SLICES).rev().map(slice).collect())
}
