//! Makes a page in Markdown of a JSON Schema: a table of the members of each object, and the values of each choice.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Returns the page of a schema, which begins with these sentences.
pub(super) fn page(schema: &Value, about: &str) -> String {
    let title = text(schema, "title");
    let mut page = format!("# {title}\n\n{about}\n");
    let description = sentence(schema);
    if !description.is_empty() {
        page.push_str(&format!("\n{description}\n"));
    }
    page.push_str(&members(schema, ""));
    page.push_str(&events(schema));
    let definitions = schema["$defs"].as_object().cloned().unwrap_or_default();
    for name in in_order_of_use(schema, &definitions) {
        let definition = &definitions[&name];
        page.push_str(&format!("\n## {name}\n"));
        let description = sentence(definition);
        if !description.is_empty() {
            page.push_str(&format!("\n{description}\n"));
        }
        page.push_str(&members(definition, ""));
        page.push_str(&choices(definition));
        page.push_str(&events(definition));
    }
    page
}

/// Returns the names of the definitions, each where it is first used.
fn in_order_of_use(schema: &Value, definitions: &Map<String, Value>) -> Vec<String> {
    let (mut order, mut seen) = (Vec::new(), BTreeSet::new());
    let mut root = schema.clone();
    if let Some(root) = root.as_object_mut() {
        root.remove("$defs");
    }
    let mut waiting = vec![root];
    while !waiting.is_empty() {
        for name in references(&waiting.remove(0)) {
            if seen.insert(name.clone())
                && let Some(definition) = definitions.get(&name)
            {
                waiting.push(definition.clone());
                order.push(name);
            }
        }
    }
    order
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => {
            let own = members.get("$ref").and_then(Value::as_str).map(name_of);
            let below = members.values().flat_map(references);
            own.map(str::to_owned).into_iter().chain(below).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

fn name_of(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}

/// Returns the table of the members of an object, those of objects in it with a dotted name; nothing of what has none.
fn members(schema: &Value, prefix: &str) -> String {
    let rows = rows(schema, prefix);
    if rows.is_empty() {
        return String::new();
    }
    let head = "\n| key | value | default | what it is |\n| --- | --- | --- | --- |\n";
    format!("{head}{}", rows.concat())
}

fn rows(schema: &Value, prefix: &str) -> Vec<String> {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let properties = schema["properties"].as_object().into_iter().flatten();
    let mut rows = Vec::new();
    for (key, member) in properties {
        let is_required = required.iter().any(|one| one == key);
        let default = match member.get("default") {
            _ if is_required => "required".to_owned(),
            None | Some(Value::Null) => String::new(),
            Some(default) => format!("`{default}`"),
        };
        rows.push(format!(
            "| `{prefix}{key}` | {} | {default} | {} |\n",
            kind(member),
            cell(&without_default(member))
        ));
        rows.extend(self::rows(member, &format!("{prefix}{key}.")));
        rows.extend(self::rows(&member["items"], &format!("{prefix}{key}[].")));
    }
    rows
}

/// Returns the description of a member without its default, where that has a column of its own.
fn without_default(member: &Value) -> String {
    let sentence = sentence(member);
    let has_default = !member["default"].is_null();
    match sentence.rsplit_once(" Default `") {
        Some((before, _)) if has_default => before.to_owned(),
        _ => sentence,
    }
}

/// Returns what a value may be, in a few words.
fn kind(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = name_of(reference);
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(value) = schema.get("const") {
        return format!("`{value}`");
    }
    if let Some(values) = schema["enum"].as_array() {
        let values = values.iter().filter(|value| !value.is_null());
        let values: Vec<String> = values.map(|value| format!("`{value}`")).collect();
        return values.join(", ");
    }
    for choice in ["anyOf", "oneOf"] {
        if let Some(choices) = schema[choice].as_array() {
            let mut kinds: Vec<String> = choices.iter().map(kind).collect();
            kinds.retain(|kind| !kind.is_empty());
            kinds.dedup();
            return kinds.join(" or ");
        }
    }
    let types = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let kinds = types.into_iter().filter(|kind| *kind != "null");
    let kinds: Vec<String> = kinds.map(|kind| of_type(kind, schema)).collect();
    kinds.join(" or ")
}

fn of_type(kind: &str, schema: &Value) -> String {
    let number = |key: &str| schema[key].as_f64().map(|number| number.to_string());
    match kind {
        "array" => match self::kind(&schema["items"]).as_str() {
            "" => "list".to_owned(),
            of => format!("list of {of}"),
        },
        "object" => match self::kind(&schema["additionalProperties"]).as_str() {
            "" => "table".to_owned(),
            of => format!("table of {of}"),
        },
        "integer" | "number" => match (number("minimum"), number("maximum")) {
            (Some(low), Some(high)) => format!("{kind}, {low} to {high}"),
            (Some(low), None) => format!("{kind}, at least {low}"),
            (None, Some(high)) => format!("{kind}, at most {high}"),
            (None, None) => kind.to_owned(),
        },
        kind => kind.to_owned(),
    }
}

/// Returns the list of the values of a choice, each with what it means; nothing of what is none.
fn choices(schema: &Value) -> String {
    let choices = ["oneOf", "anyOf"].map(|key| schema[key].as_array().into_iter().flatten());
    let choices = choices.into_iter().flatten();
    let lines: Vec<String> = choices
        .filter(|choice| choice.pointer("/properties/event").is_none())
        .map(|choice| match sentence(choice).as_str() {
            "" => format!("- {}\n", kind(choice)),
            sentence => format!("- {}: {sentence}\n", kind(choice)),
        })
        .collect();
    let values = schema["enum"]
        .as_array()
        .map_or_else(String::new, |_| format!("\nOne of {}.\n", kind(schema)));
    if lines.is_empty() {
        return values;
    }
    format!("\n{}", lines.concat())
}

/// Returns the events among the choices of a schema, each with the members of its detail.
fn events(schema: &Value) -> String {
    let choices = schema["oneOf"].as_array().into_iter().flatten();
    let mut text = String::new();
    for choice in choices {
        let Some(name) = choice
            .pointer("/properties/event/const")
            .and_then(Value::as_str)
        else {
            continue;
        };
        text.push_str(&format!("\n### `{name}`\n"));
        let description = sentence(choice);
        if !description.is_empty() {
            text.push_str(&format!("\n{description}\n"));
        }
        let detail = &choice["properties"]["detail"];
        let rows = members(detail, "");
        if rows.is_empty() && !detail.is_null() {
            text.push_str(&format!("\nIts detail: {}.\n", kind(detail)));
        }
        text.push_str(&rows);
    }
    text
}

fn text<'a>(schema: &'a Value, key: &str) -> &'a str {
    schema[key].as_str().unwrap_or_default()
}

/// Returns the description of a schema in one line.
fn sentence(schema: &Value) -> String {
    let words: Vec<&str> = text(schema, "description").split_whitespace().collect();
    words.join(" ")
}

/// Returns a text as it stands in a cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
