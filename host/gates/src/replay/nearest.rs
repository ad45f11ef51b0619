//! For a request that nobody recorded: the entry that comes nearest, and the difference in words.

use std::fmt;

use super::matching::Wanted;
use crate::recording::Outcome;

/// The most of a URL or a body that is compared and shown, in characters.
const SHOWN_MAX: usize = 200;

/// Entries that are compared; a hostile recording has more.
const COMPARED_MAX: usize = 1_000;

/// The recorded entry that comes nearest to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    /// Which, counted from 0.
    pub entry: usize,
    /// Its method and URL.
    pub line: String,
    /// What is different, in words.
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

/// Returns the nearest entry, with one that is not used yet before one that is.
pub(super) fn find(
    wanted: &Wanted,
    entries: &[(Wanted, Outcome)],
    used: &[bool],
    strict: bool,
) -> Option<Nearest> {
    let next = used.iter().position(|used| !used);
    let nearest = match strict {
        true => next,
        false => (0..entries.len().min(COMPARED_MAX))
            .min_by_key(|index| (far(wanted, &entries[*index].0), used[*index])),
    };
    let entry = nearest?;
    let recorded = &entries[entry].0;
    Some(Nearest {
        entry,
        line: crate::call::sanitise::harmless(&recorded.line(), SHOWN_MAX),
        difference: difference(wanted, recorded, used[entry]),
    })
}

fn far(wanted: &Wanted, recorded: &Wanted) -> usize {
    let cut = |wanted: &Wanted| wanted.line().chars().take(SHOWN_MAX).collect::<String>();
    let lines = strsim::levenshtein(&cut(wanted), &cut(recorded));
    lines * 2 + usize::from(!recorded.any_body && wanted.body != recorded.body)
}

fn difference(wanted: &Wanted, recorded: &Wanted, used: bool) -> String {
    let mut differences = Vec::new();
    if wanted.method != recorded.method {
        differences.push(format!("its method is {}", recorded.method));
    }
    let (path, query) = split(&wanted.url);
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
    if !recorded.any_body && wanted.body != recorded.body {
        differences.push(bodies(&wanted.body, &recorded.body));
    }
    match (differences.is_empty(), used) {
        (true, true) => "it is used up: asked more often than recorded".to_owned(),
        (true, false) => "it comes later in the recording".to_owned(),
        (false, _) => differences.join(", "),
    }
}

fn split(url: &str) -> (&str, &str) {
    url.split_once('?').unwrap_or((url, ""))
}

fn shown(text: &str) -> String {
    match text.is_empty() {
        true => "empty".to_owned(),
        false => crate::call::sanitise::harmless(text, SHOWN_MAX),
    }
}

/// Says where two bodies part.
fn bodies(wanted: &[u8], recorded: &[u8]) -> String {
    let same = wanted
        .iter()
        .zip(recorded)
        .take_while(|(a, b)| a == b)
        .count();
    let around = |body: &[u8]| {
        let from = same.saturating_sub(10).min(body.len());
        let to = (same + 30).min(body.len());
        crate::call::sanitise::harmless(&String::from_utf8_lossy(&body[from..to]), 60)
    };
    format!(
        "its body differs from byte {same} on ({:?}, not {:?})",
        around(recorded),
        around(wanted)
    )
}
