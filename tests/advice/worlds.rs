//! The worlds of the advice: an app, a command that ends in a refusal or with an advice, and what each printed command
//! that moves traffic promises. A command that is not in the table promises to move nothing.

use serde_json::{Value, json};

use crate::support::{CANARY, Emulator, Finished, Lockgate, STABLE};

/// What the traffic becomes.
#[derive(Clone, Copy)]
pub(super) enum Becomes {
    AllOf(&'static str),
}

/// What happens while the command runs.
#[derive(Clone, Copy)]
enum Meanwhile {
    Nothing,
    /// It is asked to end in its first bake.
    Signal,
    /// Somebody else writes a split in its first bake.
    Operator,
}

pub(super) struct World {
    pub(super) name: &'static str,
    change: fn(&mut Value),
    /// A fault that every matching call meets.
    fault: Option<Value>,
    command: &'static str,
    meanwhile: Meanwhile,
    pub(super) code: i32,
    pub(super) moves: &'static [(&'static str, Becomes)],
}

impl World {
    pub(super) fn scenario(&self) -> Value {
        let mut scenario = Emulator::shop();
        scenario["operation"] = json!({ "polls": 0 });
        (self.change)(&mut scenario["apps"][0]);
        scenario
    }

    /// Runs the command of this world to its end.
    pub(super) fn end(&self, emulator: &Emulator) -> Finished {
        if let Some(fault) = &self.fault {
            emulator.fault(fault);
        }
        let lockgate = Lockgate::on(emulator, self.command);
        if let Meanwhile::Nothing = self.meanwhile {
            return lockgate.run();
        }
        let lockgate = lockgate.replacing(
            "bake = \"300ms\"",
            "bake = \"60s\"\nwatch-interval = \"100ms\"",
        );
        let mut running = lockgate.start();
        running.read_past(|line| line.contains("baking for"));
        if let Meanwhile::Signal = self.meanwhile {
            running.signal("INT");
        } else {
            let split =
                json!([{ "revision": STABLE, "weight": 50 }, { "revision": CANARY, "weight": 50 }]);
            emulator.operate(&split, &json!({}));
        }
        running.finish()
    }

    fn meets(self, fault: Value) -> World {
        World {
            fault: Some(fault),
            ..self
        }
    }

    fn while_it_runs(self, meanwhile: Meanwhile) -> World {
        World { meanwhile, ..self }
    }
}

pub(super) fn world(
    name: &'static str,
    change: fn(&mut Value),
    command: &'static str,
    code: i32,
    moves: &'static [(&'static str, Becomes)],
) -> World {
    World {
        name,
        change,
        fault: None,
        command,
        meanwhile: Meanwhile::Nothing,
        code,
        moves,
    }
}

pub(super) const ON_STABLE: Becomes = Becomes::AllOf(STABLE);
pub(super) const ON_CANARY: Becomes = Becomes::AllOf(CANARY);
pub(super) const ABORT: (&str, Becomes) = ("lockgate abort", ON_STABLE);

fn latest(app: &mut Value, of_stable: u32) {
    let rest = json!({ "latest-revision": true, "weight": 100 - of_stable });
    app["traffic"] = json!([{ "revision": STABLE, "weight": of_stable }, rest]);
}

pub(super) fn split(app: &mut Value, of_canary: u32) {
    app["traffic"] = json!([
        { "revision": STABLE, "weight": 100 - of_canary },
        { "revision": CANARY, "weight": of_canary },
    ]);
}

/// Puts the lease of a run at 10 % on the app.
pub(super) fn lease(app: &mut Value, state: &str, expires: u64) {
    split(app, 10);
    app["tags"] = json!({
        "lockgate-lease": format!("1/{state}"), "lockgate-run": "run-1", "lockgate-holder": "1/run-1",
        "lockgate-since": "1690000000/1690000100", "lockgate-stages": "10,25,50,100",
        "lockgate-stable": STABLE, "lockgate-canary": CANARY, "lockgate-stage": "0/10",
        "lockgate-expires": expires.to_string(), "lockgate-baseline-0": "shop--v1=100;",
    });
}

pub(super) const DEAD: u64 = 1_700_000_000;
pub(super) const ALIVE: u64 = 4_000_000_000;

fn canary_fails(app: &mut Value) {
    app["revisions"][1]["behaviour"] = json!({ "fails-from-weight": 10 });
}

pub(super) fn nothing(_: &mut Value) {}

pub(super) fn all() -> Vec<World> {
    let mut worlds = refusals_of_the_traffic();
    worlds.extend(refusals_of_the_revisions());
    worlds.extend(refusals_of_the_app());
    worlds.extend(leases());
    worlds.extend(ends());
    worlds
}

fn refusals_of_the_traffic() -> Vec<World> {
    vec![
        world("latest 20", |app| latest(app, 80), "rollout", 30, &[]),
        world("latest 50", |app| latest(app, 50), "plan", 30, &[]),
        world("latest 100", |app| latest(app, 0), "doctor", 30, &[]),
        world(
            "latest is chosen",
            |app| latest(app, 80),
            "rollout --canary shop--v2",
            30,
            &[],
        ),
        world(
            "latest, aborted",
            |app| latest(app, 80),
            "abort --to shop--v1",
            30,
            &[],
        ),
        world("shared", |app| split(app, 10), "rollout", 30, &[ABORT]),
        world(
            "shared with the canary",
            |app| split(app, 40),
            "plan --canary shop--v2",
            30,
            &[ABORT],
        ),
        world(
            "shared, aborted",
            |app| split(app, 10),
            "abort",
            30,
            &[ABORT],
        ),
        world(
            "twice",
            |app| {
                app["traffic"] = json!([
                    { "revision": STABLE, "weight": 100 }, { "revision": STABLE, "weight": 0, "label": "blue" },
                ]);
            },
            "rollout",
            30,
            &[],
        ),
    ]
}

