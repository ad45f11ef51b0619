//! Header fields that the operator hangs on an origin: added below everything that a guest or a recording sees.

use super::origins::{Origin, OriginError};
use crate::outside::secrets::Secret;

/// A header field with a secret in it, for one origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    origin: Origin,
    /// In lower case.
    field: String,
    /// What stands before the secret, such as `Bearer `.
    prefix: String,
    secret: Secret,
}

/// Why a credential cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// Its origin is not one.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// It would travel in the clear, or to whoever is below a domain.
    #[error(
        "a credential is sent to one https origin alone, not to {0}; name the host, with https (http is for this machine)"
    )]
    NotBound(String),
    /// The field or its value cannot be sent.
    #[error(
        "header field {0:?} cannot carry a credential; write a name such as authorization, and a value in ASCII"
    )]
    Field(String),
}

impl Credential {
    /// Binds a secret to an origin.
    ///
    /// # Errors
    /// When the origin is not one host reached by https (or this machine by name), or the field cannot be sent.
    pub fn new(
        origin: &str,
        field: &str,
        prefix: &str,
        secret: Secret,
    ) -> Result<Credential, CredentialError> {
        let parsed = Origin::parse(origin)?;
        if !parsed.can_be_trusted() {
            return Err(CredentialError::NotBound(origin.to_owned()));
        }
        let field = field.to_ascii_lowercase();
        let value = format!("{prefix}{}", secret.value());
        let name = reqwest::header::HeaderName::from_bytes(field.as_bytes());
        if name.is_err() || reqwest::header::HeaderValue::from_str(&value).is_err() {
            return Err(CredentialError::Field(field));
        }
        Ok(Credential {
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

    /// Returns the field as it is sent, if this is for the origin that is asked.
    pub(super) fn field_for(&self, asked: &Origin) -> Option<(String, String)> {
        let value = || format!("{}{}", self.prefix, self.secret.value());
        self.origin
            .covers(asked)
            .then(|| (self.field.clone(), value()))
    }
}
