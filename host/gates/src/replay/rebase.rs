//! URLs without the hosts that the two revisions happened to have: a recording made on one host serves another.

use url::Url;

use crate::recording::{Exchange, Recording};

/// The origins that stand for the two revisions, now and when they were recorded.
#[derive(Debug)]
pub(crate) struct Origins {
    canary: Vec<String>,
    stable: Vec<String>,
}

impl Origins {
    /// `now` and `recorded` are the stable and the canary revision's URLs.
    pub(crate) fn new(now: [&str; 2], recorded: [&str; 2]) -> Origins {
        let of = |which: usize| {
            let urls = [now[which], recorded[which]];
            urls.iter().filter_map(|url| origin(url)).collect()
        };
        Origins {
            stable: of(0),
            canary: of(1),
        }
    }

    /// Returns a URL with the name of the revision in the place of its origin. What is no URL stays as it is.
    pub(crate) fn rebased(&self, text: &str) -> String {
        let Ok(mut url) = Url::parse(text) else {
            return text.to_owned();
        };
        // A fragment is never sent.
        url.set_fragment(None);
        let origin = url.origin().ascii_serialization();
        let rest = &url[url::Position::BeforePath..];
        // Where both are at one place, as when a gate is tried on a single URL, it is the canary.
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
    /// Returns the entries as if the stable and the canary revision had been at other origins.
    pub fn moved(&self, from: &[String; 2], to: &[String; 2]) -> Vec<Exchange> {
        let [stable, canary] = from;
        let origins = Origins::new([stable, canary], [stable, canary]);
        let entries = self.entries.iter();
        entries
            .map(|entry| {
                let url = origins.rebased(&entry.url);
                let url = match (url.strip_prefix("stable:"), url.strip_prefix("canary:")) {
                    (Some(rest), _) => format!("{}{rest}", to[0]),
                    (_, Some(rest)) => format!("{}{rest}", to[1]),
                    (None, None) => entry.url.clone(),
                };
                Exchange {
                    url,
                    ..entry.clone()
                }
            })
            .collect()
    }
}

fn origin(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    Some(url.origin().ascii_serialization())
}
