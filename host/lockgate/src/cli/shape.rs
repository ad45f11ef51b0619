//! The shape of every help text, made from the definition of the command alone: options under headings, a short help (-h)
//! of one sentence an option, and a long one that ends with every example and the exit codes. Adds no word of its own about
//! any command.

use clap::{Arg, Command};

use super::exit_codes::exit_codes;
use super::headings::heading;

/// Begins the examples after the help of a command.
pub(super) const EXAMPLES: [&str; 2] = ["Example:\n", "Examples:\n"];

/// Returns the command line with the shape of every help text.
pub(super) fn shaped(command: Command) -> Command {
    let name = command.get_name().to_owned();
    shape(command, &name)
}

fn shape(command: Command, name: &str) -> Command {
    let command = command
        .mut_subcommands(|below| {
            let name = format!("{name} {}", below.get_name());
            shape(below, &name)
        })
        .mut_args(short_and_long);
    // The four that every command has: --output, --verbose, --help and --version.
    let count = command.get_opts().count() + 4;
    let mut left_out = Vec::new();
    let command = command.mut_args(|arg| match heading(arg.get_id().as_str()) {
        Some(heading) if !arg.is_positional() => {
            let is_left_out = count > heading.short_up_to;
            if is_left_out && !left_out.contains(&heading.title) {
                left_out.push(heading.title);
            }
            arg.help_heading(heading.title).hide_short_help(is_left_out)
        }
        _ => arg,
    });
    after(about(command), name, &left_out)
}

/// Gives an argument its first sentence as the short help, and everything as the long one.
fn short_and_long(arg: Arg) -> Arg {
    let Some(help) = arg.get_long_help().or(arg.get_help()) else {
        return arg;
    };
    let (whole, variable) = (help.to_string(), arg.get_env());
    let variable = variable.map(|name| format!("\n\n[env: {}]", name.display()));
    let long = format!("{whole}{}", variable.unwrap_or_default());
    let short = first_sentence(&whole).to_owned();
    arg.help(short).long_help(long).hide_env(true)
}

/// Gives a command its first sentence for the list of commands, and everything for its own help.
fn about(command: Command) -> Command {
    let Some(about) = command.get_about().map(ToString::to_string) else {
        return command;
    };
    let long = command.get_long_about().map(ToString::to_string);
    command
        .about(first_sentence(&about).to_owned())
        .long_about(long.unwrap_or(about))
}

/// Puts the examples after the short help; the notes, the examples and the exit codes after the long one.
fn after(command: Command, name: &str, left_out: &[&str]) -> Command {
    let text = command.get_after_help().map(ToString::to_string);
    let text = text.unwrap_or_default();
    let examples = EXAMPLES.iter().find_map(|word| text.find(word));
    let examples = text[examples.unwrap_or_default()..].to_owned();
    let more = match left_out {
        [] => String::new(),
        titles => format!(
            "`{name} --help` has more options: {}.\n\n",
            titles.join(", ")
        ),
    };
    let codes = exit_codes(name).map(|table| format!("\n\n{table}"));
    command
        .after_help(format!("{more}{examples}"))
        .after_long_help(format!("{text}{}", codes.unwrap_or_default()))
}

/// Returns a text up to the end of its first sentence, without the period.
fn first_sentence(text: &str) -> &str {
    let ends = [". ", ".\n", "\n\n"]
        .iter()
        .filter_map(|end| text.find(end));
    text[..ends.min().unwrap_or(text.len())].trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_help_is_the_first_sentence() {
        for (text, short) in [
            ("The name.", "The name"),
            ("The name. It is short.", "The name"),
            (
                "The base URL, such as https://a.b/c",
                "The base URL, such as https://a.b/c",
            ),
            ("One\n\nTwo", "One"),
        ] {
            assert_eq!(first_sentence(text), short);
        }
    }
}
