//! One preflight: what `validate`, `plan`, `doctor` and `rollout` say about the same world is the same (I-21), and a
//! rollout makes every check before its first write of any kind (I-6). The worlds are in
//! `worlds`, the parts that they are made of in `case`.

mod case;
mod worlds;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
#[cfg(unix)]
use std::time::{Duration, Instant};

use regex::Regex;
use serde_json::{Value, json};

use crate::support::{Emulator, Finished, Lockgate};
use case::Case;
use worlds::World;

/// Runs wait for the emulator most of the time, so more of them than there are processors run at a time.
const THREADS: usize = 8;

/// What a command says of a world: whether a rollout begins, and why not.
#[derive(Debug, PartialEq, Eq)]
enum Says {
    Begins,
    Refuses { code: i32, sentence: String },
}

/// Returns the text without what differs from one command to the next: the time that is left, and names of requests.
fn timeless(text: &str) -> String {
    let passing = r"\d+(\.\d+)? (ms|s|min)\b( \d+ s\b)?|request [0-9a-f-]{36}";
    let passing = Regex::new(passing).expect("a pattern");
    passing.replace_all(text, "<…>").trim().to_owned()
}

/// Returns the sentence of an error on stderr.
fn error_of(run: &Finished) -> String {
    let (_, error) = run.stderr.split_once("error: ").unwrap_or_default();
    timeless(error)
}

fn refuses(run: &Finished, sentence: Option<String>) -> Says {
    Says::Refuses {
        code: run.code.unwrap_or(-1),
        sentence: sentence.map_or_else(|| error_of(run), |sentence| timeless(&sentence)),
    }
}

/// Reads `doctor` and `validate`: every sentence of the first check that failed.
fn checks(run: &Finished) -> Says {
    if run.code == Some(0) {
        return Says::Begins;
    }
    let events = run.events();
    let failed = || {
        events
            .iter()
            .filter(|event| event["detail"]["state"] == "fail")
    };
    let first = failed().next().map(|event| &event["detail"]["check"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let sentence = |event: &Value| match &event["detail"]["next"] {
        Value::Null => text(&event["detail"]["detail"]),
        next => format!("{}; {}", text(&event["detail"]["detail"]), text(next)),
    };
    let of_first = failed().filter(|event| Some(&event["detail"]["check"]) == first);
    let sentences: Vec<String> = of_first.map(sentence).collect();
    let between = if run.code == Some(2) {
        "\nerror: "
    } else {
        "; "
    };
    refuses(run, first.is_some().then(|| sentences.join(between)))
}

fn plans(run: &Finished) -> Says {
    if run.code == Some(0) {
        return Says::Begins;
    }
    let refused = run.events().first().map(|plan| plan["refused"].clone());
    refuses(
        run,
        refused.and_then(|text| text.as_str().map(str::to_owned)),
    )
}

/// Reads a rollout. One that begins may end in any way but these.
fn rolls_out(run: &Finished) -> Says {
    let refused = run
        .stdout
        .lines()
        .find_map(|line| Some(line.split_once("  refused: ")?.1));
    match run.code {
        Some(2) => refuses(run, None),
        Some(30) => refuses(run, refused.map(str::to_owned)),
        code if run.stdout.contains("out of time") => Says::Refuses {
            code: code.unwrap_or(-1),
            sentence: "out of time".to_owned(),
        },
        _ => Says::Begins,
    }
}

/// What was seen of one case.
struct Tried {
    app: String,
    is_red: bool,
    /// What contradicts I-21.
    wrong: Vec<String>,
}

/// Asks all four commands about a case.
fn try_one(emulator: &Emulator, case: &Case) -> Tried {
    let lockgate = case.prepare(emulator);
    let run = |command: &str, json: bool| {
        let mut args = vec![command];
        args.extend(case.flags.iter().map(String::as_str));
        if json {
            args.extend(["--output", "json"]);
        }
        lockgate.again(&args)
    };
    let (plan, doctor) = (run("plan", true), run("doctor", true));
    let rollout = run("rollout", false);
    let said = rolls_out(&rollout);
    let mut wrong = Vec::new();
    let mut compare = |command: &str, says: &Says, shown: &Finished| {
        if *says != said {
            wrong.push(format!(
                "{}: {command} says {says:?}, but rollout {said:?}\n{command}: {shown}\nrollout: {rollout}",
                case.name
            ));
        }
    };
    compare("plan", &plans(&plan), &plan);
    compare("doctor", &checks(&doctor), &doctor);
    // What needs a network is not validated. All else that a rollout finds on this machine is.
    let is_usage = matches!(said, Says::Refuses { code: 2, .. });
    if is_usage || case.is_plain() {
        let validate = run("validate", true);
        let expected = if is_usage { &said } else { &Says::Begins };
        let valid = checks(&validate);
        if valid != *expected {
            wrong.push(format!(
                "{}: validate says {valid:?}: {validate}",
                case.name
            ));
        }
    }
    let is_red = said != Says::Begins;
    if let Some(expected) = case.is_red.filter(|expected| *expected != is_red) {
        wrong.push(format!(
            "{}: red should be {expected}: {rollout}",
            case.name
        ));
    }
    Tried {
        app: case.app_name(),
        is_red,
        wrong,
    }
}

/// Returns the apps that were written to although their rollout was refused.
fn written(emulator: &Emulator, tried: &[Tried]) -> Vec<String> {
    let requests = emulator.requests();
    let writes = requests.iter().filter(|request| request["method"] != "GET");
    let paths: Vec<&str> = writes
        .filter_map(|request| request["path"].as_str())
        .collect();
    let is_written = |tried: &&Tried| {
        let app = format!("/containerApps/{}", tried.app);
        tried.is_red && paths.iter().any(|path| path.contains(&app))
    };
    let red = tried.iter().filter(is_written);
    red.map(|tried| format!("{}: refused, and written to", tried.app))
        .collect()
}

fn try_all(world: &World) -> (Vec<Tried>, Vec<String>) {
    let emulator = Emulator::start(&world.scenario());
    let next = AtomicUsize::new(0);
    let tried = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(case) = world.cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let one = try_one(&emulator, case);
                    tried.lock().expect("no thread panics").push(one);
                }
            });
        }
    });
    let tried = tried.into_inner().expect("no thread panics");
    let written = written(&emulator, &tried);
    (tried, written)
}

