//! The webhooks of a configuration, with their values checked. A file names where a secret is, and never holds one. Reads no
//! environment variable and sends nothing.

use std::collections::BTreeMap;

use gates::Webhook;
use url::Url;

use super::header_rule::HeaderRule;
use super::notify::{NotifyEvent, NotifySection};
use super::read::UncheckedConfig;
use super::understand::{Source, key_text};
use crate::mistake::{Mistake, Place};

/// What a URL begins with that is in an environment variable.
const VARIABLE: &str = "env:";
/// Header fields that describe the message, and so are no credentials.
const OWN_FIELDS: [&str; 4] = [
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
];

/// A webhook that learns of a run, as configured.
#[derive(Debug, Clone)]
pub(crate) struct WebhookConfig {
    /// Its name in the configuration.
    pub(crate) name: String,
    /// Where its URL is.
    pub(crate) url: WebhookUrl,
    /// What it learns.
    pub(crate) events: Vec<NotifyEvent>,
    /// Header fields of each request. Their origin is that of the URL, or the name of its variable.
    pub(crate) headers: Vec<HeaderRule>,
    /// The file with its places.
    source: Source,
}

/// Where the URL of a webhook is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WebhookUrl {
    /// In the file, so it is no secret.
    Text(String),
    /// In this environment variable.
    Variable(String),
}

impl WebhookConfig {
    /// Returns a mistake in one of its keys, with its place in the file.
    pub(crate) fn mistake(&self, key: &str, message: impl Into<String>) -> Mistake {
        let key = format!("notify.{}.{key}", key_text(&self.name));
        let mistake = self.source.placed(Mistake::of_key(&key, message));
        match mistake.place {
            Place::Nowhere => mistake.at(Place::Given(key)),
            _ => mistake,
        }
    }
}

/// The webhooks of a file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Webhooks {
    /// Those without a mistake, in the order of their names.
    pub(crate) good: Vec<WebhookConfig>,
    /// What is wrong with the others, each with its place.
    pub(crate) mistakes: Vec<Mistake>,
}

/// Returns the webhooks of a file.
pub(super) fn webhooks(configuration: &UncheckedConfig) -> Webhooks {
    let mut webhooks = Webhooks::default();
    for (name, section) in &configuration.file.notify {
        match webhook(name, section, &configuration.source) {
            Ok(webhook) => webhooks.good.push(webhook),
            Err(found) => {
                let placed = found
                    .into_iter()
                    .map(|mistake| configuration.placed(mistake));
                webhooks.mistakes.extend(placed);
            }
        }
    }
    webhooks
}

fn webhook(
    name: &str,
    section: &NotifySection,
    source: &Source,
) -> Result<WebhookConfig, Vec<Mistake>> {
    let key = format!("notify.{}", key_text(name));
    let url = url(&key, &section.url);
    let origin = match &url {
        Ok(WebhookUrl::Text(url)) => Url::parse(url).ok(),
        _ => None,
    };
    let origin = origin.map_or(section.url.clone(), |url| {
        url.origin().ascii_serialization()
    });
    let headers = headers(&key, &origin, &section.header);
    let events = events(&key, section.events.as_deref());
    match (url, headers, events) {
        (Ok(url), Ok(headers), Ok(events)) => Ok(WebhookConfig {
            name: name.to_owned(),
            url,
            events,
            headers,
            source: source.clone(),
        }),
        (url, headers, events) => {
            let first = url.err().into_iter().chain(events.err());
            let of_headers = headers.err().into_iter().flatten();
            Err(first.chain(of_headers).collect())
        }
    }
}

fn url(key: &str, text: &str) -> Result<WebhookUrl, Mistake> {
    let key = format!("{key}.url");
    let Some(name) = text.strip_prefix(VARIABLE) else {
        return match Webhook::new(text, &[]) {
            Ok(_) => Ok(WebhookUrl::Text(text.to_owned())),
            Err(error) => Err(Mistake::of_key(key, error.to_string())),
        };
    };
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name {
        let what = format!("{name:?} is no name of an environment variable");
        let help = "write it like \"env:NOTIFY_URL\"";
        return Err(Mistake::of_key(key, what).with_help(help));
    }
    Ok(WebhookUrl::Variable(name.to_owned()))
}

fn events(key: &str, named: Option<&[NotifyEvent]>) -> Result<Vec<NotifyEvent>, Mistake> {
    match named {
        None => {
            let all = NotifyEvent::ALL.into_iter();
            Ok(all.filter(|event| *event != NotifyEvent::Stage).collect())
        }
        Some([]) => {
            let all = NotifyEvent::ALL.map(NotifyEvent::name).join("`, `");
            let mistake = Mistake::of_key(format!("{key}.events"), "no event is named");
            Err(mistake.with_help(format!("leave it out, or name some of `{all}`")))
        }
        Some(events) => Ok(events.to_vec()),
    }
}

fn headers(
    key: &str,
    origin: &str,
    fields: &BTreeMap<String, String>,
) -> Result<Vec<HeaderRule>, Vec<Mistake>> {
    let (mut rules, mut mistakes) = (Vec::new(), Vec::new());
    for (field, value) in fields {
        let of_field = format!("header.{}", key_text(field));
        let is_own = OWN_FIELDS.contains(&field.to_ascii_lowercase().as_str());
        let rule = if is_own {
            let what = format!("lockgate itself sets the header field {field}");
            Err(Mistake::new(what).with_help("leave it out"))
        } else {
            HeaderRule::parse(&of_field, origin, field, value)
        };
        match rule {
            Ok(rule) => rules.push(rule),
            Err(mistake) => mistakes.push(Mistake {
                key: Some(format!("{key}.{of_field}")),
                ..mistake
            }),
        }
    }
    if mistakes.is_empty() {
        Ok(rules)
    } else {
        Err(mistakes)
    }
}
