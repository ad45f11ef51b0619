//! What a gate wants of whoever runs it, and what one version of it wants that another does not: origins, imports, settings,
//! kinds of questions. Pure.

use gates::{Gate, ListedSetting};
use rollout::Kind;
use serde_json::{Value, json};

/// What a gate wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wants {
    pub(super) origins: Vec<String>,
    pub(super) imports: Vec<String>,
    pub(super) kinds: Vec<Kind>,
    pub(super) settings: Vec<ListedSetting>,
}

impl Wants {
    pub(super) fn of(gate: &Gate) -> Wants {
        Wants {
            origins: gate.description().origins.clone(),
            imports: gate.imports().to_vec(),
            kinds: gate.kinds().to_vec(),
            settings: gate.listed_settings(),
        }
    }

    /// Returns what has to be seen to before the gate can run: origins, imports beside the contract's own, and the settings
    /// that must be there.
    pub(super) fn alone(&self) -> Changes {
        let imports = self.imports.iter();
        let imports = imports.filter(|name| !name.starts_with("lockgate:"));
        let settings = self.settings.iter();
        let settings = settings.filter(|setting| setting.is_required && !is_inside(setting, ""));
        Changes {
            origins: self.origins.clone(),
            imports: imports.cloned().collect(),
            added: settings.cloned().collect(),
            ..Changes::default()
        }
    }

    /// Returns what these want that the others do not. Names of imports that differ in their version are different. Of
    /// settings within settings that came or went as a whole, the whole is named.
    pub(super) fn beyond(&self, before: &Wants) -> Changes {
        let new = |all: &[String], known: &[String]| {
            let new = all.iter().filter(|item| !known.contains(item));
            new.cloned().collect()
        };
        let named = |settings: &[ListedSetting], name: &str| {
            let found = settings.iter().find(|setting| setting.name == name);
            found.cloned()
        };
        let (mut added, mut changed) = (Vec::new(), Vec::new());
        for setting in &self.settings {
            match named(&before.settings, &setting.name) {
                None => added.push(setting.clone()),
                Some(old) if !means_the_same(&old, setting) => changed.push((old, setting.clone())),
                Some(_) => {}
            }
        }
        added = outermost(added);
        let gone = before.settings.iter();
        let gone = gone.filter(|old| named(&self.settings, &old.name).is_none());
        let gone = outermost(gone.cloned().collect());
        let lost = before
            .kinds
            .iter()
            .filter(|kind| !self.kinds.contains(kind));
        Changes {
            origins: new(&self.origins, &before.origins),
            imports: new(&self.imports, &before.imports),
            lost_kinds: lost.copied().collect(),
            added,
            changed,
            gone: gone.into_iter().map(|setting| setting.name).collect(),
        }
    }
}

/// Returns the settings that are not within others of them.
fn outermost(settings: Vec<ListedSetting>) -> Vec<ListedSetting> {
    let all = settings.clone();
    let is_outermost = |setting: &ListedSetting| {
        let mut others = all.iter();
        !others.any(|outer| is_inside(setting, &outer.name))
    };
    settings.into_iter().filter(is_outermost).collect()
}

/// Returns whether a setting is within the one of this name; within any for an empty name.
fn is_inside(setting: &ListedSetting, outer: &str) -> bool {
    let rest = setting.name.strip_prefix(outer);
    rest.is_some_and(|rest| match outer {
        "" => rest.contains(['.', '[']),
        _ => rest.starts_with(['.', '[']),
    })
}

/// A description may be worded anew.
fn means_the_same(old: &ListedSetting, new: &ListedSetting) -> bool {
    (old.is_required, &old.accepts, &old.default) == (new.is_required, &new.accepts, &new.default)
}

/// What one version of a gate wants that another does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) origins: Vec<String>,
    pub(super) imports: Vec<String>,
    /// Questions that it does not answer any more.
    pub(super) lost_kinds: Vec<Kind>,
    pub(super) added: Vec<ListedSetting>,
    /// Each as it was and as it is.
    pub(super) changed: Vec<(ListedSetting, ListedSetting)>,
    /// The names of settings that are unknown now.
    pub(super) gone: Vec<String>,
}

