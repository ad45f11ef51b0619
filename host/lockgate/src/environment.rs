//! The one way to read an environment variable: an empty one counts as unset, because that is what a pipeline makes of a
//! value that is not there. Holds no name of a variable.

use std::ffi::{OsStr, OsString};

/// Returns the value of a variable; `None` where it is not set or empty.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Returns the value of a variable as text; `None` where it is not set, empty or not UTF-8.
pub(crate) fn text(name: &str) -> Option<String> {
    variable(name)?.into_string().ok()
}

/// Returns whether a variable is set, to nothing.
pub(crate) fn is_empty(name: &OsStr) -> bool {
    std::env::var_os(name).is_some_and(|value| value.is_empty())
}
