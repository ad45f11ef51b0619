//! A schema document: its parts by their places, and what decides whether a value fits one of them. Read once, and then
//! only looked at.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

use super::positions::{self, Positions};

/// The name of the document while its parts are compiled.
const NAME: &str = "lockgate:settings";

/// A schema in the document. Two are the same where they stand at the same place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'s>(pub(super) &'s Value);

impl<'s> Place<'s> {
    /// Returns what tells this place apart from every other one, as long as the document lives.
    pub(super) fn identity(self) -> usize {
        std::ptr::from_ref(self.0).addr()
    }

    /// Returns the value of a keyword.
    pub(super) fn keyword(self, keyword: &str) -> Option<&'s Value> {
        self.0.get(keyword)
    }

    /// Returns the schema that is a keyword's value.
    pub(super) fn part(self, keyword: &str) -> Option<Place<'s>> {
        self.keyword(keyword).map(Place)
    }

    /// Returns the schema under a name in a keyword's value.
    pub(super) fn named(self, keyword: &str, name: &str) -> Option<Place<'s>> {
        self.keyword(keyword)?.get(name).map(Place)
    }

    /// Returns the schemas in the list that is a keyword's value.
    pub(super) fn listed(self, keyword: &str) -> impl Iterator<Item = Place<'s>> + use<'s> {
        let schemas = self.keyword(keyword).and_then(Value::as_array);
        schemas.into_iter().flatten().map(Place)
    }
}

/// A schema document.
pub(super) struct Document {
    /// Never changed, so that its parts stay where they are.
    root: Arc<Value>,
    anchors: BTreeMap<String, String>,
    whole: Validator,
    /// Of the parts that are tried on a value before it is clear whether they apply, by their identities.
    tried: BTreeMap<usize, Validator>,
    patterns: BTreeMap<String, Validator>,
    /// Judges the value under an index of a list by the default of that index.
    defaults: Option<Validator>,
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
        positions::find(&root)?;
        let whole = compile(&root, None)?;
        let root = Arc::new(root);
        let registry = Registry::new().add(NAME, root.as_ref());
        let registry = registry.and_then(|registry| registry.prepare());
        let registry = registry.map_err(|error| format!("it cannot be resolved: {error}"))?;
        let reference = |pointer: &str| json!({ "$ref": format!("{NAME}#{}", encoded(pointer)) });
        let (mut tried, mut patterns) = (BTreeMap::new(), BTreeMap::new());
        let mut defaults = Vec::new();
        let Positions { schemas, anchors } = positions::find(&root)?;
        for (pointer, schema) in schemas {
            if is_tried(&pointer) {
                let validator = compile(&reference(&pointer), Some(&registry))?;
                tried.insert(Place(schema).identity(), validator);
            }
            if schema.get("default").is_some() {
                defaults.push(reference(&pointer));
            }
            let names = schema.get("patternProperties").and_then(Value::as_object);
            for (pattern, _) in names.into_iter().flatten() {
                let schema = json!({ "pattern": pattern });
                patterns.insert(pattern.clone(), compile(&schema, None)?);
            }
        }
        let defaults = match defaults.as_slice() {
            [] => None,
            defaults => Some(compile(
                &json!({ "prefixItems": defaults }),
                Some(&registry),
            )?),
        };
        drop(registry);
        Ok(Document {
            root,
            anchors,
            whole,
            tried,
            patterns,
            defaults,
        })
    }

    /// Returns the schema of the settings as a whole.
    pub(super) fn root(&self) -> Place<'_> {
        Place(&self.root)
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
    pub(super) fn target(&self, place: Place<'_>) -> Option<Place<'_>> {
        let reference = place.keyword("$ref");
        let reference = reference
            .or_else(|| place.keyword("$dynamicRef"))?
            .as_str()?;
        let pointer = positions::resolve(reference, &self.anchors).ok()?;
        self.root.pointer(&pointer).map(Place)
    }

    /// Returns whether a value fits a branch of a union or a condition.
    pub(super) fn fits(&self, place: Place<'_>, value: &Value) -> bool {
        let validator = self.tried.get(&place.identity());
        validator.is_some_and(|validator| validator.is_valid(value))
    }

    /// Returns whether a name matches a pattern of the document's `patternProperties`.
    pub(super) fn matches(&self, pattern: &str, name: &str) -> bool {
        let validator = self.patterns.get(pattern);
        validator.is_some_and(|validator| validator.is_valid(&Value::from(name)))
    }

    /// Returns every schema with a default, with the JSON Pointer to it.
    ///
    /// # Errors
    /// Never for a document that was read.
    pub(super) fn with_defaults(&self) -> Result<Vec<(String, Place<'_>)>, String> {
        let schemas = positions::find(&self.root)?.schemas.into_iter();
        let schemas = schemas.filter(|(_, schema)| schema.get("default").is_some());
        let places = schemas.map(|(pointer, schema)| (pointer, Place(schema)));
        Ok(places.collect())
    }

    /// Returns what judges the list of values for the schemas with a default, where there are any.
    pub(super) fn validator_of_defaults(&self) -> Option<&Validator> {
        self.defaults.as_ref()
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
    let options = jsonschema::draft202012::options()
        .should_validate_formats(true)
        // In linear time, whatever the pattern is.
        .with_pattern_options(jsonschema::PatternOptions::regex());
    let compiled = match registry {
        Some(registry) => options.with_registry(registry).build(schema),
        None => options.build(schema),
    };
    compiled.map_err(|error| {
        let place = error.instance_path();
        format!("it is not a JSON Schema at #{place}: {error}")
    })
}
