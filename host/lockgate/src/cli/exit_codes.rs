//! Which codes each command can end with: the table at the end of its help.

use clap::Command;

use crate::exit::{Exit, table};

/// The codes of each command, by its name; of `gate` and `runs` by the name of the command below.
const CODES: [(&str, &[Exit]); 26] = [
    ("status", &[Exit::Success, Exit::Usage, Exit::Refused]),
    ("validate", &[Exit::Success, Exit::Usage, Exit::Refused]),
    ("plan", &[Exit::Success, Exit::Usage, Exit::Refused]),
    ("doctor", &[Exit::Success, Exit::Usage, Exit::Refused]),
    ("forget", &WRITES),
    ("pin", &WRITES),
    ("deploy", &WRITES),
    ("emulate", &[Exit::Success, Exit::Usage]),
    ("report", &[Exit::Success, Exit::Usage]),
    ("explain", &[Exit::Success, Exit::Usage]),
    ("verify", &COMPARES),
    ("prune", &[Exit::Success, Exit::Usage]),
    ("bundle", &[Exit::Success, Exit::Usage]),
    ("new", &[Exit::Success, Exit::Usage]),
    ("run", &ASKS),
    ("record", &ASKS),
    ("replay", &ASKS),
    ("test", &COMPARES),
    ("backtest", &COMPARES),
    ("check", &COMPARES),
    ("bench", &[Exit::Success, Exit::Usage]),
    ("inspect", &[Exit::Success, Exit::Usage]),
    ("compile", &[Exit::Success, Exit::Usage]),
    ("pull", &[Exit::Success, Exit::Usage]),
    ("push", &[Exit::Success, Exit::Usage]),
    ("schema", &[Exit::Success, Exit::Usage]),
];

/// Those that end with any code of a run.
const RUNS: [&str; 7] = [
    "lockgate", "rollout", "resume", "abort", "recover", "undo", "demo",
];

/// Those of a command that writes something to the app outside of a run.
const WRITES: [Exit; 6] = [
    Exit::Success,
    Exit::Usage,
    Exit::Cancelled,
    Exit::Failed,
    Exit::Unverified,
    Exit::Refused,
];
/// Those of a command that compares something with what is expected.
const COMPARES: [Exit; 3] = [Exit::Success, Exit::NotAsExpected, Exit::Usage];
/// Those of a command that asks one gate.
const ASKS: [Exit; 5] = [
    Exit::Success,
    Exit::Usage,
    Exit::GateSaidNo,
    Exit::Failed,
    Exit::Held,
];

/// Adds the table of its codes to the help of every command that has some.
pub(super) fn added(command: Command) -> Command {
    let name = command.get_name().to_owned();
    let command = command.mut_subcommands(added);
    let codes: Vec<Exit> = if RUNS.contains(&name.as_str()) {
        Exit::of_runs().collect()
    } else {
        let found = CODES.iter().find(|(of, _)| *of == name);
        found.map(|(_, codes)| codes.to_vec()).unwrap_or_default()
    };
    if codes.is_empty() {
        return command;
    }
    let after = command.get_after_help().map(ToString::to_string);
    let after = after.unwrap_or_default();
    command.after_help(format!("{}\n\n{after}", table(codes)))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    /// Commands that print something and can only succeed, or hold other commands.
    const WITHOUT: [&str; 5] = ["gate", "runs", "wit", "completions", "man"];

    fn walk(command: &Command, seen: &mut Vec<String>) {
        for below in command.get_subcommands() {
            seen.push(below.get_name().to_owned());
            walk(below, seen);
        }
    }

    #[test]
    fn every_command_has_its_codes_or_is_known_to_have_none() {
        let mut seen = Vec::new();
        walk(&Cli::command(), &mut seen);
        for name in &seen {
            let has = RUNS.contains(&name.as_str()) || CODES.iter().any(|(of, _)| of == name);
            assert_ne!(has, WITHOUT.contains(&name.as_str()), "{name}");
        }
        for (name, _) in CODES {
            assert!(
                seen.iter().any(|other| other == name),
                "{name} is no command"
            );
        }
    }
}
