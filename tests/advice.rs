//! Every command that lockgate prints can be pasted, and moves the traffic that its sentence promises and no other. The
//! worlds are in `worlds` and `later`, what `az` has and does in `az`.
#![cfg(unix)]

mod az;
mod later;
mod worlds;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::{CANARY, Emulator, Finished, Lockgate, STABLE};
use worlds::{Becomes, World};

/// Runs wait for the emulator most of the time, so more of them than there are processors run at a time.
const THREADS: usize = 8;

/// The flags without which a command depends on a machine's configuration.
const OF_APP: &str =
    "--app shop --resource-group demo --subscription 00000000-0000-0000-0000-000000000000";

/// The commands of lockgate that an advice may name, and what a word for a person to fill in stands for here.
const COMMANDS: [&str; 11] = [
    "status", "doctor", "plan", "pin", "abort", "recover", "resume", "deploy", "rollout", "undo",
    "forget",
];
const FILLED_IN: [(&str, &str); 4] = [
    ("REVISION", STABLE),
    ("IMAGE", "registry.example/shop:9"),
    ("SUFFIX", "nine"),
    ("PORT", "80"),
];

type Weights = BTreeMap<String, u64>;

/// Returns the weights with the name of the revision that `latestRevision` means.
fn weights(emulator: &Emulator) -> Weights {
    let mut weights = Weights::new();
    for (name, weight) in emulator.weights() {
        let name = if name == "latest" { CANARY } else { &name };
        *weights.entry(name.to_owned()).or_default() += weight;
    }
    weights
}

/// Returns every text in backquotes.
fn commands(run: &Finished) -> BTreeSet<String> {
    [&run.stdout, &run.stderr]
        .iter()
        .flat_map(|text| text.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

/// Returns the scenario with the traffic, the tags and the states that the app has now, and no fault.
fn copy(scenario: &Value, emulator: &Emulator) -> Value {
    let snapshot = emulator.snapshot();
    let now = &snapshot["apps"][0];
    let mut scenario = scenario.clone();
    let app = &mut scenario["apps"][0];
    let entries = now["traffic"].as_array().into_iter().flatten();
    let entries = entries.map(|entry| {
        let mut copied = json!({ "weight": entry["weight"].as_u64().unwrap_or_default() });
        match entry["revisionName"].as_str() {
            Some(name) => copied["revision"] = json!(name),
            None => copied["latest-revision"] = json!(true),
        }
        if let Some(label) = entry["label"].as_str() {
            copied["label"] = json!(label);
        }
        copied
    });
    app["traffic"] = entries.collect();
    app["tags"] = now["tags"].clone();
    scenario
}

/// Runs a command of lockgate as a person does who has pasted it on another machine.
fn run_lockgate(emulator: &Emulator, command: &str) -> Result<(), String> {
    let words = command.strip_prefix("lockgate ").unwrap_or_default();
    let name = words.split(' ').next().unwrap_or_default();
    if words.starts_with("gate replay ") {
        // About the recordings of one machine; `replay_lines` runs it there.
        return Ok(());
    }
    if !COMMANDS.contains(&name) {
        return Err("is not among the commands of an advice".to_owned());
    }
    if !words.contains(OF_APP) {
        return Err("is not complete".to_owned());
    }
    let elsewhere = tempfile::tempdir().expect("a folder");
    let state = elsewhere.path().join("state");
    let mut lockgate =
        Lockgate::on(emulator, words).env("LOCKGATE_STATE_DIR", &state.display().to_string());
    std::fs::remove_file(lockgate.folder().join("lockgate.toml")).expect("no configuration");
    if words.starts_with("abort --to ") {
        // A person at a terminal is asked, and agrees.
        if !words.contains(" --yes") {
            lockgate = lockgate.arg("--yes");
        }
    }
    if matches!(name, "resume" | "rollout") {
        // The default bakes five minutes in each stage.
        lockgate = lockgate.env("LOCKGATE_BAKE", "100ms");
    }
    let run = lockgate.run();
    match run.code {
        None | Some(2) => Err(format!("cannot be run: {run}")),
        Some(_) => Ok(()),
    }
}

/// Runs a command on a copy of a world, and returns what contradicts the promise.
fn contradiction(world: &World, copied: &Value, command: &str) -> Option<String> {
    let emulator = Emulator::start(copied);
    let before = weights(&emulator);
    let mut filled_in = command.to_owned();
    for (word, value) in FILLED_IN {
        filled_in = filled_in.replace(&format!(" {word}"), &format!(" {value}"));
        filled_in = filled_in.replace(&format!(" {word}="), &format!(" {value}="));
    }
    let ran = match filled_in.split(' ').next() {
        Some("lockgate") => run_lockgate(&emulator, &filled_in),
        Some("az") => az::run(&emulator, &filled_in),
        _ => Err("is not a command".to_owned()),
    };
    if let Err(why) = ran {
        return Some(format!("{}: `{command}` {why}", world.name));
    }
    let promised = world
        .moves
        .iter()
        .find(|(begin, _)| command.starts_with(begin));
    let expected = match promised {
        None => before,
        Some((_, Becomes::AllOf(revision))) => [((*revision).to_owned(), 100)].into(),
    };
    let after = weights(&emulator);
    (after != expected).then(|| {
        format!(
            "{}: `{command}` leaves {after:?} and not {expected:?}",
            world.name
        )
    })
}

/// Returns what is wrong with the advice of a world.
fn try_one(world: &World) -> Vec<String> {
    let scenario = world.scenario();
    let emulator = Emulator::start(&scenario);
    let run = world.end(&emulator);
    let name = world.name;
    if run.code != Some(world.code) {
        return vec![format!("{name}: code {} was expected: {run}", world.code)];
    }
    let commands = commands(&run);
    let mut wrong = Vec::new();
    if commands.is_empty() {
        wrong.push(format!("{name}: no command is printed: {run}"));
    }
    for (begin, _) in world.moves {
        if !commands.iter().any(|command| command.starts_with(begin)) {
            wrong.push(format!("{name}: {begin} is not printed: {run}"));
        }
    }
    let copied = copy(&scenario, &emulator);
    let contradictions = commands
        .iter()
        .filter_map(|command| contradiction(world, &copied, command));
    wrong.extend(contradictions);
    wrong
}

#[test]
fn every_printed_command_can_be_pasted_and_moves_what_its_sentence_promises() {
    let mut worlds = worlds::all();
    worlds.extend(later::all());
    assert!(worlds.len() >= 15, "{}", worlds.len());
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(world) = worlds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = try_one(world);
                    wrong.lock().expect("no thread panics").extend(found);
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no thread panics");
    assert!(
        wrong.is_empty(),
        "{} are wrong:\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}
