//! Settings of gates: complete when a gate gets them, kept in recordings, refused where they were given. `bad_input` has the
//! mistakes in `lockgate.toml`.

use serde_json::Value;

use crate::recordings::{recorded, replayed};
use crate::support::{Emulator, Lockgate, component};

fn gate(command: &str) -> Lockgate {
    Lockgate::at("http://127.0.0.1:9", &format!("gate {command}"))
}

#[test]
fn recording_keeps_complete_settings_and_is_replayed_with_them() {
    let emulator = Emulator::healthy();
    let har = recorded(&emulator);
    let settings = "/log/pages/0/_lockgate/ask/settings";
    let kept = har.pointer(settings).expect("the recording keeps them");
    assert_eq!(kept["timeout-ms"], 5_000, "{kept}");
    assert_eq!(kept["expected-status"], "200-299", "{kept}");
    let with = |key: &str, value: Value| {
        let mut har = har.clone();
        har.pointer_mut(settings).expect("they are there")[key] = value;
        replayed(&har, "").run()
    };
    with("expected-status", "204".into()).exits(10);
    with("colour", 1.into())
        .exits(2)
        .says("the settings in the recording: colour: unknown setting");
    // An older recording has only what was written.
    let mut older = har.clone();
    *older.pointer_mut(settings).expect("they are there") = serde_json::json!({});
    replayed(&older, "").run().exits(0).says("pass");
}

#[test]
fn gate_is_asked_no_more_of_its_settings_than_a_schema() {
    // Answers "unknown", whatever its settings; its schema leaves them open.
    let open = component::health(
        "(i32.store8 (i32.const 2048) (i32.const 1)) (i32.store (i32.const 2052) (i32.const 1024))
         (i32.store (i32.const 2056) (i32.const 4)) (i32.const 2048)",
        "nope",
    );
    let run = gate("check odd.wasm").file("odd.wasm", &open).run();
    run.exits(1).says("2 failed");
    assert!(!run.stdout.contains("settings"), "{run}");
}

#[test]
fn mistake_in_the_settings_of_a_flag_names_the_flag() {
    let run = |settings: &str| {
        gate("check http-health --settings")
            .arg(settings)
            .file("mine.json", b"{\"latency\": {}}")
            .run()
    };
    run(r#"{"attempts": "three", "colour": 1}"#)
        .exits(2)
        .says("error: --settings: attempts: \"three\" is not a whole number from 1 to 100")
        .says("= help: attempts: The most attempts in one call.")
        .says("error: --settings: colour: unknown setting")
        .says("= help: known here: `path`, `method`, `headers`");
    run("@mine.json")
        .exits(2)
        .says("error: mine.json: latency.max-ms: missing");
}
