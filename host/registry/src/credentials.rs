//! The credential for a registry: Docker's configuration first, then the source that the caller has.

use std::path::PathBuf;
use std::sync::Arc;

use crate::credential::{Credential, FoundCredential, TokenSource};
use crate::docker;
use crate::limits::Limits;
use crate::problem::Problem;

/// Where credentials are looked for.
#[derive(Clone, Default)]
pub(crate) struct Credentials {
    /// Docker's `config.json`.
    pub(crate) docker_config: Option<PathBuf>,
    pub(crate) tokens: Option<Arc<dyn TokenSource>>,
}

impl Credentials {
    /// Returns the credential for a registry; `None` where nobody has one.
    pub(crate) async fn find(
        &self,
        registry: &str,
        limits: &Limits,
    ) -> Result<Option<FoundCredential>, Problem> {
        let unreadable = |reason: String| Problem::Credentials {
            registry: registry.to_owned(),
            reason,
        };
        if let Some(path) = &self.docker_config {
            let found = docker::credential(path, registry, limits).await;
            if let Some(found) = found.map_err(unreadable)? {
                return Ok(Some(found));
            }
        }
        let Some(source) = &self.tokens else {
            return Ok(None);
        };
        let token = source.refresh_token(registry).await.map_err(unreadable)?;
        Ok(token.map(|token| FoundCredential {
            credential: Credential::RefreshToken(token),
            with: "to lockgate's own identity".to_owned(),
            stays_here: true,
        }))
    }
}
