//! What is shown to a registry.

use crate::secret::Secret;

/// A credential for one registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credential {
    Password {
        user: String,
        password: Secret,
    },
    /// Exchanged for a token of one repository and one right, at the place that the registry names.
    RefreshToken(Secret),
}

impl Credential {
    pub(crate) fn password(user: &str, password: &str) -> Credential {
        Credential::Password {
            user: user.to_owned(),
            password: Secret::new(password),
        }
    }
}

/// A credential, and where it is from.
#[derive(Debug, Clone)]
pub(crate) struct FoundCredential {
    pub(crate) credential: Credential,
    /// For errors, such as `the credentials in ~/.docker/config.json`.
    pub(crate) origin: String,
    /// Whether it is sent to the registry itself alone, and not to another server that it names.
    pub(crate) stays_here: bool,
}

/// Where credentials are that Docker's configuration does not have.
#[async_trait::async_trait]
pub trait TokenSource: Send + Sync {
    /// Returns a refresh token for a registry; `None` for a registry that this source knows nothing of.
    ///
    /// # Errors
    /// When the registry is its own and there is no token. The text holds no secret. The registry is then asked without
    /// credentials, and the text is shown where it refuses.
    async fn refresh_token(&self, registry: &str) -> Result<Option<Secret>, String>;
}
