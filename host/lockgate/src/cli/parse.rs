//! From the words of the command line and the environment to a command, or to what is printed instead. An empty variable
//! counts as unset, and a mistake is reported under the name that was typed.

use std::ffi::OsString;

use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory as _, FromArgMatches as _};

use super::Cli;
use super::shape::shaped;
use super::tips;
use crate::environment;
use crate::help;
use crate::mistake::{Mistake, Place};
use crate::output::Format;
use crate::secret_names::{is_secret_name, looks_secret};

/// What the command line comes to.
pub(crate) enum Parsed {
    /// A command.
    Command(Box<Cli>),
    /// Help or the version, which the user asked for.
    Help(clap::Error),
    /// The text of a topic, which the user asked for.
    Topic(String),
    /// A mistake, in the words that are printed, and where it is.
    Wrong(Box<Wrong>),
}

/// A command line that cannot be understood.
pub(crate) struct Wrong {
    /// For people: the mistake, a tip, and how the command is used.
    pub(crate) text: String,
    /// For machines.
    pub(crate) mistake: Mistake,
    /// The format that was asked for, as far as that can be known.
    pub(crate) format: Format,
}

/// Parses the command line of this process.
pub(crate) fn parse() -> Parsed {
    let args: Vec<OsString> = std::env::args_os().collect();
    if let [_, help, word] = &args[..]
        && help == "help"
        && let Some(text) = word.to_str().and_then(|word| help::topic(word, &command()))
    {
        return Parsed::Topic(text);
    }
    let matches = command().try_get_matches_from(&args);
    match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => Parsed::Command(Box::new(cli)),
        Err(error) => not_a_command(error, &args),
    }
}

/// Returns the command line, with every empty variable as if it were not set. No help shows the value of a variable: it
/// is not ours, and may be a secret.
pub(crate) fn command() -> Command {
    for_every_arg(shaped(Cli::command()), &|arg| {
        let is_empty = arg.get_env().is_some_and(environment::is_empty);
        let arg = arg.hide_env_values(true);
        if is_empty {
            arg.env(Resettable::Reset)
        } else {
            arg
        }
    })
}

fn for_every_arg(command: Command, change: &dyn Fn(clap::Arg) -> clap::Arg) -> Command {
    command
        .mut_args(change)
        .mut_subcommands(|command| for_every_arg(command, change))
}

fn not_a_command(mut error: clap::Error, args: &[OsString]) -> Parsed {
    if !matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        tips::replace(&mut error);
        hide_secret(&mut error);
        let given = name_as_typed(&mut error, args);
        let text = error.render().to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
        let first = text.lines().next().unwrap_or_default();
        let mistake = Mistake {
            place: given.map_or(Place::Nowhere, Place::Given),
            key: None,
            message: first.to_owned(),
            help: text
                .lines()
                .find_map(|line| line.trim().strip_prefix("tip: "))
                .map(str::to_owned),
        };
        return Parsed::Wrong(Box::new(Wrong {
            text: text.to_owned(),
            mistake,
            format: format(args),
        }));
    }
    Parsed::Help(error)
}

/// Hides the value of an argument that is not expected where its name says that it is a secret: `az` takes several of them
/// after one flag.
fn hide_secret(error: &mut clap::Error) {
    let Some(ContextValue::String(arg)) = error.get(ContextKind::InvalidArg) else {
        return;
    };
    let Some(hidden) = without_secret(arg) else {
        return;
    };
    error.insert(ContextKind::InvalidArg, ContextValue::String(hidden));
    // The tips repeat the argument.
    error.remove(ContextKind::Suggested);
}

/// Returns an argument such as `API_KEY=…` without its value; `None` where it shows no secret.
fn without_secret(arg: &str) -> Option<String> {
    let ends = arg.match_indices('=').map(|(at, _)| at);
    let secret = ends.into_iter().find(|end| {
        let name = arg[..*end].rsplit('=').next().unwrap_or_default();
        is_secret_name(name)
    });
    match secret {
        Some(end) => Some(format!("{}=(hidden)", &arg[..end])),
        None if looks_secret(arg) => Some("(hidden)".to_owned()),
        None => None,
    }
}

/// Puts the name of a variable in the place of its flag, where the flag is not on the command line. Returns what was
/// typed.
fn name_as_typed(error: &mut clap::Error, args: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(shown)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let flag = shown
        .split(['=', ' '])
        .next()
        .unwrap_or_default()
        .to_owned();
    let is_typed = args.iter().any(|arg| {
        let arg = arg.to_string_lossy();
        arg.strip_prefix(flag.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    });
    let of_a_value = matches!(
        error.kind(),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation
    );
    let variable = flag.strip_prefix("--").map(crate::config::variable_of);
    match variable {
        Some(variable) if of_a_value && !is_typed => {
            error.insert(
                ContextKind::InvalidArg,
                ContextValue::String(variable.clone()),
            );
            Some(variable)
        }
        _ => Some(flag),
    }
}

/// Returns the format that the command line or the environment asks for, without understanding the rest of it.
fn format(args: &[OsString]) -> Format {
    let texts: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
    let typed = texts.iter().enumerate().find_map(|(index, arg)| {
        let rest = arg.strip_prefix("--output")?;
        match rest.strip_prefix('=') {
            Some(value) => Some(value.to_owned()),
            None if rest.is_empty() => texts.get(index + 1).map(|value| value.to_string()),
            None => None,
        }
    });
    match typed.or_else(|| environment::text("LOCKGATE_OUTPUT")) {
        Some(format) if format == "json" => Format::Json,
        _ => Format::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn argument_that_is_not_expected_shows_no_secret() {
        let line = ["lockgate", "deploy", "--set-env", "A=1", "API_KEY=hunter2"];
        for line in [
            &line[..],
            &["lockgate", "deploy", "--set-envs=API_KEY=hunter2"],
        ] {
            let mut error = command().try_get_matches_from(line).unwrap_err();
            hide_secret(&mut error);
            let text = error.render().to_string();
            assert!(text.contains("unexpected argument '"), "{text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
        for (arg, hidden) in [
            ("API_KEY=hunter2", Some("API_KEY=(hidden)")),
            ("URL=https://a:hunter2@b", Some("(hidden)")),
            ("LOG_LEVEL=debug", None),
            ("--bake=5m", None),
        ] {
            assert_eq!(without_secret(arg).as_deref(), hidden, "{arg}");
        }
    }
}
