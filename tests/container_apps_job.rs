//! The example of lockgate as Container Apps jobs: the containers of both jobs, with their variables, identities and roles,
//! against the emulator; and what `create` calls. The schema of the jobs is checked by `tests/container_apps_job/check`.

mod clients;

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::{Value, json};

use crate::fleet::Shell;
use crate::support::{CANARY, Emulator, Running, STABLE, pipelines, templates};

/// Every action that either job may need; what a role does not have of them is denied.
const ACTIONS: [&str; 8] = [
    "Microsoft.App/containerApps/read",
    "Microsoft.App/containerApps/write",
    "Microsoft.App/containerApps/revisions/read",
    "Microsoft.App/containerApps/revisions/replicas/read",
    "Microsoft.App/containerApps/revisions/activate/action",
    "Microsoft.App/containerApps/revisions/deactivate/action",
    "Microsoft.App/containerApps/revisions/restart/action",
    "Microsoft.Insights/metrics/read",
];
const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";
const CLIENT: &str = "00000000-0000-0000-0000-000000000002";

fn text_of(file: &str) -> String {
    let path = pipelines::examples().join("container-apps-job").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Starts the emulator for an identity that may do what the role says, and nothing without a token.
fn with_role(role: &str, mut scenario: Value) -> Emulator {
    let role: Value = serde_json::from_str(&text_of(role)).expect("JSON");
    let may: Vec<String> = pipelines::list(&role["Actions"])
        .iter()
        .map(pipelines::text)
        .collect();
    assert!(may.iter().all(|action| ACTIONS.contains(&action.as_str())));
    let denied = ACTIONS
        .iter()
        .filter(|action| !may.contains(&(**action).to_owned()));
    scenario["denied"] = json!(denied.collect::<Vec<_>>());
    scenario["require-token"] = json!(true);
    Emulator::start(&scenario)
}

/// Starts the container of a job as the platform does: its arguments, its variables and those of the identity.
fn execution(
    job: &str,
    emulator: &Emulator,
    more: &[(&str, &str)],
) -> (tempfile::TempDir, Running) {
    execution_with(&text_of("lockgate.toml"), job, emulator, more)
}

/// Starts it with another configuration.
fn execution_with(
    config: &str,
    job: &str,
    emulator: &Emulator,
    more: &[(&str, &str)],
) -> (tempfile::TempDir, Running) {
    let job = templates::read(&format!("container-apps-job/{job}"));
    let container = &job["properties"]["template"]["containers"][0];
    let volumes = tempfile::tempdir().expect("a folder");
    let path = |below: &str| volumes.path().join(below).display().to_string();
    std::fs::create_dir(path("state")).expect("a folder");
    std::fs::write(path("lockgate.toml"), config).expect("written");
    let filled = |value: &Value| match pipelines::text(value).as_str() {
        "$JANITOR_CLIENT_ID" | "$ROLLOUT_CLIENT_ID" => CLIENT.to_owned(),
        "$SUBSCRIPTION" => SUBSCRIPTION.to_owned(),
        "$GROUP" => "demo".to_owned(),
        "$APP" => "shop".to_owned(),
        "/config/lockgate.toml" => path("lockgate.toml"),
        "/state" => path("state"),
        plain => plain.to_owned(),
    };
    let variables: BTreeMap<String, String> = pipelines::list(&container["env"])
        .iter()
        .map(|entry| (pipelines::text(&entry["name"]), filled(&entry["value"])))
        .collect();
    let mut lockgate = Command::new(env!("CARGO_BIN_EXE_lockgate"));
    lockgate
        .args(
            pipelines::list(&container["args"])
                .iter()
                .map(pipelines::text),
        )
        .current_dir(volumes.path())
        .env_clear()
        .envs(variables)
        .env(
            "IDENTITY_ENDPOINT",
            format!("{}/msi/token", emulator.endpoint()),
        )
        .env("IDENTITY_HEADER", "emulated-header")
        .env("LOCKGATE_ENDPOINT", emulator.endpoint())
        .envs(more.iter().copied());
    let running = Running::start(&mut lockgate);
    (volumes, running)
}

fn lost_at_25() -> Value {
    let mut scenario = Emulator::shop();
    let app = &mut scenario["apps"][0];
    app["traffic"] = json!([
        { "revision": STABLE, "weight": 75 },
        { "revision": CANARY, "weight": 25 },
    ]);
    app["tags"] = json!({
        "lockgate-run": "20231101t000000-000001",
        "lockgate-lease": "1/running",
        "lockgate-holder": "1/20231101t000000-000001",
        "lockgate-since": "1690000000/1690000100",
        "lockgate-stages": "10,25,50,100",
        "lockgate-stable": STABLE,
        "lockgate-canary": CANARY,
        "lockgate-stage": "1/25",
        "lockgate-expires": "1700000000",
        "lockgate-baseline-0": format!("{STABLE}=100;"),
    });
    scenario
}

#[test]
fn janitor_restores_a_lost_run_with_its_identity_and_its_role_alone() {
    let emulator = with_role("role-janitor.json", lost_at_25());
    let (_folder, running) = execution("janitor.yaml", &emulator, &[]);
    running.finish().ends(12, &emulator);
    let writes = emulator.writes().len();
    let (_folder, again) = execution("janitor.yaml", &emulator, &[]);
    again.finish().exits(0);
    assert_eq!(emulator.writes().len(), writes);
}

#[test]
fn janitor_activates_a_stable_revision_that_is_inactive() {
    let emulator = with_role("role-janitor.json", lost_at_25());
    emulator.deactivate(STABLE);
    let (_folder, running) = execution("janitor.yaml", &emulator, &[]);
    running.finish().ends(12, &emulator);
    assert!(emulator.is_active(STABLE));
}

const QUICK: [(&str, &str); 2] = [("LOCKGATE_STAGES", "50,100"), ("LOCKGATE_BAKE", "300ms")];

#[test]
fn rollout_is_promoted_with_its_identity_and_its_role_alone() {
    let emulator = with_role("role-rollout.json", Emulator::shop());
    // `compare` waits for counts of minutes; which right it needs is held below.
    let (config, compare) = (text_of("lockgate.toml"), "[gates.compare]\n");
    assert!(config.contains(compare));
    let config = config.replace(compare, "");
    let (folder, running) = execution_with(&config, "rollout.yaml", &emulator, &QUICK);
    running.finish().ends(0, &emulator);
    let runs = std::fs::read_dir(folder.path().join("state/runs")).expect("the journals");
    assert_eq!(runs.count(), 1);
}

#[test]
fn rollout_needs_every_action_of_its_role() {
    let role: Value = serde_json::from_str(&text_of("role-rollout.json")).expect("JSON");
    for action in pipelines::list(&role["Actions"]) {
        // Needed only where the stable revision is inactive.
        if action == "Microsoft.App/containerApps/revisions/activate/action" {
            continue;
        }
        let mut scenario = Emulator::shop();
        scenario["denied"] = json!([action]);
        let emulator = Emulator::start(&scenario);
        let (_folder, running) = execution("rollout.yaml", &emulator, &QUICK);
        let run = running.finish();
        assert_eq!(run.code, Some(30), "without {action}: {run}");
    }
}

#[test]
fn stopped_execution_rolls_back() {
    let emulator = with_role("role-rollout.json", Emulator::shop());
    let (_folder, mut running) = execution("rollout.yaml", &emulator, &[]);
    running.read_past(|line| line.contains("read back"));
    running.signal("TERM");
    running.finish().ends(11, &emulator);
}

#[test]
fn longest_rollout_fits_into_the_timeout_of_its_job() {
    let emulator = Emulator::healthy();
    let shell = Shell::new()
        .env("LOCKGATE_ENDPOINT", emulator.endpoint())
        .env("LOCKGATE_APP", "shop")
        .env("LOCKGATE_RESOURCE_GROUP", "demo")
        .env("LOCKGATE_SUBSCRIPTION", SUBSCRIPTION);
    std::fs::write(shell.path("lockgate.toml"), text_of("lockgate.toml")).expect("written");
    let plan = shell.run("lockgate plan");
    plan.exits(0);
    let (_, after) = plan
        .stdout
        .split_once("the run ends within ")
        .expect("a duration");
    let minutes: u64 = after
        .split(' ')
        .next()
        .unwrap_or_default()
        .parse()
        .expect("minutes");
    let readme = text_of("README.md");
    assert!(
        readme.contains(&format!("prints, {minutes} min with this")),
        "{plan}"
    );
    let job = templates::read("container-apps-job/rollout.yaml");
    let timeout = job["properties"]["configuration"]["replicaTimeout"].as_u64();
    assert!(timeout.expect("a number") > minutes * 60, "{plan}");
}

/// Stands in for `az`: keeps its arguments and files, and answers what `create` asks for.
const AZ: &str = r#"#!/bin/bash
echo "$*" >>"$HOME/calls"
previous=
for argument; do
    case $previous in --yaml | --role-definition) cp "${argument#@}" "$HOME/${argument##*/}" ;; esac
    previous=$argument
