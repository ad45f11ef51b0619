//! Webhooks that learn of a run: what they are sent, when and in which format, and that none of them changes a run.

mod delivery;
mod mistakes;
mod receiver;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{CANARY, Emulator, Lockgate, STABLE};
use receiver::Receiver;

const APP: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/demo/providers/Microsoft.App/\
                   containerApps/shop";
/// Every event.
const ALL: &str = "events = [\"began\", \"stage\", \"promoted\", \"rolled-back\", \"undone\", \"held\", \"unverified\", \
                   \"stuck\", \"superseded\", \"refused\"]";

/// Returns a command whose runs a webhook learns of. `keys` are those of its section beside the URL.
fn telling(command: Lockgate, url: &str, keys: &str) -> Lockgate {
    let section = format!("[notify.team]\nurl = \"{url}\"\n{keys}\n\n[rollout]\n");
    command.replacing("[rollout]\n", &section)
}

/// Returns a command about an app whose webhook learns of everything.
fn telling_all(emulator: &Emulator, command: &str, to: &Receiver) -> Lockgate {
    telling(Lockgate::on(emulator, command), &to.url, ALL)
}

/// Returns the ids of events, each of which is there once.
#[track_caller]
fn assert_ids_differ(events: &[Value]) {
    let ids: BTreeSet<&str> = events
        .iter()
        .filter_map(|event| event["id"].as_str())
        .collect();
    assert_eq!(ids.len(), events.len(), "{events:#?}");
}

#[test]
fn promotion_is_told_in_its_order() {
    let emulator = Emulator::healthy();
    let team = Receiver::start();
    let run = telling_all(&emulator, "rollout", &team)
        .env("GITHUB_SERVER_URL", "https://github.example")
        .env("GITHUB_REPOSITORY", "team/shop")
        .env("GITHUB_RUN_ID", "7")
        .run();
    run.ends(0, &emulator);
    assert!(!run.stderr.contains("notify"), "{run}");
    assert_eq!(
        team.types(),
        ["began", "stage", "stage", "stage", "stage", "promoted"]
    );
    let events = team.events();
    assert_ids_differ(&events);
    let times: Vec<jiff::Timestamp> = events
        .iter()
        .map(|event| event["time"].as_str().expect("a time").parse())
        .collect::<Result<_, _>>()
        .expect("times of RFC 3339");
    assert!(times.is_sorted(), "{times:?}");
    let id = events[0]["subject"].as_str().expect("a run");
    for (number, event) in events.iter().enumerate() {
        assert_eq!(event["source"], APP);
        assert_eq!(event["subject"], id);
        assert_eq!(event["id"], format!("{id}/{}", number + 1));
        assert_eq!(event["data"]["run"], id);
    }
    let weights: Vec<&Value> = events
        .iter()
        .map(|event| &event["data"]["weight"])
        .collect();
    assert_eq!(weights, [0, 10, 25, 50, 100, 100]);
    let mut last = events[5]["data"].clone();
    assert!(last["host"].is_string(), "{last}");
    last["host"] = json!("machine");
    let next = last["next"].take();
    let next = next.as_str().expect("a command");
    assert!(next.starts_with("`lockgate undo"), "{next}");
    let expected = json!({
        "run": id, "command": "rollout", "app": "shop", "resource-group": "demo",
        "stable": STABLE, "canary": CANARY, "image": "registry.example/shop:2",
        "weight": 100, "stage": 4, "stages": 4, "outcome": "promoted", "cause": null, "exit-code": 0,
        "sentence": "promoted: shop--v2 carries 100 %",
        "serves": "production serves shop--v2 100 % (as last read back)",
        "next": null, "host": "machine",
        "pipeline": "https://github.example/team/shop/actions/runs/7",
    });
    assert_eq!(last, expected);
    let sentence = |number: usize| events[number]["data"]["sentence"].as_str().expect("one");
    assert_eq!(
        sentence(0),
        "shop--v2 is rolled out over shop--v1: 10 %, 25 %, 50 %, 100 %"
    );
    assert_eq!(
        sentence(2),
        "shop--v2 has 25 %, read back: stage 2 of 4, which bakes for 300 ms"
    );
}

