//! Which texts are origins, and which origin an `allow` list grants.

use super::{OriginError, Origins};

fn origins(allow: &[&str]) -> Result<Origins, OriginError> {
    let allow: Vec<String> = allow.iter().map(|text| (*text).to_owned()).collect();
    Origins::parse(&allow)
}

#[test]
fn entry_that_is_not_an_origin_is_refused() {
    for text in [
        "api.example.com",
        "https://api.example.com/path",
        "https://api.example.com?x",
        "https://user@api.example.com",
        "ftp://api.example.com",
        "https://*",
        "https://*.com",
        "https://api.*.example.com",
        "https://*api.example.com",
        "https://*.10.0.0.1",
        "*",
        "",
    ] {
        assert!(origins(&[text]).is_err(), "{text:?}");
    }
}

#[test]
fn origin_that_a_gate_asks_for_is_granted_by_an_entry_that_covers_it() {
    let granted = origins(&["https://api.example.com", "https://*.metrics.example.com"]);
    let granted = granted.expect("origins");
    assert!(granted.grants("https://api.example.com"));
    assert!(granted.grants("https://a.metrics.example.com"));
    assert!(granted.grants("https://*.metrics.example.com"));
    assert!(!granted.grants("https://*.example.com"));
    assert!(!granted.grants("http://api.example.com"));
    assert!(!granted.grants("anything"));
}
