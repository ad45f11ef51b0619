//! Mistakes of people: how they are shown, and what they may not stop. A mistake in a file must not keep a baseline from
//! being restored, and a tip must not lead to a command that moves it.

use std::process::Command;

use serde_json::json;

use crate::support::{Emulator, Finished, Lockgate, STABLE};

/// Starts an app on which a dead run left 10 % on the canary.
fn left_by_a_dead_run() -> Emulator {
    let mut scenario = Emulator::shop();
    let app = &mut scenario["apps"][0];
    app["tags"] = json!({
        "lockgate-run": "20261101t000000-000001",
        "lockgate-lease": "1/running",
        "lockgate-holder": "1/20261101t000000-000001",
        "lockgate-since": "1690000000/1690000100",
        "lockgate-stages": "10,25,50,100",
        "lockgate-stable": "shop--v1",
        "lockgate-canary": "shop--v2",
        "lockgate-stage": "0/10",
        "lockgate-expires": "1700000000",
        "lockgate-baseline-0": "shop--v1=100;",
    });
    app["traffic"] = json!([
        { "revision": "shop--v1", "weight": 90 }, { "revision": "shop--v2", "weight": 10 },
    ]);
    Emulator::start(&scenario)
}

const APP: &str = "[app]\nname = \"shop\"\nresource-group = \"demo\"\n\
                   subscription = \"00000000-0000-0000-0000-000000000000\"\n";

const FLAGS: &str =
    "--app shop --resource-group demo --subscription 00000000-0000-0000-0000-000000000000";

#[test]
fn nothing_else_that_is_wrong_in_the_file_keeps_a_baseline_from_being_restored() {
    let broken = [
        (
            "[gates.smoke]\nplugin = 5\nlimts = {}\n",
            "gates.smoke.plugin",
        ),
        ("[rollout]\nstagse = [10, 100]\n", "did you mean `stages`?"),
        (
            "[rollout]\nverify-deadline = \"soon\"\n",
            "rollout.verify-deadline",
        ),
        ("[deplyo]\n", "did you mean `deploy`?"),
        ("gates = \"smoke\"\n", "gates"),
    ];
    for command in ["abort", "recover"] {
        for (wrong, said) in broken {
            let emulator = left_by_a_dead_run();
            let text = if wrong.starts_with('[') {
                format!("{APP}{wrong}")
            } else {
                format!("{wrong}{APP}")
            };
            let run = Lockgate::on(&emulator, command).config(&text).run();
            let code = if command == "abort" { 11 } else { 12 };
            run.ends(code, &emulator).says(said).says("note: ");
        }
    }
}

#[test]
fn file_that_is_not_toml_stops_no_command_that_is_told_the_app_by_flags() {
    // What pin finds is another run's lease.
    for (command, code) in [("abort", 11), ("recover", 12), ("status", 0), ("pin", 30)] {
        let emulator = left_by_a_dead_run();
        let command = format!("{command} {FLAGS}");
        let run = Lockgate::on(&emulator, &command)
            .config("[app\nname = ")
            .run();
        run.exits(code).says("lockgate.toml:1:").says("note: ");
        if matches!(code, 11 | 12) {
            run.ends(code, &emulator);
        }
        let unreadable = format!("{command} --config nowhere.toml");
        let run = Lockgate::on(&emulator, &unreadable).run();
        assert_ne!(run.code, Some(2), "{run}");
    }
}

#[test]
fn mistake_in_the_name_of_the_app_stops_every_command_and_is_shown_once() {
    let emulator = left_by_a_dead_run();
    for command in ["abort", "recover", "status", "pin", "rollout"] {
        let text = APP.replace("name = \"shop\"", "name = 5");
        let run = Lockgate::on(&emulator, command).config(&text).run();
        run.exits(2).says("lockgate.toml:2:8").says("name = 5");
        assert_eq!(run.stderr.matches("name = 5").count(), 1, "{run}");
        assert!(emulator.requests().is_empty(), "{run}");
    }
}

