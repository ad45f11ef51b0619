//! A gate that asks more often than it was recorded: a miss, or with `--repeat` the last answer once more, and counted.

use crate::support::{CANARY, Emulator, Lockgate};

#[test]
fn answer_is_given_again_where_that_is_wanted_and_counted() {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout");
    lockgate.run().ends(0, &emulator);
    let backtest = |more: &[&str]| {
        let settings = r#"{"interval-ms":1,"attempts":5,"successes-in-a-row":4}"#;
        let mut args = vec!["gate", "backtest", "http-health", "--settings", settings];
        args.extend(more);
        lockgate.again(&args)
    };
    backtest(&[])
        .exits(1)
        .says("asked more often than recorded (its answer is given again with --repeat, or by `times` in a case)");
    let run = backtest(&["--repeat"]);
    run.exits(0)
        .says("agreed: gives the recorded verdict")
        .says("answers given again (--repeat), in");
    let event = backtest(&["--repeat", "--output", "json"]);
    let events = event.exits(0).events();
    assert!(
        events.last().unwrap()["detail"]["repeated"].as_u64() > Some(1),
        "{event}"
    );
}

#[test]
fn replay_says_how_often_an_answer_was_given_again() {
    let emulator = Emulator::healthy();
    let canary = emulator.revision_url(CANARY);
    let record =
        Lockgate::on(&emulator, "gate record http-health --out good.har --canary").arg(canary);
    record.run().exits(0);
    let replay = |more: &[&str]| {
        let settings = r#"{"interval-ms":1,"attempts":5,"successes-in-a-row":4}"#;
        let mut args = vec![
            "gate",
            "replay",
            "http-health",
            "good.har",
            "--settings",
            settings,
        ];
        args.extend(more);
        record.again(&args)
    };
    replay(&[]).exits(12);
    replay(&["--repeat"])
        .exits(0)
        .says("answers given again: 2");
}
