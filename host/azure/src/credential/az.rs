//! Tokens from the login of the Azure command line.
//!
//! The last credential that is tried: `az` cannot renew a login with a federated token once its assertion is
//! five minutes old (AADSTS700024), which only shows when the token expires.

use std::io::ErrorKind;
use std::process::{Output, Stdio};
use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;
use tokio::process::Command;

use super::error::CredentialError;
use super::scope::TokenScope;
use super::token::Token;

/// `az` needs one to three seconds. One that hangs must not delay a rollback for longer than this.
const AZ_TIMEOUT: Duration = Duration::from_secs(30);

/// Runs `az` and returns its token for this scope.
pub(super) async fn token(program: &str, scope: &TokenScope) -> Result<Token, CredentialError> {
    let output = run_az(program, &scope.resource()).await?;
    token_from_az(&output)
}

async fn run_az(program: &str, resource: &str) -> Result<Output, CredentialError> {
    let mut command = Command::new(program);
    command
        .args(["account", "get-access-token", "--resource", resource])
        .args(["--output", "json"])
        .stdin(Stdio::null())
        .kill_on_drop(true);
    // Ctrl-C reaches every process of the terminal's group. In a group of its own, `az` survives it and returns the
    // token that the rollback needs.
    #[cfg(unix)]
    command.process_group(0);
    match tokio::time::timeout(AZ_TIMEOUT, command.output()).await {
        Ok(Ok(output)) => Ok(output),
        Ok(Err(error)) if error.kind() == ErrorKind::NotFound => Err(CredentialError::AzAbsent {
            program: program.to_owned(),
        }),
        Ok(Err(error)) => Err(CredentialError::AzFailed {
            detail: format!("{program} cannot be started: {error}"),
        }),
        Err(_) => Err(CredentialError::AzFailed {
            detail: format!("it did not end within {} s", AZ_TIMEOUT.as_secs()),
        }),
    }
}

#[derive(Deserialize)]
struct AzToken {
    #[serde(rename = "accessToken")]
    access_token: String,
    /// Seconds since 1970. Present since az 2.54.
    expires_on: Option<u64>,
    /// The same time in the local zone, without the zone: the only form before az 2.54.
    #[serde(rename = "expiresOn")]
    expires_on_local: Option<String>,
}

pub(super) fn token_from_az(output: &Output) -> Result<Token, CredentialError> {
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let detail = first_line(&stderr);
        let signs_of_no_login = ["az login", "AADSTS700024", "AADSTS70043", "AADSTS50078"];
        return Err(
            if signs_of_no_login.iter().any(|sign| stderr.contains(sign)) {
                CredentialError::AzLoggedOut { detail }
            } else {
                CredentialError::AzFailed { detail }
            },
        );
    }
    // Serde's own message may quote its input, which is the token.
    let token: AzToken =
        serde_json::from_slice(&output.stdout).map_err(|error| CredentialError::AzFailed {
            detail: format!(
                "its output is not the expected JSON (line {}, column {})",
                error.line(),
                error.column()
            ),
        })?;
    let local = || local_time(token.expires_on_local.as_deref()?);
    let expires = token.expires_on.or_else(local);
    Ok(Token::new(token.access_token, expires))
}

fn local_time(text: &str) -> Option<u64> {
    let time: DateTime = text.parse().ok()?;
    let time = TimeZone::system().to_timestamp(time).ok()?;
    u64::try_from(time.as_second()).ok()
}

fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    line.map_or_else(
        || "it printed no error".to_owned(),
        |line| line.chars().filter(|c| !c.is_control()).take(300).collect(),
    )
}
