//! More worlds of the advice: what follows a run. A pause, a promotion and its undo, a canary that has failed.

use serde_json::{Value, json};

use super::worlds::{
    ABORT, ALIVE, Becomes, DEAD, ON_CANARY, ON_STABLE, World, lease, nothing, split, world,
};
use crate::support::CANARY;

/// Puts the note of a promotion on the app, whose canary has this weight now.
fn promoted(app: &mut Value, of_canary: u32) {
    split(app, of_canary);
    app["tags"] = json!({ "lockgate-replaced": "run-1;shop--v2;shop--v1;1700000000;" });
}

pub(super) fn all() -> Vec<World> {
    const UNDO: (&str, Becomes) = ("lockgate undo", ON_STABLE);
    vec![
        world(
            "paused",
            |app| lease(app, "paused", ALIVE),
            "rollout",
            30,
            &[ABORT, ("lockgate resume", ON_CANARY)],
        ),
        world(
            "paused too long, resumed",
            |app| lease(app, "paused", DEAD),
            "resume",
            30,
            &[("lockgate recover", ON_STABLE)],
        ),
        world("promoted", nothing, "rollout", 0, &[UNDO]),
        world("nothing to undo", nothing, "undo", 30, &[]),
        world(
            "undone",
            |app| promoted(app, 100),
            "undo",
            0,
            &[("lockgate rollout", ON_CANARY)],
        ),
        world(
            "undo of an ill revision",
            |app| {
                promoted(app, 100);
                app["revisions"][0]["behaviour"] = json!({ "error-share": 1.0 });
            },
            "undo",
            10,
            &[UNDO],
        ),
        world(
            "undo of what was changed since",
            |app| promoted(app, 90),
            "undo",
            30,
            &[("lockgate abort --to shop--v1", ON_STABLE)],
        ),
        world(
            "failed before",
            |app| app["tags"] = json!({ "lockgate-failed": CANARY }),
            "rollout",
            30,
            &[
                ("lockgate rollout --again", ON_CANARY),
                ("lockgate rollout --canary", ON_CANARY),
            ],
        ),
    ]
}
