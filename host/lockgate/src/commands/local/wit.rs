//! `lockgate wit`: the contract of gates as this executable speaks it, so that nobody needs a checkout.

use crate::exit::Exit;
use crate::output::Output;

/// The contract's text.
const CONTRACT: &str = include_str!("../../../../../wit/plugin-0.1/plugin.wit");

/// Prints the contract.
pub(in crate::commands) fn wit(output: &Output) -> Exit {
    output.document(CONTRACT.trim_end());
    Exit::Success
}
