//! The lease as tags on the app: encoding and decoding.
//!
//! A lease is written whole or not at all. One that cannot be read whole is an error that names the tag: if it
//! counted as missing, two runs could write to one app. Of a lease in a newer format only what undoes it is read.
//! `baseline` has the traffic array, `ended` what stays when another lockgate has ended a run, `history` what every run
//! leaves.
//!
//! Limits: 50 tags, 256 characters a value
//! (<https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources>). A lease takes at most 14, so
//! that an app may have 36 of its own.

use std::collections::BTreeMap;

use rollout::{
    LEASE_FORMAT, Labels, Lease, LeaseState, Note, Place, Traffic, TrafficTarget, Weight,
};

mod baseline;
mod ended;
mod history;
mod value;

pub(crate) use ended::decode_ended;
pub(crate) use history::{decode_failed, decode_promotion};
pub use value::TagError;
pub(crate) use value::Tags;
use value::{LEASE_TAGS_MAX, TAGS_MAX, VALUE_CHARACTERS_MAX, filled, fit, is_storable, plain};

/// The format and the state: `1/running`.
const LEASE: &str = "lockgate-lease";
const RUN: &str = "lockgate-run";
/// The epoch and the holder: `1/run-7`.
const HOLDER: &str = "lockgate-holder";
const HOST: &str = "lockgate-host";
const PIPELINE: &str = "lockgate-pipeline";
/// When the run began, and since when the canary has its weight, in seconds since 1970.
const SINCE: &str = "lockgate-since";
const EXPIRES: &str = "lockgate-expires";
/// The stable revision, with the label that it gets with the last stage: `shop--v1@previous`.
const STABLE: &str = "lockgate-stable";
const CANARY: &str = "lockgate-canary";
const STAGES: &str = "lockgate-stages";
/// The stage and its weight: `2/25`.
const STAGE: &str = "lockgate-stage";
/// Why promotion gates decide nothing in the run; missing where they do.
const EMERGENCY: &str = "lockgate-emergency";
/// The prefix of the tags of the baseline, which are numbered from 0.
const BASELINE: &str = "lockgate-baseline-";
/// All tags of a lease but those of the baseline and of an emergency.
const FIXED: [&str; 11] = [
    LEASE, RUN, HOLDER, HOST, PIPELINE, SINCE, EXPIRES, STABLE, CANARY, STAGES, STAGE,
];
/// The prefix of every tag of lockgate.
const PREFIX: &str = "lockgate-";

/// Returns whether a tag is one of lockgate.
pub(crate) fn is_of_lockgate(tag: &str) -> bool {
    tag.to_ascii_lowercase().starts_with(PREFIX)
}

/// Returns the tags of a write that keeps the app's own and removes every one of lockgate.
pub(crate) fn without_ours(on_app: &Tags) -> Tags {
    let kept = |(tag, value): (&String, &Option<String>)| {
        let value = value.clone().filter(|_| !is_of_lockgate(tag));
        (tag.clone(), value)
    };
    on_app.iter().map(kept).collect()
}

/// Returns whether a tag is part of a lease. Tag names mean the same in any case.
pub(crate) fn is_of_lease(tag: &str) -> bool {
    let mut fixed = FIXED.iter().chain([&EMERGENCY]);
    fixed.any(|fixed| tag.eq_ignore_ascii_case(fixed)) || baseline_index(tag).is_some()
}

/// Returns whether the lease in the tags has a newer format, which may have tags that this version does not know.
fn is_newer(tags: &Tags) -> bool {
    let lease = tags.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(LEASE));
    let format =
        lease.and_then(|(_, value)| value.as_deref()?.split('/').next()?.parse::<u32>().ok());
    format.is_some_and(|format| format > LEASE_FORMAT)
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
    let (format, state) = tags.parsed(LEASE, "a format and a state such as 1/running", |text| {
        let (format, state) = text.split_once('/')?;
        Some((plain::<u32>(format)?, state.to_owned()))
    })?;
    let (epoch, holder) = tags.parsed(HOLDER, "a number and the id of a process", |text| {
        let (epoch, holder) = text.split_once('/')?;
        Some((plain(epoch)?, filled(holder)?))
    })?;
    let (stable, stable_label) = tags.revision(STABLE)?;
    let (canary, canary_label) = tags.revision(CANARY)?;
    let mut lease = Lease {
        format,
        run: tags.parsed(RUN, "the id of a run", filled)?,
        epoch,
        holder,
        place: Place {
            host: tags.value(HOST).unwrap_or_default(),
            pipeline: tags.value(PIPELINE),
        },
        begun_at: 0,
        labels: Labels {
            stable: stable_label,
            canary: canary_label,
        },
        canary,
        emergency: tags.value(EMERGENCY),
        stages: Vec::new(),
        stage: 0,
        weight: Weight::ZERO,
        weight_since: 0,
        state: LeaseState::Running,
        baseline: tags.baseline(&stable)?,
        stable,
        // Of a newer format: nothing says that its run is dead.
        expires_at: u64::MAX,
    };
    let rest = tags.rest_of(&state, &mut lease);
    if !lease.is_newer() {
        rest?;
    }
    Ok(Some(lease))
}

