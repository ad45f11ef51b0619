//! How errors are written: for people to stderr, and in JSON also as an event, with every mistake of the user.

use serde_json::json;

use super::Output;
use crate::mistake::{Mistake, Mistakes};

impl Output {
    /// Writes an error to stderr: `error:`, then one `caused by:` for each cause that says anything new. In JSON also an
    /// event to stdout, with every mistake of the user.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        let message = error.to_string();
        let mut causes: Vec<String> = Vec::new();
        for cause in error.chain().skip(1).map(ToString::to_string) {
            let mut said = std::iter::once(&message).chain(&causes);
            if !said.any(|said| said.contains(&cause)) {
                causes.push(cause);
            }
        }
        let mut lines = vec![format!("error: {message}")];
        lines.extend(causes.iter().map(|cause| format!("caused by: {cause}")));
        self.note(&lines.join("\n"));
        self.command_event(json!({
            "event": "error", "message": message, "causes": causes, "mistakes": mistakes_of(error).as_json(),
        }));
    }

    /// Writes a mistake on the command line to stderr, as `text` has it. In JSON also an event to stdout.
    pub(crate) fn mistake(&self, text: &str, mistake: Mistake) {
        self.note(&format!("error: {text}"));
        self.command_event(json!({
            "event": "error", "message": mistake.message.clone(), "causes": [],
            "mistakes": Mistakes(vec![mistake]).as_json(),
        }));
    }
}

/// Returns the mistakes of the user that an error is made of.
fn mistakes_of(error: &anyhow::Error) -> Mistakes {
    let mut found = Mistakes::default();
    for cause in error.chain() {
        if let Some(mistakes) = cause.downcast_ref::<Mistakes>() {
            found.0.extend(mistakes.0.iter().cloned());
        } else if let Some(mistake) = cause.downcast_ref::<Mistake>() {
            found.0.push(mistake.clone());
        }
    }
    found
}
