//! Where mistakes in the settings of a gate are: in a file at the nearest key that is there, or in what gave the settings.

use gates::{SettingsError, SettingsMistake, Step};

use super::understand::{Source, key_text};
use crate::mistake::{Mistake, Mistakes, Place};

/// What gave the settings of a gate.
pub(crate) enum SettingsFrom<'a> {
    /// A file, under this key.
    File(&'a Source, String),
    /// A flag, a file of JSON or a recording, by name.
    Given(&'a str),
}

/// Returns what is wrong with settings, each mistake with its place.
pub(crate) fn settings_mistakes(error: SettingsError, from: &SettingsFrom<'_>) -> Mistakes {
    let found = match error {
        SettingsError::Settings(found) => found,
        SettingsError::Schema(fault) => {
            let what = format!("the gate's settings schema cannot be used: {fault}");
            return Mistake::new(what).into();
        }
    };
    let placed = |found: &SettingsMistake| match from {
        SettingsFrom::File(source, key) => in_file(found, source, key),
        SettingsFrom::Given(name) => given(found, name),
    };
    Mistakes(found.iter().map(placed).collect())
}

fn in_file(found: &SettingsMistake, source: &Source, under: &str) -> Mistake {
    let mut key = under.to_owned();
    let mut place = source.place(&key);
    for step in &found.path {
        match step {
            Step::Key(name) => key = format!("{key}.{}", key_text(name)),
            Step::Item(index) => key = format!("{key}[{index}]"),
        }
        // What is missing is shown where it belongs.
        match source.place(&key) {
            Place::Nowhere => {}
            found => place = found,
        }
    }
    if let Place::Nowhere = place {
        let section = under.rsplit_once('.').map(|(section, _)| section);
        place = section.map_or(Place::Nowhere, |section| source.place(section));
    }
    if let Place::Nowhere = place {
        place = Place::Given(key.clone());
    }
    with_help(Mistake::of_key(key, &found.message), found).at(place)
}

fn given(found: &SettingsMistake, name: &str) -> Mistake {
    let key = found.key();
    let message = match key.as_str() {
        "" => found.message.clone(),
        key => format!("{key}: {}", found.message),
    };
    let mistake = with_help(Mistake::new(message), found);
    Mistake {
        key: Some(format!("settings.{key}").trim_end_matches('.').to_owned()),
        ..mistake.at(Place::Given(name.to_owned()))
    }
}

fn with_help(mistake: Mistake, found: &SettingsMistake) -> Mistake {
    if found.help.is_empty() {
        mistake
    } else {
        mistake.with_help(&found.help)
    }
}