#[test]
fn without_a_choice_a_channel_learns_of_everything_but_the_stages() {
    let emulator = Emulator::healthy();
    let team = Receiver::start();
    let command = telling(Lockgate::on(&emulator, "rollout"), &team.url, "");
    command.run().ends(0, &emulator);
    assert_eq!(team.types(), ["began", "promoted"]);
    let ids: Vec<String> = team
        .events()
        .iter()
        .map(|event| event["id"].to_string())
        .collect();
    assert!(ids[1].ends_with("/6\""), "the same ids as for all: {ids:?}");
}

#[test]
fn rollback_says_why_and_what_production_serves() {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "fails-from-weight": 25 }));
    let team = Receiver::start();
    telling_all(&emulator, "rollout", &team)
        .run()
        .ends(10, &emulator);
    assert_eq!(team.types(), ["began", "stage", "stage", "rolled-back"]);
    let data = &team.events()[3]["data"];
    assert_eq!(data["outcome"], "rolled-back");
    assert_eq!(data["cause"], "gate-said-no");
    assert_eq!(data["exit-code"], 10);
    assert_eq!((&data["weight"], &data["stage"]), (&json!(0), &json!(2)));
    let text = |name: &str| data[name].as_str().expect("a text");
    assert!(text("sentence").starts_with("rolled back: "), "{data:#}");
    assert!(text("serves").contains("shop--v1 100 %"), "{data:#}");
    assert!(text("next").contains("az containerapp"), "{data:#}");
}

/// Returns an app on which a run is paused, of which the webhook has learnt.
fn paused(team: &Receiver) -> Emulator {
    let emulator = Emulator::healthy();
    let run = pausing(&emulator, "rollout", team).run();
    run.exits(13);
    emulator
}

fn pausing(emulator: &Emulator, command: &str, team: &Receiver) -> Lockgate {
    let stages = "[rollout]\nstages = [10, { weight = 25, pause = \"4h\" }, 100]\n";
    telling_all(emulator, command, team).replacing("[rollout]\n", stages)
}

#[test]
fn pause_says_how_it_is_resumed_and_the_run_that_goes_on_says_so() {
    let team = Receiver::start();
    let emulator = paused(&team);
    assert_eq!(team.types(), ["began", "stage", "stage", "held"]);
    let held = team.events()[3]["data"].clone();
    assert_eq!(held["exit-code"], 13);
    assert_eq!(held["weight"], 25);
    let next = held["next"].as_str().expect("a command");
    assert!(next.starts_with("`lockgate resume"), "{next}");
    pausing(&emulator, "resume", &team).run().ends(0, &emulator);
    let events = team.events();
    assert_eq!(team.types()[4..], ["began", "stage", "promoted"]);
    assert_ids_differ(&events);
    for event in &events {
        assert_eq!(event["subject"], events[0]["subject"], "one run");
    }
    let resumed = &events[4]["data"];
    assert_eq!(resumed["command"], "resume");
    assert_eq!(
        (&resumed["weight"], &resumed["stage"], &resumed["stages"]),
        (&json!(25), &json!(2), &json!(3))
    );
}

#[test]
fn abort_tells_about_the_run_that_it_ends() {
    let team = Receiver::start();
    let emulator = paused(&team);
    pausing(&emulator, "abort", &team).run().ends(11, &emulator);
    let events = team.events();
    assert_eq!(team.types()[4..], ["began", "rolled-back"]);
    assert_ids_differ(&events);
    assert_eq!(events[5]["subject"], events[0]["subject"], "one run");
    let (began, ended) = (&events[4]["data"], &events[5]["data"]);
    assert_eq!(
        began["sentence"],
        "lockgate abort ends the run of shop--v2: shop--v1 gets all traffic again"
    );
    assert_eq!((&began["stage"], &began["stages"]), (&json!(2), &json!(3)));
    assert_eq!(ended["command"], "abort");
    assert_eq!(ended["exit-code"], 11);
    assert_eq!(ended["weight"], 0);
}

