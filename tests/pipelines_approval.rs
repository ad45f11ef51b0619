//! The example pipelines with an approval: the rollout pauses in one job, another goes on with it on a machine of its own, and
//! what nobody approves is restored. The approval itself is the service's business; its two answers are jobs, which are run.

use serde_json::{Value, json};

use crate::pipelines::{CONFIG, shop};
use crate::support::services::Pipeline::Approval;
use crate::support::services::{ALL, Service, for_shop, job, job_of, machine};
use crate::support::{CANARY, Emulator, Finished, Lockgate, Machine, STABLE, pipelines, templates};

/// The stages of a rollout that pauses once.
const ONCE: &str = "stages = [10, { weight = 25, pause = \"4h\" }, 100]";

/// Returns a fresh machine of a service with a repository whose rollout has such stages.
fn fresh(service: Service, emulator: &Emulator, stages: &str) -> Machine {
    let config = CONFIG.replace("[rollout]\n", &format!("[rollout]\n{stages}\n"));
    for_shop(service, emulator).checked_out(&config)
}

/// Runs a job of the pipeline.
fn run(service: Service, name: &str, machine: &Machine) -> Finished {
    machine.run(&job_of(service, Approval, name, machine).scripts)
}

/// Returns the name of the job that runs where nobody approves.
fn after_a_rejection(service: Service) -> &'static str {
    match service {
        Service::GitHub => "recover",
        Service::Azure => "restore",
        Service::GitLab => "reject",
    }
}

/// Returns the name of the job that runs where the job after the approval has failed.
fn after_a_failure(service: Service) -> &'static str {
    match service {
        Service::GitHub => "recover",
        Service::Azure => "restore",
        Service::GitLab => "recover_promotion",
    }
}

/// How the job that rolls out ended.
struct CanaryDeploy {
    /// The exit code of the rollout.
    rollout: Option<i32>,
    /// Whether its service counts the job as done.
    is_green: bool,
    /// Whether its service offers the approval.
    offers: bool,
    /// All that its steps have printed.
    said: String,
}

/// Runs the job that rolls out.
fn canary_deploy(service: Service, machine: &Machine) -> CanaryDeploy {
    let job = job_of(service, Approval, "canary_deploy", machine);
    let ended = machine.steps(&job.scripts);
    let codes: Vec<Option<i32>> = ended.iter().map(|run| run.code).collect();
    let said: String = ended.iter().map(Finished::to_string).collect();
    let output = std::fs::read_to_string(machine.path("temp/output")).unwrap_or_default();
    let set = "##vso[task.setvariable variable=paused;isOutput=true]true";
    let (rollout, is_green, offers) = match (service, &codes[..]) {
        (Service::GitHub, [.., rollout, end]) => {
            let is_set = output.lines().any(|line| line == "exit-code=13");
            (*rollout, *end == Some(0), is_set)
        }
        (Service::Azure, [.., rollout, end]) => {
            let is_set = said.lines().any(|line| line.ends_with(set));
            (*rollout, *end == Some(0), is_set)
        }
        (Service::GitLab, [code]) => {
            let pipeline = templates::read(Approval.file(service));
            let allowed = &pipeline["canary_deploy"]["allow_failure"]["exit_codes"];
            let may_fail = code.is_some_and(|code| *allowed == code);
            (*code, may_fail || *code == Some(0), may_fail)
        }
        _ => panic!("{service:?}: {said}"),
    };
    CanaryDeploy {
        rollout,
        is_green,
        offers,
        said,
    }
}

/// Starts the emulator, and runs the first job until the pause.
fn paused(service: Service, stages: &str) -> (Emulator, Machine) {
    let emulator = Emulator::start(&shop());
    let machine = fresh(service, &emulator, stages);
    let first = canary_deploy(service, &machine);
    assert_eq!(first.rollout, Some(13), "{service:?}: {}", first.said);
    assert!(first.is_green, "{service:?}: {}", first.said);
    assert!(first.offers, "{service:?}: {}", first.said);
    assert_eq!(emulator.weights()[CANARY], 25, "{service:?}");
    assert_eq!(emulator.lease()["lockgate-lease"], "1/paused");
    (emulator, machine)
}

