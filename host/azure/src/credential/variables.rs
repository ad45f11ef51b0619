//! Environment variables, as credentials read them: an empty variable counts as not set.

use super::error::CredentialError;

/// Returns the value of a variable that is set and not empty.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns the value of a variable that the credential needs. `cure` ends the error's sentence: what to do when
/// the variable is not set.
pub(super) fn needed(
    credential: &'static str,
    name: &'static str,
    cure: &'static str,
) -> Result<String, CredentialError> {
    variable(name).ok_or(CredentialError::Incomplete {
        credential,
        variable: name,
        cure,
    })
}