done
case "$*" in
*"role assignment create"*) [[ -e $HOME/known ]] || { touch "$HOME/known"; exit 1; } ;;
*"account show"*) echo 00000000-0000-0000-0000-000000000000 ;;
*"--query location"*) echo westeurope ;;
*"--query clientId"*) echo 00000000-0000-0000-0000-000000000002 ;;
*"--query principalId"*) echo 00000000-0000-0000-0000-000000000003 ;;
*"--query id"*) echo "/subscriptions/0/resourceGroups/demo/providers/x/y" ;;
esac
"#;

#[test]
fn create_fills_in_every_name_and_calls_az_in_order() {
    let shell = Shell::new()
        .program("az", AZ)
        .program("sleep", "#!/bin/bash\n");
    let create = pipelines::examples().join("container-apps-job/create");
    let create = create.display();
    let options =
        "--group demo --environment env --app shop --image registry.example/lockgate@sha256:00";

    let dry = shell.run(&format!("{create} --dry-run {options}"));
    dry.exits(0)
        .says("az containerapp job create --name lockgate-rollout");
    assert!(!shell.path("calls").exists(), "nothing was called: {dry}");

    // The first assignment of a new identity fails for a while.
    let run = shell.run(&format!("{create} {options}"));
    run.exits(0).says("not assigned yet");
    let kept = |file: &str| std::fs::read_to_string(shell.path(file)).expect("the file");
    for file in [
        "janitor.yaml",
        "rollout.yaml",
        "role-janitor.json",
        "role-rollout.json",
    ] {
        let text = kept(file);
        let mut lines = text.lines().map(str::trim_start);
        let left = lines.find(|line| line.contains('$') && !line.starts_with('#'));
        assert_eq!(left, None, "{file}");
    }
    let job: Value = serde_saphyr::from_str(&kept("rollout.yaml")).expect("YAML");
    let secret = &job["properties"]["configuration"]["secrets"][0]["value"];
    assert_eq!(secret.as_str(), Some(text_of("lockgate.toml").as_str()));
    let calls = kept("calls");
    let verbs = [
        "identity create",
        "role definition create",
        "role assignment create",
        "job create",
    ];
    let places = verbs.map(|verb| {
        calls
            .rfind(verb)
            .unwrap_or_else(|| panic!("{verb}: {calls}"))
    });
    assert!(places.is_sorted(), "{calls}");

    for (wrong, says) in [
        ("--group demo", "--environment is missing"),
        ("--group", "--group needs a value"),
        ("--grup demo", "'--grup' is no option"),
        (
            "--group a --environment b --app c --image d:1",
            "by its digest",
        ),
        (
            "--group a_b --environment b --app c --image d@sha256:1",
            "use main.bicep",
        ),
    ] {
        shell.run(&format!("{create} {wrong}")).exits(2).says(says);
    }
}
