//! What a token is for: a service of Azure, by its URL. One word for what Entra calls a scope, a resource or an audience.

use std::fmt;

use url::{Host, Url};

/// What Entra's newer endpoints have behind the URL of a service, for all permissions that the identity has there.
const ALL_PERMISSIONS: &str = "/.default";

/// What a token is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenScope {
    /// In lower case.
    host: String,
}

/// A text that names no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is no scope: write the https URL of a service of Azure's, with nothing behind its host, such as \
     https://api.loganalytics.io"
)]
pub struct TokenScopeError {
    /// The refused text.
    text: String,
}

impl TokenScope {
    /// Reads the URL of a service, with or without `/.default`.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn parse(text: &str) -> Result<TokenScope, TokenScopeError> {
        let refused = || TokenScopeError {
            text: text.to_owned(),
        };
        let url = Url::parse(text).map_err(|_| refused())?;
        let is_bare = url.scheme() == "https"
            && url.username().is_empty()
            && url.password().is_none()
            && url.port().is_none()
            && matches!(url.path(), "/" | ALL_PERMISSIONS)
            && url.query().is_none()
            && url.fragment().is_none();
        match url.host() {
            Some(Host::Domain(host)) if is_bare => Ok(TokenScope::of_host(host)),
            _ => Err(refused()),
        }
    }

    pub(crate) fn of_host(host: &str) -> TokenScope {
        TokenScope {
            host: host.to_owned(),
        }
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Returns the scope as managed identities and `az` take it.
    pub(super) fn resource(&self) -> String {
        format!("https://{}", self.host)
    }

    /// Returns the scope as Entra takes it.
    pub(super) fn with_all_permissions(&self) -> String {
        format!("https://{}{ALL_PERMISSIONS}", self.host)
    }
}

impl fmt::Display for TokenScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}", self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scope_is_the_url_of_a_service() {
        for text in [
            "https://api.loganalytics.io",
            "https://api.loganalytics.io/",
            "https://api.loganalytics.io/.default",
            "https://API.LogAnalytics.io:443/.default",
        ] {
            let scope = TokenScope::parse(text).unwrap();
            assert_eq!(scope.to_string(), "https://api.loganalytics.io", "{text}");
            assert_eq!(scope.resource(), "https://api.loganalytics.io");
            assert_eq!(
                scope.with_all_permissions(),
                "https://api.loganalytics.io/.default"
            );
        }
    }

    #[test]
    fn anything_else_is_refused_with_an_example() {
        for text in [
            "",
            "api.loganalytics.io",
            "http://api.loganalytics.io",
            "https://user@api.loganalytics.io",
            "https://:password@api.loganalytics.io",
            "https://api.loganalytics.io:444",
            "https://api.loganalytics.io/v1",
            "https://api.loganalytics.io/Data.Read",
            "https://api.loganalytics.io//.default",
            "https://api.loganalytics.io/?x=1",
            "https://api.loganalytics.io/#x",
            "https://127.0.0.1",
            "https://[::1]",
            "api://AzureADTokenExchange",
            "https://a b",
        ] {
            let error = TokenScope::parse(text).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("{text:?} is no scope")),
                "{error}"
            );
            assert!(
                error.ends_with("such as https://api.loganalytics.io"),
                "{error}"
            );
        }
    }
}
