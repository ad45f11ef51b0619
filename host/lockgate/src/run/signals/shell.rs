//! Finds out whether a shell stands between a continuous-integration runner and this process and does not pass on the
//! runner's signals.

/// Variables that runners set to `true`.
const RUNNERS: [&str; 3] = ["GITHUB_ACTIONS", "TF_BUILD", "GITLAB_CI"];

/// Shells that wait for their commands and pass no signal on.
const SHELLS: [&str; 6] = ["bash", "sh", "dash", "ash", "zsh", "ksh"];

/// Returns a warning with the fix where a runner's signals end in a shell; `None` elsewhere, and on systems without
/// `/proc`.
pub(crate) fn shell_warning() -> Option<String> {
    let is_on_runner = RUNNERS
        .iter()
        .any(|name| std::env::var(name).is_ok_and(|value| value.eq_ignore_ascii_case("true")));
    if !is_on_runner {
        return None;
    }
    let shell = parent_name()?;
    SHELLS.contains(&shell.as_str()).then(|| {
        format!(
            "note: {shell} does not pass the runner's signals on, so a cancelled job is noticed seconds late; make \
             lockgate the last line of the step and write `exec lockgate …`"
        )
    })
}

#[cfg(unix)]
fn parent_name() -> Option<String> {
    let parent = nix::unistd::getppid();
    let name = std::fs::read_to_string(format!("/proc/{parent}/comm")).ok()?;
    Some(name.trim_end().to_owned())
}

#[cfg(not(unix))]
fn parent_name() -> Option<String> {
    None
}
