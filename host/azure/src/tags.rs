//! The lease as tags on the app, both ways.
//!
//! A lease is written whole or not at all, and a lease that cannot be read whole is an error that
//! names the tag: taking it for a missing one would let two runs write to one app.
//!
//! Limits: 50 tags, 256 characters a value
//! (<https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources>).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rollout::{Lease, LeaseState, Share, Traffic, TrafficTarget, Weight};

const RUN: &str = "lockgate-run";
const EPOCH: &str = "lockgate-epoch";
const HOLDER: &str = "lockgate-holder";
const STABLE: &str = "lockgate-stable";
const CANARY: &str = "lockgate-canary";
const STAGE: &str = "lockgate-stage";
const MARK: &str = "lockgate-mark";
const DEADLINE: &str = "lockgate-deadline";
/// Numbered from 0; the list goes on from one to the next and ends in [`END`].
const BASELINE: &str = "lockgate-baseline-";
const FIXED: [&str; 8] = [RUN, EPOCH, HOLDER, STABLE, CANARY, STAGE, MARK, DEADLINE];

const VALUE_CHARACTERS_MAX: usize = 256;
const TAGS_MAX: usize = 50;

/// How a share of `latestRevision` is written; no revision's name has a capital letter.
const LATEST: &str = "latestRevision";
/// Ends the list of the baseline, so that a lost last tag shows.
const END: char = ';';

/// Why a lease cannot be read from the tags, or be written into them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// Other tags of the lease are there.
    #[error("tag {tag} of lockgate's lease is missing")]
    Missing {
        /// The tag.
        tag: String,
    },
    /// The tag is there and makes no sense.
    #[error("tag {tag} of lockgate's lease is {value:?}, which is not {wanted}")]
    Damaged {
        /// The tag.
        tag: String,
        /// What it holds.
        value: String,
        /// What it should hold.
        wanted: &'static str,
    },
    /// The app has too many tags of its own.
    #[error(
        "the app has {own} tags of its own, and lockgate's lease needs {needed} of the \
         {TAGS_MAX} that Azure allows; remove {} of them", .own + .needed - TAGS_MAX
    )]
    NoRoom {
        /// Tags that are not lockgate's.
        own: usize,
        /// Tags that the lease takes.
        needed: usize,
    },
    /// A value that no tag can hold.
    #[error("{what} {value:?} cannot be kept in a tag")]
    Unfit {
        /// What it is.
        what: &'static str,
        /// The value.
        value: String,
    },
}

/// The tags of an app, or of a write: null deletes.
pub(crate) type Tags = BTreeMap<String, Option<String>>;

/// Returns whether a tag is part of the lease. Tag names mean the same in any case.
pub(crate) fn is_ours(tag: &str) -> bool {
    FIXED.iter().any(|fixed| tag.eq_ignore_ascii_case(fixed)) || baseline_index(tag).is_some()
}

fn baseline_index(tag: &str) -> Option<usize> {
    let lower = tag.to_ascii_lowercase();
    let digits = lower.strip_prefix(BASELINE)?;
    let index = digits.parse().ok()?;
    // One spelling for each number: `+1` and `01` are somebody else's.
    (format!("{BASELINE}{index}") == lower).then_some(index)
}

/// Returns the lease among the tags, or `None` when there is no tag of it.
pub(crate) fn decode(tags: &Tags) -> Result<Option<Lease>, TagError> {
    let ours: BTreeMap<String, &str> = tags
        .iter()
        .filter(|(tag, _)| is_ours(tag))
        .filter_map(|(tag, value)| Some((tag.to_ascii_lowercase(), value.as_deref()?)))
        .collect();
    if ours.is_empty() {
        return Ok(None);
    }
    let ours = Ours(ours);
    let (stage, weight) = ours.parsed(STAGE, "a stage and a weight such as 2/25", |text| {
        let (stage, weight) = text.split_once('/')?;
        Some((plain(stage)?, Weight::new(plain(weight)?)?))
    })?;
    Ok(Some(Lease {
        run: ours.parsed(RUN, "the id of a run", filled)?,
        epoch: ours.parsed(EPOCH, "a number", plain)?,
        holder: ours.parsed(HOLDER, "the id of a process", filled)?,
        stable: ours.parsed(STABLE, "a revision's name", filled)?,
        canary: ours.parsed(CANARY, "a revision's name", filled)?,
        stage,
        weight,
        state: ours.parsed(MARK, "running or held", |text| match text {
            "running" => Some(LeaseState::Running),
            "held" => Some(LeaseState::Held),
            _ => None,
        })?,
        baseline: ours.baseline()?,
        expires_at: ours.parsed(DEADLINE, "seconds since 1970", plain)?,
    }))
}

/// Returns the tags of a lease.
pub(crate) fn encode(lease: &Lease) -> Result<BTreeMap<String, String>, TagError> {
    let stage = format!("{}/{}", lease.stage, lease.weight.per_cent());
    let mark = match lease.state {
        LeaseState::Running => "running",
        LeaseState::Held => "held",
    };
    let mut tags: BTreeMap<String, String> = [
        (RUN, fit("run id", &lease.run)?),
        (EPOCH, lease.epoch.to_string()),
        (HOLDER, fit("holder", &lease.holder)?),
        (STABLE, fit("revision", &lease.stable)?),
        (CANARY, fit("revision", &lease.canary)?),
        (STAGE, stage),
        (MARK, mark.to_owned()),
        (DEADLINE, lease.expires_at.to_string()),
    ]
    .map(|(tag, value)| (tag.to_owned(), value))
    .into();
    let chunks = chunks(&lease.baseline)?;
    tags.extend((0..).map(|i| format!("{BASELINE}{i}")).zip(chunks));
    Ok(tags)
}

