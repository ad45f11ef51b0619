//! The credential for a registry: Docker's configuration first, then the source that the caller has.

use std::path::PathBuf;
use std::sync::Arc;

use crate::credential::{Credential, FoundCredential, TokenSource};
use crate::docker;
use crate::limits::Limits;
use crate::problem::Problem;
use crate::reference::Reference;

/// Where credentials are looked for.
#[derive(Clone, Default)]
pub(crate) struct Credentials {
    /// Docker's `config.json`.
    pub(crate) docker_config: Option<PathBuf>,
    pub(crate) tokens: Option<Arc<dyn TokenSource>>,
}

/// What came of looking.
#[derive(Debug)]
pub(crate) enum Found {
    Credential(FoundCredential),
    /// Nobody has one, or the source failed, for this reason.
    Nothing {
        reason: Option<String>,
    },
}

impl Credentials {
    /// Looks for the credential of a reference's registry. A source that fails is no error: the registry may not need one.
    pub(crate) async fn find(
        &self,
        reference: &Reference,
        limits: &Limits,
    ) -> Result<Found, Problem> {
        if let Some(path) = &self.docker_config {
            let found = docker::credential(path, reference.registry(), limits).await;
            let found = found.map_err(|reason| Problem::Credentials {
                registry: reference.registry().to_owned(),
                reason,
            })?;
            if let Some(found) = found {
                return Ok(Found::Credential(found));
            }
        }
        let Some(source) = &self.tokens else {
            return Ok(Found::Nothing { reason: None });
        };
        Ok(match source.refresh_token(&reference.host()).await {
            Ok(Some(token)) => Found::Credential(FoundCredential {
                credential: Credential::RefreshToken(token),
                origin: "lockgate's own identity".to_owned(),
                stays_here: true,
            }),
            Ok(None) => Found::Nothing { reason: None },
            Err(reason) => Found::Nothing {
                reason: Some(reason),
            },
        })
    }
}
