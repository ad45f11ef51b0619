//! How long a file may be, and how it begins.

use super::files::rust_files;

#[test]
fn files_have_at_most_400_lines() {
    for file in rust_files() {
        let lines = file.text.lines().count();
        assert!(
            lines <= 400,
            "{} has {lines} lines: split it by what it is about",
            file.path
        );
    }
}

#[test]
fn files_begin_with_what_they_are_responsible_for() {
    for file in rust_files() {
        assert!(
            file.text.starts_with("//!"),
            "{} does not begin with //!",
            file.path
        );
    }
}
