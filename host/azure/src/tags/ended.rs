//! What `abort` and `recover` leave in place of the lease, as one tag: `RUN;HOLDER;COMMAND;TIME;HOST;PIPELINE`. It decides
//! nothing about traffic, so one that cannot be read or written counts as missing.

use rollout::{Ended, EndedBy, Place};

use super::value::{Tags, VALUE_CHARACTERS_MAX, fit, is_storable, plain};

/// The name of the tag.
pub(super) const ENDED: &str = "lockgate-ended";

/// Returns what the tags say about the end of the last run from elsewhere.
pub(crate) fn decode_ended(tags: &Tags) -> Option<Ended> {
    let (_, value) = tags
        .iter()
        .find(|(tag, _)| tag.eq_ignore_ascii_case(ENDED))?;
    // An address may have any character, so it comes last.
    let parts: Vec<&str> = value.as_deref()?.splitn(6, ';').collect();
    let [run, holder, by, at, host, pipeline] = parts[..] else {
        return None;
    };
    Some(Ended {
        run: run.to_owned(),
        holder: holder.to_owned(),
        by: match by {
            "abort" => EndedBy::Abort,
            "recover" => EndedBy::Recover,
            _ => return None,
        },
        place: Place {
            host: host.to_owned(),
            pipeline: Some(pipeline.to_owned()).filter(|pipeline| !pipeline.is_empty()),
        },
        at: plain(at)?,
    })
}

/// Returns the tag, without what does not fit; `None` when not even the run fits.
pub(super) fn encode_ended(ended: &Ended) -> Option<(String, String)> {
    let run = fit("run id", &ended.run).ok()?;
    let holder = fit("holder", &ended.holder).ok()?;
    let by = match ended.by {
        EndedBy::Abort => "abort",
        EndedBy::Recover => "recover",
    };
    let host = fit("host", &ended.place.host).unwrap_or_default();
    let pipeline = ended
        .place
        .pipeline
        .as_deref()
        .filter(|url| is_storable(url));
    let core = format!("{run};{holder};{by};{}", ended.at);
    let values = [
        format!("{core};{host};{}", pipeline.unwrap_or_default()),
        format!("{core};{host};"),
        format!("{core};;"),
    ];
    let value = values
        .into_iter()
        .find(|value| value.len() <= VALUE_CHARACTERS_MAX)?;
    Some((ENDED.to_owned(), value))
}
