//! Bad input is one clear error that names the mistake and the next step: exit 2, and no request.

use crate::support::{Emulator, Finished, Lockgate, component};

/// Runs a rollout with a part of the configuration replaced, and asserts the usage error.
fn with(from: &str, to: &str) -> Finished {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "rollout").replacing(from, to).run();
    run.ends(2, &emulator);
    assert_eq!(run.stdout, "", "nothing was begun: {run}");
    assert!(emulator.requests().is_empty(), "nothing was read: {run}");
    run
}

fn with_gates(gates: &str) -> Finished {
    with_gate_file(gates, "unused", b"")
}

fn with_gate_file(gates: &str, name: &str, bytes: &[u8]) -> Finished {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout").gates(gates);
    let run = lockgate.file(name, bytes).run();
    run.ends(2, &emulator);
    assert!(emulator.requests().is_empty(), "nothing was read: {run}");
    run
}

#[test]
fn unknown_key_is_named_with_its_line_and_a_suggestion() {
    with("check-interval", "chekc-interval")
        .says("lockgate.toml:9:1")
        .says("rollout.chekc-interval: unknown key")
        .says("did you mean `check-interval`?");
}

#[test]
fn stages_that_do_not_rise() {
    with("bake = \"300ms\"", "stages = [10, 50, 25, 100]").says("25 comes after 50");
}

#[test]
fn stages_that_do_not_end_at_100() {
    with("bake = \"300ms\"", "stages = [10, 50]").says("the last stage must be 100, not 50");
}

#[test]
fn stage_of_weight_0() {
    with("bake = \"300ms\"", "stages = [0, 100]").says("weight 0 is not between 1 and 100");
}

#[test]
fn stage_of_weight_101() {
    with("bake = \"300ms\"", "stages = [10, 101]").says("weight 101 is not between 1 and 100");
}

#[test]
fn empty_list_of_stages() {
    with("bake = \"300ms\"", "stages = []").says("stages");
}

#[test]
fn invalid_duration() {
    with("\"300ms\"", "\"soon\"").says("\"soon\"").says("90s");
}

#[test]
fn missing_app() {
    with("name = \"shop\"", "").says("--app");
}

#[test]
fn missing_configuration_file() {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "rollout --config nowhere.toml").run();
    run.ends(2, &emulator).says("nowhere.toml");
}

#[test]
fn unknown_plugin() {
    with_gates("[gates.smoke]\nplugin = \"smoke\"\n")
        .says("\"smoke\"")
        .says("http-health")
        .says("./smoke.wasm");
}

#[test]
fn missing_plugin_file() {
    with_gates("[gates.smoke]\nplugin = \"./smoke.wasm\"\n").says("smoke.wasm");
}

/// A device has no size that could be asked for, and never ends.
#[cfg(unix)]
#[test]
fn file_that_never_ends_is_read_up_to_its_limit() {
    const ENDLESS: &str = "/dev/zero";
    for (command, limit) in [
        ("gate inspect /dev/zero", "80 MiB"),
        ("gate replay http-health /dev/zero", "64 MiB"),
        (
            "gate run http-health --canary http://127.0.0.1:9 --settings @/dev/zero",
            "4 MiB",
        ),
        (
            "gate run http-health --canary http://127.0.0.1:9 --state /dev/zero",
            "64 KiB",
        ),
        ("emulate --scenario /dev/zero", "16 MiB"),
        ("validate --config /dev/zero", "1 MiB"),
        ("gate pull --config /dev/zero", "1 MiB"),
    ] {
        let run = Lockgate::at("http://127.0.0.1:9", command).run();
        run.exits(2)
            .says(ENDLESS)
            .says(&format!("it has more bytes; at most {limit} are read"));
    }
    let test = Lockgate::at("http://127.0.0.1:9", "gate test endless.case.toml");
    std::os::unix::fs::symlink(ENDLESS, test.folder().join("endless.case.toml")).expect("a link");
    test.run()
        .exits(2)
        .says("it has more bytes; at most 4 MiB are read");
}

#[test]
fn text_file_as_plugin() {
    let gates = "[gates.smoke]\nplugin = \"./smoke.wasm\"\n";
    with_gate_file(gates, "smoke.wasm", b"(component)")
        .says("smoke")
        .says("text");
}

#[test]
fn core_module_as_plugin() {
    let module = wat::parse_str("(module)").expect("a module");
    let gates = "[gates.smoke]\nplugin = \"./smoke.wasm\"\n";
    with_gate_file(gates, "smoke.wasm", &module).says("core module");
}