fn refusals_of_the_revisions() -> Vec<World> {
    vec![
        world(
            "another stable",
            nothing,
            "rollout --stable shop--v2",
            30,
            &[],
        ),
        world(
            "a name that is taken, of an image by its tag",
            nothing,
            "rollout --image registry.example/shop:2 --suffix v2",
            30,
            &[("lockgate rollout", ON_CANARY)],
        ),
        world(
            "a canary that has failed",
            |app| app["revisions"][1]["running-state"] = json!("Failed"),
            "plan",
            30,
            &[],
        ),
        world(
            "no such canary",
            nothing,
            "rollout --canary shop--v9",
            30,
            &[],
        ),
        world(
            "canary is stable",
            nothing,
            "plan --canary shop--v1",
            30,
            &[],
        ),
        world(
            "canary is inactive",
            |app| app["revisions"][1]["active"] = json!(false),
            "rollout --canary shop--v2",
            30,
            &[],
        ),
    ]
}

fn refusals_of_the_app() -> Vec<World> {
    vec![
        world(
            "Single",
            |app| app["revisions-mode"] = json!("Single"),
            "rollout",
            30,
            &[],
        ),
        world(
            "Labels",
            |app| app["revisions-mode"] = json!("Labels"),
            "pin",
            30,
            &[],
        ),
        world(
            "sticky",
            |app| app["sticky-sessions"] = json!(true),
            "rollout",
            30,
            &[],
        ),
        world(
            "failed",
            |app| app["provisioning-state"] = json!("Failed"),
            "rollout",
            30,
            &[],
        ),
        world(
            "no ingress",
            |app| app["ingress"] = json!(false),
            "rollout",
            30,
            &[],
        ),
        world(
            "bad suffix",
            nothing,
            "deploy --image registry.example/shop:3 --suffix Bad",
            30,
            &[],
        ),
        world(
            "suffix that exists",
            nothing,
            "deploy --image registry.example/shop:3 --suffix v2",
            30,
            &[],
        ),
        world("nothing to resume", nothing, "resume", 30, &[]),
        world("not pinned", |app| latest(app, 80), "pin", 12, &[]).meets(json!({
            "on": { "method": "PATCH" },
            "what": { "operation-failed": { "code": "Ignored", "message": "dropped" } },
        })),
    ]
}

fn leases() -> Vec<World> {
    vec![
        world(
            "alive",
            |app| lease(app, "running", ALIVE),
            "rollout",
            30,
            &[ABORT],
        ),
        world(
            "alive, recovered",
            |app| lease(app, "running", ALIVE),
            "recover",
            30,
            &[ABORT, ("lockgate recover --run-id", ON_STABLE)],
        ),
        world(
            "alive, resumed",
            |app| lease(app, "running", DEAD),
            "resume",
            30,
            &[ABORT, ("lockgate recover", ON_STABLE)],
        ),
        world(
            "dead",
            |app| lease(app, "running", DEAD),
            "rollout",
            30,
            &[("lockgate recover", ON_STABLE)],
        ),
        world(
            "held",
            |app| lease(app, "held", DEAD),
            "rollout",
            30,
            &[ABORT, ("lockgate resume", ON_CANARY)],
        ),
        world(
            "held, aborted to",
            |app| lease(app, "held", DEAD),
            "abort --to shop--v1",
            30,
            &[ABORT],
        ),
        world(
            "stable is sick",
            |app| {
                lease(app, "held", DEAD);
                app["revisions"][0]["health-state"] = json!("Unhealthy");
            },
            "abort",
            21,
            &[(
                "az containerapp ingress traffic set --name shop --resource-group demo --subscription \
                00000000-0000-0000-0000-000000000000 --revision-weight shop--v2",
                ON_CANARY,
            )],
        ),
        world(
            "leased, pinned",
            |app| lease(app, "held", DEAD),
            "pin",
            30,
            &[ABORT],
        ),
    ]
}

/// Ends of a rollout that has begun.
fn ends() -> Vec<World> {
    let restoring = |what: Value| {
        json!({
            "on": { "method": "PATCH", "body-contains": "\"weight\":100" }, "nth": 1, "times": 1000, "what": what,
        })
    };
    vec![
        world("10", canary_fails, "rollout", 10, &[]),
        world("11", nothing, "rollout", 11, &[ABORT]).while_it_runs(Meanwhile::Signal),
        world("12", nothing, "rollout", 12, &[]).meets(json!({
            "on": { "method": "PATCH" }, "nth": 2, "what": { "refuse": { "status": 429, "retry-after": 3600 } },
        })),
        world("20", canary_fails, "rollout", 20, &[ABORT]).meets(restoring(json!("stuck-operation"))),
        world("21", canary_fails, "rollout", 21, &[
            ABORT,
            ("az containerapp ingress traffic set", ON_STABLE),
        ])
        .meets(restoring(json!({ "refuse": { "status": 429, "retry-after": 3600 } }))),
        world("31", nothing, "rollout", 31, &[ABORT]).while_it_runs(Meanwhile::Operator),
    ]
}
