//! Explains a request that is not in the recording: finds the most similar entry and describes the differences.

use std::fmt;

use super::request_key::RequestKey;
use super::source::RequestOrder;
use crate::call::sanitise::sanitise;

/// The most of a URL or a body that is compared and shown, in characters.
const SHOWN_CHARS_MAX: usize = 200;
/// The most entries that are compared; a hostile recording may have many more.
const COMPARED_MAX: usize = 1_000;

/// The recorded entry that is most similar to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    /// The index of the entry, from 0.
    pub entry: usize,
    /// Method and URL of the entry.
    pub line: String,
    /// The differences between the entry and the request, in words.
    pub difference: String,
}

impl fmt::Display for Nearest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Nearest {
            entry,
            line,
            difference,
        } = self;
        write!(f, "the nearest is entry {entry}, {line}: {difference}")
    }
}

/// The entries among which the nearest is looked for.
#[derive(Clone, Copy)]
pub(super) struct Candidates<'a> {
    pub(super) keys: &'a [RequestKey],
    /// For each key, whether its entry has answered a request.
    pub(super) used: &'a [bool],
    pub(super) order: RequestOrder,
}

/// Returns the nearest entry: the next one if the order matters; else the most similar, unused before used.
pub(super) fn find(request: &RequestKey, candidates: Candidates<'_>) -> Option<Nearest> {
    let Candidates { keys, used, order } = candidates;
    let nearest = match order {
        RequestOrder::Recorded => used.iter().position(|used| !used),
        RequestOrder::Any => (0..keys.len().min(COMPARED_MAX))
            .min_by_key(|index| (distance(request, &keys[*index]), used[*index])),
    };
    let entry = nearest?;
    let recorded = &keys[entry];
    Some(Nearest {
        entry,
        line: sanitise(&recorded.line(), SHOWN_CHARS_MAX),
        difference: difference(request, recorded).unwrap_or_else(|| {
            let same = if used[entry] {
                "it is used up: asked more often than recorded (its answer is given again with --repeat, or by `times` in a case)"
            } else {
                "it comes later in the recording"
            };
            same.to_owned()
        }),
    })
}

/// Returns how much two requests differ: twice the edits between their lines, plus one if the bodies differ.
fn distance(request: &RequestKey, recorded: &RequestKey) -> usize {
    let cut = |key: &RequestKey| key.line().chars().take(SHOWN_CHARS_MAX).collect::<String>();
    let lines = strsim::levenshtein(&cut(request), &cut(recorded));
    lines * 2 + usize::from(!recorded.any_body && request.body != recorded.body)
}

/// Describes the differences between two requests; `None` if there are none.
fn difference(request: &RequestKey, recorded: &RequestKey) -> Option<String> {
    let mut differences = Vec::new();
    if request.method != recorded.method {
        differences.push(format!("its method is {}", recorded.method));
    }
    let (path, query) = split(&request.url);
    let (recorded_path, recorded_query) = split(&recorded.url);
    if path != recorded_path {
        differences.push(format!("it asks {}", shown(recorded_path)));
    }
    if query != recorded_query {
        differences.push(format!(
            "its query is {}, not {}",
            shown(recorded_query),
            shown(query)
        ));
    }
    if !recorded.any_body && request.body != recorded.body {
        differences.push(bodies(&request.body, &recorded.body));
    }
    (!differences.is_empty()).then(|| differences.join(", "))
}

fn split(url: &str) -> (&str, &str) {
    url.split_once('?').unwrap_or((url, ""))
}

fn shown(text: &str) -> String {
    if text.is_empty() {
        "empty".to_owned()
    } else {
        sanitise(text, SHOWN_CHARS_MAX)
    }
}

/// Describes where two bodies begin to differ.
fn bodies(body: &[u8], recorded: &[u8]) -> String {
    let same = body
        .iter()
        .zip(recorded)
        .take_while(|(a, b)| a == b)
        .count();
    let around = |body: &[u8]| {
        let from = same.saturating_sub(10).min(body.len());
        let to = (same + 30).min(body.len());
        sanitise(&String::from_utf8_lossy(&body[from..to]), 60)
    };
    format!(
        "its body differs from byte {same} on ({:?}, not {:?})",
        around(recorded),
        around(body)
    )
}
