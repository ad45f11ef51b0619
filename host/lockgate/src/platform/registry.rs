//! lockgate's own identity at a registry of Azure's. Other registries are none of its business.

use async_trait::async_trait;
use registry::{Secret, TokenSource};

use super::connect::{credential, endpoint};
use crate::config::AzureSection;

/// Exchanges the credential of a configuration for tokens of registries.
pub(crate) struct RegistryTokens {
    azure: AzureSection,
}

impl RegistryTokens {
    /// Sends nothing yet.
    pub(crate) fn new(azure: &AzureSection) -> RegistryTokens {
        RegistryTokens {
            azure: azure.clone(),
        }
    }
}

#[async_trait]
impl TokenSource for RegistryTokens {
    async fn refresh_token(&self, registry: &str) -> Result<Option<Secret>, String> {
        if !azure::is_registry(registry) {
            return Ok(None);
        }
        let endpoint = endpoint(&self.azure).map_err(|error| format!("{error:#}"))?;
        let choice = credential(&self.azure, &endpoint).map_err(|error| format!("{error:#}"))?;
        let token = azure::registry_token(choice.credential, &choice.because, registry).await;
        let token = token.map_err(|error| error.to_string())?;
        Ok(token.map(|token| Secret::new(token.into_secret())))
    }
}