#[test]
fn approved_rollout_goes_on_on_another_machine_and_is_promoted() {
    for service in ALL {
        let (emulator, first) = paused(service, ONCE);
        let name = emulator.lease()["lockgate-run"].clone();
        let second = fresh(service, &emulator, ONCE).with_journal_of(&first);
        let run = run(service, "promote", &second);
        run.ends(0, &emulator).says("promoted");
        let begins_again = run.to_string().contains("begins again");
        assert!(
            !begins_again,
            "{service:?}: the journal was not read: {run}"
        );
        let replaced = emulator.tag("lockgate-replaced");
        assert!(replaced.starts_with(&format!("{name};")), "{replaced}");
    }
}

/// Returns what the page says about labels in `lockgate.toml`.
fn labels_of_the_page() -> String {
    let page = pipelines::examples().join("github-actions/README.md");
    let page = std::fs::read_to_string(page).expect("the page is there");
    let (_, section) = page.split_once("## Labels").expect("a section");
    let (section, _) = section.split_once("\n## ").expect("another one");
    let lines = section.lines().filter_map(|line| line.strip_prefix("    "));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn labels_of_the_page_move_with_the_approved_rollout() {
    let mut scenario = shop();
    let app = &mut scenario["apps"][0];
    let older = json!({ "name": "shop--v0", "image": "registry.example/shop:0" });
    app["revisions"]
        .as_array_mut()
        .expect("revisions")
        .insert(0, older);
    app["traffic"] = json!([
        { "revision": STABLE, "weight": 100, "label": "production" },
        { "revision": "shop--v0", "weight": 0, "label": "previous" },
    ]);
    let emulator = Emulator::start(&scenario);
    let config = CONFIG.replace("[rollout]\n", &format!("[rollout]\n{ONCE}\n"));
    let config = config + &labels_of_the_page();
    let machine = || for_shop(Service::GitHub, &emulator).checked_out(&config);
    let first = canary_deploy(Service::GitHub, &machine());
    assert_eq!(first.rollout, Some(13), "{}", first.said);
    run(Service::GitHub, "promote", &machine()).exits(0);
    let snapshot = emulator.snapshot();
    let labelled = |label: &str| {
        let mut traffic = pipelines::list(&snapshot["apps"][0]["traffic"]).iter();
        let share = traffic.find(|share| share["label"] == label);
        pipelines::text(&share.expect("a label")["revisionName"])
    };
    assert_eq!(labelled("production"), CANARY);
    assert_eq!(labelled("previous"), STABLE);
}

#[test]
fn approved_rollout_that_a_gate_says_no_to_ends_with_10_and_leaves_nothing_to_restore() {
    for service in ALL {
        let (emulator, _) = paused(service, ONCE);
        emulator.behave(CANARY, &json!({ "error-share": 1.0 }));
        // The artifact with the journal is lost: that stops nothing.
        let second = fresh(service, &emulator, ONCE);
        let promote = run(service, "promote", &second);
        promote
            .ends(10, &emulator)
            .says("begins again: http-health");
        let writes = emulator.writes().len();
        let third = for_shop(service, &emulator).env("APPROVED", "true");
        run(service, after_a_failure(service), &third)
            .exits(0)
            .says("idle");
        assert_eq!(emulator.writes().len(), writes, "{service:?}");
    }
}

#[test]
fn rejected_rollout_is_restored() {
    for service in ALL {
        let (emulator, _) = paused(service, ONCE);
        let machine = for_shop(service, &emulator);
        let rejected = run(service, after_a_rejection(service), &machine);
        rejected.ends(11, &emulator);
        assert_eq!(emulator.tag("lockgate-failed"), "", "nothing has judged it");
    }
}

#[test]
fn rejection_does_not_end_the_run_of_another_pipeline() {
    for service in ALL {
        let (emulator, _) = paused(service, ONCE);
        Lockgate::on(&emulator, "abort").run().exits(11);
        let stages = format!("[rollout]\n{ONCE}\n");
        let other =
            Lockgate::on(&emulator, "rollout --run-id another").replacing("[rollout]\n", &stages);
        other.run().exits(13);
        let writes = emulator.writes().len();
        let machine = for_shop(service, &emulator);
        run(service, after_a_rejection(service), &machine)
            .exits(30)
            .says("the run that holds the app is another");
        assert_eq!(emulator.writes().len(), writes, "{service:?}");
        assert_eq!(emulator.weights()[CANARY], 25, "{service:?}");
    }
}

/// Loses the machine of the job after the approval, and restores the baseline on another one.
fn lost_after_the_approval(service: Service) {
    let long = "stages = [10, { weight = 25, pause = \"4h\" }, { weight = 100, bake = \"60s\" }]";
    let (emulator, first) = paused(service, long);
    let second = fresh(service, &emulator, long).with_journal_of(&first);
    let promote = job_of(service, Approval, "promote", &second);
    let mut running = second.start(&promote.scripts);
    let _stdout = running.read_until(|line| line.contains("read back"));
    assert_eq!(Machine::lose(running).code, None, "{service:?}: killed");
    assert_eq!(emulator.weights()[CANARY], 100, "{service:?}");
    // A machine that is lost hands on no outputs, so that the approval is not known.
    let third = for_shop(service, &emulator);
    run(service, after_a_failure(service), &third).ends(12, &emulator);
}

#[test]
fn machine_that_is_lost_after_the_approval_is_restored_at_once() {
    // All at once, because each recovery stays for 15 s.
    std::thread::scope(|scope| {
        for service in ALL {
            scope.spawn(move || lost_after_the_approval(service));
        }
    });
}

#[test]
fn rollout_that_pauses_again_after_the_approval_is_left_to_a_person() {
    let twice = "stages = [{ weight = 25, pause = true }, { weight = 50, pause = true }, 100]";
    for service in ALL {
        let (emulator, first) = paused(service, twice);
        let second = fresh(service, &emulator, twice).with_journal_of(&first);
        run(service, "promote", &second).exits(13);
        let third = for_shop(service, &emulator).env("APPROVED", "true");
        run(service, after_a_failure(service), &third).exits(13);
        assert_eq!(emulator.weights()[CANARY], 50, "{service:?}");
    }
}

#[test]
fn rollout_that_does_not_pause_fails_the_first_job_and_offers_no_approval() {
    for service in ALL {
        let emulator = Emulator::start(&shop());
        emulator.behave(CANARY, &json!({ "error-share": 1.0 }));
        let machine = fresh(service, &emulator, ONCE);
        let first = canary_deploy(service, &machine);
        assert_eq!(first.rollout, Some(10), "{service:?}: {}", first.said);
        assert!(!first.is_green && !first.offers, "{}", first.said);
        let next = for_shop(service, &emulator);
        run(service, "recover", &next).exits(0).says("idle");
    }
}

#[test]
fn second_attempt_beside_a_paused_one_fails_and_offers_no_approval() {
    for service in ALL {
        let (emulator, _) = paused(service, ONCE);
        let machine = fresh(service, &emulator, ONCE);
        let again = canary_deploy(service, &machine);
        assert_eq!(again.rollout, Some(30), "{service:?}: {}", again.said);
        assert!(!again.is_green && !again.offers, "{}", again.said);
    }
}

#[test]
fn image_that_is_promoted_already_leaves_nothing_to_approve() {
    for service in ALL {
        let mut scenario = shop();
        scenario["apps"][0]["traffic"] = json!([{ "revision": CANARY, "weight": 100 }]);
        let emulator = Emulator::start(&scenario);
        let machine = fresh(service, &emulator, ONCE);
        let first = canary_deploy(service, &machine);
        assert_eq!(first.rollout, Some(0), "{service:?}: {}", first.said);
        assert!(first.is_green && !first.offers, "{}", first.said);
        assert!(emulator.writes().is_empty(), "{service:?}");
    }
}

#[test]
fn gitlab_says_that_nothing_is_left_to_approve_where_the_approval_cannot_be_taken_away() {
    let service = Service::GitLab;
    let emulator = Emulator::start(&shop());
    let mut scenario = shop();
    scenario["apps"][0]["traffic"] = json!([{ "revision": CANARY, "weight": 100 }]);
    let promoted = Emulator::start(&scenario);
    let machine = fresh(service, &promoted, ONCE);
    run(service, "canary_deploy", &machine).exits(0);
    let handed_on = std::fs::read_to_string(machine.path("work/rollout.env"));
    let handed_on = handed_on.expect("a file of variables");
    let code = |line: &str| Some(line.strip_prefix("ROLLOUT_EXIT_CODE=")?.to_owned());
    let code = handed_on.lines().find_map(code).expect("an exit code");
    for (rollout, expected) in [(code.as_str(), 0), ("13", 30)] {
        let machine = fresh(service, &emulator, ONCE).env("ROLLOUT_EXIT_CODE", rollout);
        run(service, "promote", &machine).exits(expected);
        assert!(emulator.writes().is_empty(), "{rollout}");
    }
}

#[test]
fn first_job_that_is_cancelled_restores_the_baseline() {
    for service in ALL {
        let emulator = Emulator::start(&shop());
        let long = ONCE.replace("[10,", "[{ weight = 10, bake = \"60s\" },");
        let machine = fresh(service, &emulator, &long);
        let scripts = job_of(service, Approval, "canary_deploy", &machine).scripts;
        let is_rollout = |script: &pipelines::Script| script.text.contains("lockgate rollout");
        let rollout = scripts.iter().position(is_rollout).expect("a rollout");
        let mut running = machine.start(&scripts[..=rollout]);
        running.read_past(|line| line.contains("read back"));
        assert_eq!(emulator.weights()[CANARY], 10, "{service:?}");
        // GitHub's and Azure's signal the process that they have started, GitLab's signals all, and its shell dies of it.
        match service {
            Service::GitHub | Service::Azure => running.signal("INT"),
            Service::GitLab => Machine::signal_all(&running, "TERM"),
        }
        let run = running.finish();
        assert!(matches!(run.code, None | Some(11)), "{service:?}: {run}");
        run.says("exit code 11");
        assert_eq!(emulator.weights(), [(STABLE.to_owned(), 100)].into());
        assert!(emulator.lease().is_empty(), "{service:?}: {run}");
    }
}

#[test]
fn approval_that_never_comes_is_restored_by_the_janitor() {
    for service in ALL {
        let mut scenario = shop();
        let app = &mut scenario["apps"][0];
        app["traffic"] = json!([
            { "revision": STABLE, "weight": 75 }, { "revision": CANARY, "weight": 25 },
        ]);
        app["tags"] = json!({
            "lockgate-run": "run-1", "lockgate-lease": "1/paused", "lockgate-holder": "1/run-1",
            "lockgate-since": "1690000000/1690000100", "lockgate-stages": "10,25,100",
            "lockgate-stable": STABLE, "lockgate-canary": CANARY, "lockgate-stage": "1/25",
            "lockgate-expires": "1700000000", "lockgate-baseline-0": "shop--v1=100;",
        });
        let emulator = Emulator::start(&scenario);
        let machine = machine(service, &emulator);
        let janitor = machine.run(&job(service, "janitor", &machine).scripts);
        janitor
            .ends(11, &emulator)
            .says("paused for an approval, and its time was over");
    }
}

#[test]
fn approval_is_asked_for_after_a_pause_alone_and_by_the_service() {
    let of = |service: Service| templates::read(Approval.file(service));
    let holds = |value: &Value, part: &str| {
        let text = pipelines::text(value);
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    };
    let github = of(Service::GitHub);
    let jobs = &github["jobs"];
    assert!(jobs["canary_deploy"].get("if").is_none());
    holds(
        &jobs["promote"]["if"],
        "needs.canary_deploy.outputs.exit-code == '13'",
    );
    assert_eq!(jobs["promote"]["environment"], "promotion");
    holds(&jobs["recover"]["if"], "always()");
    let recovery = json!({ "name": "recovery", "deployment": false });
    assert_eq!(jobs["recover"]["environment"], recovery);

    let azure = of(Service::Azure);
    let [_, _, promote, restore] = pipelines::list(&azure["stages"]) else {
        panic!("four stages: {azure}");
    };
    let paused = "outputs['canary_deploy.canary_deploy.end.paused'], 'true'";
    holds(&promote["condition"], paused);
    holds(&promote["condition"], "succeeded()");
    assert_eq!(promote["jobs"][0]["environment"], "promotion");
    holds(&restore["condition"], paused);
    holds(&restore["condition"], "always()");

    let gitlab = of(Service::GitLab);
    for job in ["promote", "reject"] {
        let rules = pipelines::list(&gitlab[job]["rules"]);
        assert!(rules.iter().all(|rule| rule["when"] == "manual"), "{job}");
        assert_eq!(gitlab[job]["environment"], "promotion", "{job}");
    }
    assert_eq!(gitlab["promote"]["rules"][0]["allow_failure"], false);
}
