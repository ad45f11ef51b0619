//! What stays on the app after a run, each as one tag: what the last promotion has replaced
//! (`RUN;PROMOTED;REPLACED;TIME;LABEL=REVISION,…`), and the last revisions that a gate said no to (`NAME,NAME`, the newest
//! last). Neither belongs to a lease, and a tag that cannot be read counts as missing.

use rollout::{LabelBefore, Promotion};

use super::value::{TagError, Tags, VALUE_CHARACTERS_MAX, fit, plain};

/// The name of the tag about the last promotion.
pub(super) const REPLACED: &str = "lockgate-replaced";
/// The name of the tag with the revisions that a gate said no to.
pub(super) const FAILED: &str = "lockgate-failed";
/// How many of them are remembered.
const FAILED_MAX: usize = 4;

/// Returns whether a tag has a note that stays from run to run.
pub(super) fn is_history(tag: &str) -> bool {
    [REPLACED, FAILED]
        .iter()
        .any(|name| tag.eq_ignore_ascii_case(name))
}

/// Returns what the tags say about the last promotion.
pub(crate) fn decode_promotion(tags: &Tags) -> Option<Promotion> {
    let parts: Vec<&str> = value(tags, REPLACED)?.split(';').collect();
    let [run, promoted, replaced, at, labels] = parts[..] else {
        return None;
    };
    let labels: Option<Vec<LabelBefore>> = (labels.split(','))
        .filter(|entry| !entry.is_empty())
        .map(|entry| {
            let (label, revision) = entry.split_once('=')?;
            Some(LabelBefore {
                label: label.to_owned(),
                revision: Some(revision.to_owned()).filter(|revision| !revision.is_empty()),
            })
        })
        .collect();
    Some(Promotion {
        run: run.to_owned(),
        promoted: Some(promoted).filter(|name| !name.is_empty())?.to_owned(),
        replaced: Some(replaced).filter(|name| !name.is_empty())?.to_owned(),
        labels: labels?,
        at: plain(at)?,
    })
}

/// Returns the tag about a promotion. The run is left out where it does not fit; the rest is needed to undo it.
pub(super) fn encode_promotion(promotion: &Promotion) -> Result<(String, String), TagError> {
    let promoted = fit("revision", &promotion.promoted)?;
    let replaced = fit("revision", &promotion.replaced)?;
    let mut labels = Vec::new();
    for LabelBefore { label, revision } in &promotion.labels {
        let label = fit("label", label)?;
        let revision = revision.as_deref().map(|name| fit("revision", name));
        labels.push(format!(
            "{label}={}",
            revision.transpose()?.unwrap_or_default()
        ));
    }
    let core = format!(
        "{promoted};{replaced};{};{}",
        promotion.at,
        labels.join(",")
    );
    let run = fit("run id", &promotion.run).unwrap_or_default();
    let values = [format!("{run};{core}"), format!(";{core}")];
    let value = (values.iter()).find(|value| value.len() <= VALUE_CHARACTERS_MAX);
    match value {
        Some(value) => Ok((REPLACED.to_owned(), value.clone())),
        None => Err(TagError::Unfit {
            what: "what the promotion replaces",
            value: core,
        }),
    }
}

/// Returns the revisions that a gate said no to, the newest last.
pub(crate) fn decode_failed(tags: &Tags) -> Vec<String> {
    let names = value(tags, FAILED).unwrap_or_default().split(',');
    names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Returns the tag with one more revision, as the newest.
pub(super) fn with_failed(tags: &Tags, revision: &str) -> Result<(String, String), TagError> {
    let revision = fit("revision", revision)?;
    let mut names = decode_failed(tags);
    names.retain(|name| *name != revision);
    names.push(revision);
    let is_too_long = |names: &[String]| names.join(",").len() > VALUE_CHARACTERS_MAX;
    while names.len() > FAILED_MAX || is_too_long(&names) {
        names.remove(0);
    }
    Ok((FAILED.to_owned(), names.join(",")))
}

/// Returns the tag without a revision that was promoted after all, where it has that one; an empty value where it had
/// no other.
pub(super) fn without_failed(tags: &Tags, revision: &str) -> Option<(String, String)> {
    let mut names = decode_failed(tags);
    let count = names.len();
    names.retain(|name| name != revision);
    (names.len() < count).then(|| (FAILED.to_owned(), names.join(",")))
}

fn value<'a>(tags: &'a Tags, name: &str) -> Option<&'a str> {
    let (_, value) = tags
        .iter()
        .find(|(tag, _)| tag.eq_ignore_ascii_case(name))?;
    value.as_deref()
}
