//! A program that keeps credentials for Docker, `docker-credential-NAME get`: within a time, with little output, and only
//! where its name is a plain word.

use std::io::ErrorKind;
use std::process::Stdio;

use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use crate::credential::{Credential, FoundCredential};
use crate::limits::Limits;
use crate::secret::Secret;

/// The name that stands for a refresh token in the place of a user.
const TOKEN_USER: &str = "<token>";
/// What the programs print when they have none.
const NOT_FOUND: &str = "credentials not found";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

/// Asks the program for the credential of a server; `None` where it has none.
///
/// # Errors
/// When it cannot be started, fails, takes too long or prints something else.
pub(crate) async fn credential(
    name: &str,
    server: &str,
    limits: &Limits,
) -> Result<Option<FoundCredential>, String> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.len() <= 64
        && name.chars().all(is_allowed);
    if !is_plain {
        return Err(format!(
            "{name:?} is not the name of a program that keeps credentials; correct Docker's configuration"
        ));
    }
    let program = format!("docker-credential-{name}");
    let mut command = Command::new(&program);
    command
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    // Ctrl-C reaches every process of the terminal's group.
    #[cfg(unix)]
    command.process_group(0);
    let child = command.spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            format!("{program}, which Docker's configuration names, is not on PATH; install it, or sign in without it")
        }
        _ => format!("{program} cannot be started: {error}"),
    })?;
    let seconds = limits.helper.as_secs();
    let output = tokio::time::timeout(limits.helper, asked(child, server, limits.answer_bytes));
    let (success, output) = output
        .await
        .map_err(|_| {
            format!("{program} did not answer within {seconds} s; run it by hand to see why")
        })?
        .map_err(|reason| format!("{program} {reason}; run it by hand to see why"))?;
    if !success {
        let said = String::from_utf8_lossy(&output);
        return if said.contains(NOT_FOUND) {
            Ok(None)
        } else {
            Err(format!(
                "{program} failed; run `docker-credential-{name} get` by hand to see why"
            ))
        };
    }
    let answer: Answer = serde_json::from_slice(&output)
        .map_err(|_| format!("{program} printed something else than a credential; update it"))?;
    let credential = if answer.username == TOKEN_USER {
        Credential::RefreshToken(Secret::new(answer.secret))
    } else {
        Credential::password(&answer.username, &answer.secret)
    };
    Ok(Some(FoundCredential {
        credential,
        origin: format!("the credentials of {program}"),
        stays_here: false,
    }))
}

/// Returns whether the program succeeded, and what it printed.
async fn asked(mut child: Child, server: &str, max: usize) -> Result<(bool, Vec<u8>), String> {
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not read it says so by its answer.
        let _ = stdin.write_all(server.as_bytes()).await;
    }
    let mut output = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        let mut some = stdout.take(max as u64 + 1);
        let read = some.read_to_end(&mut output).await;
        read.map_err(|error| format!("cannot be read: {error}"))?;
    }
    if output.len() > max {
        return Err(format!("printed more than {max} bytes"));
    }
    let status = child.wait().await;
    let status = status.map_err(|error| format!("cannot be waited for: {error}"))?;
    Ok((status.success(), output))
}