#[test]
fn all_mistakes_of_a_file_are_shown_at_once_each_with_its_line() {
    let text = format!(
        "{APP}\n[rollout]\nstages = [0, 50, 101]\nchekc-interval = \"1s\"\non-deadline = \"rollback\"\n\n\
         [gates.smoke]\nplugin = \"http-helth\"\n"
    );
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "rollout").config(&text).run();
    run.ends(2, &emulator);
    for said in [
        "lockgate.toml:7:11",
        "lockgate.toml:7:18",
        "lockgate.toml:8:1",
        "did you mean `check-interval`?",
        "lockgate.toml:9:15",
        "did you mean `roll-back`?",
        "lockgate.toml:12:10",
        "did you mean `http-health`?",
        "weight 101 is not between 1 and 100",
        "^^^",
    ] {
        run.says(said);
    }
    says_nothing_twice(&run);
}

/// Asserts that no sentence stands twice on stderr.
#[track_caller]
fn says_nothing_twice(run: &Finished) {
    let mut seen = Vec::new();
    let lines = run.stderr.lines().map(|line| line.replace("  = help:", ""));
    let sentences: Vec<String> = lines
        .flat_map(|line| line.split(": ").map(str::to_owned).collect::<Vec<_>>())
        .collect();
    for sentence in sentences {
        // A line of the file is shown for each of its mistakes.
        if sentence.contains(" | ") || sentence.split_whitespace().count() < 4 {
            continue;
        }
        assert!(
            !seen.contains(&sentence),
            "{sentence:?} stands twice: {run}"
        );
        seen.push(sentence);
    }
}

#[test]
fn unreadable_file_is_named_with_its_reason_once() {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "rollout --config nowhere.toml").run();
    run.ends(2, &emulator);
    assert_eq!(run.stderr.matches("nowhere.toml").count(), 1, "{run}");
    assert_eq!(run.stderr.matches("No such file").count(), 1, "{run}");
}

#[test]
fn mistake_of_a_flag_or_a_variable_is_reported_under_the_name_that_was_typed() {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "rollout --stages 10,101").run();
    run.ends(2, &emulator).says("--stages: weight 101");
    let on = || Lockgate::on(&emulator, "rollout");
    let run = on().env("LOCKGATE_STAGES", "50,10,100").run();
    run.ends(2, &emulator)
        .says("LOCKGATE_STAGES: stage weights must rise");
    let run = on().env("LOCKGATE_BAKE", "soon").run();
    run.ends(2, &emulator).says("LOCKGATE_BAKE");
    assert!(!run.stderr.contains("--bake"), "{run}");
    let run = Lockgate::on(&emulator, "rollout --bake soon").run();
    run.ends(2, &emulator).says("--bake");
}

#[test]
fn mistakes_are_json_where_json_is_asked_for() {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "rollout --output json")
        .replacing(
            "bake = \"300ms\"",
            "bake = \"300ms\"\nstages = [0, 100]\nretrie = 1",
        )
        .run();
    run.ends(2, &emulator);
    let events = run.events();
    let [event] = &events[..] else {
        panic!("one event: {run}")
    };
    assert_eq!(event["event"], "error", "{run}");
    let mistakes = event["detail"]["mistakes"].as_array().expect("mistakes");
    assert_eq!(mistakes.len(), 2, "{run}");
    for mistake in mistakes {
        assert_eq!(mistake["file"], "lockgate.toml", "{run}");
        assert!(
            mistake["line"].is_u64() && mistake["column"].is_u64(),
            "{run}"
        );
    }
    assert_eq!(mistakes[1]["key"], "rollout.stages[0]", "{run}");
    let run = Lockgate::on(&emulator, "rollout --stagse 5 --output json").run();
    run.ends(2, &emulator);
    let event = &run.events()[0];
    assert_eq!(event["detail"]["mistakes"][0]["given"], "--stagse", "{run}");
}

