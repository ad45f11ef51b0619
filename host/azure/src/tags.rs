//! The lease as tags on the app: encoding and decoding.
//!
//! A lease is written whole or not at all. One that cannot be read whole is an error that names the tag: if it
//! counted as missing, two runs could write to one app.
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
/// The prefix of the tags of the baseline, which are numbered from 0. The last one ends with [`END`].
const BASELINE: &str = "lockgate-baseline-";
const FIXED: [&str; 8] = [RUN, EPOCH, HOLDER, STABLE, CANARY, STAGE, MARK, DEADLINE];

const VALUE_CHARACTERS_MAX: usize = 256;
const TAGS_MAX: usize = 50;

/// How a share of `latestRevision` is written. No revision's name has a capital letter.
const LATEST: &str = "latestRevision";
/// Ends the baseline, so that a missing last tag is noticed.
const END: char = ';';

/// Why a lease cannot be read from the tags, or be written into them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// The tag is missing, while other tags of the lease exist.
    #[error("tag {tag} of lockgate's lease is missing")]
    Missing {
        /// The name of the tag.
        tag: String,
    },
    /// The value of the tag is not valid.
    #[error("tag {tag} of lockgate's lease is {value:?}, which is not {wanted}")]
    Damaged {
        /// The name of the tag.
        tag: String,
        /// Its value.
        value: String,
        /// What the value should be, with an example.
        wanted: &'static str,
    },
    /// The app has too many tags of its own.
    #[error(
        "the app has {own} tags of its own, and lockgate's lease needs {needed} of the \
         {TAGS_MAX} that Azure allows; remove {} of them", .own + .needed - TAGS_MAX
    )]
    NoRoom {
        /// The number of tags that are not lockgate's.
        own: usize,
        /// The number of tags that the lease needs.
        needed: usize,
    },
    /// The lease contains a value that cannot be written to a tag.
    #[error("{what} {value:?} cannot be written to a tag")]
    Unfit {
        /// What the value is in the lease.
        what: &'static str,
        /// The value.
        value: String,
    },
}

/// The tags of an app, or of a write, in which `None` deletes a tag.
pub(crate) type Tags = BTreeMap<String, Option<String>>;

/// Returns whether a tag is part of the lease. Tag names mean the same in any case.
pub(crate) fn is_of_lease(tag: &str) -> bool {
    FIXED.iter().any(|fixed| tag.eq_ignore_ascii_case(fixed)) || baseline_index(tag).is_some()
}

fn baseline_index(tag: &str) -> Option<usize> {
    let lower = tag.to_ascii_lowercase();
    let digits = lower.strip_prefix(BASELINE)?;
    let index = digits.parse().ok()?;
    // Only the usual spelling of a number: `+1` and `01` are not lockgate's.
    (format!("{BASELINE}{index}") == lower).then_some(index)
}

/// Returns the lease in the tags; `None` when no tag belongs to a lease.
pub(crate) fn decode(tags: &Tags) -> Result<Option<Lease>, TagError> {
    let values: BTreeMap<String, &str> = tags
        .iter()
        .filter(|(tag, _)| is_of_lease(tag))
        .filter_map(|(tag, value)| Some((tag.to_ascii_lowercase(), value.as_deref()?)))
        .collect();
    if values.is_empty() {
        return Ok(None);
    }
    let tags = LeaseTags(values);
    let (stage, weight) = tags.parsed(STAGE, "a stage and a weight such as 2/25", |text| {
        let (stage, weight) = text.split_once('/')?;
        Some((plain(stage)?, Weight::new(plain(weight)?)?))
    })?;
    Ok(Some(Lease {
        run: tags.parsed(RUN, "the id of a run", filled)?,
        epoch: tags.parsed(EPOCH, "a number", plain)?,
        holder: tags.parsed(HOLDER, "the id of a process", filled)?,
        stable: tags.parsed(STABLE, "a revision's name", filled)?,
        canary: tags.parsed(CANARY, "a revision's name", filled)?,
        stage,
        weight,
        state: tags.parsed(MARK, "running or held", |text| match text {
            "running" => Some(LeaseState::Running),
            "held" => Some(LeaseState::Held),
            _ => None,
        })?,
        baseline: tags.baseline()?,
        expires_at: tags.parsed(DEADLINE, "seconds since 1970", plain)?,
    }))
}

/// Returns the tags of a lease, by name.
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

/// Returns the complete tags of a write: the app's own tags of `on_app`, the lease, and `None` for every other tag
/// that an earlier lease may have left. `stale` names the tags of leases that were read or written before.
pub(crate) fn complete<'a>(
    on_app: &Tags,
    lease: Option<&Lease>,
    stale: impl IntoIterator<Item = &'a String>,
) -> Result<Tags, TagError> {
    let lease = lease.map(encode).transpose()?.unwrap_or_default();
    let mut tags: Tags = on_app
        .iter()
        .filter(|(tag, _)| !is_of_lease(tag))
        .map(|(tag, value)| (tag.clone(), value.clone()))
        .collect();
    let fixed = FIXED.iter().map(|fixed| (*fixed).to_owned());
    let first = std::iter::once(format!("{BASELINE}0"));
    // The spelling on the app comes first: a name in two spellings would have two values.
    for tag in stale.into_iter().cloned().chain(fixed).chain(first) {
        let same = |other: &String| other.eq_ignore_ascii_case(&tag);
        if !lease.keys().any(same) && !tags.keys().any(same) {
            tags.insert(tag, None);
        }
    }
    tags.extend(lease.into_iter().map(|(tag, value)| (tag, Some(value))));
    Ok(tags)
}

/// Refuses an app whose own tags leave too few for a lease with this baseline.
pub(crate) fn check_room(tags: &Tags, baseline: &Traffic) -> Result<(), TagError> {
    let own = tags
        .iter()
        .filter(|(tag, value)| value.is_some() && !is_of_lease(tag))
        .count();
    let needed = FIXED.len() + chunks(baseline)?.len();
    if own + needed > TAGS_MAX {
        return Err(TagError::NoRoom { own, needed });
    }
    Ok(())
}

/// The tags of a lease, by lower-case name.
struct LeaseTags<'a>(BTreeMap<String, &'a str>);

impl LeaseTags<'_> {
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
            let part = self.parsed(&tag, "a list such as app--a=90@blue,app--b=10;", part)?;
            shares.extend(part.shares);
            if part.is_last {
                break;
            }
        }
        Ok(Traffic(shares))
    }
}

/// The part of the baseline that one tag holds.
struct BaselinePart {
    shares: Vec<Share>,
    is_last: bool,
}

fn part(text: &str) -> Option<BaselinePart> {
    let list = text.strip_suffix(END);
    let entries = list.unwrap_or(text).split(',');
    let shares: Option<Vec<Share>> = entries.filter(|e| !e.is_empty()).map(share).collect();
    Some(BaselinePart {
        shares: shares?,
        is_last: list.is_some(),
    })
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

/// Splits the baseline into as few values as possible. A value ends between two entries.
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

/// Returns a text that reads the same after it was written to a tag, or refuses it.
fn fit(what: &'static str, text: &str) -> Result<String, TagError> {
    let is_allowed = |c: char| c.is_ascii_graphic() && !",;=@".contains(c);
    if text.is_empty() || text.len() > VALUE_CHARACTERS_MAX || !text.chars().all(is_allowed) {
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

/// Reads a number from digits alone, without a sign.
fn plain<N: std::str::FromStr>(text: &str) -> Option<N> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests;
