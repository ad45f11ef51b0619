//! Who learns of a run, with where and what. Made from the configuration elsewhere.

use gates::Webhook;

use crate::config::NotifyEvent;

/// A webhook, and what it learns.
#[derive(Debug)]
pub(crate) struct Subscription {
    /// Its name in the configuration.
    pub(crate) name: String,
    /// What it learns.
    pub(crate) events: Vec<NotifyEvent>,
    /// Where that is posted.
    pub(crate) webhook: Webhook,
    /// Of a URL that is a secret: its host, and what is shown in the place of that.
    pub(crate) hidden: Option<(String, String)>,
}

impl Subscription {
    /// Returns why something was not delivered, as it may be shown.
    pub(super) fn shown(&self, why: &str) -> String {
        /// The longest that is said of one failure, in characters.
        const CHARS_MAX: usize = 300;
        let shown = match &self.hidden {
            Some((host, shown)) if !host.is_empty() => why.replace(host.as_str(), shown),
            _ => why.to_owned(),
        };
        gates::sanitise(&shown, CHARS_MAX)
    }
}
