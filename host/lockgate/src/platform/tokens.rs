//! Tokens of lockgate's own credential for the services that gates ask. The `azure` crate mints them, the `gates` crate asks
//! for them where a request leaves, and neither knows the other.

use std::sync::Arc;

use gates::{TokenFuture, TokenGrant, TokenSource};

use super::connect::{credential, endpoint};
use super::values::{AzureService, TokenScope};
use crate::config::AzureSection;

/// The tokens of a run. Gates and preflight share them, so each is minted once.
pub(crate) struct GateTokens {
    azure: azure::ScopedTokens,
    endpoint: azure::Endpoint,
}

impl GateTokens {
    /// Prepares the credential that `section` names. Sends nothing.
    ///
    /// # Errors
    /// When the endpoint is not a URL, or the credential does not exist.
    pub(crate) fn new(section: &AzureSection) -> anyhow::Result<GateTokens> {
        let endpoint = endpoint(section)?;
        let choice = credential(section, &endpoint)?;
        Ok(GateTokens {
            azure: azure::ScopedTokens::new(&endpoint, choice.credential)?,
            endpoint,
        })
    }

    /// Returns the service of Azure's that an origin is.
    ///
    /// # Errors
    /// When a token for this scope must not be sent there.
    pub(crate) fn service(&self, origin: &str, scope: &TokenScope) -> anyhow::Result<AzureService> {
        Ok(azure::service_at(origin, scope, &self.endpoint)?)
    }

    /// Grants an origin tokens for a scope.
    ///
    /// # Errors
    /// When they must not be sent there, or the credential can have none.
    pub(crate) fn grant(
        self: &Arc<Self>,
        origin: &str,
        scope: &TokenScope,
    ) -> anyhow::Result<TokenGrant> {
        let service = self.service(origin, scope)?;
        self.azure.check(scope)?;
        Ok(TokenGrant {
            scope: scope.to_string(),
            reads_only: service.reads_only,
            source: Arc::clone(self) as Arc<dyn TokenSource>,
        })
    }

    /// Makes sure that there is a token, and returns when it expires in seconds since 1970; `None` when that is not known.
    ///
    /// # Errors
    /// When there is none, in a sentence that ends with the next step.
    pub(crate) async fn expiry(&self, scope: &TokenScope) -> Result<Option<u64>, String> {
        let token = self.azure.token(scope).await;
        let token = token.map_err(|error| error.to_string())?;
        Ok(token.expires())
    }
}

impl TokenSource for GateTokens {
    fn token<'a>(&'a self, scope: &'a str) -> TokenFuture<'a> {
        Box::pin(async move {
            let scope = TokenScope::parse(scope).map_err(|error| error.to_string())?;
            let token = self.azure.token(&scope).await;
            let token = token.map_err(|error| error.to_string())?;
            Ok(token.secret().to_owned())
        })
    }
}
