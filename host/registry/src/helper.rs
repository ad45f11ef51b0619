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
    command.arg("get").stderr(Stdio::null());
    answer(command, &program, server, limits).await
}

/// Runs the command, which is called `program` in errors.
async fn answer(
    mut command: Command,
    program: &str,
    server: &str,
    limits: &Limits,
) -> Result<Option<FoundCredential>, String> {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    // Ctrl-C reaches every process of the terminal's group.
    #[cfg(unix)]
    command.process_group(0);
    let child = command.spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            format!("{program}, which Docker's configuration names, is not on PATH; install it, or sign in without it")
        }
        _ => format!("{program} cannot be started: {error}; run it by hand to see why"),
    })?;
    let seconds = limits.helper.as_secs();
    let running = Running(child);
    let output = tokio::time::timeout(limits.helper, asked(running, server, limits.answer_bytes));
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
                "{program} failed; run `{program} get` by hand to see why"
            ))
        };
    }
    let answer: Answer = serde_json::from_slice(&output)
        .map_err(|_| format!("{program} printed something else than a credential; update it"))?;
    if answer.username.is_empty() && answer.secret.is_empty() {
        return Ok(None);
    }
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

/// A program that is killed where nobody waits for it any more, with all that it has started.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // There is none once its end was waited for: another process may have the number then.
        #[cfg(unix)]
        if let Some(id) = self.0.id().and_then(|id| i32::try_from(id).ok()) {
            use nix::sys::signal::{Signal, killpg};
            let _ = killpg(nix::unistd::Pid::from_raw(id), Signal::SIGKILL);
        }
    }
}

/// Returns whether the program succeeded, and what it printed.
async fn asked(mut running: Running, server: &str, max: usize) -> Result<(bool, Vec<u8>), String> {
    let child = &mut running.0;
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

#[cfg(all(test, unix))]
mod tests {
    use std::io::{PipeReader, Read as _};
    use std::time::Duration;

    use super::*;

    /// A shell that runs a script as the program.
    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.arg("-c").arg(script).stderr(Stdio::null());
        command
    }

    async fn answered(script: &str, limits: &Limits) -> Result<Option<Credential>, String> {
        let found = answer(shell(script), "docker-credential-x", "the.server", limits).await;
        found.map(|found| found.map(|found| found.credential))
    }

    /// Returns the text of the error, which shows nothing of what was printed.
    async fn refused(script: &str, limits: &Limits) -> String {
        let error = answered(script, limits).await.expect_err("an error");
        assert!(!error.contains("s3cret"), "{error}");
        assert!(error.starts_with("docker-credential-x "), "{error}");
        assert!(error.contains("; "), "no next step: {error}");
        error
    }

    #[tokio::test]
    async fn program_reads_the_server_and_answers_with_a_credential() {
        let limits = Limits::default();
        let script = r#"printf '{"ServerURL":"x","Username":"ann","Secret":"%s"}' "$(cat)""#;
        let found = answered(script, &limits).await.unwrap();
        assert_eq!(found, Some(Credential::password("ann", "the.server")));
        let script = r#"echo '{"Username":"<token>","Secret":"t"}'"#;
        let found = answered(script, &limits).await.unwrap();
        assert_eq!(found, Some(Credential::RefreshToken(Secret::new("t"))));
    }

    #[tokio::test]
    async fn program_that_has_none_is_no_error() {
        for script in [
            "echo 'credentials not found in native keychain'; exit 1",
            r#"echo '{"Username":"","Secret":""}'"#,
        ] {
            let found = answered(script, &Limits::default()).await;
            assert_eq!(found, Ok(None), "{script}");
        }
    }

    #[tokio::test]
    async fn program_that_prints_something_else_is_an_error_that_does_not_quote_it() {
        for script in [
            "echo s3cret",
            r#"echo '{"Username":"ann","Secret":["s3cret"]}'"#,
            r#"printf '{"Username":"ann","Secret":"s3cret\377"}'"#,
            "true",
        ] {
            let error = refused(script, &Limits::default()).await;
            assert!(error.contains("something else"), "{script}: {error}");
        }
        let error = refused("echo s3cret; exit 3", &Limits::default()).await;
        assert!(error.contains("`docker-credential-x get`"), "{error}");
    }

    #[tokio::test]
    async fn program_that_prints_without_end_is_read_up_to_the_limit() {
        let limits = Limits {
            answer_bytes: 1000,
            ..Limits::default()
        };
        let error = refused("while :; do echo s3cret; done", &limits).await;
        assert!(error.contains("printed more than 1000 bytes"), "{error}");
    }

    #[tokio::test]
    async fn program_that_does_not_answer_is_given_up() {
        let limits = Limits {
            helper: Duration::from_millis(50),
            ..Limits::default()
        };
        let error = refused("echo s3cret; sleep 600", &limits).await;
        assert!(error.contains("did not answer"), "{error}");
    }

    /// Says that something was printed, and then that nobody is left who could print.
    fn watch(mut pipe: PipeReader) -> tokio::sync::mpsc::Receiver<()> {
        let (say, heard) = tokio::sync::mpsc::channel(2);
        std::thread::spawn(move || {
            let _ = pipe.read_exact(&mut [0]);
            let _ = say.blocking_send(());
            let _ = pipe.read_to_end(&mut Vec::new());
            let _ = say.blocking_send(());
        });
        heard
    }

    #[tokio::test]
    async fn program_that_is_given_up_is_gone_with_all_that_it_started() {
        let (pipe, stderr) = std::io::pipe().unwrap();
        let mut command = shell("(echo started >&2; sleep 600) & sleep 600");
        command.stderr(stderr);
        let mut heard = watch(pipe);
        let limits = Limits::default();
        tokio::select! {
            found = answer(command, "docker-credential-x", "the.server", &limits) => {
                panic!("it cannot answer: {found:?}")
            }
            _ = heard.recv() => {}
        }
        let gone = tokio::time::timeout(Duration::from_secs(30), heard.recv()).await;
        assert_eq!(gone, Ok(Some(())), "something that it started still runs");
    }
}