impl Changes {
    /// Returns a line for each. `is_granted` says whether the configuration lets the gate reach an origin.
    pub(super) fn lines(&self, is_granted: impl Fn(&str) -> bool) -> Vec<String> {
        let mut lines = Vec::new();
        for origin in &self.origins {
            let granted = if is_granted(origin) {
                "which is granted"
            } else {
                "which is not granted: add it to the gate's allow list"
            };
            lines.push(format!("wants to reach {origin}, {granted}"));
        }
        for import in &self.imports {
            lines.push(format!("imports {import}"));
        }
        for kind in &self.lost_kinds {
            lines.push(format!("is no {kind} any more"));
        }
        for setting in &self.added {
            lines.push(format!(
                "has the setting {}: {}",
                setting.name,
                terms(setting)
            ));
        }
        for (old, new) in &self.changed {
            let (name, old, new) = (&new.name, terms(old), terms(new));
            lines.push(format!("takes another setting {name}: {new}; it was {old}"));
        }
        for name in &self.gone {
            lines.push(format!("has no setting {name} any more"));
        }
        lines
    }

    /// Returns them for machines.
    pub(super) fn as_json(&self) -> Value {
        let changed = self.changed.iter();
        let changed = changed.map(|(old, new)| json!({ "was": old, "is": new }));
        json!({
            "origins": self.origins,
            "imports": self.imports,
            "lost-kinds": self.lost_kinds,
            "settings": self.added,
            "changed-settings": changed.collect::<Vec<_>>(),
            "gone-settings": self.gone,
        })
    }
}

/// Returns what a setting takes, in a phrase.
fn terms(setting: &ListedSetting) -> String {
    let required = match (setting.is_required, setting.default.as_str()) {
        (true, _) => ", required".to_owned(),
        (false, "") => String::new(),
        (false, default) => format!(", {default} by default"),
    };
    format!("{}{required}", setting.accepts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(name: &str, accepts: &str, default: &str) -> ListedSetting {
        ListedSetting {
            name: name.to_owned(),
            is_required: default.is_empty(),
            accepts: accepts.to_owned(),
            default: default.to_owned(),
            description: String::new(),
        }
    }

    #[test]
    fn new_version_is_compared_with_the_one_before() {
        let before = Wants {
            origins: vec!["https://a.example".to_owned()],
            imports: vec!["lockgate:plugin/http@0.1.0".to_owned()],
            kinds: vec![Kind::HealthCheck, Kind::PromotionGate],
            settings: vec![
                setting("path", "text", "\"/\""),
                setting("old", "a table", ""),
                setting("old.inner", "text", ""),
                setting("tries", "1 to 3", "1"),
            ],
        };
        let worded_anew = ListedSetting {
            description: "Where to ask.".to_owned(),
            ..before.settings[0].clone()
        };
        let after = Wants {
            origins: vec![
                "https://a.example".to_owned(),
                "https://b.example".to_owned(),
                "https://c.example".to_owned(),
            ],
            imports: vec![
                "lockgate:plugin/http@0.1.0".to_owned(),
                "wasi:http/outgoing-handler@0.2.6".to_owned(),
            ],
            kinds: vec![Kind::HealthCheck],
            settings: vec![
                worded_anew,
                setting("tries", "1 to 9", "1"),
                setting("token", "text", ""),
            ],
        };
        let changes = after.beyond(&before);
        let lines = changes.lines(|origin| origin == "https://b.example");
        assert_eq!(
            lines,
            [
                "wants to reach https://b.example, which is granted",
                "wants to reach https://c.example, which is not granted: add it to the gate's allow list",
                "imports wasi:http/outgoing-handler@0.2.6",
                "is no promotion gate any more",
                "has the setting token: text, required",
                "takes another setting tries: 1 to 9, 1 by default; it was 1 to 3, 1 by default",
                "has no setting old any more",
            ]
        );
        assert_eq!(before.beyond(&before), Changes::default());
    }

    #[test]
    fn gate_that_is_compared_with_none_shows_what_has_to_be_seen_to() {
        let wants = Wants {
            origins: vec!["https://a.example".to_owned()],
            imports: vec![
                "lockgate:plugin/http@0.1.0".to_owned(),
                "wasi:cli/environment@0.2.6".to_owned(),
            ],
            kinds: vec![Kind::HealthCheck],
            settings: vec![
                setting("path", "text", "\"/\""),
                setting("token", "text", ""),
                setting("list[].name", "text", ""),
            ],
        };
        assert_eq!(
            wants.alone().lines(|_| false),
            [
                "wants to reach https://a.example, which is not granted: add it to the gate's allow list",
                "imports wasi:cli/environment@0.2.6",
                "has the setting token: text, required",
            ]
        );
    }
}
