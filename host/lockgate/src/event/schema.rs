//! The JSON Schema of events: what every line has, and what each event says.

use rollout::{EVENT_SCHEMA, Fact};
use schemars::{Schema, SchemaGenerator};
use serde_json::{Value, json};

use super::line::EventLine;
use super::of_commands;
use super::of_run::RunEvent;

/// Returns the JSON Schema of one line of `--output json`, or of a journal.
pub(crate) fn schema() -> Schema {
    let mut generator = SchemaGenerator::default();
    let mut events = vec![
        generator.subschema_for::<Fact>().to_value(),
        generator.subschema_for::<RunEvent>().to_value(),
    ];
    events.extend(of_commands::schemas());
    let mut schema = generator.into_root_schema_for::<EventLine>();
    schema.insert("$id".to_owned(), json!("urn:lockgate:schema:event:1"));
    schema.insert("title".to_owned(), json!("An event of lockgate, one line"));
    if let Some(property) = schema.pointer_mut("/properties/schema") {
        property["const"] = json!(EVENT_SCHEMA);
    }
    schema.insert("oneOf".to_owned(), Value::Array(events));
    schema
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn schema_is_the_published_one() {
        let schema = serde_json::to_string_pretty(&schema()).unwrap();
        insta::assert_snapshot!(schema);
    }

    #[test]
    fn every_event_has_a_name_of_its_own() {
        let schema = schema().to_value();
        let mut names = Vec::new();
        collect_names(&schema, &mut names);
        let different: BTreeSet<&String> = names.iter().collect();
        assert!(names.len() > 50, "{names:?}");
        assert_eq!(different.len(), names.len(), "{names:?}");
    }

    fn collect_names(schema: &Value, names: &mut Vec<String>) {
        match schema {
            Value::Object(members) => {
                if let Some(name) = schema.pointer("/properties/event/const") {
                    names.extend(name.as_str().map(str::to_owned));
                }
                members.values().for_each(|one| collect_names(one, names));
            }
            Value::Array(values) => values.iter().for_each(|one| collect_names(one, names)),
            _ => {}
        }
    }
}
