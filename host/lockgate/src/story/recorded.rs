//! What the recordings of a process add to its story: the exchanges of each call, and the platform's counts that gates read.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use gates::{Exchange, Outcome, Slice};
use jiff::Timestamp;
use rollout::Kind;

use super::model::{Point, Process, ShownExchange, What};
use crate::parallel::map_in_parallel;
use crate::store::recordings;

/// The most exchanges that are shown of one call.
const EXCHANGES_MAX: usize = 8;
/// The most characters that are shown of a body.
const BODY_MAX: usize = 300;
/// The most exchanges that are shown of a process: a page has to stay small.
const ALL_EXCHANGES_MAX: usize = 400;

/// What a story takes of one recording: little, so that many can be in memory.
struct Taken {
    file: String,
    gate: String,
    kind: Kind,
    /// The reason of the answer, or why there is none.
    reason: String,
    exchanges: Vec<ShownExchange>,
    slices: Vec<Slice>,
}

/// Adds what the recordings in a folder hold. One that cannot be read is left out.
pub(super) fn add(process: &mut Process, folder: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "har"));
    paths.sort();
    // Where no thread can be started, the story has no recordings.
    let taken = map_in_parallel(&paths, async |path: &PathBuf| take(path)).unwrap_or_default();
    let mut slices: Vec<Slice> = Vec::new();
    let mut waiting = waiting(process);
    let mut shown = 0;
    for taken in taken.into_iter().flatten() {
        for slice in taken.slices {
            // Each counts once, however many calls have read it.
            if slices
                .last()
                .is_none_or(|last| last.start_s < slice.start_s)
            {
                slices.push(slice);
            }
        }
        let key = (taken.gate, taken.kind, taken.reason);
        let Some(place) = waiting.get_mut(&key).and_then(VecDeque::pop_front) else {
            continue;
        };
        let What::Verdict(verdict) = &mut process.happened[place].what else {
            continue;
        };
        verdict.recording = Some(format!("recordings/{}", taken.file));
        if shown < ALL_EXCHANGES_MAX {
            shown += taken.exchanges.len();
            verdict.exchanges = taken.exchanges;
        }
    }
    let began = process
        .began
        .parse::<Timestamp>()
        .map_or(0, Timestamp::as_millisecond);
    let points = slices
        .iter()
        .flat_map(|slice| of_slice(process, slice, began));
    let points: Vec<Point> = points.collect();
    process.points.extend(points);
}

/// Returns where the answers of a process are among what happened, by gate, kind and reason, in their order.
fn waiting(process: &Process) -> BTreeMap<(String, Kind, String), VecDeque<usize>> {
    let mut waiting: BTreeMap<_, VecDeque<usize>> = BTreeMap::new();
    for (place, happened) in process.happened.iter().enumerate() {
        if let What::Verdict(verdict) = &happened.what {
            let key = (verdict.gate.clone(), verdict.kind, verdict.reason.clone());
            waiting.entry(key).or_default().push_back(place);
        }
    }
    waiting
}

/// Reads a recording; `None` where it cannot be read, or is of no call.
fn take(path: &Path) -> Option<Taken> {
    let recording = recordings::read(path).ok()?;
    let call = recording.call.as_ref()?;
    let readings = call.readings.slices.iter();
    let name = path.file_name().unwrap_or_default();
    Some(Taken {
        file: name.to_string_lossy().into_owned(),
        gate: call.ask.gate.clone(),
        kind: call.ask.kind,
        reason: match &call.result {
            Ok(report) => report.reason.clone(),
            Err(failure) => failure.to_string(),
        },
        exchanges: (recording.entries.iter().take(EXCHANGES_MAX))
            .map(exchange)
            .collect(),
        slices: readings
            .flat_map(|reading| reading.result.iter().flatten().cloned())
            .collect(),
    })
}

fn exchange(exchange: &Exchange) -> ShownExchange {
    let (answer, took_ms, body) = match &exchange.outcome {
        Outcome::Answered(response) => {
            let text = std::str::from_utf8(&response.body).ok();
            let body = text.map(|text| gates::sanitise(text, BODY_MAX));
            (response.status.to_string(), Some(response.elapsed_ms), body)
        }
        Outcome::Failed { error, .. } => (error.to_string(), None, None),
        Outcome::Unfinished => ("no response: the call ended first".to_owned(), None, None),
        Outcome::NotRecorded(_) => ("its response is not recorded".to_owned(), None, None),
    };
    ShownExchange {
        method: gates::sanitise(&exchange.method, 20),
        url: gates::sanitise(&exchange.url, 300),
        answer: gates::sanitise(&answer, 200),
        took_ms,
        body: body.filter(|body| !body.is_empty()),
    }
}

/// Returns the canary's share of the requests of a slice, and the share of errors of each revision.
fn of_slice(process: &Process, slice: &Slice, began: i64) -> Vec<Point> {
    let (Some(stable), Some(canary)) = (&process.stable, &process.canary) else {
        return Vec::new();
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a time in milliseconds fits for 290 million years"
    )]
    let at = (slice.end_s * 1_000.0) as i64 - began;
    let Ok(at_ms) = u64::try_from(at) else {
        return Vec::new();
    };
    let sum = |revision: &str, class: Option<&str>| -> f64 {
        let counts = slice
            .counts
            .iter()
            .filter(|count| count.revision == revision);
        let counts = counts.filter(|count| class.is_none_or(|class| count.status_class == class));
        counts.map(|count| count.requests).sum()
    };
    let point = |name: &str, subject: &str, value: f64| Point {
        at_ms,
        name: name.to_owned(),
        subject: subject.to_owned(),
        value,
        from: "platform".to_owned(),
    };
    let mut points = Vec::new();
    let [of_stable, of_canary] = [&stable.name, &canary.name].map(|name| sum(name, None));
    if of_stable + of_canary > 0.0 {
        points.push(point(
            "share",
            "canary",
            of_canary * 100.0 / (of_stable + of_canary),
        ));
    }
    for (role, name, all) in [
        ("stable", &stable.name, of_stable),
        ("canary", &canary.name, of_canary),
    ] {
        if all > 0.0 {
            points.push(point("errors", role, sum(name, Some("5xx")) * 100.0 / all));
        }
    }
    points
}
