//! Texts on the command line that have rules of their own.

/// Why a rollout is an emergency: a sentence that others can act on.
#[derive(Debug, Clone)]
pub(crate) struct EmergencyReason(pub(crate) String);

impl std::str::FromStr for EmergencyReason {
    type Err = String;

    fn from_str(text: &str) -> Result<EmergencyReason, String> {
        let reason = text.trim();
        if reason.chars().any(char::is_control) {
            return Err("a reason is one line, without control characters".to_owned());
        }
        match reason.chars().count() {
            10..=200 => Ok(EmergencyReason(reason.to_owned())),
            count => Err(format!(
                "{reason:?} has {count} characters; write 10 to 200 that say why, such as \"stable loses orders, INC-123\""
            )),
        }
    }
}

/// The name of a run: 1 to 64 characters that a tag and the name of a folder can hold.
#[derive(Debug, Clone)]
pub(crate) struct RunId(pub(crate) String);

impl std::str::FromStr for RunId {
    type Err = String;

    fn from_str(text: &str) -> Result<RunId, String> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if (1..=64).contains(&text.len()) && text.chars().all(allowed) {
            Ok(RunId(text.to_owned()))
        } else {
            Err(format!(
                "{text:?} is not 1 to 64 letters, digits, dashes, dots and underscores"
            ))
        }
    }
}
