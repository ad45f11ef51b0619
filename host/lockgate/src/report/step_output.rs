//! Values for the next step of a pipeline: lines of `name=value` in the file that the runner names
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-output-parameter>).

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};

/// Appends values to the file in `GITHUB_OUTPUT`; does nothing where that is not set.
///
/// # Errors
/// When the file cannot be written, or a value contains a control character such as a line break.
pub(crate) fn append(values: &[(&str, &str)]) -> anyhow::Result<()> {
    match std::env::var_os("GITHUB_OUTPUT").filter(|path| !path.is_empty()) {
        Some(path) => append_to(Path::new(&path), values),
        None => Ok(()),
    }
}

/// Appends values to a file, as `name=value`.
///
/// # Errors
/// As for [`append`].
pub(super) fn append_to(path: &Path, values: &[(&str, &str)]) -> anyhow::Result<()> {
    let mut lines = String::new();
    for (name, value) in values {
        if !is_one_line(value) {
            bail!(
                "{name} is {value:?}, which contains a control character and cannot be an output"
            );
        }
        lines.push_str(&format!("{name}={value}\n"));
    }
    let shown = path.display();
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .and_then(|mut file| file.write_all(lines.as_bytes()))
        .with_context(|| format!("cannot write the outputs to {shown}"))
}

/// Returns whether a value can be an output: a line break would let it set other ones.
pub(super) fn is_one_line(value: &str) -> bool {
    !value.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_appended_line_by_line_and_a_value_cannot_add_a_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("output");
        append_to(&path, &[("a", "1")]).expect("written");
        append_to(&path, &[("b", "2"), ("c", "")]).expect("written");
        assert!(append_to(&path, &[("d", "3\ne=4")]).is_err());
        let text = std::fs::read_to_string(path).expect("there");
        assert_eq!(text, "a=1\nb=2\nc=\n");
    }
}
