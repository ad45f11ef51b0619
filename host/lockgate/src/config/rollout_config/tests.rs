//! What a file says of a rollout, and every mistake of its values.

use super::super::understand::understand;
use super::*;

fn rollout(lines: &str) -> Result<RolloutConfig, String> {
    let app = "app = { name = \"shop\", resource-group = \"prod\", subscription = \"sub\" }";
    let understood = understand::<File>("test", &format!("{app}\n{lines}"));
    let configuration = UncheckedConfig {
        file: understood.value.expect("a file"),
        source: understood.source,
        ..UncheckedConfig::default()
    };
    for_rollout(configuration).map_err(|error| error.to_string())
}

#[test]
fn file_that_names_the_app_alone_has_every_default() {
    let config = rollout("").unwrap();
    let stages = config.draft.stages.iter();
    let weights: Vec<i64> = stages.map(|stage| stage.weight.per_cent().into()).collect();
    assert_eq!(weights, defaults::STAGES);
    assert!(
        config
            .draft
            .stages
            .iter()
            .all(|stage| stage.bake == defaults::BAKE)
    );
    assert_eq!(config.draft.timing, rollout::Timing::default());
    assert_eq!(config.draft.health_checks, [defaults::GATE]);
    assert_eq!(config.deploy.ready_within, defaults::READY_WITHIN);
    assert_eq!(config.retire_after, None);
    let retired = rollout("rollout.retire = true").unwrap();
    assert_eq!(retired.retire_after, Some(defaults::RETIRE_AFTER));
}

#[test]
fn watch_interval_is_four_seconds_unless_the_file_says_otherwise() {
    let watched = |lines: &str| rollout(lines).unwrap().draft.timing.watch_interval;
    assert_eq!(watched(""), Duration::from_secs(4));
    let every_second = "rollout.watch-interval = \"1s\"";
    assert_eq!(watched(every_second), Duration::from_secs(1));
}

#[test]
fn plan_that_cannot_be_is_refused_before_a_gate_is_loaded() {
    for (lines, error) in [
        (
            "rollout.stages = [10, 50, 25, 100]",
            "rollout.stages[2]: stage weights must rise: 25 comes after 50",
        ),
        (
            "rollout.stages = [0, 100]",
            "rollout.stages[0]: weight 0 is not between 1 and 100",
        ),
        (
            "rollout.check-interval = \"1ms\"",
            "rollout.check-interval: check-interval must be at least 10 ms",
        ),
        (
            "rollout.stages = [{ weight = 100, gates = [\"smoke\"] }]",
            "rollout.stages[0].gates[0]: gate \"smoke\" is not configured",
        ),
        (
            "rollout = { canary = \"shop--v2\", image = \"shop:2\" }",
            "rollout.image: canary shop--v2 and image shop:2 are both given",
        ),
    ] {
        let found = rollout(lines).unwrap_err();
        assert!(
            found.starts_with(&format!("{error}\n --> test:2:")),
            "{found}"
        );
    }
}

#[test]
fn profile_sets_the_times_that_the_file_does_not() {
    let times = |lines: &str| {
        let config = rollout(lines).unwrap();
        let timing = &config.draft.timing;
        let bake = config.draft.stages[0].bake;
        [bake, timing.gate_deadline, timing.check_interval].map(|time| time.as_secs())
    };
    let profile = "rollout.profile = \"platform-counts\"";
    assert_eq!(times(profile), [480, 1_200, 30]);
    assert_eq!(
        times(&format!("{profile}\nrollout.bake = \"1h\"")),
        [3_600, 1_200, 30]
    );
    assert_eq!(
        times(&format!("{profile}\nrollout.check-interval = \"5s\"")),
        [480, 1_200, 5]
    );
}

#[test]
fn advisory_gates_are_set_apart_and_one_gate_has_to_decide() {
    let gates = "rollout.stages = [{ weight = 10, gates = [\"http-health\"] }, 100]\n\
         [gates.http-health]\n[gates.new]\nplugin = \"http-health\"\nmode = \"advisory\"\n";
    let draft = rollout(gates).unwrap().draft;
    assert_eq!(draft.health_checks, ["http-health"]);
    assert_eq!(draft.advisory_health_checks, ["new"]);
    let stages = draft.stages.iter();
    let gates = stages.map(|stage| (stage.gates.len(), stage.advisory_gates.len()));
    assert_eq!(gates.collect::<Vec<_>>(), [(1, 0), (1, 1)]);
    let alone = "[gates.http-health]\nmode = \"advisory\"\n";
    insta::assert_snapshot!("no_gate_that_decides", rollout(alone).unwrap_err());
}

#[test]
fn all_mistakes_are_found_at_once() {
    let lines = "rollout.stages = [0, 101]\n[gates.smoke]\n[gates.slow]\nplugin = \"http-helth\"\nlimits.memory-mib = 0\n";
    insta::assert_snapshot!("mistakes_of_values", rollout(lines).unwrap_err());
}
