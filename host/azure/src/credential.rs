//! Bearer tokens: where they come from, and how long they are kept.
//!
//! A token is never printed, logged or put into an error. A token that still works is kept when a
//! fresh one cannot be had, because a rollback needs a token more than it needs a fresh one.

use std::fmt;
use std::io::ErrorKind;
use std::process::{Output, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;
use tokio::process::Command;
use tokio::sync::Mutex;

/// The environment variable that holds a token unless another is named.
pub const DEFAULT_TOKEN_VARIABLE: &str = "LOCKGATE_ARM_TOKEN";

/// `az` needs one to three seconds; one that hangs must not hold up a rollback for long.
const AZ_TIMEOUT: Duration = Duration::from_secs(30);

/// Where tokens come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// Nowhere: requests carry no token. For an emulator.
    Anonymous,
    /// An environment variable. Its life is not known, and a new one cannot be had.
    Variable {
        /// The variable's name.
        name: String,
    },
    /// The Azure command line, with whatever login it has.
    AzCli {
        /// The program, looked up on `PATH`.
        program: String,
        /// What the token is for, as `az account get-access-token --resource` takes it.
        resource: String,
    },
}

impl Credential {
    /// Returns the token in `LOCKGATE_ARM_TOKEN`.
    pub fn variable() -> Credential {
        Credential::Variable {
            name: DEFAULT_TOKEN_VARIABLE.to_owned(),
        }
    }

    /// Returns the login of `az`, for the public cloud.
    pub fn az_cli() -> Credential {
        // On Windows `az` is a batch file, which is only found by its full name.
        let program = if cfg!(windows) { "az.cmd" } else { "az" };
        Credential::AzCli {
            program: program.to_owned(),
            resource: "https://management.azure.com/".to_owned(),
        }
    }

    async fn fetch(&self) -> Result<Option<Token>, CredentialError> {
        match self {
            Credential::Anonymous => Ok(None),
            Credential::Variable { name } => {
                let value = std::env::var_os(name).map(|v| v.to_string_lossy().into_owned());
                token_in_variable(name, value).map(Some)
            }
            Credential::AzCli { program, resource } => {
                let output = run_az(program, resource).await?;
                token_from_az(&output).map(Some)
            }
        }
    }
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// The variable is missing or empty.
    #[error(
        "environment variable {name} is not set; set it to the output of `az account \
         get-access-token --resource https://management.azure.com/ --query accessToken --output \
         tsv`"
    )]
    NotSet {
        /// The variable.
        name: String,
    },
    /// The variable holds something that cannot be a token.
    #[error(
        "environment variable {name} does not hold a bearer token: it has spaces, line breaks or \
         characters beyond ASCII; set it to the bare token without `Bearer` and without quotes"
    )]
    NotAToken {
        /// The variable.
        name: String,
    },
    /// There is no such program.
    #[error(
        "{program} is not installed or not on PATH; install the Azure command line and run \
         `az login`, or set {DEFAULT_TOKEN_VARIABLE} to a token"
    )]
    AzAbsent {
        /// The program that was looked for.
        program: String,
    },
    /// It runs, but nobody is logged in or the login has run out.
    #[error("az is not logged in ({detail}); run `az login`")]
    AzLoggedOut {
        /// The first line of what it said.
        detail: String,
    },
    /// It failed otherwise, or did not end in time.
    #[error("az could not get a token: {detail}; run `az account get-access-token` to see why")]
    AzFailed {
        /// The first line of what it said.
        detail: String,
    },
}

/// A bearer token. Its `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token {
    secret: String,
    expires: Option<u64>,
}

impl Token {
    /// Returns the value of the authorization header.
    pub(crate) fn bearer(&self) -> String {
        format!("Bearer {}", self.secret)
    }

    fn seconds_left(&self, now: u64) -> u64 {
        self.expires.map_or(u64::MAX, |end| end.saturating_sub(now))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token(hidden, expires: {:?})", self.expires)
    }
}

/// Keeps the latest token. Callers that find it used up wait for one fetch instead of starting
/// several.
#[derive(Debug)]
pub(crate) struct TokenSource {
    credential: Credential,
    kept: Mutex<Option<Token>>,
}

impl TokenSource {
    pub(crate) fn new(credential: Credential) -> TokenSource {
        TokenSource {
            credential,
            kept: Mutex::new(None),
        }
    }

