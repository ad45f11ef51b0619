//! The part of a request by which recorded exchanges are found: method, URL and body, the revisions' origins taken out.

/// A request as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestKey {
    pub(super) method: String,
    /// With `stable:` or `canary:` in the place of a revision's origin.
    pub(super) url: String,
    pub(super) body: Vec<u8>,
    /// Whether a recorded entry matches any body.
    pub(super) any_body: bool,
}

impl RequestKey {
    /// Returns whether the recorded entry with this key answers a request.
    pub(super) fn matches(&self, request: &RequestKey) -> bool {
        let same_body = self.any_body || self.body == request.body;
        same_body && self.method == request.method && self.url == request.url
    }

    /// Returns method and URL.
    pub(super) fn line(&self) -> String {
        format!("{} {}", self.method, self.url)
    }
}
