//! The name of a new gate. It becomes a folder, a file, and the name of a package in six ecosystems, so it is what all of them
//! take.

use std::str::FromStr;

/// The longest name that every ecosystem takes.
const CHARS_MAX: usize = 64;
/// Names that a folder on Windows cannot have.
const OF_DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
/// Packages that a gate is built with: it cannot depend on itself.
const OF_DEPENDENCIES: [&str; 8] = [
    "lockgate-gate",
    "serde",
    "serde-core",
    "serde-derive",
    "serde-json",
    "sdk",
    "gate",
    "wit-bindgen",
];

/// A name in lower case: letters, digits and single hyphens, beginning with a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GateName(String);

impl GateName {
    /// Returns the name.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// Returns the name as a Rust crate has it in its files.
    pub(crate) fn with_underscores(&self) -> String {
        self.0.replace('-', "_")
    }
}

impl FromStr for GateName {
    type Err = String;

    fn from_str(text: &str) -> Result<GateName, String> {
        if is_name(text) {
            let reserved = [&OF_DEVICES[..], &OF_DEPENDENCIES[..]].concat();
            let is_port = text.len() == 4 && (text.starts_with("com") || text.starts_with("lpt"));
            return if is_port || reserved.contains(&text) {
                Err(format!(
                    "the name is taken by tools; write for example my-{text}"
                ))
            } else {
                Ok(GateName(text.to_owned()))
            };
        }
        let rule = format!(
            "a name has lower-case letters, digits and single hyphens, begins with a letter, and is at most {CHARS_MAX} long"
        );
        Err(match like(text) {
            Some(name) => format!("{rule}; write for example {name}"),
            None => format!("{rule}; write for example checkout-works"),
        })
    }
}

fn is_name(text: &str) -> bool {
    let is_part = |part: &str| {
        let mut chars = part.chars();
        !part.is_empty() && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    text.len() <= CHARS_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.split('-').all(is_part)
}

/// Returns the name that was probably meant; `None` where too little of the text can be part of one.
fn like(text: &str) -> Option<String> {
    if !text.is_ascii() {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let parts = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let name = parts.join("-");
    is_name(&name).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_what_every_ecosystem_takes() {
        for name in ["a", "my-gate", "p95-budget", "x2"] {
            assert_eq!(name.parse(), Ok(GateName(name.to_owned())));
        }
        assert_eq!(
            GateName::from_str("my-gate").unwrap().with_underscores(),
            "my_gate"
        );
    }

    #[test]
    fn what_is_no_name_is_refused_with_the_name_that_was_meant() {
        for (text, meant) in [
            ("My Gate", "my-gate"),
            ("my_gate", "my-gate"),
            ("-gate", "gate"),
            ("a--b", "a-b"),
            ("../up", "up"),
            ("", "checkout-works"),
            ("9lives", "checkout-works"),
            ("ворота", "checkout-works"),
            ("naïve", "checkout-works"),
            ("con", "my-con"),
            ("com1", "my-com1"),
            ("serde", "my-serde"),
        ] {
            let error = GateName::from_str(text).unwrap_err();
            assert!(
                error.ends_with(&format!("write for example {meant}")),
                "{text}: {error}"
            );
        }
        assert!(GateName::from_str(&"a".repeat(65)).is_err());
    }
}
