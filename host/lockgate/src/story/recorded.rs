//! What the recordings of a process add to its story: the exchanges of each call, and the platform's counts that gates read.

use std::path::{Path, PathBuf};

use gates::{Exchange, Outcome, RecordedCall, Slice};
use jiff::Timestamp;

use super::model::{Point, Process, ShownExchange, Verdict, What};
use crate::store::recordings;

/// The most exchanges that are shown of one call.
const EXCHANGES_MAX: usize = 8;
/// The most characters that are shown of a body.
const BODY_MAX: usize = 300;
/// The most exchanges that are shown of a process: a page has to stay small.
const ALL_EXCHANGES_MAX: usize = 400;

/// Adds what the recordings in a folder hold. One that cannot be read is left out.
pub(super) fn add(process: &mut Process, folder: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "har"));
    paths.sort();
    let began = process
        .began
        .parse::<Timestamp>()
        .map_or(0, Timestamp::as_millisecond);
    let mut shown = 0;
    let mut slices: Vec<Slice> = Vec::new();
    for path in paths {
        let Ok(recording) = recordings::read(&path) else {
            continue;
        };
        let Some(call) = &recording.call else {
            continue;
        };
        for reading in call
            .readings
            .slices
            .iter()
            .flat_map(|reading| &reading.result)
        {
            // Each slice counts once, however many calls have read it.
            let new = reading
                .iter()
                .filter(|slice| slices.iter().all(|known| known.start_s < slice.start_s));
            let new: Vec<Slice> = new.cloned().collect();
            slices.extend(new);
        }
        let Some(verdict) = verdict_of(process, call) else {
            continue;
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        verdict.recording = Some(format!("recordings/{name}"));
        if shown < ALL_EXCHANGES_MAX {
            let exchanges = recording.entries.iter().take(EXCHANGES_MAX);
            verdict.exchanges = exchanges.map(exchange).collect();
            shown += verdict.exchanges.len();
        }
    }
    let points = slices
        .iter()
        .flat_map(|slice| of_slice(process, slice, began));
    let points: Vec<Point> = points.collect();
    process.points.extend(points);
}

/// Returns the first verdict without a recording that this call has given.
fn verdict_of<'a>(process: &'a mut Process, call: &RecordedCall) -> Option<&'a mut Verdict> {
    let reason = match &call.result {
        Ok(report) => report.reason.clone(),
        Err(failure) => failure.to_string(),
    };
    process
        .happened
        .iter_mut()
        .find_map(|happened| match &mut happened.what {
            What::Verdict(verdict)
                if verdict.recording.is_none()
                    && verdict.gate == call.ask.gate
                    && verdict.kind == call.ask.kind
                    && verdict.reason == reason =>
            {
                Some(verdict)
            }
            _ => None,
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
