//! The conformance checks: what every gate must do, whatever it judges. Each check replays the gate against responses
//! that are made here; none opens a socket. Settings are the host's to check: a gate gets none that its schema refuses.
//! Returns results and prints nothing; read `check` for the output.

use std::time::Duration;

use gates::{
    Ask, ExchangeError, Gate, HttpResponse, Origins, Outcome, Readings, Recording, Repeats,
    ReplaySource, Replayed, RequestOrder, Seed, Services,
};
use rollout::{GateFailure, Kind, Verdict};

use super::due::{self, DueCalls};
use crate::assemble::ReadyGate;
use crate::store::recordings;

const STABLE: &str = "https://stable.example";
const CANARY: &str = "https://canary.example";

/// The result of one check.
#[derive(Debug)]
pub(super) struct CheckResult {
    /// What the gate must do.
    pub(super) check: String,
    /// What it does instead; `None` when the check passed.
    pub(super) problem: Option<String>,
    /// The number of different calls that were made for it.
    pub(super) calls: u32,
    /// The number of them that gave a verdict: a pass or a fail.
    pub(super) verdicts: u32,
}

/// Runs every check, for each kind of the gate. `recording` has responses that the gate knows how to judge.
///
/// # Errors
/// When a replay cannot be started.
pub(super) async fn check_all(
    ready: &ReadyGate,
    recording: Option<&Recording>,
) -> anyhow::Result<Vec<CheckResult>> {
    let mut results = vec![check_description(&ready.gate)];
    for kind in ready.kinds.clone() {
        results.push(decides(ready, kind, recording).await?);
        for situation in situations() {
            results.push(tolerates(ready, kind, &situation).await?);
        }
    }
    Ok(results)
}

fn decision(kind: Kind) -> String {
    format!("{kind}: gives a verdict where one is due")
}

/// Puts the gate into a world in which a verdict is due.
async fn decides(
    ready: &ReadyGate,
    kind: Kind,
    recording: Option<&Recording>,
) -> anyhow::Result<CheckResult> {
    let DueCalls {
        calls,
        verdicts,
        problem,
    } = due::calls(ready, kind, recording).await?;
    Ok(CheckResult {
        check: decision(kind),
        problem,
        calls,
        verdicts,
    })
}

fn toleration(kind: Kind, situation: &Situation) -> String {
    format!(
        "{kind}: tolerates {}, repeatably, with requests to declared origins only",
        situation.name
    )
}

/// Returns the names of the checks of one kind.
#[cfg(test)]
pub(super) fn names(kind: Kind) -> Vec<String> {
    let tolerations = situations().into_iter();
    let tolerations = tolerations.map(|situation| toleration(kind, &situation));
    std::iter::once(decision(kind)).chain(tolerations).collect()
}

fn check_description(gate: &Gate) -> CheckResult {
    CheckResult {
        check: "describes itself".to_owned(),
        problem: description_problem(gate),
        calls: 0,
        verdicts: 0,
    }
}

/// Returns the first problem of the gate's description.
fn description_problem(gate: &Gate) -> Option<String> {
    let description = gate.description();
    let fields = [
        ("version", &description.version),
        ("summary", &description.summary),
    ];
    let empty: Vec<&str> = fields
        .into_iter()
        .filter_map(|(name, text)| text.is_empty().then_some(name))
        .collect();
    if !empty.is_empty() {
        return Some(format!("empty: {}", empty.join(", ")));
    }
    let origins = Origins::parse(&description.origins);
    origins.err().map(|error| error.to_string())
}