/// Returns the tags of a lease, by name.
pub(crate) fn encode(lease: &Lease) -> Result<BTreeMap<String, String>, TagError> {
    let state = match lease.state {
        LeaseState::Running => "running",
        LeaseState::Held => "held",
        LeaseState::Paused => "paused",
    };
    let per_cent = |weight: &Weight| weight.per_cent().to_string();
    let stages: Vec<String> = lease.stages.iter().map(per_cent).collect();
    let mut tags: BTreeMap<String, String> = [
        (LEASE, format!("{LEASE_FORMAT}/{state}")),
        (RUN, fit("run id", &lease.run)?),
        (
            HOLDER,
            fit("holder", &format!("{}/{}", lease.epoch, lease.holder))?,
        ),
        (SINCE, format!("{}/{}", lease.begun_at, lease.weight_since)),
        (EXPIRES, lease.expires_at.to_string()),
        (
            STABLE,
            labelled(&lease.stable, lease.labels.stable.as_ref())?,
        ),
        (
            CANARY,
            labelled(&lease.canary, lease.labels.canary.as_ref())?,
        ),
        (STAGES, stages.join(",")),
        (
            STAGE,
            format!("{}/{}", lease.stage, lease.weight.per_cent()),
        ),
    ]
    .map(|(tag, value)| (tag.to_owned(), value))
    .into();
    // What does not fit is left out, never cut: half an address leads nowhere.
    let host = Some(&lease.place.host).filter(|host| fit("host", host).is_ok());
    let pipeline = lease.place.pipeline.as_ref().filter(|url| is_storable(url));
    for (tag, value) in [(HOST, host), (PIPELINE, pipeline)] {
        tags.extend(value.map(|value| (tag.to_owned(), value.clone())));
    }
    let chunks = baseline::chunks(&lease.baseline, &lease.stable)?;
    tags.extend((0..).map(|i| format!("{BASELINE}{i}")).zip(chunks));
    if let Some(reason) = &lease.emergency {
        if tags.len() == LEASE_TAGS_MAX {
            // The machine is worth less than the reason.
            tags.remove(HOST);
        }
        let reason: String = reason.chars().take(VALUE_CHARACTERS_MAX).collect();
        tags.insert(EMERGENCY.to_owned(), reason);
    }
    if tags.len() > LEASE_TAGS_MAX {
        let needed = tags.len();
        return Err(TagError::TooLong { needed });
    }
    Ok(tags)
}

/// Returns the name of a revision with the label that it gets.
fn labelled(revision: &str, label: Option<&String>) -> Result<String, TagError> {
    let revision = fit("revision", revision)?;
    Ok(match label {
        Some(label) => format!("{revision}@{}", fit("label", label)?),
        None => revision,
    })
}

/// Returns the complete tags of a write: the app's own tags of `on_app` and the notes of earlier runs, the lease, the
/// note of this one, and `None` for every other tag that an earlier lease may have left. `stale` names the tags of leases
/// that were read or written before.
pub(crate) fn complete<'a>(
    on_app: &Tags,
    lease: Option<&Lease>,
    note: Option<&Note>,
    stale: impl IntoIterator<Item = &'a String>,
) -> Result<Tags, TagError> {
    let mut ours = lease.map(encode).transpose()?.unwrap_or_default();
    match note {
        Some(Note::Ended(ended)) => ours.extend(ended::encode_ended(ended)),
        Some(Note::Promoted(promotion)) => {
            ours.extend([history::encode_promotion(promotion)?]);
            ours.extend(history::without_failed(on_app, &promotion.promoted));
        }
        Some(Note::Failed(revision)) => ours.extend([history::with_failed(on_app, revision)?]),
        None => {}
    }
    let newer = is_newer(on_app);
    let is_ours = |tag: &str| {
        let lower = tag.to_ascii_lowercase();
        let is_replaced = ours.contains_key(&lower);
        let of_newer = newer && lower.starts_with(PREFIX) && !history::is_history(tag);
        is_of_lease(tag) || lower == ended::ENDED || is_replaced || of_newer
    };
    let mut tags: Tags = on_app
        .iter()
        .filter(|(tag, _)| !is_ours(tag))
        .map(|(tag, value)| (tag.clone(), value.clone()))
        .collect();
    let on_app = on_app.keys().filter(|tag| is_ours(tag)).cloned();
    let fixed = FIXED
        .iter()
        .chain([&EMERGENCY, &ended::ENDED])
        .map(|fixed| (*fixed).to_owned());
    let first = std::iter::once(format!("{BASELINE}0"));
    // The spelling on the app comes first: a name in two spellings would have two values.
    for tag in on_app
        .chain(stale.into_iter().cloned())
        .chain(fixed)
        .chain(first)
    {
        let same = |other: &String| other.eq_ignore_ascii_case(&tag);
        if !ours.keys().any(same) && !tags.keys().any(same) {
            tags.insert(tag, None);
        }
    }
    // A tag without a value is none.
    let value = |value: String| Some(value).filter(|value| !value.is_empty());
    tags.extend(ours.into_iter().map(|(tag, text)| (tag, value(text))));
    Ok(tags)
}

