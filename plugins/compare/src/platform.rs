//! The source `platform`: the platform's own counts of all requests, in slices of time.

#[cfg(test)]
mod tests;

use evidence::{Block, Counts};
use lockgate_gate::{CannotAnswer, Slice, slices};

use crate::asked::{Asked, Names};
use crate::judge::{News, needs_history};
use crate::minutes::{HISTORY, Minute};
use crate::settings::{CLASSES, Failing, Metric, Settings};
use crate::state::State;
use crate::words::{number, time_of_day};

/// The length of a slice before one was seen: Azure's.
const LENGTH_S: f64 = 60.0;
/// The most slices that the contract returns at once.
const SLICES_MAX: f64 = 1_440.0;
/// What the text of a failed read says where it will not succeed by itself: a role is missing, or there are no counts at all.
const FINAL: [&str; 3] = [
    "Monitoring Reader",
    "AuthorizationFailed",
    "does not know what the platform counted",
];

/// What it says where the read was fine and no request was counted in any slice that was asked for.
const QUIET: &str = "no data yet for";

/// Reads what is new.
///
/// # Errors
/// When counts can never be read, such as without a permission, or what was read is nonsense.
pub fn read(
    settings: &Settings,
    state: &State,
    asked: &Asked,
    names: Names<'_>,
) -> Result<News, CannotAnswer> {
    let wants_history = needs_history(settings, state, asked);
    let length = if state.length > 0.0 {
        state.length
    } else {
        LENGTH_S
    };
    let mut wanted = wanted(state, asked, wants_history, length);
    let mut read = slices(wanted);
    // Slices may be shorter than thought, as an emulator's are.
    let seen = read.as_ref().ok().and_then(|slices| slices.last());
    if let Some(seen) = seen
        .map(|slice| slice.end_s - slice.start_s)
        .filter(|seen| *seen > 0.0)
    {
        let again = self::wanted(state, asked, wants_history, seen);
        if again > wanted {
            wanted = again;
            read = slices(wanted);
        }
    }
    match read {
        Ok(slices) => {
            let minutes = slices
                .iter()
                .map(|slice| minute(slice, &settings.metrics, names));
            Ok(News::Minutes(
                minutes.collect::<Result<Vec<Minute>, CannotAnswer>>()?,
            ))
        }
        Err(error) if error.text().contains(QUIET) => Ok(News::Minutes(Vec::new())),
        Err(error) if FINAL.iter().any(|text| error.text().contains(text)) => Err(error),
        Err(error) => {
            let why = error.text();
            let why = why.strip_prefix("no request counts: ").unwrap_or(why);
            Ok(News::Nothing(why.to_owned()))
        }
    }
}

/// Returns how many slices lie between what was used last, or the beginning of the stable's history, and now.
fn wanted(state: &State, asked: &Asked, wants_history: bool, length: f64) -> u32 {
    let new = if asked.weight == 0 {
        0.0
    } else {
        ((asked.now_s - state.until) / length).ceil()
    };
    #[expect(clippy::cast_precision_loss, reason = "60")]
    let before = if wants_history { HISTORY as f64 } else { 0.0 };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "1 to 1,440"
    )]
    let wanted = (new + before).clamp(1.0, SLICES_MAX) as u32;
    wanted
}

/// Returns a slice as a minute.
fn minute(slice: &Slice, metrics: &[Metric], names: Names<'_>) -> Result<Minute, CannotAnswer> {
    // By revision, canary first, and by class: what was counted, where anything was.
    let mut counted = [[None; CLASSES.len()]; 2];
    for count in &slice.counts {
        let revision = [names.canary, names.stable]
            .iter()
            .position(|name| *name == count.revision);
        let class = CLASSES
            .iter()
            .position(|class| *class == count.status_class);
        let (Some(revision), Some(class)) = (revision, class) else {
            continue;
        };
        let place: &mut Option<f64> = &mut counted[revision][class];
        if place.replace(count.requests).is_some() {
            let (name, class) = (&count.revision, &count.status_class);
            let start = time_of_day(slice.start_s);
            return Err(CannotAnswer::new(format!(
                "the source has the count of {name} and {class} twice in the slice that begins at {start}; nothing of it is used"
            )));
        }
        if !count.requests.is_finite() || count.requests < 0.0 {
            let number = number(count.requests);
            let (name, class) = (&count.revision, &count.status_class);
            let start = time_of_day(slice.start_s);
            return Err(CannotAnswer::new(format!(
                "the source counted {number} requests of {name} with {class} in the slice that begins at {start}; nothing of it is used"
            )));
        }
    }
    let blocks = metrics.iter().map(|metric| {
        let [canary, stable] = counted.map(|classes| sums(classes, &metric.failing));
        Block { canary, stable }
    });
    Ok(Minute {
        start_s: slice.start_s,
        end_s: slice.end_s,
        is_counted: counted.iter().flatten().any(Option::is_some),
        blocks: blocks.collect(),
    })
}

/// Returns the requests of a revision, and those with a class that is a failure. What was not counted is 0.
fn sums(classes: [Option<f64>; CLASSES.len()], failing: &Failing) -> Counts {
    let mut sums = Counts::default();
    for (place, requests) in classes.into_iter().enumerate() {
        let requests = requests.unwrap_or(0.0);
        sums.requests += requests;
        if matches!(failing, Failing::Classes(classes) if classes[place]) {
            sums.failures += requests;
        }
    }
    sums
}
