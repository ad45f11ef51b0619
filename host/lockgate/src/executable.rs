//! This executable, started again with an argument that nobody types: for work that must not hold a run up, or whose time
//! and memory must be bounded. Says how it is started, not what it does.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Returns the command that starts this executable again. It is not of the terminal's process group, so that an interrupt
/// reaches the run alone, and holds none of our outputs, so that whoever waits for their end does not wait for a disk.
///
/// # Errors
/// When the operating system does not tell which executable this is.
pub(crate) fn this_executable() -> std::io::Result<Command> {
    let mut command = Command::new(executable()?);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    Ok(command)
}

/// Returns the path of this executable, which is there even when the file was replaced meanwhile.
fn executable() -> std::io::Result<PathBuf> {
    let running = Path::new("/proc/self/exe");
    if running.exists() {
        Ok(running.to_owned())
    } else {
        std::env::current_exe()
    }
}
