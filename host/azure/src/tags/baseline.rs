//! The baseline as the values of tags: `app--a=90@blue,--b=10;`. A name that begins with the two dashes has the app of
//! the stable revision in front. A value ends between two entries, and the last one ends with `;`.

use std::fmt::Write as _;

use rollout::{Share, Traffic, TrafficTarget, Weight};

use super::value::{TagError, VALUE_CHARACTERS_MAX, filled, fit, plain};

/// How a share of `latestRevision` is written. No revision's name has a capital letter.
const LATEST: &str = "latestRevision";
/// Ends the baseline, so that a missing last tag is noticed.
const END: char = ';';
/// Stands between the name of an app and the suffix of a revision.
const SUFFIX: &str = "--";

/// The part of the baseline that one tag holds.
pub(super) struct BaselinePart {
    pub(super) shares: Vec<Share>,
    pub(super) is_last: bool,
}

/// Parses one value. `stable` is the stable revision of the lease.
pub(super) fn part(text: &str, stable: &str) -> Option<BaselinePart> {
    let list = text.strip_suffix(END);
    let entries = list.unwrap_or(text).split(',');
    let shares: Option<Vec<Share>> = entries
        .filter(|e| !e.is_empty())
        .map(|entry| share(entry, stable))
        .collect();
    Some(BaselinePart {
        shares: shares?,
        is_last: list.is_some(),
    })
}

fn share(entry: &str, stable: &str) -> Option<Share> {
    let (target, rest) = entry.split_once('=')?;
    let (weight, label) = match rest.split_once('@') {
        Some((weight, label)) => (weight, Some(filled(label)?)),
        None => (rest, None),
    };
    let target = match target {
        LATEST => TrafficTarget::LatestReady,
        name if name.starts_with(SUFFIX) => {
            let name = format!("{}{name}", app_of(stable));
            TrafficTarget::Revision(filled(&name)?)
        }
        name => TrafficTarget::Revision(filled(name)?),
    };
    Some(Share {
        target,
        weight: Weight::new(plain(weight)?)?,
        label,
    })
}

/// Returns the part of a revision's name before its suffix; empty where the name has no suffix.
fn app_of(revision: &str) -> &str {
    revision.split_once(SUFFIX).map_or("", |(app, _)| app)
}

/// Splits the baseline into as few values as possible. `stable` is the stable revision of the lease.
pub(super) fn chunks(baseline: &Traffic, stable: &str) -> Result<Vec<String>, TagError> {
    let app = app_of(stable);
    let mut chunks = vec![String::new()];
    for share in &baseline.0 {
        let mut entry = match &share.target {
            TrafficTarget::LatestReady => LATEST.to_owned(),
            TrafficTarget::Revision(name) => {
                let name = fit("revision", name)?;
                match name.strip_prefix(app) {
                    Some(suffix) if !app.is_empty() && suffix.starts_with(SUFFIX) => {
                        suffix.to_owned()
                    }
                    _ => name,
                }
            }
        };
        let _ = write!(entry, "={}", share.weight.per_cent());
        if let Some(label) = &share.label {
            let _ = write!(entry, "@{}", fit("label", label)?);
        }
        // One more for the comma or the end mark.
        if entry.chars().count() + 1 > VALUE_CHARACTERS_MAX {
            return Err(TagError::Unfit {
                what: "traffic entry",
                value: entry,
            });
        }
        let last = chunks.last_mut().expect("starts with one");
        if last.is_empty() {
            *last = entry;
        } else if last.chars().count() + entry.chars().count() + 2 <= VALUE_CHARACTERS_MAX {
            let _ = write!(last, ",{entry}");
        } else {
            chunks.push(entry);
        }
    }
    chunks.last_mut().expect("starts with one").push(END);
    Ok(chunks)
}
