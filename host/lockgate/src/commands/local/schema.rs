//! `lockgate schema`: the JSON Schema of the configuration, for editors.

use crate::config::File;
use crate::output::Output;

/// Prints the schema.
///
/// # Errors
/// When the schema cannot be written as JSON, which does not happen.
pub(in crate::commands) fn schema(output: &Output) -> anyhow::Result<u8> {
    let schema = schemars::schema_for!(File);
    output.document(&serde_json::to_string_pretty(&schema)?);
    Ok(0)
}
