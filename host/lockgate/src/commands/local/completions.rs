//! `lockgate completions`: what completes the command line in a shell, from the command line's own definition.

use clap_complete::{Shell, generate};

use crate::cli::parse;
use crate::exit::Exit;
use crate::output::Output;

/// Prints the script of a shell.
pub(in crate::commands) fn completions(shell: Shell, output: &Output) -> Exit {
    let mut script = Vec::new();
    generate(shell, &mut parse::command(), "lockgate", &mut script);
    output.script(&String::from_utf8_lossy(&script));
    Exit::Success
}