/// Refuses an app whose own tags leave too few for a lease with this baseline, or whose baseline is too long.
pub(crate) fn check_room(tags: &Tags, baseline: &Traffic) -> Result<(), TagError> {
    let stable = baseline.0.iter().find_map(|share| match &share.target {
        TrafficTarget::Revision(name) if share.weight > Weight::ZERO => Some(name.as_str()),
        _ => None,
    });
    let own = tags
        .iter()
        .filter(|(tag, value)| value.is_some() && !is_of_lease(tag))
        .filter(|(tag, _)| !tag.eq_ignore_ascii_case(ended::ENDED) && !history::is_history(tag))
        .count();
    let needed = FIXED.len() + baseline::chunks(baseline, stable.unwrap_or_default())?.len();
    if needed > LEASE_TAGS_MAX {
        return Err(TagError::TooLong { needed });
    }
    let needed = needed + tags.keys().filter(|tag| history::is_history(tag)).count();
    if own + needed > TAGS_MAX {
        return Err(TagError::NoRoom { own, needed });
    }
    Ok(())
}

/// The tags of a lease, by lower-case name.
struct LeaseTags<'a>(BTreeMap<String, &'a str>);

impl LeaseTags<'_> {
    fn value(&self, tag: &str) -> Option<String> {
        let value = self.0.get(tag)?;
        Some((*value).to_owned()).filter(|value| !value.is_empty())
    }

    /// Reads the name of a revision, and the label that it gets with the last stage: `shop--v2@production`.
    fn revision(&self, tag: &str) -> Result<(String, Option<String>), TagError> {
        self.parsed(
            tag,
            "a revision's name, and its label if it gets one",
            |text| match text.split_once('@') {
                None => Some((filled(text)?, None)),
                Some((name, label)) => Some((filled(name)?, Some(filled(label)?))),
            },
        )
    }

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

    /// Reads what a lease of a newer format may say in another way.
    fn rest_of(&self, state: &str, lease: &mut Lease) -> Result<(), TagError> {
        lease.state = match state {
            "running" => LeaseState::Running,
            "held" => LeaseState::Held,
            "paused" => LeaseState::Paused,
            _ => {
                return self
                    .parsed(LEASE, "a format and running, held or paused", |_| {
                        None::<LeaseState>
                    })
                    .map(drop);
            }
        };
        (lease.stage, lease.weight) =
            self.parsed(STAGE, "a stage and a weight such as 2/25", |text| {
                let (stage, weight) = text.split_once('/')?;
                Some((plain(stage)?, Weight::new(plain(weight)?)?))
            })?;
        lease.expires_at = self.parsed(EXPIRES, "seconds since 1970", plain)?;
        (lease.begun_at, lease.weight_since) =
            self.parsed(SINCE, "two times in seconds since 1970", |text| {
                let (begun, weight) = text.split_once('/')?;
                Some((plain(begun)?, plain(weight)?))
            })?;
        lease.stages = self.parsed(STAGES, "weights such as 10,25,50,100", |text| {
            text.split(',')
                .map(|weight| Weight::new(plain(weight)?))
                .collect()
        })?;
        Ok(())
    }

    fn baseline(&self, stable: &str) -> Result<Traffic, TagError> {
        let mut shares = Vec::new();
        for index in 0..TAGS_MAX {
            let tag = format!("{BASELINE}{index}");
            let wanted = "a list such as app--a=90@blue,--b=10;";
            let part = self.parsed(&tag, wanted, |text| baseline::part(text, stable))?;
            shares.extend(part.shares);
            if part.is_last {
                break;
            }
        }
        Ok(Traffic(shares))
    }
}

#[cfg(test)]
mod tests;
