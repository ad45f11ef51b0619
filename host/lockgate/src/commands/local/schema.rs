//! `lockgate schema`: the JSON Schema of the configuration, for editors.

use crate::config;
use crate::exit::Exit;
use crate::output::Output;

/// Prints the schema.
///
/// # Errors
/// When the schema cannot be written as JSON, which does not happen.
pub(in crate::commands) fn schema(output: &Output) -> anyhow::Result<Exit> {
    output.document(&serde_json::to_string_pretty(&config::schema())?);
    Ok(Exit::Success)
}