/// One response, or failure, that a gate gets to every request of a call.
struct Situation {
    name: &'static str,
    outcome: Outcome,
    /// Whether a gate may pass on this outcome.
    may_pass: MayPass,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MayPass {
    Yes,
    No,
}

fn situations() -> Vec<Situation> {
    let no_answer = |name, error| Situation {
        name,
        outcome: Outcome::Failed {
            error,
            elapsed_ms: 1.0,
        },
        may_pass: MayPass::No,
    };
    let answer = |name, status, body: &[u8]| Situation {
        name,
        outcome: answered(status, body, Duration::from_millis(1)),
        may_pass: MayPass::Yes,
    };
    vec![
        Situation {
            name: "a response that comes an hour late",
            outcome: answered(200, b"{}", Duration::from_hours(1)),
            may_pass: MayPass::No,
        },
        no_answer(
            "a refused connection",
            ExchangeError::Unreachable("connection refused".to_owned()),
        ),
        no_answer(
            "a name that is not resolved",
            ExchangeError::Unresolved("no such name".to_owned()),
        ),
        no_answer(
            "a certificate that is not trusted",
            ExchangeError::Untrusted("unknown issuer".to_owned()),
        ),
        no_answer(
            "a denied request",
            ExchangeError::Denied("the origin is not allowed".to_owned()),
        ),
        no_answer(
            "an exhausted request budget",
            ExchangeError::Budget("no more requests".to_owned()),
        ),
        no_answer(
            "a body over the size limit",
            ExchangeError::TooLarge(4 << 20),
        ),
        answer("an empty body", 200, b""),
        answer("a huge body", 200, &vec![b' '; 4 << 20]),
        answer("a body that is not UTF-8", 200, &[0xff, 0xfe, 0x00, 0x80]),
        answer("malformed JSON", 200, b"[{\"a\": "),
        answer("status 204", 204, b""),
        answer("status 302", 302, b""),
        answer("status 404", 404, b"not found"),
        answer("status 500", 500, b"oops"),
    ]
}

fn answered(status: u16, body: &[u8], after: Duration) -> Outcome {
    Outcome::Answered(HttpResponse {
        status,
        headers: Vec::new(),
        body: body.to_vec(),
        elapsed_ms: after.as_secs_f64() * 1_000.0,
    })
}

/// Calls the gate once; every request gets the same outcome.
async fn call(ready: &ReadyGate, kind: Kind, outcome: Outcome) -> anyhow::Result<Replayed> {
    let mut ask = Ask::about(&ready.config.name, kind, STABLE, CANARY);
    ask.settings.clone_from(&ready.config.settings);
    let source = ReplaySource {
        entries: Vec::new(),
        recorded_at: ask.urls().map(str::to_owned),
        seed: Seed::from_text("check"),
        readings: Readings::default(),
        traffic: None,
        order: RequestOrder::Any,
        repeats: Repeats::Missed,
        otherwise: Some(outcome),
    };
    recordings::replay(&ready.gate, ask, source, Services::silent()).await
}

async fn tolerates(
    ready: &ReadyGate,
    kind: Kind,
    situation: &Situation,
) -> anyhow::Result<CheckResult> {
    let first = call(ready, kind, situation.outcome.clone()).await?;
    let second = call(ready, kind, situation.outcome.clone()).await?;
    let differs = first.answer != second.answer || first.entries != second.entries;
    let problem = answer_problem(&first, situation.may_pass)
        .or_else(|| differs.then(|| "two calls with the same responses differ".to_owned()))
        .or_else(|| undeclared_request(&ready.gate, &first));
    Ok(CheckResult {
        check: toleration(kind, situation),
        problem,
        calls: 1,
        verdicts: u32::from(due::gave_verdict(&first)),
    })
}

/// Returns what is wrong with an answer: a failure other than `err`, or a pass after requests without an answer.
fn answer_problem(replayed: &Replayed, may_pass: MayPass) -> Option<String> {
    match &replayed.answer.result {
        Err(GateFailure::Declined(_)) => None,
        Err(failure) => Some(failure.to_string()),
        Ok(report) => {
            let passed = report.verdict == Verdict::Pass;
            let asked = !replayed.entries.is_empty();
            (passed && asked && may_pass == MayPass::No)
                .then(|| format!("it passes without an answer: {}", report.reason))
        }
    }
}

/// Describes the first request that goes neither to a revision nor to an origin of the gate's description.
fn undeclared_request(gate: &Gate, replayed: &Replayed) -> Option<String> {
    let mut declared = gate.description().origins.clone();
    declared.extend([STABLE.to_owned(), CANARY.to_owned()]);
    let declared = Origins::parse(&declared).ok()?;
    let undeclared = replayed.entries.iter().find(|entry| {
        let url = url::Url::parse(&entry.url);
        url.is_ok_and(|url| !declared.grants(&url.origin().ascii_serialization()))
    });
    undeclared.map(|entry| {
        let url = gates::sanitise(&entry.url, 200);
        format!("it sends a request to {url}, which is not among the origins of its description")
    })
}
