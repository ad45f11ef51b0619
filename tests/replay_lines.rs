//! What a run leaves behind for whoever looks into a "no": its folder under its own name, the recordings, the components that
//! were called, and at the moment of the "no" the command that puts the call again.

use serde_json::json;

use crate::support::{CANARY, Emulator, Finished, Lockgate, component};

/// Returns the command that a run has printed, without the program's name.
fn printed_command(run: &Finished) -> Vec<String> {
    let line = run
        .stdout
        .lines()
        .find(|line| line.contains("recorded in "));
    let line = line.unwrap_or_else(|| panic!("no recording is named: {run}"));
    let command = line.split('`').nth(1).expect("a command in backquotes");
    let words = command.split(' ').map(str::to_owned);
    let mut words: Vec<String> = words.collect();
    assert_eq!(words.remove(0), "lockgate");
    words
}

fn again(lockgate: &Lockgate, words: &[String]) -> Finished {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    lockgate.again(&words)
}

#[test]
fn printed_command_puts_the_call_again_although_the_component_was_rebuilt() {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout")
        .gates("[gates.odd]\nplugin = \"./odd.wasm\"\n")
        .file("odd.wasm", &component::deciding(2, "errors doubled"));
    let run = lockgate.run();
    run.ends(10, &emulator)
        .says("promotion gate odd: fail: errors doubled");
    assert_eq!(run.stdout.matches("errors doubled").count(), 1, "{run}");
    let command = printed_command(&run);
    let lockgate = lockgate.file("odd.wasm", &component::deciding(1, "go on"));
    again(&lockgate, &command)
        .exits(10)
        .says("fail: errors doubled")
        .says("the same answer as recorded");
}

#[test]
fn built_in_gate_is_put_again_by_its_name() {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "fails-from-weight": 25 }));
    let lockgate = Lockgate::on(&emulator, "rollout");
    let run = lockgate.run();
    run.ends(10, &emulator)
        .says("rolling back: health check http-health said no");
    let command = printed_command(&run);
    assert_eq!(command[..3], ["gate", "replay", "http-health"], "{run}");
    again(&lockgate, &command)
        .exits(10)
        .says("the same answer as recorded");
}

#[test]
fn gate_that_breaks_is_put_again_too_and_its_failure_is_written_once() {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout")
        .gates("[gates.odd]\nplugin = \"./odd.wasm\"\n")
        .file("odd.wasm", &component::complaining("no token"));
    let run = lockgate.run();
    run.ends(12, &emulator)
        .says("FAILED TO ANSWER again, as before")
        .says("rolling back: gate odd failed to answer");
    assert_eq!(run.stdout.matches("no token").count(), 1, "{run}");
    again(&lockgate, &printed_command(&run))
        .exits(12)
        .says("no token");
}

#[test]
fn event_of_the_no_has_the_recording_and_the_command() {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout --output json")
        .gates("[gates.odd]\nplugin = \"./odd.wasm\"\n")
        .file("odd.wasm", &component::deciding(2, "errors doubled"));
    let run = lockgate.run();
    let events = run.ends(10, &emulator).events();
    let with_replay: Vec<_> = events
        .iter()
        .filter(|event| event["replay"].is_string())
        .collect();
    let [event] = &with_replay[..] else {
        panic!("{run}")
    };
    assert_eq!(event["event"], "answered");
    let recording = std::path::Path::new(event["recording"].as_str().unwrap());
    assert!(recording.is_file(), "{event}");
    let result = events.last().unwrap()["detail"]["result"].as_str().unwrap();
    assert!(result.ends_with("said no: errors doubled"), "{result}");
}

#[test]
fn folder_of_a_run_has_its_name() {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout --run-id build-7");
    lockgate.run().ends(0, &emulator);
    // A pipeline that is run again chooses the same name.
    lockgate.run().exits(30);
    let runs = std::fs::read_dir(lockgate.folder().join(".lockgate/runs")).unwrap();
    let mut names: Vec<String> = runs
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["build-7", "build-7-2"]);
    let unnamed = Lockgate::on(&emulator, "rollout");
    let run = unnamed.run();
    let (_, after) = run.stdout.split_once(", run ").unwrap();
    let (id, _) = after.split_once(',').unwrap();
    assert!(
        unnamed.folder().join(".lockgate/runs").join(id).is_dir(),
        "{run}"
    );
}

#[test]
fn component_is_kept_once_under_its_digest() {
    let emulator = Emulator::healthy();
    let bytes = component::deciding(1, "go on");
    let lockgate = Lockgate::on(&emulator, "rollout")
        .gates("[gates.odd]\nplugin = \"./odd.wasm\"\n[gates.twin]\nplugin = \"./odd.wasm\"\n")
        .file("odd.wasm", &bytes);
    lockgate.run().ends(0, &emulator);
    let kept = lockgate.folder().join(".lockgate/components");
    let names: Vec<_> = std::fs::read_dir(&kept).unwrap().collect();
    assert_eq!(names.len(), 1);
    let path = kept.join(format!("{}.wasm", gates::digest(&bytes)));
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}
