//! What is known of the terminal that the process writes to: whether it is one, how large it is, and what it can show. Reads
//! the environment and writes nothing.

use std::io::IsTerminal as _;

use super::region::{Narrowed, Size, Terminal};
use super::row::Colours;
use crate::environment;

/// Whether a region below the lines is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum ProgressStyle {
    /// On a terminal that a person looks at: not in a pipeline.
    #[default]
    Auto,
    /// On every terminal that can show it.
    Live,
    /// Never: lines alone.
    Plain,
}

/// The variables by which a pipeline is known.
const PIPELINES: [&str; 4] = ["CI", "GITHUB_ACTIONS", "TF_BUILD", "GITLAB_CI"];

/// Returns the terminal of the process where a region can be drawn and is wanted.
///
/// # Errors
/// Why there is none, as a sentence for a person who has asked for one.
pub(super) fn of_process(progress: ProgressStyle) -> Result<Terminal, &'static str> {
    if progress == ProgressStyle::Plain {
        return Err("only lines are wanted");
    }
    let is_terminal = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
    if !is_terminal || !is_one_terminal() {
        return Err("stdout and stderr are not both the terminal");
    }
    if !can_move_the_cursor() {
        return Err("the terminal cannot move its cursor (TERM is dumb or not set)");
    }
    let is_in_a_pipeline = (PIPELINES.iter()).any(|name| environment::variable(name).is_some());
    if progress == ProgressStyle::Auto && is_in_a_pipeline {
        return Err("this is a pipeline");
    }
    Ok(Terminal {
        // Not buffered, so that a frame is one write.
        stream: Box::new(std::io::stderr()),
        size: Box::new(size_of_stderr),
        colours: if anstyle_query::no_color() {
            Colours::Off
        } else {
            Colours::On
        },
        narrowed: narrowed(),
    })
}

/// Returns whether stdout and stderr are the same terminal, and not two of them.
#[cfg(unix)]
fn is_one_terminal() -> bool {
    use nix::sys::stat::fstat;
    let (stdout, stderr) = (fstat(std::io::stdout()), fstat(std::io::stderr()));
    matches!((stdout, stderr), (Ok(stdout), Ok(stderr)) if stdout.st_rdev == stderr.st_rdev)
}

#[cfg(windows)]
fn is_one_terminal() -> bool {
    true
}

#[cfg(unix)]
fn can_move_the_cursor() -> bool {
    environment::variable("TERM").is_some_and(|term| term != "dumb")
}

/// The console of Windows does it once it is asked to.
#[cfg(windows)]
fn can_move_the_cursor() -> bool {
    anstyle_query::windows::enable_ansi_colors().unwrap_or(true)
}

/// Returns what the terminal does when it is made narrower. Most break rows; those that cut them are known by these variables.
fn narrowed() -> Narrowed {
    let term = environment::text("TERM").unwrap_or_default();
    let is_set = |name| environment::variable(name).is_some();
    let is_screen = term.starts_with("screen") && !is_set("TMUX");
    if term == "linux" || is_screen || is_set("XTERM_VERSION") {
        Narrowed::Cuts
    } else {
        Narrowed::Breaks
    }
}

/// Returns the size of the terminal that stdout is.
pub(super) fn size_of_stdout() -> Option<Size> {
    terminal_size::terminal_size_of(std::io::stdout()).map(in_columns_and_rows)
}

/// Returns the size of the terminal that stderr is.
pub(super) fn size_of_stderr() -> Option<Size> {
    terminal_size::terminal_size_of(std::io::stderr()).map(in_columns_and_rows)
}

fn in_columns_and_rows(size: (terminal_size::Width, terminal_size::Height)) -> Size {
    Size {
        width: usize::from(size.0.0),
        height: usize::from(size.1.0),
    }
}
