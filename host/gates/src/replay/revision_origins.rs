//! Replaces the origins of the two revisions in URLs by `stable:` and `canary:`, so that a recording made on one host can be
//! replayed for another.

use url::Url;

use crate::per_revision::PerRevision;
use crate::recording::{Exchange, Recording};

/// The origins that stand for each of the two revisions.
#[derive(Debug)]
pub(super) struct RevisionOrigins {
    canary: Vec<String>,
    stable: Vec<String>,
}

impl RevisionOrigins {
    /// Returns the origins of these URLs, such as those of now and those of the recording. URLs without origin are
    /// ignored.
    pub(super) fn new(urls: &[PerRevision<&str>]) -> RevisionOrigins {
        RevisionOrigins {
            stable: urls.iter().filter_map(|urls| origin(urls.stable)).collect(),
            canary: urls.iter().filter_map(|urls| origin(urls.canary)).collect(),
        }
    }

    /// Returns a URL with `stable:` or `canary:` in the place of the revision's origin, and without its fragment. A text
    /// that is not a URL is returned unchanged.
    pub(super) fn rebased(&self, text: &str) -> String {
        let Ok(mut url) = Url::parse(text) else {
            return text.to_owned();
        };
        // A fragment is never sent.
        url.set_fragment(None);
        let origin = url.origin().ascii_serialization();
        let rest = &url[url::Position::BeforePath..];
        // If both revisions have one origin, as when a gate is tried on a single URL, it counts as the canary's.
        if self.canary.contains(&origin) {
            format!("canary:{rest}")
        } else if self.stable.contains(&origin) {
            format!("stable:{rest}")
        } else {
            url.to_string()
        }
    }
}

impl Recording {
    /// Returns the entries as if the revisions had had other origins when they were recorded.
    pub fn moved(&self, from: PerRevision<&str>, to: PerRevision<&str>) -> Vec<Exchange> {
        let origins = RevisionOrigins::new(&[from]);
        let entries = self.entries.iter();
        entries
            .map(|entry| {
                let url = origins.rebased(&entry.url);
                let url = if let Some(rest) = url.strip_prefix("stable:") {
                    format!("{}{rest}", to.stable)
                } else if let Some(rest) = url.strip_prefix("canary:") {
                    format!("{}{rest}", to.canary)
                } else {
                    entry.url.clone()
                };
                Exchange {
                    url,
                    ..entry.clone()
                }
            })
            .collect()
    }
}

/// Returns the origin of a URL; `None` if the text is not a URL.
pub(super) fn origin(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    Some(url.origin().ascii_serialization())
}