/// Returns the help of a command.
fn help(command: &[String]) -> String {
    let mut lockgate = Command::new(env!("CARGO_BIN_EXE_lockgate"));
    let output = lockgate
        .args(command)
        .arg("--help")
        .output()
        .expect("lockgate runs");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Returns every variable that the help of any command names.
fn variables() -> Vec<String> {
    let mut waiting: Vec<Vec<String>> = vec![Vec::new()];
    let mut found = Vec::new();
    while let Some(command) = waiting.pop() {
        let help = help(&command);
        let named = help
            .split("[env: ")
            .skip(1)
            .filter_map(|rest| rest.split([']', '=']).next());
        found.extend(named.map(str::to_owned));
        let (_, list) = help.split_once("\nCommands:\n").unwrap_or_default();
        let names = list.lines().take_while(|line| !line.is_empty());
        let names = names.filter_map(|line| {
            line.strip_prefix("  ")
                .filter(|line| !line.starts_with(' '))
        });
        let names = names
            .filter_map(|line| line.split_whitespace().next())
            .filter(|name| *name != "help");
        waiting.extend(names.map(|name| [command.clone(), vec![name.to_owned()]].concat()));
    }
    found.sort();
    found.dedup();
    assert!(found.len() > 15, "{found:?}");
    found
}

/// Variables of others that lockgate reads.
const OTHERS: [&str; 30] = [
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_AUTHORITY_HOST",
    "AZURE_SUBSCRIPTION_ID",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "SYSTEM_ACCESSTOKEN",
    "SYSTEM_OIDCREQUESTURI",
    "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "GITHUB_OUTPUT",
    "GITHUB_SHA",
    "GITHUB_RUN_ATTEMPT",
    "GITHUB_ACTIONS",
    "GITHUB_STEP_SUMMARY",
    "TF_BUILD",
    "GITLAB_CI",
    "BUILD_SOURCEVERSION",
    "SYSTEM_JOBATTEMPT",
    "NO_COLOR",
    "XDG_CACHE_HOME",
    "LOCALAPPDATA",
    "HTTPS_PROXY",
    "NO_PROXY",
    "LOCKGATE_AZURE_TOKEN",
];

fn with_empty_variables(lockgate: Lockgate) -> Lockgate {
    let variables = variables();
    let names = variables.iter().map(String::as_str).chain(OTHERS);
    names.fold(lockgate, |lockgate, name| lockgate.env(name, ""))
}

#[test]
fn empty_variable_counts_as_unset_whichever_it_is() {
    for command in [
        "status",
        "rollout",
        "deploy --image registry.example/shop:3",
    ] {
        let emulator = Emulator::healthy();
        // What the test itself sets by variables.
        let cache = concat!(env!("CARGO_TARGET_TMPDIR"), "/gate-cache");
        let line = format!(
            "{command} --endpoint {} --cache-dir {cache}",
            emulator.endpoint()
        );
        let run = with_empty_variables(Lockgate::at("", &line)).run();
        run.exits(0);
    }
    let run = with_empty_variables(Lockgate::at("", "gate test .")).run();
    run.exits(2).says("there is no case");
}

#[test]
fn no_tip_for_a_command_that_does_not_exist_names_one_that_writes() {
    let writers = [
        "rollout", "deploy", "pin", "resume", "abort", "recover", "undo", "forget",
    ];
    for (word, tip) in [
        ("init", "lockgate schema"),
        ("lint", "lockgate plan"),
        ("reports", "lockgate status"),
        ("rollback", "lockgate status"),
        ("revert", "lockgate status"),
        ("forgt", "lockgate --help"),
        ("rolout", "lockgate --help"),
        ("abrt", "lockgate --help"),
        ("pn", "lockgate"),
    ] {
        let run = Lockgate::at("", word).run();
        run.exits(2).says(tip).says(word);
        let tips = run.stderr.split_once("tip:").map_or("", |(_, tips)| tips);
        for writer in writers {
            let named = [format!("lockgate {writer}"), format!("'{writer}")];
            assert!(
                !named.iter().any(|name| tips.contains(name)),
                "{word}: {run}"
            );
        }
    }
    let run = Lockgate::at("", "--image x").run();
    run.exits(2);
    assert!(!run.stderr.contains("tip:"), "{run}");
}

#[test]
fn abort_and_recover_that_worked_exit_0_where_that_is_asked_for() {
    for (command, code) in [("abort", 11), ("recover", 12)] {
        let emulator = left_by_a_dead_run();
        let run = Lockgate::on(&emulator, command).run();
        run.ends(code, &emulator);
        let emulator = left_by_a_dead_run();
        let run = Lockgate::on(&emulator, &format!("{command} --exit-zero")).run();
        run.exits(0);
        assert_eq!(
            emulator.weights(),
            [(STABLE.to_owned(), 100)].into(),
            "{run}"
        );
        assert!(emulator.lease().is_empty(), "{run}");
    }
}