/// Returns the complete tags of a write: what the app has of its own, the lease, and null for
/// every tag that an earlier lease may have left (`stale` names those that were seen or written).
pub(crate) fn complete<'a>(
    own: &Tags,
    lease: Option<&Lease>,
    stale: impl IntoIterator<Item = &'a String>,
) -> Result<Tags, TagError> {
    let lease = lease.map(encode).transpose()?.unwrap_or_default();
    let mut tags: Tags = own
        .iter()
        .filter(|(tag, _)| !is_ours(tag))
        .map(|(tag, value)| (tag.clone(), value.clone()))
        .collect();
    let fixed = FIXED.iter().map(|fixed| (*fixed).to_owned());
    let first = std::iter::once(format!("{BASELINE}0"));
    // The spelling on the app comes first: two spellings of one name would be two values for it.
    for tag in stale.into_iter().cloned().chain(fixed).chain(first) {
        let same = |other: &String| other.eq_ignore_ascii_case(&tag);
        if !lease.keys().any(same) && !tags.keys().any(same) {
            tags.insert(tag, None);
        }
    }
    tags.extend(lease.into_iter().map(|(tag, value)| (tag, Some(value))));
    Ok(tags)
}

/// Checks that a lease with this baseline fits beside the app's own tags.
pub(crate) fn check_room(tags: &Tags, baseline: &Traffic) -> Result<(), TagError> {
    let own = tags
        .iter()
        .filter(|(tag, value)| value.is_some() && !is_ours(tag))
        .count();
    let needed = FIXED.len() + chunks(baseline)?.len();
    if own + needed > TAGS_MAX {
        return Err(TagError::NoRoom { own, needed });
    }
    Ok(())
}

/// The tags of a lease, by lower-case name.
struct Ours<'a>(BTreeMap<String, &'a str>);

impl Ours<'_> {
    fn parsed<T>(
        &self,
        tag: &str,
        wanted: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, TagError> {
        let value = self.0.get(tag).ok_or_else(|| TagError::Missing {
            tag: tag.to_owned(),
        })?;
        parse(value).ok_or_else(|| TagError::Damaged {
            tag: tag.to_owned(),
            value: (*value).to_owned(),
            wanted,
        })
    }

    fn baseline(&self) -> Result<Traffic, TagError> {
        let mut shares = Vec::new();
        for index in 0..TAGS_MAX {
            let tag = format!("{BASELINE}{index}");
            let ended = self.parsed(&tag, "a list such as app--a=90@blue,app--b=10;", |text| {
                let (list, ended) = match text.strip_suffix(END) {
                    Some(list) => (list, true),
                    None => (text, false),
                };
                let entries = list.split(',').filter(|entry| !entry.is_empty());
                let parsed: Option<Vec<Share>> = entries.map(share).collect();
                Some((parsed?, ended))
            })?;
            shares.extend(ended.0);
            if ended.1 {
                break;
            }
        }
        Ok(Traffic(shares))
    }
}

fn share(entry: &str) -> Option<Share> {
    let (target, rest) = entry.split_once('=')?;
    let (weight, label) = match rest.split_once('@') {
        Some((weight, label)) => (weight, Some(filled(label)?)),
        None => (rest, None),
    };
    let target = match target {
        LATEST => TrafficTarget::LatestReady,
        name => TrafficTarget::Revision(filled(name)?),
    };
    Some(Share {
        target,
        weight: Weight::new(plain(weight)?)?,
        label,
    })
}

/// Splits the baseline between entries into as few values as fit.
fn chunks(baseline: &Traffic) -> Result<Vec<String>, TagError> {
    let mut chunks = vec![String::new()];
    for share in &baseline.0 {
        let mut entry = match &share.target {
            TrafficTarget::LatestReady => LATEST.to_owned(),
            TrafficTarget::Revision(name) => fit("revision", name)?,
        };
        let _ = write!(entry, "={}", share.weight.per_cent());
        if let Some(label) = &share.label {
            let _ = write!(entry, "@{}", fit("label", label)?);
        }
        // One for the comma or the end mark.
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

/// Returns a text that survives the way into a tag and back.
fn fit(what: &'static str, text: &str) -> Result<String, TagError> {
    let kept = |c: char| c.is_ascii_graphic() && !",;=@".contains(c);
    if text.is_empty() || text.len() > VALUE_CHARACTERS_MAX || !text.chars().all(kept) {
        return Err(TagError::Unfit {
            what,
            value: text.to_owned(),
        });
    }
    Ok(text.to_owned())
}

fn filled(text: &str) -> Option<String> {
    fit("value", text).ok()
}

/// Returns a number in its one spelling: digits alone, no sign.
fn plain<N: std::str::FromStr>(text: &str) -> Option<N> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests;
