//! The shape of `[notify.NAME]`: a webhook that learns of a run, and the events that it can learn. Checks no value.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// A webhook that learns of a run.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct NotifySection {
    /// Where events are posted to, as CloudEvents: an `https` URL. `env:NAME` takes the value of an environment variable, for a
    /// URL that is a secret.
    pub(crate) url: String,
    /// The events that are posted. Default: all but `stage`.
    pub(crate) events: Option<Vec<NotifyEvent>>,
    /// Header fields of each request, as an allow rule has them: a value ends with `env:NAME`, the environment variable that
    /// holds the secret, such as `Bearer env:NAME`; or `authorization` is `azure:SCOPE`.
    #[serde(default)]
    pub(crate) header: BTreeMap<String, String>,
}

/// What a webhook can learn of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum NotifyEvent {
    /// The app is read, and the run goes on. Nothing is written yet.
    Began,
    /// The canary has the weight of a stage, read back.
    Stage,
    /// The canary has all traffic, and stays.
    Promoted,
    /// The baseline stands, read back, whether any traffic had moved or not.
    RolledBack,
    /// An undo has given all traffic to the revision that the last promotion had replaced.
    Undone,
    /// The run stands still at its weight: a gate holds it, or an approval is missing.
    Held,
    /// What production serves could not be verified.
    Unverified,
    /// The rollback failed: a person must act.
    Stuck,
    /// Another writer has changed the app, and the run keeps its hands off.
    Superseded,
    /// The run did not begin, and nothing was written.
    Refused,
}

impl NotifyEvent {
    /// All events, in the order in which a run may have them.
    pub(super) const ALL: [NotifyEvent; 10] = [
        NotifyEvent::Began,
        NotifyEvent::Stage,
        NotifyEvent::Promoted,
        NotifyEvent::RolledBack,
        NotifyEvent::Undone,
        NotifyEvent::Held,
        NotifyEvent::Unverified,
        NotifyEvent::Stuck,
        NotifyEvent::Superseded,
        NotifyEvent::Refused,
    ];

    /// Returns its name, as the file has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            NotifyEvent::Began => "began",
            NotifyEvent::Stage => "stage",
            NotifyEvent::Promoted => "promoted",
            NotifyEvent::RolledBack => "rolled-back",
            NotifyEvent::Undone => "undone",
            NotifyEvent::Held => "held",
            NotifyEvent::Unverified => "unverified",
            NotifyEvent::Stuck => "stuck",
            NotifyEvent::Superseded => "superseded",
            NotifyEvent::Refused => "refused",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readme_says_when_each_event_is() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
        let readme = std::fs::read_to_string(path).unwrap();
        let (_, table) = readme
            .split_once("| event | when |\n| --- | --- |\n")
            .unwrap();
        let rows = table.lines().take_while(|line| line.starts_with('|'));
        let names: Vec<&str> = rows.filter_map(|row| row.split('`').nth(1)).collect();
        assert_eq!(names, NotifyEvent::ALL.map(NotifyEvent::name));
    }

    #[test]
    fn name_of_an_event_is_the_one_that_the_file_has() {
        for event in NotifyEvent::ALL {
            let text = serde_json::Value::from(event.name());
            assert_eq!(
                serde_json::from_value::<NotifyEvent>(text).ok(),
                Some(event)
            );
        }
    }
}