#[test]
fn undo_is_told_with_the_revision_that_it_takes_back() {
    let emulator = Emulator::healthy();
    let team = Receiver::start();
    let rollout = Lockgate::on(&emulator, "rollout --stages 100").run();
    rollout.ends(0, &emulator);
    telling_all(&emulator, "undo", &team).run().exits(0);
    assert_eq!(team.types(), ["began", "undone"]);
    let events = team.events();
    assert_eq!(
        events[0]["data"]["sentence"],
        "lockgate undo takes the promotion of shop--v2 back: shop--v1 gets all traffic again"
    );
    assert_eq!(events[1]["data"]["cause"], "undone");
    assert_eq!(events[1]["data"]["exit-code"], 0);
}

#[test]
fn command_that_finds_nothing_to_do_tells_nobody() {
    let team = Receiver::start();
    let emulator = paused(&team);
    let before = team.requests().len();
    // A janitor comes every few minutes.
    pausing(&emulator, "recover", &team).run().exits(13);
    pausing(&emulator, "recover --all", &team).run().exits(0);
    pausing(&emulator, "abort", &team).run().ends(11, &emulator);
    let ended = team.requests().len();
    assert_eq!(ended, before + 2, "{:?}", team.types());
    for command in ["abort", "recover"] {
        pausing(&emulator, command, &team).run().exits(0);
    }
    for command in ["plan", "doctor", "validate", "status"] {
        let run = pausing(&emulator, command, &team).run();
        run.exits(0);
    }
    assert_eq!(team.requests().len(), ended, "{:?}", team.types());
}

#[test]
fn refusal_is_told_with_its_reason() {
    let team = Receiver::start();
    let emulator = paused(&team);
    let before = team.requests().len();
    pausing(&emulator, "rollout", &team).run().exits(30);
    assert_eq!(team.types()[before..], ["refused"]);
    let data = &team.events()[before]["data"];
    assert_eq!(data["exit-code"], 30);
    let sentence = data["sentence"].as_str().expect("a sentence");
    assert!(sentence.contains("is paused for an approval"), "{sentence}");
}

#[test]
fn run_that_somebody_else_overtakes_says_so() {
    let team = Receiver::start();
    let emulator = paused(&team);
    let before = team.requests().len();
    let traffic = json!([
        { "revision": STABLE, "weight": 40 }, { "revision": CANARY, "weight": 60 },
    ]);
    emulator.operate(&traffic, &json!({}));
    pausing(&emulator, "resume", &team).run().exits(31);
    assert_eq!(team.types().last().expect("an event"), "superseded");
    let last = &team.events()[before..].last().expect("an event")["data"].clone();
    assert_eq!(
        (&last["exit-code"], &last["weight"]),
        (&json!(31), &json!(60))
    );
}

#[test]
fn rollback_that_fails_calls_for_a_person() {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "fails-from-weight": 10 }));
    let throttled = json!({ "refuse": { "status": 429, "retry-after": 3600 } });
    emulator.fault(&json!({
        "on": { "method": "PATCH", "body-contains": "\"weight\":100" }, "nth": 1, "times": 1_000,
        "what": throttled,
    }));
    let team = Receiver::start();
    telling_all(&emulator, "rollout", &team).run().exits(21);
    assert_eq!(team.types(), ["began", "stage", "stuck"]);
    let last = team.events()[2]["data"].clone();
    assert_eq!(last["exit-code"], 21);
    let next = last["next"].as_str().expect("a command");
    assert!(next.starts_with("a person must act: "), "{next}");
}
