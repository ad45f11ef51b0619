//! The request counts that a case file writes out, as the slices that a replay takes. `check` finds what is wrong with them
//! when the case is read; `laid_out` and `joined` give them their times, which depend on the calls.

use std::collections::BTreeMap;
use std::time::Duration;

use gates::{Ask, Count, Slice, StandingTraffic};

use super::file::{ScriptedSlice, ScriptedTraffic};
use crate::mistake::Mistake;

/// The length of a slice where the case names none: that of Azure.
const SLICE: Duration = Duration::from_mins(1);
/// The most slices of a case: a gate can ask for a day of minutes.
const SLICES_MAX: u64 = 1_440;
/// The classes of status that the contract has.
const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// Checks what stands under `key`.
///
/// # Errors
/// When there are neither slices nor an error, or both, a slice has no length, there are too many, a class is none of the
/// contract's, or a count is no number of requests.
pub(super) fn check(key: &str, scripted: &ScriptedTraffic) -> Result<(), Mistake> {
    let wrong =
        |part: &str, message: String| Err(Mistake::of_key(format!("{key}.{part}"), message));
    match (&scripted.error, &scripted.slices[..]) {
        (Some(_), []) => return Ok(()),
        (Some(_), _) => return wrong("error", "it stands beside slices; leave one out".to_owned()),
        (None, []) => {
            let help = r#"write slices = [{ stable = { 2xx = 90 }, canary = { 2xx = 10 } }], or error = "no data yet""#;
            let message = "it has no slices and no error";
            return Err(Mistake::of_key(key, message).with_help(help));
        }
        (None, _) => {}
    }
    if scripted.slice.is_some_and(|text| text.0.is_zero()) {
        return wrong("slice", "a slice has a length, such as 60s".to_owned());
    }
    if let Some(end) = scripted.end_s.filter(|end| !end.is_finite() || *end < 0.0) {
        return wrong("end-s", format!("{end} are no seconds since 1970"));
    }
    let mut all = 0;
    for (index, slice) in scripted.slices.iter().enumerate() {
        let part = format!("slices[{index}]");
        let times = u64::from(slice.times.unwrap_or(1));
        if times == 0 || times > SLICES_MAX {
            let message = format!("{times} is not from 1 to {SLICES_MAX}");
            return wrong(&format!("{part}.times"), message);
        }
        all += times;
        check_slice(&format!("{key}.{part}"), slice)?;
    }
    if all > SLICES_MAX {
        let message = format!("they are {all}; a gate can ask for {SLICES_MAX} at most");
        return wrong("slices", message);
    }
    Ok(())
}

fn check_slice(key: &str, slice: &ScriptedSlice) -> Result<(), Mistake> {
    for (revision, counts) in [("stable", &slice.stable), ("canary", &slice.canary)] {
        for (class, requests) in counts {
            let key = format!("{key}.{revision}");
            if !CLASSES.contains(&class.as_str()) {
                let message = format!("{class:?} is no class of status");
                return Err(Mistake::of_key(key, message).with_help("write 2xx, 3xx, 4xx or 5xx"));
            }
            if !requests.is_finite() || *requests < 0.0 {
                let message = format!("{requests} is no number of requests");
                let key = format!("{key}.{class}");
                return Err(Mistake::of_key(key, message).with_help("write 0 or more"));
            }
        }
    }
    Ok(())
}

/// Returns scripted slices with their times, under the names of the two revisions of a question. They have been checked.
pub(super) fn laid_out(scripted: &ScriptedTraffic, ask: &Ask) -> StandingTraffic {
    if let Some(error) = &scripted.error {
        return Err(error.clone());
    }
    let length = scripted.slice.map_or(SLICE, |text| text.0).as_secs_f64();
    let mut counts = Vec::new();
    for slice in &scripted.slices {
        let both = [
            counts_of(&ask.stable.name, &slice.stable),
            counts_of(&ask.canary.name, &slice.canary),
        ];
        let times = slice.times.unwrap_or(1) as usize;
        counts.extend(std::iter::repeat_n(both.concat(), times));
    }
    let end = scripted
        .end_s
        .unwrap_or((ask.now_s / length).floor() * length);
    let slices = counts.into_iter().rev().scan(end, |end, counts| {
        let end_s = *end;
        *end -= length;
        let start_s = *end;
        Some(Slice {
            start_s,
            end_s,
            counts,
        })
    });
    let mut slices: Vec<Slice> = slices.collect();
    slices.reverse();
    Ok(slices)
}

/// Returns the slices of the calls before, then those of this call; those of one stretch replace each other, as late counts
/// do on a platform.
///
/// # Errors
/// When those of this call end before the others, or one lies across the bounds of another.
pub(super) fn joined(
    older: Option<StandingTraffic>,
    newer: StandingTraffic,
) -> Result<StandingTraffic, String> {
    let Ok(newer) = newer else {
        return Ok(newer);
    };
    let mut slices = older.and_then(Result::ok).unwrap_or_default();
    let ends = |slices: &[Slice]| slices.last().map(|slice| slice.end_s);
    if let (Some(older), Some(newer)) = (ends(&slices), ends(&newer))
        && newer < older
    {
        return Err(format!(
            "its slices end at {newer}, before those of the calls before, which end at {older}"
        ));
    }
    for new in &newer {
        let overlaps = |old: &&Slice| old.start_s < new.end_s && new.start_s < old.end_s;
        let is_same = |old: &Slice| {
            let off = [old.start_s - new.start_s, old.end_s - new.end_s];
            off.iter().all(|off| off.abs() < 1e-6)
        };
        if let Some(old) = slices.iter().filter(overlaps).find(|old| !is_same(old)) {
            return Err(format!(
                "its slice from {} to {} lies across the one from {} to {} of a call before; give it the same bounds, or later \
                 ones",
                new.start_s, new.end_s, old.start_s, old.end_s
            ));
        }
    }
    let begin = newer.first().map_or(f64::INFINITY, |slice| slice.start_s);
    slices.retain(|slice| slice.end_s <= begin);
    slices.extend(newer);
    Ok(Ok(slices))
}

fn counts_of(revision: &str, classes: &BTreeMap<String, f64>) -> Vec<Count> {
    let count = |(class, requests): (&String, &f64)| Count {
        revision: revision.to_owned(),
        status_class: class.clone(),
        requests: *requests,
    };
    classes.iter().map(count).collect()
}
