//! A run that begins: its id, its holder (this process) and the folder of this process.

use std::hash::{BuildHasher as _, Hasher as _};
use std::path::{Path, PathBuf};

use rollout::{Intent, Plan, Rollout};

use super::place::place;

/// Returns a run with an id that [`new_id`] has made.
pub(crate) fn new_rollout(id: String, plan: Plan, intent: Intent) -> Rollout {
    Rollout::new(id, plan, intent).placed_at(place())
}

/// Returns a run with an id that the pipeline chose, or that an earlier process has had. The same one may come again, so the
/// holder has an id of its own.
pub(crate) fn named_rollout(name: String, plan: Plan, intent: Intent) -> Rollout {
    Rollout::new(name, plan, intent)
        .held_by(new_id())
        .placed_at(place())
}

/// Returns the folder of a run, `<state>/runs/<id>`. None is created.
pub(super) fn folder_of_run(state_dir: &Path, id: &str) -> PathBuf {
    state_dir.join("runs").join(id)
}

/// Returns an id that sorts by time and differs between two runs of the same second.
pub(crate) fn new_id() -> String {
    let random = std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish();
    let time = jiff::Timestamp::now().strftime("%Y%m%dt%H%M%S");
    format!("{time}-{:06x}", random & 0xff_ffff)
}
