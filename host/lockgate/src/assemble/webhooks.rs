//! The webhooks of a run made ready: their URLs and secrets read from the environment, their credentials bound to them. Sends
//! nothing.

use std::sync::Arc;

use gates::{HeaderCredential, Webhook};
use url::Url;

use super::secrets;
use crate::config::{AzureSection, HeaderRule, WebhookConfig, WebhookUrl};
use crate::environment;
use crate::mistake::{Mistake, Mistakes};
use crate::notify::Subscription;
use crate::platform::GateTokens;

/// Returns who learns of a run. Tokens that they want are minted with the credential that `azure` names.
///
/// # Errors
/// Every mistake of every webhook: a variable that is not set, a URL that nothing may be posted to, a secret or a token that
/// may not be sent there.
pub(crate) fn subscriptions(
    webhooks: &[WebhookConfig],
    azure: &AzureSection,
) -> Result<Vec<Subscription>, Mistakes> {
    let (ready, mistakes) = usable_subscriptions(webhooks, azure);
    if mistakes.is_empty() {
        Ok(ready)
    } else {
        Err(Mistakes(mistakes))
    }
}

/// Returns those who can learn of a run, and what is wrong with the others.
pub(crate) fn usable_subscriptions(
    webhooks: &[WebhookConfig],
    azure: &AzureSection,
) -> (Vec<Subscription>, Vec<Mistake>) {
    let (mut ready, mut mistakes) = (Vec::new(), Vec::new());
    for config in webhooks {
        match subscription(config, azure) {
            Ok(subscription) => ready.push(subscription),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    (ready, mistakes)
}

fn subscription(config: &WebhookConfig, azure: &AzureSection) -> Result<Subscription, Mistake> {
    let (url, shown) = match &config.url {
        WebhookUrl::Text(url) => (url.clone(), None),
        WebhookUrl::Variable(name) => {
            let value = environment::text(name).ok_or_else(|| {
                let what = format!(
                    "environment variable {name} is not set; events are posted to its value"
                );
                config.mistake("url", what)
            })?;
            (value, Some(format!("env:{name}")))
        }
    };
    let of_url = |error: gates::WebhookError| {
        let what = match &shown {
            Some(variable) => format!("the value of {variable} cannot be used: {error}"),
            None => error.to_string(),
        };
        config.mistake("url", what)
    };
    // Checked first, so that no credential is blamed for the URL.
    Webhook::new(&url, &[]).map_err(of_url)?;
    let parsed = Url::parse(&url).map_err(|error| config.mistake("url", error.to_string()))?;
    let origin = parsed.origin().ascii_serialization();
    let host = parsed.host_str().unwrap_or_default().to_owned();
    let hidden = shown.clone().map(|shown| (host, shown));
    let mut credentials = Vec::new();
    let tokens = tokens(config, azure)?;
    for rule in &config.headers {
        let bound = HeaderRule {
            origin: origin.clone(),
            ..rule.clone()
        };
        let credential = credential(&bound, tokens.as_ref()).map_err(|error| {
            let mut what = format!("{error:#}");
            if let Some((host, shown)) = &hidden {
                what = what.replace(&origin, shown).replace(host.as_str(), shown);
            }
            config.mistake(&rule.key, what)
        })?;
        credentials.push(credential);
    }
    Ok(Subscription {
        name: config.name.clone(),
        events: config.events.clone(),
        webhook: Webhook::new(&url, &credentials).map_err(of_url)?,
        hidden,
    })
}

/// Returns lockgate's own credential where the webhook wants tokens of it. It is another one than that of the gates: the two
/// are asked from different threads, and share no connection.
fn tokens(
    config: &WebhookConfig,
    azure: &AzureSection,
) -> Result<Option<Arc<GateTokens>>, Mistake> {
    let wants = config.headers.iter().find(|rule| rule.scope().is_some());
    let Some(rule) = wants else {
        return Ok(None);
    };
    let tokens = GateTokens::new(azure);
    let tokens = tokens.map_err(|error| config.mistake(&rule.key, format!("{error:#}")))?;
    Ok(Some(Arc::new(tokens)))
}

fn credential(
    rule: &HeaderRule,
    tokens: Option<&Arc<GateTokens>>,
) -> anyhow::Result<HeaderCredential> {
    let credential = secrets::credential(rule, tokens)?;
    if let Some(grant) = credential.token().filter(|grant| grant.reads_only) {
        anyhow::bail!(
            "a token for {} only goes with requests that read, and events are posted",
            grant.scope
        );
    }
    Ok(credential)
}