#[test]
fn green_means_go_and_red_is_the_refusal_of_the_rollout_in_every_world() {
    let (mut tried, mut wrong) = (Vec::new(), Vec::new());
    for world in worlds::all() {
        let (cases, written) = try_all(&world);
        tried.extend(cases);
        wrong.extend(written);
    }
    let red = tried.iter().filter(|tried| tried.is_red).count();
    let green = tried.len() - red;
    wrong.extend(tried.into_iter().flat_map(|tried| tried.wrong));
    assert!(
        wrong.is_empty(),
        "{} contradictions in {red} red and {green} green cases:\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
    assert!(red >= 100 && green >= 40, "{red} red, {green} green");
    assert!(red + green >= 200, "{red} red, {green} green");
}

/// The flags of a rollout that deploys its canary first.
const DEPLOYS: &str = "--image registry.example/shop:3 --suffix new";

#[test]
fn app_that_is_stopped_is_refused_with_the_command_that_starts_it() {
    let emulator = Emulator::healthy();
    let app = format!(
        "{}/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/demo/providers/Microsoft.App/\
         containerApps/shop",
        emulator.endpoint()
    );
    let client = reqwest::blocking::Client::new();
    let stopped = client.post(format!("{app}/stop?api-version=2025-07-01"));
    let stopped = stopped.send().expect("an answer");
    assert!(stopped.status().is_success(), "{stopped:?}");
    emulator.until("the app is stopped", |_| {
        let read = client.get(format!("{app}?api-version=2025-07-01")).send();
        let read: Value = read
            .and_then(reqwest::blocking::Response::json)
            .expect("an app");
        let shown = &read["properties"];
        shown["runningStatus"] == "Stopped" && shown["provisioningState"] == "Succeeded"
    });
    for command in ["plan", "rollout"] {
        let run = Lockgate::on(&emulator, command).run();
        run.exits(30)
            .says("shop is stopped")
            .says("/containerApps/shop/start?api-version=");
    }
}

#[test]
fn canary_whose_replicas_show_that_it_cannot_start_is_refused_by_all() {
    let mut scenario = Emulator::shop();
    scenario["apps"][0]["revisions"][1]["behaviour"] = json!({ "image-pull-error": true });
    let emulator = Emulator::start(&scenario);
    for command in ["plan", "doctor", "rollout"] {
        let run = Lockgate::on(&emulator, command).run();
        run.exits(30)
            .says("the canary cannot become ready")
            .says("cannot be pulled")
            .says("`az containerapp logs show --name shop");
    }
}

#[test]
fn state_folder_is_checked_before_the_deployment() {
    let mut scenario = Emulator::shop();
    scenario["apps"][0]["traffic"] = json!([{ "latest-revision": true, "weight": 100 }]);
    let emulator = Emulator::start(&scenario);
    let command = format!("rollout {DEPLOYS} --state-dir taken/state");
    let run = Lockgate::on(&emulator, &command)
        .file("taken", b"a file where a folder should be")
        .run();
    run.exits(2).says("--state-dir");
    assert!(emulator.writes().is_empty(), "{run}");
}

#[test]
fn app_that_would_be_refused_is_not_deployed_to() {
    let mut scenario = Emulator::shop();
    scenario["apps"][0]["sticky-sessions"] = json!(true);
    let emulator = Emulator::start(&scenario);
    let run = Lockgate::on(&emulator, &format!("rollout {DEPLOYS}")).run();
    run.exits(30)
        .says("sticky sessions")
        .says("nothing was written");
    assert!(emulator.writes().is_empty(), "{run}");
}

#[test]
fn deadline_that_is_too_short_is_the_same_sentence_in_all_four_commands() {
    let emulator = Emulator::healthy();
    for command in ["validate", "plan", "doctor", "rollout"] {
        let app = "[app]\nname = \"shop\"\nresource-group = \"demo\"\n\
                   subscription = \"00000000-0000-0000-0000-000000000000\"\n";
        let run = Lockgate::on(&emulator, command)
            .config(&format!("{app}[rollout]\ndeadline = \"1m\"\n"))
            .run();
        run.exits(2)
            .says("rollout.deadline 1m is shorter than stage 10 % with its rollback (29 min)");
    }
    assert!(emulator.writes().is_empty());
}

#[test]
fn validate_sends_nothing_and_says_what_it_has_not_checked() {
    let run = Lockgate::at("http://127.0.0.1:9", "validate").run();
    run.exits(0).says("0 failed");
    for check in [
        "credential",
        "endpoint",
        "permissions",
        "lease",
        "revisions",
    ] {
        let begins = format!("unknown  {check:<14} not checked: ");
        assert!(run.stdout.contains(&begins), "{check}: {run}");
    }
}

#[test]
fn canary_that_cannot_carry_what_it_is_to_get_is_a_warning() {
    let mut scenario = Emulator::shop();
    let revisions = &mut scenario["apps"][0]["revisions"];
    revisions[0]["replicas"] = json!(4);
    revisions[0]["max-replicas"] = json!(4);
    revisions[1]["max-replicas"] = json!(2);
    let emulator = Emulator::start(&scenario);
    let run = Lockgate::on(&emulator, "plan").run();
    run.exits(0)
        .says("warning  shop--v2 may run at most 2 replicas and shop--v1 at most 4")
        .says("warning  shop--v1 runs at its maximum of 4 replicas now")
        .says("a rollout could begin");
}

#[test]
fn run_does_not_read_again_what_the_preflight_has_read() {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "rollout").run();
    run.ends(0, &emulator);
    let requests = emulator.requests();
    let paths: Vec<&str> = (requests.iter())
        .filter_map(|request| request["path"].as_str())
        .collect();
    for path in [
        "/metadata/endpoints",
        "/providers/Microsoft.Authorization/permissions",
        "/containerApps/shop/revisions",
    ] {
        let reads = paths.iter().filter(|read| read.ends_with(path));
        assert_eq!(reads.count(), 1, "{path}: {paths:?}");
    }
}

#[cfg(unix)]
#[test]
fn request_to_end_is_heard_during_the_checks() {
    let emulator = Emulator::healthy();
    emulator.fault(&json!({
        "on": { "method": "GET", "path-contains": "/containerApps/shop/revisions" }, "nth": 1,
        "what": { "delay": { "ms": 60_000 } },
    }));
    let began = Instant::now();
    let lockgate = Lockgate::on(&emulator, "rollout");
    let run = lockgate.start();
    emulator.until("the app is read", |emulator| {
        let requests = emulator.requests();
        let mut paths = requests.iter().filter_map(|one| one["path"].as_str());
        paths.any(|path| path.ends_with("/containerApps/shop"))
    });
    run.signal("INT");
    let run = run.finish();
    assert!(began.elapsed() < Duration::from_secs(30), "{run}");
    assert_ne!(run.code, Some(0), "{run}");
    run.says("SIGINT");
    assert!(emulator.writes().is_empty(), "{run}");
}
