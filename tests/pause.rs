//! A stage that pauses for an approval: the run ends held, `resume` goes on from any machine, and after its time `recover`
//! restores the baseline.

use serde_json::json;

use crate::support::{CANARY, Emulator, Finished, Lockgate};

/// Returns a rollout that pauses at 25 % for a time.
fn pausing(emulator: &Emulator, command: &str, pause: &str) -> Lockgate {
    let stages = format!("[rollout]\nstages = [10, {{ weight = 25, pause = {pause} }}, 100]\n");
    Lockgate::on(emulator, command).replacing("[rollout]\n", &stages)
}

/// Returns an app on which a run pauses, and the machine that ran it.
fn paused(pause: &str) -> (Emulator, Lockgate) {
    let emulator = Emulator::healthy();
    let lockgate = pausing(&emulator, "rollout", pause);
    let run = lockgate.run();
    run.exits(13)
        .says("pausing, marking the lease as paused")
        .says("paused for an approval, which may take")
        .says("`lockgate resume")
        .says("`lockgate abort");
    assert_eq!(emulator.weights()[CANARY], 25, "{run}");
    assert_eq!(emulator.lease()["lockgate-lease"], "1/paused");
    (emulator, lockgate)
}

/// Runs a command on a machine that has the configuration alone.
fn elsewhere(emulator: &Emulator, command: &str) -> Finished {
    pausing(emulator, command, "\"4h\"").run()
}

#[test]
fn paused_run_is_continued_on_another_machine() {
    let (emulator, _) = paused("\"4h\"");
    elsewhere(&emulator, "status")
        .exits(0)
        .says("paused for an approval for another");
    let id = emulator.lease()["lockgate-run"].clone();
    let run = elsewhere(&emulator, "resume");
    run.ends(0, &emulator)
        .says(&format!("lockgate 0.1.0, run {id}"));
}

#[test]
fn pause_without_a_time_lasts_a_day() {
    let (emulator, _) = paused("true");
    let lease = emulator.lease();
    let number = |text: &str| text.parse::<u64>().expect("a number");
    let (_, weight_since) = lease["lockgate-since"].split_once('/').expect("two times");
    let lasts = number(&lease["lockgate-expires"]) - number(weight_since);
    assert!((86_400..86_460).contains(&lasts), "{lasts} s");
}

#[test]
fn pause_is_left_alone_until_its_time_is_over() {
    let (emulator, _) = paused("\"4h\"");
    let writes = emulator.writes().len();
    elsewhere(&emulator, "recover")
        .exits(13)
        .says("paused for an approval");
    let janitor = elsewhere(&emulator, "recover --all");
    janitor
        .exits(0)
        .says("is paused at 25 % for an approval, left alone");
    elsewhere(&emulator, "rollout")
        .exits(30)
        .says("is paused for an approval");
    assert_eq!(emulator.writes().len(), writes);
    elsewhere(&emulator, "abort").ends(11, &emulator);
}

#[test]
fn pause_whose_time_is_over_is_not_resumed_and_restored_by_recover_and_the_janitor() {
    for command in ["recover", "recover --all"] {
        let (emulator, _) = paused("\"1s\"");
        emulator.until("the pause is over", |emulator| {
            let expires = emulator.lease()["lockgate-expires"].clone();
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            expires.parse::<u64>().expect("a number") < now.expect("a time").as_secs()
        });
        let late = elsewhere(&emulator, "resume");
        late.exits(30)
            .says("its time was over")
            .says("`lockgate recover");
        assert_eq!(emulator.weights()[CANARY], 25, "{late}");
        let restored = elsewhere(&emulator, command);
        restored
            .ends(11, &emulator)
            .says("paused for an approval, and its time was over");
        assert_eq!(emulator.tag("lockgate-failed"), "", "nothing has judged it");
    }
}

#[test]
fn resumed_run_that_finds_its_canary_ill_is_rolled_back() {
    let (emulator, _) = paused("\"4h\"");
    emulator.behave(CANARY, &json!({ "error-share": 1.0 }));
    elsewhere(&emulator, "resume").ends(10, &emulator);
}

#[test]
fn resume_with_another_configuration_follows_the_stages_of_the_run() {
    let (emulator, _) = paused("\"4h\"");
    let run = Lockgate::on(&emulator, "resume --stages 5,100").run();
    run.ends(0, &emulator)
        .says("shifting: writing shop--v2 100 %");
}

#[test]
fn resume_after_somebody_changed_the_traffic_keeps_its_hands_off() {
    let (emulator, _) = paused("\"4h\"");
    let traffic = json!([
        { "revision": "shop--v1", "weight": 40 }, { "revision": CANARY, "weight": 60 },
    ]);
    emulator.operate(&traffic, &json!({}));
    let (before, writes) = (emulator.weights(), emulator.writes().len());
    let run = elsewhere(&emulator, "resume");
    run.exits(31);
    assert_eq!(
        (emulator.weights(), emulator.writes().len()),
        (before, writes)
    );
}

#[test]
fn of_two_that_resume_at_once_one_goes_on() {
    let (emulator, _) = paused("\"4h\"");
    let first = pausing(&emulator, "resume", "\"4h\"");
    let second = pausing(&emulator, "resume", "\"4h\"");
    let (first, second) = (first.start(), second.start());
    let mut codes = [first.finish().code, second.finish().code];
    codes.sort();
    assert_eq!(
        emulator.weights(),
        [(CANARY.to_owned(), 100)].into(),
        "{codes:?}"
    );
    // The other one sees a lease that is not its own, or that there is nothing left to resume.
    assert_eq!(codes[0], Some(0), "{codes:?}");
    assert!(matches!(codes[1], Some(30 | 31)), "{codes:?}");
}

#[test]
fn resume_says_which_gates_begin_again_where_their_state_is_not_here() {
    let (emulator, here) = paused("\"4h\"");
    let run = elsewhere(&emulator, "resume");
    run.ends(0, &emulator).says("begins again: http-health");
    drop(here);
    let (emulator, here) = paused("\"4h\"");
    let run = here.again(&["resume"]);
    run.ends(0, &emulator);
    assert!(!run.stdout.contains("begins again"), "{run}");
}

#[test]
fn pause_that_is_no_time_is_refused_where_it_stands() {
    let run = pausing(&Emulator::healthy(), "validate", "\"soon\"").run();
    run.exits(2).says("rollout.stages[1]").says("soon");
}
