//! The kinds of reports by their names.

use std::path::Path;

use super::*;

#[test]
fn kind_is_known_by_the_ending() {
    let kind = |name: &str| PageKind::of(Path::new(name));
    assert_eq!(kind("a/run.html"), Ok(PageKind::Html));
    assert_eq!(kind("run.JSON"), Ok(PageKind::Json));
    assert_eq!(kind("run.xml"), Ok(PageKind::Junit));
    assert_eq!(kind("run.md"), Ok(PageKind::Markdown));
    for name in ["run", "run.pdf", "html"] {
        let error = kind(name).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("{name} is no report")),
            "{error}"
        );
    }
}
