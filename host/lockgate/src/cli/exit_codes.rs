//! What each command does, and so which codes it can end with: the table at the end of its help. The codes and their
//! meanings are those of `exit`.

use crate::exit::{Work, table};

/// What each command does, by its name as a user types it. A command that only holds others is not here.
const WORK: &[(&str, Work)] = &[
    ("lockgate", Work::Run),
    ("lockgate rollout", Work::Run),
    ("lockgate deploy", Work::Change),
    ("lockgate pin", Work::Change),
    ("lockgate validate", Work::Preflight),
    ("lockgate plan", Work::Preflight),
    ("lockgate status", Work::Show),
    ("lockgate abort", Work::Restore),
    ("lockgate recover", Work::Recover),
    ("lockgate resume", Work::Run),
    ("lockgate undo", Work::Undo),
    ("lockgate forget", Work::Change),
    ("lockgate doctor", Work::Preflight),
    ("lockgate emulate", Work::Other),
    ("lockgate demo", Work::Run),
    ("lockgate gate new", Work::Other),
    ("lockgate gate run", Work::Ask),
    ("lockgate gate record", Work::Ask),
    ("lockgate gate replay", Work::Ask),
    ("lockgate gate test", Work::Compare),
    ("lockgate gate backtest", Work::Compare),
    ("lockgate gate bench", Work::Other),
    ("lockgate gate check", Work::Compare),
    ("lockgate gate inspect", Work::Other),
    ("lockgate gate compile", Work::Other),
    ("lockgate gate pull", Work::Other),
    ("lockgate gate push", Work::Other),
    ("lockgate runs", Work::Other),
    ("lockgate runs prune", Work::Other),
    ("lockgate runs bundle", Work::Other),
    ("lockgate explain", Work::Other),
    ("lockgate report", Work::Other),
    ("lockgate verify", Work::Compare),
    ("lockgate schema", Work::Other),
    ("lockgate completions", Work::Other),
    ("lockgate man", Work::Other),
    ("lockgate wit", Work::Other),
];

/// Returns the table of the codes that a command can end with; `None` of one that only holds others.
pub(super) fn exit_codes(name: &str) -> Option<String> {
    let (_, work) = WORK.iter().find(|(of, _)| *of == name)?;
    Some(table(*work))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{is_run, walk};
    use super::*;
    use crate::cli::parse;

    #[test]
    fn every_command_that_can_be_run_says_which_codes_it_can_end_with() {
        let mut seen = Vec::new();
        walk(&parse::command(), "lockgate", &mut |command, name| {
            let has = exit_codes(name).is_some();
            // The codes of a run are what the program is about.
            assert_eq!(has, is_run(command) || name == "lockgate", "{name}");
            seen.push(name.to_owned());
        });
        for (name, _) in WORK {
            assert!(seen.iter().any(|one| one == name), "{name} is no command");
        }
    }
}
