//! `lockgate schema`: the JSON Schemas of the files that people write, for editors, and of the events that lockgate writes.

use crate::cases;
use crate::cli::SchemaOf;
use crate::config;
use crate::event;
use crate::exit::Exit;
use crate::output::Output;

/// Prints a schema.
///
/// # Errors
/// When the schema cannot be written as JSON, which does not happen.
pub(in crate::commands) fn schema(of: SchemaOf, output: &Output) -> anyhow::Result<Exit> {
    let schema = match of {
        SchemaOf::Configuration => config::schema(),
        SchemaOf::Case => cases::schema(),
        SchemaOf::Events => event::schema(),
        SchemaOf::Scenario => emulator::Scenario::schema(),
    };
    output.document(&serde_json::to_string_pretty(&schema)?);
    Ok(Exit::Success)
}
