//! A schema document: its parts by their places, and what decides whether a value fits one of them. Read once, and then
//! only looked at.

use std::collections::BTreeMap;
use std::fmt;

use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

use super::positions::{self, Positions, escaped};

/// The name of the document while its parts are compiled.
const NAME: &str = "lockgate:settings";

/// A schema with its place in the document.
#[derive(Debug, Clone)]
pub(super) struct Place<'s> {
    /// A JSON Pointer.
    pub(super) pointer: String,
    pub(super) schema: &'s Value,
}

impl<'s> Place<'s> {
    /// Returns the value of a keyword.
    pub(super) fn keyword(&self, keyword: &str) -> Option<&'s Value> {
        self.schema.get(keyword)
    }

    /// Returns the schema that is a keyword's value.
    pub(super) fn part(&self, keyword: &str) -> Option<Place<'s>> {
        Some(Place {
            pointer: format!("{}/{keyword}", self.pointer),
            schema: self.keyword(keyword)?,
        })
    }

    /// Returns the schema under a name in a keyword's value.
    pub(super) fn named(&self, keyword: &str, name: &str) -> Option<Place<'s>> {
        Some(Place {
            pointer: format!("{}/{keyword}/{}", self.pointer, escaped(name)),
            schema: self.keyword(keyword)?.get(name)?,
        })
    }

    /// Returns the schemas in the list that is a keyword's value.
    pub(super) fn listed(&self, keyword: &'static str) -> impl Iterator<Item = Place<'s>> {
        let schemas = self.keyword(keyword).and_then(Value::as_array);
        let pointer = self.pointer.clone();
        let schemas = schemas.into_iter().flatten().enumerate();
        schemas.map(move |(index, schema)| Place {
            pointer: format!("{pointer}/{keyword}/{index}"),
            schema,
        })
    }
}

/// A schema document.
pub(super) struct Document {
    root: Value,
    anchors: BTreeMap<String, String>,
    whole: Validator,
    /// Of the parts that are tried on a value before it is clear whether they apply, by their pointers.
    tried: BTreeMap<String, Validator>,
    patterns: BTreeMap<String, Validator>,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").finish_non_exhaustive()
    }
}

impl Document {
    /// Reads a schema.
    ///
    /// # Errors
    /// When it is not a schema of draft 2020-12, or not whole in itself.
    pub(super) fn read(schema: &Value) -> Result<Document, String> {
        let mut root = schema.clone();
        // References are local, so that the document's own name says nothing.
        if let Some(root) = root.as_object_mut() {
            root.shift_remove("$id");
        }
        let Positions { schemas, anchors } = positions::find(&root)?;
        let whole = compile(&root, None)?;
        let registry = Registry::new().add(NAME, root.clone());
        let registry = registry.and_then(|registry| registry.prepare());
        let registry = registry.map_err(|error| format!("it cannot be resolved: {error}"))?;
        let (mut tried, mut patterns) = (BTreeMap::new(), BTreeMap::new());
        for (pointer, schema) in schemas {
            if is_tried(&pointer) {
                let reference = json!({ "$ref": format!("{NAME}#{}", encoded(&pointer)) });
                tried.insert(pointer, compile(&reference, Some(&registry))?);
            }
            let names = schema.get("patternProperties").and_then(Value::as_object);
            for (pattern, _) in names.into_iter().flatten() {
                let schema = json!({ "pattern": pattern });
                patterns.insert(pattern.clone(), compile(&schema, None)?);
            }
        }
        Ok(Document {
            root,
            anchors,
            whole,
            tried,
            patterns,
        })
    }

    /// Returns the schema of the settings as a whole.
    pub(super) fn root(&self) -> Place<'_> {
        Place {
            pointer: String::new(),
            schema: &self.root,
        }
    }

    /// Returns what is at a JSON Pointer.
    pub(super) fn at(&self, pointer: &str) -> Option<&Value> {
        self.root.pointer(pointer)
    }

    /// Returns what judges the settings as a whole.
    pub(super) fn validator(&self) -> &Validator {
        &self.whole
    }

    /// Returns the schema that another one refers to.
    pub(super) fn target(&self, place: &Place<'_>) -> Option<Place<'_>> {
        let reference = place.keyword("$ref");
        let reference = reference
            .or_else(|| place.keyword("$dynamicRef"))?
            .as_str()?;
        let pointer = positions::resolve(reference, &self.anchors).ok()?;
        let schema = self.root.pointer(&pointer)?;
        Some(Place { pointer, schema })
    }

    /// Returns whether a value fits a branch of a union or a condition.
    pub(super) fn fits(&self, place: &Place<'_>, value: &Value) -> bool {
        let validator = self.tried.get(&place.pointer);
        validator.is_some_and(|validator| validator.is_valid(value))
    }

    /// Returns whether a name matches a pattern of the document's `patternProperties`.
    pub(super) fn matches(&self, pattern: &str, name: &str) -> bool {
        let validator = self.patterns.get(pattern);
        validator.is_some_and(|validator| validator.is_valid(&Value::from(name)))
    }

    /// Makes what judges, for each of these places, the value under the same index in a list.
    ///
    /// # Errors
    /// When a place cannot be compiled.
    pub(super) fn validator_of(&self, places: &[Place<'_>]) -> Result<Validator, String> {
        let registry = Registry::new().add(NAME, self.root.clone());
        let registry = registry.and_then(|registry| registry.prepare());
        let registry = registry.map_err(|error| format!("it cannot be resolved: {error}"))?;
        let reference =
            |place: &Place<'_>| json!({ "$ref": format!("{NAME}#{}", encoded(&place.pointer)) });
        let items: Vec<Value> = places.iter().map(reference).collect();
        compile(&json!({ "prefixItems": items }), Some(&registry))
    }

    /// Returns every schema of the document.
    ///
    /// # Errors
    /// Never for a document that was read.
    pub(super) fn places(&self) -> Result<Vec<Place<'_>>, String> {
        let places = positions::find(&self.root)?.schemas.into_iter();
        Ok(places
            .map(|(pointer, schema)| Place { pointer, schema })
            .collect())
    }
}

/// Returns whether the schema at a pointer is a branch of a union or a condition.
fn is_tried(pointer: &str) -> bool {
    let mut segments = pointer.rsplit('/');
    let (last, before) = (segments.next(), segments.next());
    last == Some("if") || matches!(before, Some("anyOf" | "oneOf"))
}

/// Returns a pointer as the fragment of a URL.
fn encoded(pointer: &str) -> String {
    percent_encoding::utf8_percent_encode(pointer, percent_encoding::NON_ALPHANUMERIC)
        .to_string()
        .replace("%2F", "/")
}

fn compile(schema: &Value, registry: Option<&Registry<'_>>) -> Result<Validator, String> {
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    let compiled = match registry {
        Some(registry) => options.with_registry(registry).build(schema),
        None => options.build(schema),
    };
    compiled.map_err(|error| {
        let place = error.instance_path();
        format!("it is not a JSON Schema at #{place}: {error}")
    })
}
