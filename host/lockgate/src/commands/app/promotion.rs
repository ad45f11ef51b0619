//! The last promotion of an app and what an undo would do about it, as `status` and `plan` show it. Judges nothing.

use std::time::Duration;

use rollout::{Promotion, human};
use serde_json::{Value, json};

use crate::platform::AppDescription;
use crate::report::Commands;

/// Returns what the last promotion has replaced, and what an undo would do; `None` where no promotion is noted.
pub(super) fn as_text(description: &AppDescription) -> Option<String> {
    let Promotion {
        promoted,
        replaced,
        at,
        ..
    } = description.promotion.as_ref()?;
    let ago = human(Duration::from_secs(description.read_at.saturating_sub(*at)));
    let undo = Commands::about(&description.app).lockgate("undo");
    let what = format!("{promoted} replaced {replaced} {ago} ago");
    Some(match &description.undo {
        Ok(undoing) => match undoing.traffic() {
            Some(traffic) => format!("{what}; {undo} would write {traffic}"),
            None => format!("{what}, and {replaced} has all traffic again"),
        },
        Err(_) if !matches!(description.lease, Ok(None)) => what,
        Err(why) => format!("{what}; it cannot be undone: {why}"),
    })
}

/// Returns the array that an undo would write, or the reason for which it would be refused; null without a promotion.
pub(super) fn undo_as_json(description: &AppDescription) -> Value {
    match &description.undo {
        _ if description.promotion.is_none() => Value::Null,
        Ok(undoing) => json!({ "traffic": undoing.traffic(), "refused": null }),
        Err(why) => json!({ "traffic": null, "refused": why }),
    }
}
