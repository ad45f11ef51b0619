//! Every topic fits a screen, and every command in it is one.

use super::*;
use crate::cli::parse;

#[test]
fn every_topic_fits_a_screen_and_is_listed() {
    let list = topic("topics").unwrap();
    for one in &TOPICS {
        let text = topic(one.name).unwrap();
        assert!(list.contains(one.name), "{}", one.name);
        assert!(text.lines().count() <= 32, "{}", one.name);
        for line in text.lines() {
            assert!(line.chars().count() <= 90, "{}: {line}", one.name);
        }
    }
    assert!(topic("rollout").is_none());
}

#[test]
fn every_command_of_a_topic_is_understood() {
    let mut commands = 0;
    for one in &TOPICS {
        let text = topic(one.name).unwrap();
        for line in text
            .lines()
            .filter_map(|line| line.strip_prefix("  lockgate "))
        {
            let words = std::iter::once("lockgate").chain(line.split_whitespace());
            let parsed = parse::command().try_get_matches_from(words);
            assert!(
                parsed.is_ok(),
                "{}: {line}: {}",
                one.name,
                parsed.unwrap_err()
            );
            commands += 1;
        }
    }
    assert!(commands > 25, "{commands}");
}
