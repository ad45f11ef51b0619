//! Header fields with secrets, bound by the operator to one origin.
//!
//! Added to a request after the guest wrote it and after it was recorded: neither ever sees them.

use super::origins::{Origin, OriginError};
use crate::outside::secrets::Secret;

/// A header field with a secret in it, for one origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderCredential {
    origin: Origin,
    /// The field's name in lower case.
    field: String,
    /// The text before the secret, such as `Bearer `.
    prefix: String,
    secret: Secret,
}

/// Why a credential cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderCredentialError {
    /// The text is not an origin.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// The secret would be sent unencrypted, or to every host below a domain.
    #[error(
        "a credential may be sent to one https origin only, not to {0}; name the host, with https (http is for this machine)"
    )]
    NotBound(String),
    /// The field's name or value cannot be sent.
    #[error(
        "header field {0:?} cannot carry a credential; write a name such as authorization, and a value in ASCII"
    )]
    Field(String),
}

impl HeaderCredential {
    /// Binds a secret to an origin.
    ///
    /// # Errors
    /// When the origin is not one host reached by https (or this machine by name), or the field cannot be sent.
    pub fn new(
        origin: &str,
        field: &str,
        prefix: &str,
        secret: Secret,
    ) -> Result<HeaderCredential, HeaderCredentialError> {
        let parsed = Origin::parse(origin)?;
        if !parsed.may_receive_secrets() {
            return Err(HeaderCredentialError::NotBound(origin.to_owned()));
        }
        let field = field.to_ascii_lowercase();
        let value = format!("{prefix}{}", secret.value());
        let name = reqwest::header::HeaderName::from_bytes(field.as_bytes());
        if name.is_err() || reqwest::header::HeaderValue::from_str(&value).is_err() {
            return Err(HeaderCredentialError::Field(field));
        }
        Ok(HeaderCredential {
            origin: parsed,
            field,
            prefix: prefix.to_owned(),
            secret,
        })
    }

    /// Returns the secret.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Returns name and value of the field, if the credential is for this origin.
    pub(super) fn field_for(&self, target: &Origin) -> Option<(String, String)> {
        let value = || format!("{}{}", self.prefix, self.secret.value());
        self.origin
            .covers(target)
            .then(|| (self.field.clone(), value()))
    }
}
