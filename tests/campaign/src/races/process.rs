//! One lockgate process of a trial: the shipped executable in a folder and an environment of its own, with its own door
//! to the emulator. Its outputs go to files that nobody judges.

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::Stdio;

use tokio::process::{Child, Command};

use super::story::Story;
use crate::judge::course::{CANARY, Role};

/// Short times, and gates that need two equal answers in a row.
const CONFIG: &str = r#"
[app]
name = "shop"
resource-group = "demo"
subscription = "00000000-0000-0000-0000-000000000000"

[rollout]
stages = [10, STAGE, 100]
bake = "BAKEms"
check-interval = "200ms"
retry-interval = "50ms"
gate-deadline = "400ms"
readiness-deadline = "5s"
verify-deadline = "10s"
rollback-deadline = "40s"
on-deadline = "freeze"

[gates.http-health]
settings = { interval-ms = 10, timeout-ms = 2000, attempts = 2, successes-in-a-row = 2, failures-in-a-row = 2 }
"#;

/// A process to start.
pub(crate) struct Start<'a> {
    pub(crate) lockgate: &'a Path,
    pub(crate) cache: &'a Path,
    /// The folder of the trial; the process gets one in it.
    pub(crate) folder: &'a Path,
    pub(crate) name: &'a str,
    /// The URL of its door.
    pub(crate) endpoint: &'a str,
    pub(crate) story: &'a Story,
    pub(crate) args: Vec<String>,
}

/// Returns the arguments of a command. The run of `a` is the one that is recovered.
pub(crate) fn arguments(name: &str, role: Role) -> Vec<String> {
    let args: &[&str] = match role {
        Role::Rollout => &["rollout", "--canary", CANARY],
        Role::Resume => &["resume"],
        Role::Abort => &["abort"],
        Role::Recover => &["recover", "--run-id", "run-a"],
        Role::Undo { force: false } => &["undo"],
        Role::Undo { force: true } => &["undo", "--force"],
    };
    let mut args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    if role == Role::Rollout {
        args.extend(["--run-id".to_owned(), format!("run-{name}")]);
    }
    args
}

fn configuration(story: &Story) -> String {
    let stage = match story.pause {
        Some(pause) => format!("{{ weight = 50, pause = \"{pause}\" }}"),
        None => "50".to_owned(),
    };
    let labels = if story.moves_a_label {
        "\n[labels]\nlive = \"canary\"\n"
    } else {
        ""
    };
    let config = CONFIG.replace("BAKE", &story.bake_ms.to_string());
    format!("{}{labels}", config.replace("STAGE", &stage))
}

impl Start<'_> {
    /// Starts the process. It is killed when it is dropped.
    pub(crate) fn start(&self) -> io::Result<Child> {
        let folder = self.folder.join(self.name);
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("lockgate.toml"), configuration(self.story))?;
        Command::new(self.lockgate)
            .current_dir(&folder)
            .args(&self.args)
            .env_clear()
            .env("PATH", "/nonexistent")
            .env("HOME", &folder)
            .env("TZ", "UTC")
            .env("LOCKGATE_ENDPOINT", self.endpoint)
            .env("LOCKGATE_CACHE_DIR", self.cache)
            .stdin(Stdio::null())
            .stdout(File::create(folder.join("stdout"))?)
            .stderr(File::create(folder.join("stderr"))?)
            .kill_on_drop(true)
            .spawn()
    }
}
