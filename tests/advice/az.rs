//! The commands of `az` that an advice may name, parsed strictly, and what those that move traffic or activate do: the
//! request that az sends, as `tests/clients` has seen it.

use serde_json::{Value, json};

use crate::support::Emulator;

/// What a command does to the app.
#[derive(Clone, Copy)]
enum Effect {
    /// It reads, or changes something else than who gets traffic.
    None,
    SetTraffic,
    Activate,
    Deactivate,
}

/// The commands, with the flags that each has beside those of every command.
const KNOWN: &[(&str, &[&str], Effect)] = &[
    ("show", &["--query"], Effect::None),
    ("revision list", &["--all", "--output"], Effect::None),
    ("revision show", &["--revision"], Effect::None),
    ("revision activate", &["--revision"], Effect::Activate),
    ("revision deactivate", &["--revision"], Effect::Deactivate),
    ("revision set-mode", &["--mode"], Effect::None),
    ("revision label remove", &["--label"], Effect::None),
    ("ingress enable", &["--type", "--target-port"], Effect::None),
    (
        "ingress traffic set",
        &["--revision-weight"],
        Effect::SetTraffic,
    ),
    ("ingress traffic show", &[], Effect::None),
    ("ingress sticky-sessions set", &["--affinity"], Effect::None),
    ("logs show", &["--revision"], Effect::None),
];

/// The flags without which a command depends on a machine's configuration, with their values here.
const OF_APP: [(&str, &str); 3] = [
    ("--name", "shop"),
    ("--resource-group", "demo"),
    ("--subscription", "00000000-0000-0000-0000-000000000000"),
];

/// Flags that have no value.
const SWITCHES: [&str; 1] = ["--all"];

/// Runs a command; the error says why az could not.
pub(super) fn run(emulator: &Emulator, command: &str) -> Result<(), String> {
    let words = command
        .strip_prefix("az containerapp ")
        .ok_or("is not a command about an app")?;
    let (name, flags) = words.split_once(" --").ok_or("has no flags")?;
    let (_, known, effect) = KNOWN
        .iter()
        .find(|(known, ..)| *known == name)
        .ok_or("is not a command that az is known to have")?;
    let flags = format!("--{flags}");
    let flags = parsed(&flags)?;
    for (flag, value) in OF_APP {
        if !flags.contains(&(flag, value)) {
            return Err(format!("does not say {flag} {value}"));
        }
    }
    for (flag, _) in &flags {
        let is_of_app = OF_APP.iter().any(|(of_app, _)| of_app == flag);
        if !is_of_app && !known.contains(flag) {
            return Err(format!("has the unknown flag {flag}"));
        }
    }
    let value = |name: &str| flags.iter().find(|(flag, _)| *flag == name);
    match effect {
        Effect::None => Ok(()),
        Effect::SetTraffic => {
            let (_, weight) = value("--revision-weight").ok_or("names no weight")?;
            set_traffic(emulator, weight)
        }
        Effect::Activate | Effect::Deactivate => {
            let (_, revision) = value("--revision").ok_or("names no revision")?;
            let action = name.rsplit(' ').next().unwrap_or_default();
            send(
                emulator,
                "POST",
                &format!("/revisions/{revision}/{action}"),
                &json!({}),
            )
        }
    }
}

fn parsed(text: &str) -> Result<Vec<(&str, &str)>, String> {
    let mut flags = Vec::new();
    let mut words = text.split(' ').peekable();
    while let Some(flag) = words.next() {
        if !flag.starts_with("--") {
            return Err(format!("has {flag:?} where a flag should be"));
        }
        let value = match words.peek() {
            Some(next) if !next.starts_with("--") => words.next().unwrap_or_default(),
            _ => "",
        };
        if value.is_empty() != SWITCHES.contains(&flag) {
            return Err(format!("has {flag} with the value {value:?}"));
        }
        flags.push((flag, value));
    }
    Ok(flags)
}

/// Gives all traffic to one revision: every other entry keeps its place and gets nothing.
fn set_traffic(emulator: &Emulator, weight: &str) -> Result<(), String> {
    let revision = weight
        .strip_suffix("=100")
        .ok_or("does not give all traffic to one")?;
    let snapshot = emulator.snapshot();
    let mut entries = snapshot["apps"][0]["traffic"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let mut is_there = false;
    for entry in &mut entries {
        let gets_all = entry["revisionName"] == revision && !is_there;
        is_there |= gets_all;
        entry["weight"] = json!(if gets_all { 100 } else { 0 });
    }
    if !is_there {
        entries.push(json!({ "revisionName": revision, "weight": 100 }));
    }
    let body = json!({ "properties": { "configuration": { "ingress": { "traffic": entries } } } });
    send(emulator, "PATCH", "", &body)
}

fn send(emulator: &Emulator, method: &str, below: &str, body: &Value) -> Result<(), String> {
    let url = format!(
        "{}/subscriptions/{}/resourceGroups/demo/providers/Microsoft.App/containerApps/shop{below}?api-version=2025-07-01",
        emulator.endpoint(),
        OF_APP[2].1
    );
    let method = method.parse().expect("a method");
    let client = reqwest::blocking::Client::new();
    let answer = client.request(method, url).json(body).send();
    let answer = answer.expect("the emulator answers");
    let status = answer.status();
    let operation = answer.headers().get("azure-asyncoperation").cloned();
    if !status.is_success() {
        let text = answer.text().unwrap_or_default();
        return Err(format!("is refused by the platform: {status} {text}"));
    }
    let Some(operation) = operation else {
        return Ok(());
    };
    // The write takes effect with its operation, which az follows too.
    let operation = operation.to_str().expect("a URL");
    emulator.until("the operation has ended", |_| {
        let answer = client.get(operation).send().expect("the emulator answers");
        let state: Value = answer.json().expect("the emulator answers JSON");
        state["status"] != "InProgress"
    });
    Ok(())
}
