//! Finds out whether a shell stands between a continuous-integration runner and this process, and keeps its signals.

/// What runners set.
const RUNNERS: [&str; 3] = ["GITHUB_ACTIONS", "TF_BUILD", "GITLAB_CI"];

/// Shells that wait for what they run and keep a signal to themselves.
const SHELLS: [&str; 6] = ["bash", "sh", "dash", "ash", "zsh", "ksh"];

/// Returns one line with the fix where a runner's signals end in a shell; `None` where they do not, and on systems
/// without `/proc`.
pub(crate) fn deaf_shell() -> Option<String> {
    let runner = RUNNERS
        .iter()
        .any(|name| std::env::var(name).is_ok_and(|value| value.eq_ignore_ascii_case("true")));
    let shell = parent_name().filter(|_| runner)?;
    SHELLS.contains(&shell.as_str()).then(|| {
        format!(
            "note: {shell} keeps the runner's signals to itself, so a cancelled job is noticed seconds late; make \
             lockgate the last line of the step and write `exec lockgate …`"
        )
    })
}

#[cfg(unix)]
fn parent_name() -> Option<String> {
    let parent = rustix::process::getppid()?.as_raw_nonzero();
    let name = std::fs::read_to_string(format!("/proc/{parent}/comm")).ok()?;
    Some(name.trim_end().to_owned())
}

#[cfg(not(unix))]
fn parent_name() -> Option<String> {
    None
}
