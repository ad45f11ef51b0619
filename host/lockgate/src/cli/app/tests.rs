//! Every flag and variable wins over the file, and the help shows the defaults that hold.

use clap::{Args as _, Command, FromArgMatches as _};

use super::*;
use crate::config::{UncheckedConfig, defaults, parse};

/// A flag with the key that it sets.
struct FlagOfKey {
    flag: &'static str,
    value: &'static str,
    key: &'static str,
    /// The value as the file has it.
    in_file: &'static str,
}

/// Every flag that sets a key.
#[rustfmt::skip]
const FLAGS: [FlagOfKey; 21] = [
    FlagOfKey { flag: "app", value: "blue", key: "app.name", in_file: "\"blue\"" },
    FlagOfKey { flag: "resource-group", value: "blue", key: "app.resource-group", in_file: "\"blue\"" },
    FlagOfKey { flag: "subscription", value: "blue", key: "app.subscription", in_file: "\"blue\"" },
    FlagOfKey { flag: "endpoint", value: "http://[::1]", key: "azure.endpoint", in_file: "\"http://[::1]\"" },
    FlagOfKey { flag: "credential", value: "az", key: "azure.credential", in_file: "\"az\"" },
    FlagOfKey { flag: "state-dir", value: "blue", key: "state-dir", in_file: "\"blue\"" },
    FlagOfKey { flag: "attest", value: "blue", key: "attest", in_file: "\"blue\"" },
    FlagOfKey { flag: "cache-dir", value: "blue", key: "cache-dir", in_file: "\"blue\"" },
    FlagOfKey { flag: "stable", value: "blue", key: "rollout.stable", in_file: "\"blue\"" },
    FlagOfKey { flag: "canary", value: "blue", key: "rollout.canary", in_file: "\"blue\"" },
    FlagOfKey { flag: "image", value: "blue", key: "rollout.image", in_file: "\"blue\"" },
    FlagOfKey { flag: "stages", value: "5,100", key: "rollout.stages", in_file: "[5, 100]" },
    FlagOfKey { flag: "bake", value: "7m", key: "rollout.bake", in_file: "\"7m\"" },
    FlagOfKey { flag: "deadline", value: "7m", key: "rollout.deadline", in_file: "\"7m\"" },
    FlagOfKey { flag: "on-failure", value: "deactivate", key: "rollout.on-failure", in_file: "\"deactivate\"" },
    FlagOfKey { flag: "container", value: "blue", key: "deploy.container", in_file: "\"blue\"" },
    FlagOfKey { flag: "ready-within", value: "7m", key: "deploy.ready-within", in_file: "\"7m\"" },
    FlagOfKey { flag: "min-replicas", value: "7", key: "deploy.min-replicas", in_file: "7" },
    FlagOfKey { flag: "max-replicas", value: "7", key: "deploy.max-replicas", in_file: "7" },
    FlagOfKey { flag: "cpu", value: "0.5", key: "deploy.cpu", in_file: "0.5" },
    FlagOfKey { flag: "memory", value: "1Gi", key: "deploy.memory", in_file: "\"1Gi\"" },
];

/// The flags that have no key in the file, or add to what the file has.
const WITHOUT_KEY: [&str; 13] = [
    "report",
    "config",
    "suffix",
    "ensure-multiple",
    "run-id",
    "fact",
    "label",
    "again",
    "emergency",
    "set-env",
    "remove-env",
    "pipeline",
    "dotenv",
];

fn rollout_command() -> Command {
    RolloutArgs::augment_args(Command::new("rollout"))
}

/// Returns a file that sets every key that has a flag, with one of them changed.
fn file(changed: Option<&FlagOfKey>) -> File {
    let line = |flag: &FlagOfKey| {
        let is_changed = changed.is_some_and(|changed| changed.key == flag.key);
        let value = if is_changed {
            flag.in_file
        } else if flag.in_file.starts_with('[') {
            "[50, 100]"
        } else if flag.flag == "on-failure" {
            "\"keep\""
        } else if flag.in_file.starts_with(|c: char| c.is_ascii_digit()) {
            "9"
        } else {
            "\"1m\""
        };
        format!("{} = {value}\n", flag.key)
    };
    let text: String = FLAGS.iter().map(line).collect();
    parse("test", &text).expect("a configuration")
}

