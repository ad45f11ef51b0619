//! What is known of a trap: why the gate stopped, where, and what it said. Data for its author, made by the host of gates.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The end of a call by a trap: a panic, an uncaught exception, an illegal instruction. All texts are sanitised.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Trap {
    /// The cause in the engine's words, such as `out of bounds memory access`.
    pub cause: String,
    /// What the gate itself said about it: the text of its panic or exception; empty when it said nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The gate's own functions at the trap, innermost first, without those of the panic machinery.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Frame>,
    /// The last lines that the gate wrote to stderr.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stderr: Vec<String>,
    /// What is known to help against a trap like this; empty when nothing is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
}

/// A function of a gate that was running.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Frame {
    /// The function's name, or its number where the component has no names.
    pub function: String,
    /// The file and line, where the component has debug information.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

impl Trap {
    /// Returns a trap of which only the cause is known.
    pub fn of(cause: impl Into<String>) -> Trap {
        Trap {
            cause: cause.into(),
            ..Trap::default()
        }
    }

    /// Returns what the one line leaves out: a line for each frame and each line of stderr. With one frame the line has all.
    pub fn details(&self) -> Vec<String> {
        let frames = self.frames.iter().map(|frame| format!("at {frame}"));
        let stderr = self.stderr.iter().map(|line| format!("stderr: {line}"));
        frames.chain(stderr).collect()
    }
}

/// Writes the trap in one line: the cause, what the gate said or else the innermost function, the hint.
impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cause)?;
        match self.frames.first() {
            _ if !self.message.is_empty() => write!(f, ": {}", self.message)?,
            Some(innermost) if innermost.is_named() => write!(f, " in {innermost}")?,
            _ => {}
        }
        if !self.hint.is_empty() {
            write!(f, " ({})", self.hint)?;
        }
        Ok(())
    }
}

impl Frame {
    /// Returns whether the component has a name or a place for it.
    pub fn is_named(&self) -> bool {
        self.place.is_some() || !self.function.starts_with("function ")
    }
}

/// Writes the function and its place.
impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.function)?;
        match &self.place {
            Some(place) => write!(f, " ({place})"),
            None => Ok(()),
        }
    }
}