#[test]
fn component_of_another_world_as_plugin() {
    let component = wat::parse_str("(component)").expect("a component");
    let gates = "[gates.smoke]\nplugin = \"./smoke.wasm\"\n";
    with_gate_file(gates, "smoke.wasm", &component).says("health-check");
}

#[test]
fn component_that_is_not_the_pinned_one() {
    let pinned = "0".repeat(64);
    with_gates(&format!("[gates.http-health]\nsha256 = \"{pinned}\"\n"))
        .says(&pinned)
        .says("gates.http-health.sha256");
}

#[test]
fn settings_that_break_the_schema_of_the_gate() {
    with_gates("[gates.http-health]\nsettings = { attempts = \"three\", pth = \"/x\" }\n")
        .says("gates.http-health.settings.attempts: \"three\" is not a whole number")
        .says("gates.http-health.settings.pth: unknown setting")
        .says("help: attempts: The most attempts in one call.")
        .says("help: did you mean `path`? The path of the request to the canary, with its query if any. It begins with /.")
        .says("lockgate.toml:16:25")
        .says("lockgate.toml:16:40");
}

#[test]
fn setting_that_is_missing_is_shown_where_it_belongs() {
    with_gates("[gates.http-health]\nsettings = { latency = { percentile = 95 } }\n")
        .says("gates.http-health.settings.latency.max-ms: missing")
        .says("The longest time in milliseconds, connecting included.")
        .says("lockgate.toml:16:14");
    with_gates("[gates.http-health.settings]\nexpected-status = [\"2xx\"]\nheaders = { a = \"s3cret\\u0007\" }\n")
        .says("gates.http-health.settings.expected-status[0]: \"2xx\" does not fit; write a whole number from 100 to 599, or a text such as \"204\" or")
        .says("help: expected-status[0]: A status code from 100 to 599, or a range of them, lower end first.")
        .says("lockgate.toml:16:20")
        .says("gates.http-health.settings.headers.a: the value is not like");
}

#[test]
fn default_of_a_gate_that_breaks_its_own_schema() {
    let schema = r#"{"properties":{"n":{"type":"string","default":5}}}"#;
    let odd = component::with_settings(schema);
    with_gate_file("[gates.odd]\nplugin = \"./odd.wasm\"\n", "odd.wasm", &odd)
        .says("gate odd cannot be used")
        .says("the default 5 of its setting `n` does not fit its own settings schema: 5 is not a string");
}

#[test]
fn settings_that_json_has_not() {
    with_gates(
        "[gates.http-health]\nsettings = { attempts = 1, body-json = { \"/built\" = 2026-01-01, \"/limit\" = inf } }\n",
    )
    .says("gates.http-health.settings.body-json.\"/built\": 2026-01-01 is a date, which JSON has not")
    .says("lockgate.toml:16:53")
    .says("gates.http-health.settings.body-json.\"/limit\": inf is no number that JSON has")
    .says("lockgate.toml:16:76")
    .says("write it as a string");
}

#[test]
fn gate_of_another_kind_than_configured() {
    with_gates("[gates.http-health]\nkind = \"promotion-gate\"\n").says("health check");
}

#[test]
fn stage_that_names_an_unknown_gate() {
    with(
        "bake = \"300ms\"",
        "stages = [{ weight = 100, gates = [\"smoke\"] }]",
    )
    .says("smoke");
}

#[test]
fn invalid_origin() {
    with_gates("[gates.http-health]\nallow = [\"api.example.com/path\"]\n")
        .says("api.example.com/path");
}

#[test]
fn limit_of_zero() {
    with_gates("[gates.http-health]\nlimits = { memory-mib = 0 }\n").says("memory-mib");
}

#[test]
fn endpoint_that_is_not_a_url() {
    let run = Lockgate::at("not a url", "rollout").run();
    run.exits(2).says("not a url");
}

#[test]
fn canary_and_image_together() {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "rollout --canary shop--v2 --image shop:2").run();
    run.ends(2, &emulator).says("leave one out");
}

#[test]
fn unknown_flag() {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "rollout --stagez 10").run();
    run.ends(2, &emulator).says("--stagez").says("--stages");
}

#[test]
fn state_folder_that_cannot_be_created() {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "rollout --state-dir lockgate.toml").run();
    run.ends(2, &emulator).says("--state-dir");
}