#[test]
fn every_flag_wins_over_its_key_and_changes_no_other() {
    for flag in &FLAGS {
        let given = format!("--{}={}", flag.flag, flag.value);
        let matches = rollout_command().try_get_matches_from(["rollout", &given]);
        let args = RolloutArgs::from_arg_matches(&matches.expect("valid flags")).expect("flags");
        let configuration = UncheckedConfig {
            file: file(None),
            ..UncheckedConfig::default()
        };
        let laid_over = configuration.with_flags(args.as_file()).file;
        assert_eq!(laid_over, file(Some(flag)), "--{}", flag.flag);
    }
}

#[test]
fn repeated_flags_keep_lines_and_their_variables_have_one_on_each() {
    let typed = ["set-env", "remove-env"].map(is_typed);
    assert_eq!(typed, [false; 2], "no flag of the test runner");
    let values = ["A=1\n\nB=2\r\n".to_owned(), "C=3".to_owned()];
    assert_eq!(each("set-env", &values), ["A=1", "B=2", "C=3"]);
}

#[test]
fn every_flag_of_a_rollout_sets_a_key_or_is_known_to_have_none() {
    for arg in rollout_command().get_arguments() {
        let flag = arg
            .get_long()
            .expect("every argument of a rollout is a flag");
        let has_key = FLAGS.iter().any(|known| known.flag == flag);
        assert_ne!(has_key, WITHOUT_KEY.contains(&flag), "--{flag}");
    }
}

#[test]
fn key_of_every_flag_is_known_where_mistakes_are_placed() {
    let known: Vec<(&str, &str)> = crate::config::FLAGS
        .iter()
        .map(|flag| (flag.flag, flag.key))
        .collect();
    let here: Vec<(&str, &str)> = FLAGS.iter().map(|flag| (flag.flag, flag.key)).collect();
    assert_eq!(known, here);
}

#[test]
fn every_flag_that_takes_a_value_has_a_variable_of_its_name() {
    for arg in rollout_command().get_arguments() {
        let flag = arg
            .get_long()
            .expect("every argument of a rollout is a flag");
        if !arg.get_action().takes_values() {
            continue;
        }
        let variable = crate::config::variable_of(flag);
        let found = arg
            .get_env()
            .map(|name| name.to_string_lossy().into_owned());
        assert_eq!(found, Some(variable), "--{flag}");
    }
}

#[test]
fn help_shows_the_default_of_every_key_that_has_one() {
    let mut shown = 0;
    let deploy = DeployArgs::augment_args(Command::new("deploy"));
    for command in [rollout_command(), deploy] {
        for arg in command.get_arguments() {
            let key = FLAGS
                .iter()
                .find(|known| Some(known.flag) == arg.get_long());
            let defaults = defaults::by_key();
            let default =
                key.and_then(|known| defaults.iter().find(|default| default.key == known.key));
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            // The endpoint's default is Azure itself, which goes without saying.
            if let Some(default) = default.filter(|default| default.key != "azure.endpoint") {
                let as_flag = default.text().replace(", ", ",");
                let as_flag = as_flag.trim_matches(['[', ']']);
                assert!(help.ends_with(&format!("[default: {as_flag}]")), "{help}");
                shown += 1;
            }
        }
    }
    assert_eq!(
        shown, 7,
        "bake, stages, on-failure, state-dir and ready-within of a rollout; two of a deployment"
    );
}

#[test]
fn help_and_readme_name_the_stages_that_hold() {
    let [stages @ .., last] = defaults::STAGES.map(|weight| weight.to_string());
    let words = format!("{}, then {last} %", stages.join(", "));
    let readme = include_str!("../../../../../README.md");
    let help = <crate::cli::Cli as clap::CommandFactory>::command();
    let help = help.get_long_about().expect("a description").to_string();
    for text in [readme, &help] {
        assert!(text.contains(&words), "{words:?} is missing in: {text}");
    }
}
