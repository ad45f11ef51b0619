//! How the latest call of each gate is put again: where its recording is, and the command that replays it. Filled by the
//! sink of the recordings, read by the report at the moment of a "no".

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::shell_words::quoted;

/// What is known of the latest call of each gate. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReplayLines {
    latest: Arc<Mutex<BTreeMap<String, ReplayLine>>>,
}

/// How one call is put again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReplayLine {
    /// The recording's path. The file is written at the same time, and is there a moment later.
    pub(crate) recording: PathBuf,
    /// The command, quoted for a shell.
    pub(crate) command: String,
}

impl ReplayLines {
    /// Notes that the latest call of a gate is in this recording. `plugin` names its component for `gate replay`.
    pub(super) fn note(&self, gate: &str, plugin: &Path, recording: PathBuf) {
        let command = format!(
            "lockgate gate replay {} {}",
            quoted(&plugin.to_string_lossy()),
            quoted(&recording.to_string_lossy())
        );
        let line = ReplayLine { recording, command };
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.insert(gate.to_owned(), line);
    }

    /// Returns how the latest call of a gate is put again; `None` where none was recorded.
    pub(crate) fn of(&self, gate: &str) -> Option<ReplayLine> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.get(gate).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_is_one_that_a_shell_takes() {
        let lines = ReplayLines::default();
        lines.note(
            "odd",
            Path::new("http-health"),
            PathBuf::from("/tmp/it's here/0001-odd.har"),
        );
        let line = lines.of("odd").unwrap();
        assert_eq!(
            line.command,
            r"lockgate gate replay http-health '/tmp/it'\''s here/0001-odd.har'"
        );
        assert_eq!(lines.of("other"), None);
    }
}
