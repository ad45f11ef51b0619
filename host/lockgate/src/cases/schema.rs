//! The JSON Schema of case files: the shape and texts of the types in `file`.

use schemars::Schema;
use serde_json::json;

use super::file::CaseFile;

/// Returns the JSON Schema of a case file.
pub(crate) fn schema() -> Schema {
    let mut schema = schemars::schema_for!(CaseFile);
    schema.insert("$id".to_owned(), json!("urn:lockgate:schema:case:0.1"));
    schema.insert(
        "title".to_owned(),
        json!("A test case of a gate (*.case.toml)"),
    );
    schema
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::cases::find;

    #[test]
    fn every_case_of_the_repository_fits_the_schema() {
        let schema = schema().to_value();
        let validator = jsonschema::draft202012::options().build(&schema).unwrap();
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
        let paths = find(&examples).unwrap();
        assert!(paths.len() > 4, "{paths:?}");
        for path in paths {
            let text = std::fs::read_to_string(&path).unwrap();
            let case: serde_json::Value = toml::from_str(&text).unwrap();
            let wrong = validator.iter_errors(&case).map(|error| error.to_string());
            assert_eq!(wrong.collect::<Vec<_>>(), [""; 0], "{}", path.display());
        }
        let unknown = json!({ "gate": "http-health", "expcet": {} });
        assert!(!validator.is_valid(&unknown));
    }
}
