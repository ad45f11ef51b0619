//! Names and sentences that others choose, made to control a terminal or a pipeline: none of them does, in any command and
//! either format.

use serde_json::json;

use crate::support::{Emulator, Finished, Lockgate};

/// Every sign that a terminal, GitHub, Azure Pipelines or a reader obeys.
const HOSTILE: &str = "\u{1b}[31m::error::a##vso[task.complete]b##[error]c\rd\u{9b}31me\u{202e}f\u{7f}\n::warning::g\n  ##vso[x]";

/// Asserts that nothing on stdout or stderr is obeyed by anybody.
#[track_caller]
fn is_harmless(run: &Finished) {
    for line in run.stdout.split('\n').chain(run.stderr.split('\n')) {
        assert!(
            !line.contains("##vso[") && !line.contains("##["),
            "{line:?}\n{run}"
        );
        assert!(!line.trim_start().starts_with("::"), "{line:?}\n{run}");
        let obeyed = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!line.chars().any(obeyed), "{line:?}\n{run}");
    }
}

/// Returns the shop with hostile texts wherever Azure lets somebody else write one.
fn hostile_shop() -> Emulator {
    let mut scenario = Emulator::shop();
    let app = &mut scenario["apps"][0];
    app["tags"] = json!({
        "team": HOSTILE,
        "lockgate-run": HOSTILE,
        "lockgate-lease": "1/running",
        "lockgate-holder": format!("1/{}", HOSTILE),
        "lockgate-since": "1690000000/1690000100",
        "lockgate-stages": "10,25,50,100",
        "lockgate-stable": HOSTILE,
        "lockgate-canary": HOSTILE,
        "lockgate-stage": "0/10",
        "lockgate-expires": "4000000000",
        "lockgate-baseline-0": "shop--v1=100;",
    });
    for revision in app["revisions"].as_array_mut().expect("revisions") {
        revision["image"] = json!(format!("registry.example/{HOSTILE}:1"));
    }
    Emulator::start(&scenario)
}

#[test]
fn texts_of_an_app_control_nothing() {
    for command in [
        "status", "plan", "doctor", "rollout", "recover", "resume", "pin", "abort",
    ] {
        for format in ["text", "json"] {
            let emulator = hostile_shop();
            let run =
                Lockgate::on(&emulator, &format!("{command} --verbose --output {format}")).run();
            is_harmless(&run);
            assert!(
                !run.stdout.is_empty() || !run.stderr.is_empty(),
                "{command} says something"
            );
        }
    }
}

#[test]
fn errors_of_azure_control_nothing() {
    for command in ["status", "plan", "doctor", "rollout", "abort"] {
        let emulator = Emulator::healthy();
        emulator.fault(&json!({
            "on": { "method": "GET" },
            "what": { "refuse": { "status": 400, "code": HOSTILE, "message": HOSTILE } },
        }));
        let run = Lockgate::on(&emulator, command).run();
        is_harmless(&run);
    }
}

#[test]
fn names_in_files_flags_and_variables_control_nothing() {
    let emulator = Emulator::healthy();
    let key = format!(
        "{:?}",
        HOSTILE.replace(['\n', '\r', '\u{1b}', '\u{9b}', '\u{7f}', '\u{202e}'], "")
    );
    for format in ["text", "json"] {
        let on = |command: &str| Lockgate::on(&emulator, &format!("{command} --output {format}"));
        let files = [
            format!("{key} = 1\n"),
            format!("[gates.{key}]\nplugin = \"./x.wasm\"\n"),
            format!("[rollout]\non-deadline = {key}\n"),
            format!("# {HOSTILE}\n[app]\nname = 5 # \u{1b}[31m##vso[x]\u{202e}\n"),
            "a = \u{1b}[31m##vso[x]\n".to_owned(),
        ];
        for file in &files {
            is_harmless(&on("rollout").config(file).run());
            is_harmless(&on("abort").config(file).run());
        }
        for flag in [
            "--canary",
            "--image",
            "--app",
            "--stages",
            "--bake",
            "--config",
            "--state-dir",
            "--nothing",
        ] {
            let run = on("rollout").arg(flag).arg(HOSTILE).run();
            is_harmless(&run);
        }
        is_harmless(&on("rollout").arg(HOSTILE).run());
        is_harmless(&on("rollout").arg(&format!("--{HOSTILE}")).run());
        for name in [
            "LOCKGATE_BAKE",
            "LOCKGATE_STAGES",
            "LOCKGATE_APP",
            "LOCKGATE_RUN_ID",
            "LOCKGATE_CREDENTIAL",
        ] {
            is_harmless(&on("rollout").env(name, HOSTILE).run());
        }
        is_harmless(&on("rollout --help").env("LOCKGATE_APP", HOSTILE).run());
    }
    let run = Lockgate::at("", HOSTILE).run();
    is_harmless(&run);
}

#[cfg(unix)]
#[test]
fn names_of_files_control_nothing() {
    let lockgate = Lockgate::at("", "gate test .");
    let name = format!("{}.case.toml", HOSTILE.replace('/', ""));
    let lockgate = lockgate.file(&name, b"gate = 5\n");
    is_harmless(&lockgate.run());
    let run = Lockgate::at("", "gate inspect")
        .arg(&format!("./{HOSTILE}.wasm"))
        .run();
    is_harmless(run.exits(2));
    let run = Lockgate::at("", "emulate --scenario").arg(HOSTILE).run();
    is_harmless(run.exits(2));
}
