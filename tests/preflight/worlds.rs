//! Worlds for the preflight: emulators, each with many apps, of which each is one case. A case is the good app, the good
//! configuration and the good command with some changes; what each change is, and whether a rollout is refused for it,
//! stands in the table. Runs nothing.

use serde_json::{Value, json};

use super::case::{Case, Token};

/// One change of the good case.
#[derive(Clone, Copy)]
struct Change {
    name: &'static str,
    /// Two changes of one axis exclude each other.
    axis: Axis,
    /// Whether a rollout of an else good case is refused for it.
    is_red: Option<bool>,
    make: fn(&mut Case),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Axis {
    Mode,
    Provisioning,
    Ingress,
    Sessions,
    Lease,
    Traffic,
    Revisions,
    Tags,
    Chosen,
    Deadline,
    Stages,
    Gates,
    StateDir,
    Credential,
}

/// One emulator with its cases.
pub(super) struct World {
    /// The members of the scenario beside the apps.
    members: Value,
    pub(super) cases: Vec<Case>,
}

impl World {
    pub(super) fn scenario(&self) -> Value {
        let mut scenario = self.members.clone();
        let apps: Vec<Value> = (self.cases.iter())
            .map(|case| Value::Object(case.app.clone()))
            .collect();
        scenario["apps"] = json!(apps);
        scenario["operation"] = json!({ "polls": 0 });
        scenario
    }
}

/// Shortens the table.
const fn change(
    name: &'static str,
    axis: Axis,
    is_red: Option<bool>,
    make: fn(&mut Case),
) -> Change {
    Change {
        name,
        axis,
        is_red,
        make,
    }
}

const RED: Option<bool> = Some(true);
const GREEN: Option<bool> = Some(false);

/// Every change.
const CHANGES: &[Change] = &[
    change("mode Single", Axis::Mode, RED, |case| {
        case.set("revisions-mode", json!("Single"))
    }),
    change("mode Labels", Axis::Mode, RED, |case| {
        case.set("revisions-mode", json!("Labels"))
    }),
    change("provisioning Failed", Axis::Provisioning, RED, |case| {
        case.set("provisioning-state", json!("Failed"));
    }),
    change("provisioning InProgress", Axis::Provisioning, RED, |case| {
        case.set("provisioning-state", json!("InProgress"));
    }),
    change("provisioning odd", Axis::Provisioning, RED, |case| {
        case.set("provisioning-state", json!("Waiting"));
    }),
    change("no ingress", Axis::Ingress, RED, |case| {
        case.set("ingress", json!(false))
    }),
    change("sticky", Axis::Sessions, RED, |case| {
        case.set("sticky-sessions", json!(true))
    }),
    change("lease alive", Axis::Lease, RED, |case| {
        case.lease("running", "4000000000")
    }),
    change("lease expired", Axis::Lease, RED, |case| {
        case.lease("running", "1700000000")
    }),
    change("lease held", Axis::Lease, RED, |case| {
        case.lease("held", "1700000000")
    }),
    change("lease damaged", Axis::Lease, RED, |case| {
        case.lease("perhaps", "4000000000")
    }),
    change("latest revision", Axis::Traffic, RED, |case| {
        case.set(
            "traffic",
            json!([{ "latest-revision": true, "weight": 100 }]),
        );
    }),
    change("traffic shared", Axis::Traffic, RED, |case| {
        case.split(&[("v1", 70), ("v2", 30)])
    }),
    change("traffic adds up to 90", Axis::Traffic, RED, |case| {
        case.split(&[("v1", 90)])
    }),
    change("no traffic", Axis::Traffic, RED, |case| case.split(&[])),
    change("twice in traffic", Axis::Traffic, RED, |case| {
        case.split(&[("v1", 50), ("v1", 50)]);
    }),
    change("entry of the canary", Axis::Traffic, GREEN, |case| {
        case.split(&[("v1", 100), ("v2", 0)]);
    }),
    change("canary inactive", Axis::Revisions, RED, |case| {
        case.canary("active", json!(false))
    }),
    change("canary older", Axis::Revisions, RED, |case| {
        case.canary("created", json!("2020-01-01T00:00:00Z"));
    }),
    change("canary not provisioned", Axis::Revisions, RED, |case| {
        case.canary("provisioning-state", json!("Failed"));
    }),
    change("canary failed", Axis::Revisions, RED, |case| {
        case.canary("running-state", json!("Failed"));
    }),
    change("canary of few replicas", Axis::Revisions, GREEN, |case| {
        case.canary("max-replicas", json!(1));
    }),
    change("canary at zero", Axis::Revisions, GREEN, |case| {
        case.canary("replicas", json!(0))
    }),
    change("tags without room", Axis::Tags, RED, |case| case.tags(49)),
    change("tags of its own", Axis::Tags, GREEN, |case| case.tags(20)),
    change("canary by name", Axis::Chosen, GREEN, |case| {
        case.flag("--canary APP--v2")
    }),
    change("tag that the canary has", Axis::Chosen, GREEN, |case| {
        case.flag("--image registry.example/shop:2");
    }),
    change("digest of the canary", Axis::Chosen, GREEN, |case| {
        case.canary("image", json!("registry.example/shop@sha256:abab"));
        case.flag("--image registry.example/shop@sha256:abab");
    }),
    change("name that is taken", Axis::Chosen, RED, |case| {
        case.flag("--image registry.example/shop:2 --suffix v2");
    }),
    change("stable by name", Axis::Chosen, GREEN, |case| {
        case.flag("--stable APP--v1")
    }),
    change("no such canary", Axis::Chosen, RED, |case| {
        case.flag("--canary APP--v9")
    }),
    change("canary is stable", Axis::Chosen, RED, |case| {
        case.flag("--canary APP--v1")
    }),
    change("wrong stable", Axis::Chosen, RED, |case| {
        case.flag("--stable APP--v2")
    }),
    change("two canaries", Axis::Chosen, RED, |case| {
        case.flag("--canary APP--v2 --image a/b:1")
    }),
    change("image to deploy", Axis::Chosen, GREEN, |case| {
        case.flag("--image registry.example/shop:3 --suffix new");
    }),
    change("image without registry", Axis::Chosen, RED, |case| {
        case.flag("--image 9")
    }),
    change("suffix that is taken", Axis::Chosen, RED, |case| {
        case.flag("--image registry.example/shop:3 --suffix v1");
    }),
    change("suffix that cannot be", Axis::Chosen, RED, |case| {
        case.flag("--image registry.example/shop:3 --suffix V_1");
    }),
    change("container that is not there", Axis::Chosen, RED, |case| {
        case.flag("--image registry.example/shop:3 --suffix new --container side");
    }),
    change("what comes with the image", Axis::Chosen, GREEN, |case| {
        case.flag("--image registry.example/shop:3 --suffix new --set-env A=1 --remove-env B --min-replicas 1");
    }),
    change("secret that is not there", Axis::Chosen, RED, |case| {
        case.flag("--image registry.example/shop:3 --suffix new --set-env A=secretref:none");
    }),
    change("more replicas than may be", Axis::Chosen, RED, |case| {
        case.flag("--image registry.example/shop:3 --suffix new --min-replicas 11");
    }),
    change("variable without an image", Axis::Chosen, RED, |case| {
        case.flag("--set-env A=1");
    }),
    change("deadline too short", Axis::Deadline, RED, |case| {
        case.flag("--deadline 20s")
    }),
    change("deadline long enough", Axis::Deadline, GREEN, |case| {
        case.flag("--deadline 10m")
    }),
    change("stages that fall", Axis::Stages, RED, |case| {
        case.rollout = "stages = [50, 10, 100]\n".to_owned();
    }),
    change("two stages", Axis::Stages, GREEN, |case| {
        case.rollout = "stages = [50, 100]\n".to_owned();
    }),
    change("stage of another gate", Axis::Stages, RED, |case| {
        case.rollout = "stages = [{ weight = 100, gates = [\"smoke\"] }]\n".to_owned();
    }),
    change("settings of a wrong type", Axis::Gates, RED, |case| {
        case.gates = "[gates.http-health]\nsettings = { attempts = \"many\" }\n".to_owned();
    }),
    change("settings with a typo", Axis::Gates, RED, |case| {
        case.gates = "[gates.http-health]\nsettings = { attemps = 2 }\n".to_owned();
    }),
    change("two gates without plugin", Axis::Gates, RED, |case| {
        case.gates =
            "[gates.a]\nplugin = \"./a.wasm\"\n[gates.b]\nplugin = \"./b.wasm\"\n".to_owned();
    }),
    change("secret that is not set", Axis::Gates, RED, |case| {
        let allow =
            "{ origin = \"https://a.example\", header.authorization = \"Bearer env:NOT_SET\" }";
        case.gates = format!("[gates.http-health]\nallow = [{allow}]\n");
    }),
    change("state folder taken", Axis::StateDir, RED, |case| {
        case.blocks_state_dir = true
    }),
    change("credential unknown", Axis::Credential, RED, |case| {
        case.further = "azure.credential = \"magic\"".to_owned();
    }),
    change("token missing", Axis::Credential, RED, |case| {
        case.further = "azure.credential = \"token\"".to_owned();
    }),
    change("token expired", Axis::Credential, RED, |case| {
        case.token = Some(Token::Expired)
    }),
    change("token of unknown life", Axis::Credential, GREEN, |case| {
        case.token = Some(Token::Opaque);
    }),
    change("token for two hours", Axis::Credential, GREEN, |case| {
        case.token = Some(Token::For(7_200));
    }),
    change(
        "token for less than the stage",
        Axis::Credential,
        RED,
        |case| {
            case.token = Some(Token::For(1_800));
            case.flag("--bake 60m");
        },
    ),
];

/// What an emulator is like beside its apps, and whether it refuses every rollout.
fn worlds() -> Vec<(Value, Option<bool>)> {
    vec![
        (json!({}), GREEN),
        (
            json!({ "denied": ["Microsoft.App/containerApps/write"] }),
            RED,
        ),
        (
            json!({ "denied": ["Microsoft.App/containerApps/revisions/read"] }),
            RED,
        ),
        (
            json!({ "denied": ["Microsoft.Authorization/permissions/read"] }),
            GREEN,
        ),
        (
            json!({ "denied": ["Microsoft.Insights/*", "*/restart/action"] }),
            GREEN,
        ),
        (json!({ "clock-skew-s": 900 }), RED),
        (json!({ "clock-skew-s": -120 }), GREEN),
        (json!({ "token": "the-right-one" }), RED),
    ]
}

/// Returns every world with its cases: in the first one each change alone and many in pairs, in the others some.
pub(super) fn all() -> Vec<World> {
    let worlds = worlds().into_iter().enumerate();
    worlds
        .map(|(index, (members, is_red))| {
            let mut picked: Vec<Vec<&Change>> = vec![Vec::new()];
            if index == 0 {
                picked.extend(CHANGES.iter().map(|change| vec![change]));
                picked.extend(pairs());
            } else {
                let some = CHANGES.iter().skip(index).step_by(7);
                picked.extend(some.map(|change| vec![change]));
            }
            let cases = picked.iter().enumerate();
            let cases = cases.map(|(number, changes)| case(number, changes, &members, is_red));
            World {
                cases: cases.collect(),
                members: members.clone(),
            }
        })
        .collect()
}

/// Returns pairs of changes, so that each change occurs in one, and each green one in several.
fn pairs() -> Vec<Vec<&'static Change>> {
    let of_distance = |changes: &[&'static Change], distance: usize| {
        let pairs = changes.iter().zip(changes.iter().cycle().skip(distance));
        let pairs = pairs.filter(|(one, other)| !one.axis.excludes(other.axis));
        pairs
            .map(|(one, other)| vec![*one, *other])
            .collect::<Vec<_>>()
    };
    let all: Vec<&Change> = CHANGES.iter().collect();
    let green: Vec<&Change> = CHANGES
        .iter()
        .filter(|change| change.is_red == GREEN)
        .collect();
    [
        of_distance(&all, 11),
        of_distance(&all, 23),
        of_distance(&green, 3),
        of_distance(&green, 5),
    ]
    .concat()
}

fn case(number: usize, changes: &[&Change], members: &Value, is_red: Option<bool>) -> Case {
    let mut case = Case::good(number);
    for change in changes {
        (change.make)(&mut case);
    }
    let has = |is_red| changes.iter().any(|change| change.is_red == is_red);
    case.is_red = match (has(RED), has(None)) {
        (true, _) => RED,
        (false, true) => None,
        (false, false) => GREEN,
    };
    let names: Vec<&str> = changes.iter().map(|change| change.name).collect();
    if !names.is_empty() {
        case.name = names.join(" + ");
    }
    // What chooses the canary may make up for another change.
    let chooses = changes.iter().any(|change| change.axis == Axis::Chosen);
    if chooses && changes.len() > 1 {
        case.is_red = None;
    }
    if is_red == RED {
        case.is_red = RED;
    }
    if *members != json!({}) {
        case.name = format!("{members}: {}", case.name);
    }
    case
}

impl Axis {
    fn excludes(self, other: Axis) -> bool {
        let of_the_lease = |axis| matches!(axis, Axis::Lease | Axis::Traffic | Axis::Tags);
        self == other || (of_the_lease(self) && of_the_lease(other))
    }
}