    /// Returns a token to send, or `None` when none is to be sent. One with less life than
    /// `seconds_needed` is replaced, and used all the same when it cannot be.
    pub(crate) async fn current(
        &self,
        seconds_needed: u64,
    ) -> Result<Option<Token>, CredentialError> {
        let mut kept = self.kept.lock().await;
        let now = unix_now();
        if let Some(token) = kept
            .as_ref()
            .filter(|t| t.seconds_left(now) > seconds_needed)
        {
            return Ok(Some(token.clone()));
        }
        match self.credential.fetch().await {
            Ok(token) => {
                kept.clone_from(&token);
                Ok(token)
            }
            Err(error) => match kept.as_ref().filter(|t| t.seconds_left(now) > 0) {
                Some(token) => Ok(Some(token.clone())),
                None => Err(error),
            },
        }
    }

    /// Returns another token than the one that was refused, or `None` when there is no other.
    pub(crate) async fn renewed(
        &self,
        refused: Option<&Token>,
    ) -> Result<Option<Token>, CredentialError> {
        let mut kept = self.kept.lock().await;
        if kept.as_ref() != refused {
            return Ok(kept.clone());
        }
        let token = self.credential.fetch().await?;
        if token.as_ref() == refused {
            return Ok(None);
        }
        kept.clone_from(&token);
        Ok(token)
    }

    /// Gets a token and returns when it runs out, in seconds since 1970; `None` when that is not
    /// known.
    pub(crate) async fn expiry(&self, seconds_needed: u64) -> Result<Option<u64>, CredentialError> {
        Ok(self
            .current(seconds_needed)
            .await?
            .and_then(|token| token.expires))
    }
}

fn token_in_variable(name: &str, value: Option<String>) -> Result<Token, CredentialError> {
    let name = name.to_owned();
    // A token that was written with `echo` ends in a line break.
    let secret = value.unwrap_or_default().trim().to_owned();
    if secret.is_empty() {
        return Err(CredentialError::NotSet { name });
    }
    if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(CredentialError::NotAToken { name });
    }
    Ok(Token {
        secret,
        expires: None,
    })
}

async fn run_az(program: &str, resource: &str) -> Result<Output, CredentialError> {
    let mut command = Command::new(program);
    command
        .args(["account", "get-access-token", "--resource", resource])
        .args(["--output", "json"])
        .stdin(Stdio::null())
        .kill_on_drop(true);
    // Ctrl-C reaches every process of the terminal's group; the token for the rollback must survive
    // it.
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
            detail: format!("no answer within {} s", AZ_TIMEOUT.as_secs()),
        }),
    }
}

#[derive(Deserialize)]
struct AzToken {
    #[serde(rename = "accessToken")]
    access_token: String,
    /// Seconds since 1970; since az 2.54.
    expires_on: Option<u64>,
    /// The same in local time without a zone.
    #[serde(rename = "expiresOn")]
    expires_on_local: Option<String>,
}

fn token_from_az(output: &Output) -> Result<Token, CredentialError> {
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let detail = first_line(&said);
        let signs = ["az login", "AADSTS700024", "AADSTS70043", "AADSTS50078"];
        return Err(if signs.iter().any(|sign| said.contains(sign)) {
            CredentialError::AzLoggedOut { detail }
        } else {
            CredentialError::AzFailed { detail }
        });
    }
    // Serde's message may quote what it read, which is the token.
    let token: AzToken =
        serde_json::from_slice(&output.stdout).map_err(|error| CredentialError::AzFailed {
            detail: format!(
                "its output is not the expected JSON (line {}, column {})",
                error.line(),
                error.column()
            ),
        })?;
    let local = || local_time(token.expires_on_local.as_deref()?);
    Ok(Token {
        expires: token.expires_on.or_else(local),
        secret: token.access_token,
    })
}

fn local_time(text: &str) -> Option<u64> {
    let time: DateTime = text.parse().ok()?;
    let zoned = time.to_zoned(TimeZone::system()).ok()?;
    u64::try_from(zoned.timestamp().as_second()).ok()
}

fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    line.map_or_else(
        || "it said nothing".to_owned(),
        |line| line.chars().filter(|c| !c.is_control()).take(300).collect(),
    )
}

/// Returns the seconds since 1970.
pub(crate) fn unix_now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests;
