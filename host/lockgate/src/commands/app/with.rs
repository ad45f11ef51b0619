//! What comes with the image of a new revision, as people and machines read it. Shows no value that may be a secret, and hides
//! such values in the sentences of others.

use serde_json::{Map, Value, json};

use crate::platform::{EnvValue, TemplateChanges};
use crate::secret_names::{is_secret_name, looks_secret};

/// The most of a value that is shown, in characters.
const VALUE_CHARS_MAX: usize = 100;
/// What stands in the place of a secret.
const HIDDEN: &str = "(hidden)";
/// The shortest value that is searched for in sentences: a shorter one is a part of ordinary words.
const MASKED_BYTES_MIN: usize = 4;

/// Returns the changes in one line; `None` where there are none.
pub(super) fn as_text(changes: &TemplateChanges) -> Option<String> {
    let set = changes.set_env.iter().map(|(name, value)| match value {
        EnvValue::Secret(secret) => format!("{name} from secret {secret}"),
        EnvValue::Text(text) if is_hidden(name, text) => format!("{name} {HIDDEN}"),
        EnvValue::Text(text) => format!("{name}={}", gates::sanitise(text, VALUE_CHARS_MAX)),
    });
    let removed = changes.remove_env.iter().map(String::as_str);
    let mut parts = vec![set.collect::<Vec<_>>().join(", ")];
    let removed = removed.collect::<Vec<_>>().join(", ");
    if !removed.is_empty() {
        parts.push(format!("{removed} removed"));
    }
    let number = |what: &str, number: Option<u32>| number.map(|number| format!("{what} {number}"));
    parts.extend(number("min replicas", changes.min_replicas));
    parts.extend(number("max replicas", changes.max_replicas));
    parts.extend(changes.cpu.map(|cores| format!("cpu {cores}")));
    parts.extend(changes.memory.map(|gib| format!("memory {gib}Gi")));
    parts.retain(|part| !part.is_empty());
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Returns the changes for machines; null where there are none.
pub(super) fn as_json(changes: &TemplateChanges) -> Value {
    if changes.is_empty() {
        return Value::Null;
    }
    let entry = |(name, value): (&String, &EnvValue)| {
        let value = match value {
            EnvValue::Secret(secret) => json!({"secret": secret}),
            EnvValue::Text(text) if is_hidden(name, text) => json!({"hidden": true}),
            EnvValue::Text(text) => json!({"value": text}),
        };
        (name.clone(), value)
    };
    let env: Map<String, Value> = changes.set_env.iter().map(entry).collect();
    json!({
        "env": env,
        "removed-env": changes.remove_env,
        "min-replicas": changes.min_replicas,
        "max-replicas": changes.max_replicas,
        "cpu": changes.cpu.map(|cores| cores.number()),
        "memory": changes.memory.map(|gib| format!("{gib}Gi")),
    })
}

/// Returns a sentence of somebody else, such as the service, without the hidden values.
pub(super) fn without_hidden(changes: &TemplateChanges, sentence: &str) -> String {
    let mut hidden: Vec<&str> = changes
        .set_env
        .iter()
        .filter_map(|(name, value)| match value {
            EnvValue::Text(text) if is_hidden(name, text) => Some(text.as_str()),
            _ => None,
        })
        .filter(|text| text.len() >= MASKED_BYTES_MIN)
        .collect();
    // A value may be a part of another one.
    hidden.sort_by_key(|text| std::cmp::Reverse(text.len()));
    hidden.into_iter().fold(sentence.to_owned(), |text, value| {
        text.replace(value, HIDDEN)
    })
}

fn is_hidden(name: &str, text: &str) -> bool {
    is_secret_name(name) || looks_secret(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Thousandths;

    fn changes() -> TemplateChanges {
        let text = |value: &str| EnvValue::Text(value.to_owned());
        let set = [
            ("LOG_LEVEL", text("debug")),
            ("API_KEY", text("hunter2")),
            ("UPSTREAM", text("https://me:hunter22@shop.example")),
            ("DB_URL", EnvValue::Secret("db-url".to_owned())),
            ("NOTE", text("two\nlines\u{1b}[0m")),
        ];
        TemplateChanges {
            set_env: set.map(|(name, value)| (name.to_owned(), value)).into(),
            remove_env: ["OLD_FLAG".to_owned()].into(),
            min_replicas: Some(1),
            max_replicas: Some(10),
            cpu: Thousandths::new(0.5),
            memory: Thousandths::new(1.0),
        }
    }

    #[test]
    fn changes_are_one_line_without_secrets() {
        assert_eq!(as_text(&TemplateChanges::default()), None);
        let line = "API_KEY (hidden), DB_URL from secret db-url, LOG_LEVEL=debug, NOTE=two lines, UPSTREAM (hidden); \
                    OLD_FLAG removed; min replicas 1; max replicas 10; cpu 0.5; memory 1Gi";
        assert_eq!(as_text(&changes()).as_deref(), Some(line));
        let alone = TemplateChanges {
            remove_env: ["A".to_owned(), "B".to_owned()].into(),
            ..TemplateChanges::default()
        };
        assert_eq!(as_text(&alone).as_deref(), Some("A, B removed"));
    }

    #[test]
    fn changes_for_machines_hide_the_same() {
        assert_eq!(as_json(&TemplateChanges::default()), Value::Null);
        let shown = as_json(&changes());
        let expected = json!({
            "env": {
                "LOG_LEVEL": {"value": "debug"}, "API_KEY": {"hidden": true}, "UPSTREAM": {"hidden": true},
                "DB_URL": {"secret": "db-url"}, "NOTE": {"value": "two\nlines\u{1b}[0m"},
            },
            "removed-env": ["OLD_FLAG"], "min-replicas": 1, "max-replicas": 10, "cpu": 0.5, "memory": "1Gi",
        });
        assert_eq!(shown, expected);
    }

    #[test]
    fn hidden_value_is_hidden_in_the_sentence_of_the_service_too() {
        let sentence = "value 'hunter2' of https://me:hunter22@shop.example is bad, debug is not";
        assert_eq!(
            without_hidden(&changes(), sentence),
            "value '(hidden)' of (hidden) is bad, debug is not"
        );
    }
}
