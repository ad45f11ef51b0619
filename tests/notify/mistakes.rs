//! Mistakes in `[notify.NAME]`: each is one error with its place, before anything is written; and none keeps a baseline from
//! being restored.

use crate::support::{CANARY, Emulator, Lockgate};

use super::receiver::Receiver;
use super::{paused, pausing, telling};

const NO_URL: &str = "https://hooks.example/lockgate";

/// A URL, the other keys of a section, and what the error says.
type Mistake = (&'static str, &'static str, &'static [&'static str]);

const MISTAKES: &[Mistake] = &[
    (
        NO_URL,
        "events = [\"promted\"]",
        &[
            "\"promted\" is none of its values",
            "did you mean `promoted`?",
        ],
    ),
    (
        NO_URL,
        "events = []",
        &["notify.team.events: no event is named", "`rolled-back`"],
    ),
    (
        NO_URL,
        "event = [\"held\"]",
        &["unknown key", "did you mean `events`?"],
    ),
    (
        NO_URL,
        "header.authorization = \"Bearer hunter2\"",
        &[
            "notify.team.header.authorization: ",
            "names no environment variable",
            "Bearer env:NAME",
        ],
    ),
    (
        NO_URL,
        "header.authorization = \"Bearer env:TEAM_TOKEN\"",
        &[
            "notify.team.header.authorization: ",
            "environment variable TEAM_TOKEN is not set",
        ],
    ),
    (
        NO_URL,
        "header.x-key = \"azure:https://api.loganalytics.io\"",
        &["write it as header.authorization"],
    ),
    (
        NO_URL,
        "header.content-type = \"env:TYPE\"",
        &["lockgate itself sets the header field content-type"],
    ),
    (
        "hooks.example/lockgate",
        "",
        &["notify.team.url: it is no URL"],
    ),
    (
        "http://hooks.example/lockgate",
        "",
        &[
            "notify.team.url: ",
            "could be read on its way",
            "write https",
        ],
    ),
    (
        "https://me:pass@hooks.example/",
        "",
        &["notify.team.url: it has a user name or a password"],
    ),
    (
        "http://169.254.169.254/metadata",
        "",
        &["notify.team.url: it names a link-local, metadata or reserved address"],
    ),
    (
        "env:NOTIFY_URL",
        "",
        &[
            "notify.team.url: environment variable NOTIFY_URL is not set",
            "lockgate.toml",
        ],
    ),
    (
        "env:NOTIFY-URL",
        "",
        &["\"NOTIFY-URL\" is no name of an environment variable"],
    ),
];

#[test]
fn mistake_is_named_with_its_place_before_anything_is_written() {
    let emulator = Emulator::healthy();
    for (url, keys, says) in MISTAKES {
        for command in ["validate", "plan", "doctor", "rollout"] {
            let run = telling(Lockgate::on(&emulator, command), url, keys).run();
            run.exits(2);
            for words in *says {
                run.says(words);
            }
        }
    }
    assert!(emulator.writes().is_empty());
}

#[test]
fn url_in_a_variable_that_cannot_be_used_is_refused_without_being_shown() {
    let emulator = Emulator::healthy();
    for (value, says) in [
        ("hunter2.example", "it is no URL"),
        ("http://hunter2.example/", "write https"),
        (
            "https://hunter2:pass@a.example/",
            "a user name or a password",
        ),
    ] {
        let run = telling(Lockgate::on(&emulator, "rollout"), "env:NOTIFY_URL", "")
            .env("NOTIFY_URL", value)
            .run();
        run.ends(2, &emulator)
            .says("notify.team.url: the value of env:NOTIFY_URL cannot be used: ")
            .says(says);
        assert!(!run.to_string().contains("hunter2"), "{run}");
    }
}

#[test]
fn token_is_bound_to_the_services_that_it_may_be_sent_to() {
    let emulator = Emulator::healthy();
    let keys = "header.authorization = \"azure:https://api.loganalytics.io\"";
    let command = telling(Lockgate::on(&emulator, "rollout"), NO_URL, keys)
        .env("LOCKGATE_CREDENTIAL", "managed-identity");
    let run = command.run();
    run.ends(2, &emulator)
        .says("notify.team.header.authorization: ");
    let keys = "header.authorization = \"azure:https://management.azure.com\"";
    let command = telling(
        Lockgate::on(&emulator, "rollout"),
        emulator.endpoint(),
        keys,
    );
    let run = command.env("LOCKGATE_CREDENTIAL", "managed-identity").run();
    run.ends(2, &emulator)
        .says("only goes with requests that read, and events are posted");
}

#[test]
fn section_without_a_url_says_what_is_missing() {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "validate")
        .replacing("[rollout]\n", "[notify.team]\n\n[rollout]\n")
        .run();
    run.exits(2).says("`url` is missing");
}

#[test]
fn webhook_that_cannot_be_used_keeps_no_baseline_from_being_restored() {
    for (from, to) in [
        ("url = \"", "url = \"env:NOT_SET\" # \""),
        ("url = \"", "url = \"http://hooks.example/\" # \""),
        ("url = \"", "header.authorization = \"hunter2\"\nurl = \""),
        ("\"began\"", "\"bgan\""),
    ] {
        let team = Receiver::start();
        let emulator = paused(&team);
        let run = pausing(&emulator, "abort", &team).replacing(from, to).run();
        run.ends(11, &emulator).says("notify.team");
        assert_eq!(emulator.weights().get(CANARY), None, "{run}");
    }
}
