//! Pipelines that are made of several files: templates of Azure Pipelines with their parameters, and components of GitLab
//! with their inputs. A file is read with all that it extends and includes, as its service reads it. Read `pipelines` for
//! the dialects.

use serde_json::{Map, Value};

use super::pipelines::{examples, list, text};

/// Reads a pipeline among the examples, together with what it extends and includes.
pub(crate) fn read(name: &str) -> Value {
    let pipeline = read_file(name, &Value::Null);
    let (folder, _) = name.split_once('/').expect("a folder and a file");
    let extended = &pipeline["extends"];
    if extended.is_null() {
        return pipeline;
    }
    merged(template(extended, folder), pipeline)
}

/// Reads a file. What includes it gives the values of its parameters or inputs, and they go over its own.
fn read_file(name: &str, given: &Value) -> Value {
    let path = examples().join(name);
    let file = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let parse = |text: &str| -> Value {
        serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let mut pipeline = match file.split_once("\n---\n") {
        // A component: its inputs, then the jobs.
        Some((header, jobs)) => {
            let inputs = parse(header)["spec"]["inputs"].clone();
            let value = |name: &str| match &given[name] {
                Value::Null => text(&inputs[name]["default"]),
                value => text(value),
            };
            parse(&replaced(jobs, "$[[ inputs.", " ]]", &value))
        }
        None => parse(&file),
    };
    let (folder, _) = name.rsplit_once('/').expect("a folder and a file");
    if folder.ends_with("azure-pipelines/templates") {
        let parameters = pipeline["parameters"].clone();
        let default = |name: &str| {
            let mut of_template = list(&parameters).iter();
            let found = of_template.find(|parameter| parameter["name"] == name);
            text(&found.unwrap_or_else(|| panic!("no parameter {name}"))["default"])
        };
        let value = |name: &str| match &given[name] {
            Value::Null => default(name),
            value => text(value),
        };
        pipeline = in_texts(pipeline, &|text| {
            replaced(text, "${{ parameters.", " }}", &value)
        });
    }
    let pipeline = expanded(pipeline, folder);
    let included = list(&pipeline["include"]).to_vec();
    let included = included.iter().rev().map(|file| {
        let path = format!("{folder}/{}", text(&file["local"]));
        read_file(&path, &file["inputs"])
    });
    included.fold(pipeline, |over, base| merged(base, over))
}

/// Reads the template that an entry names, with the parameters that the entry gives.
fn template(entry: &Value, folder: &str) -> Value {
    let path = format!("{folder}/{}", text(&entry["template"]));
    read_file(&path, &entry["parameters"])
}

/// Returns a pipeline in which each template of a list has become the entries that its file has under the same key.
fn expanded(value: Value, folder: &str) -> Value {
    let Value::Object(entries) = value else {
        return value;
    };
    let mut done = Map::new();
    for (key, value) in entries {
        let value = match value {
            Value::Array(items) => {
                let items = items.into_iter().flat_map(|item| {
                    if item.get("template").is_some() {
                        list(&template(&item, folder)[&key]).to_vec()
                    } else {
                        vec![expanded(item, folder)]
                    }
                });
                Value::Array(items.collect())
            }
            other => expanded(other, folder),
        };
        done.insert(key, value);
    }
    Value::Object(done)
}

/// Returns a value in which each text has been changed.
fn in_texts(value: Value, change: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(&text)),
        Value::Array(items) => Value::Array(
            items
                .into_iter()
                .map(|item| in_texts(item, change))
                .collect(),
        ),
        Value::Object(entries) => {
            let entries = entries.into_iter();
            Value::Object(
                entries
                    .map(|(key, value)| (key, in_texts(value, change)))
                    .collect(),
            )
        }
        other => other,
    }
}

/// Replaces each name between two marks by its value.
fn replaced(text: &str, open: &str, close: &str, value: &dyn Fn(&str) -> String) -> String {
    let mut done = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(open) {
        let (name, after) = after.split_once(close).expect("a name is closed");
        done.push_str(before);
        done.push_str(&value(name));
        rest = after;
    }
    done + rest
}

/// Merges as GitLab does: tables key by key, and everything else from the file that includes the other.
fn merged(base: Value, over: Value) -> Value {
    match (base, over) {
        (Value::Object(mut base), Value::Object(over)) => {
            for (key, value) in over {
                let below = base.remove(&key).unwrap_or(Value::Null);
                base.insert(key, merged(below, value));
            }
            Value::Object(base)
        }
        (_, over) => over,
    }
}
