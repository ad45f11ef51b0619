//! Holds every event that any test sees to the schema that lockgate prints: the lines of `--output json`, and the journals. A
//! member that the schema does not name is wrong too.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Value, json};

/// Checks every line that is an event. Other lines are not looked at.
#[track_caller]
pub(crate) fn check(lines: &str) {
    for line in lines.lines().filter(|line| line.starts_with('{')) {
        if let Ok(event) = serde_json::from_str::<Value>(line)
            && event.get("event").is_some()
        {
            check_event(&event);
        }
    }
}

/// Checks the journals below the working directory of a command. A line that a process was killed in is left out.
#[track_caller]
pub(crate) fn check_journals(folder: &Path) {
    let runs = std::fs::read_dir(folder.join(".lockgate/runs"));
    for run in runs.into_iter().flatten().flatten() {
        let journal = std::fs::read_to_string(run.path().join("journal.jsonl"));
        for line in journal.unwrap_or_default().split_inclusive('\n') {
            // A test may have damaged it on purpose.
            if let Ok(event) = serde_json::from_str::<Value>(line)
                && event["schema"] == "lockgate.event/1"
            {
                check_event(&event);
            }
        }
    }
}

#[track_caller]
fn check_event(event: &Value) {
    let wrong = validator()
        .iter_errors(event)
        .map(|error| format!("{error} at {}", error.instance_path()));
    assert_eq!(wrong.collect::<Vec<_>>(), [""; 0], "{event}");
}

fn validator() -> &'static Validator {
    static VALIDATOR: OnceLock<Validator> = OnceLock::new();
    VALIDATOR.get_or_init(|| {
        let printed = Command::new(env!("CARGO_BIN_EXE_lockgate"))
            .args(["schema", "events"])
            .output()
            .expect("lockgate starts");
        let mut schema: Value = serde_json::from_slice(&printed.stdout).expect("a schema");
        close(&mut schema);
        jsonschema::draft202012::options()
            .build(&schema)
            .expect("a schema of draft 2020-12")
    })
}

/// Makes every object of a schema one without other members, but those that have alternatives: their members are in those.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(close);
            let has_members = members.get("properties").is_some_and(Value::is_object);
            let is_an_event = (members.get("properties"))
                .is_some_and(|properties| properties["event"].get("const").is_some());
            let alternatives = ["oneOf", "anyOf", "allOf", "additionalProperties"];
            let is_open = alternatives.iter().any(|name| members.contains_key(*name));
            if has_members && !is_an_event && !is_open {
                members.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        Value::Array(values) => values.iter_mut().for_each(close),
        _ => {}
    }
}
