//! Header fields with secrets, bound by the operator to one origin.
//!
//! Added to a request after the guest wrote it and after it was recorded: neither ever sees them. `tokens.rs` has those whose
//! secret is minted for the request.

use super::origins::{Origin, OriginError};
use super::tokens::TokenGrant;
use crate::outside::secrets::Secret;

/// A header field with a secret in it, for one origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderCredential {
    origin: Origin,
    /// The field's name in lower case.
    field: String,
    value: FieldValue,
}

/// What a field carries.
#[derive(Debug, Clone, PartialEq, Eq)]
enum FieldValue {
    /// A secret behind a text, such as `Bearer `.
    Secret { prefix: String, secret: Secret },
    /// A token that is minted for the request.
    Token(TokenGrant),
}

/// A field of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Field {
    /// Name and value.
    Ready(String, String),
    /// A name, and the token that it carries.
    Token(String, TokenGrant),
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
            value: FieldValue::Secret {
                prefix: prefix.to_owned(),
                secret,
            },
        })
    }

    /// Binds minted tokens to an origin, in the field `authorization`.
    ///
    /// # Errors
    /// When the origin is not one host reached by https (or this machine by name).
    pub fn with_token(
        origin: &str,
        grant: TokenGrant,
    ) -> Result<HeaderCredential, HeaderCredentialError> {
        let parsed = Origin::parse(origin)?;
        if !parsed.may_receive_secrets() {
            return Err(HeaderCredentialError::NotBound(origin.to_owned()));
        }
        Ok(HeaderCredential {
            origin: parsed,
            field: "authorization".to_owned(),
            value: FieldValue::Token(grant),
        })
    }

    /// Returns the secret; `None` where it is minted for each request.
    pub fn secret(&self) -> Option<&Secret> {
        match &self.value {
            FieldValue::Secret { secret, .. } => Some(secret),
            FieldValue::Token(_) => None,
        }
    }

    /// Returns the grant of the tokens that are minted for requests, if they are.
    pub fn token(&self) -> Option<&TokenGrant> {
        match &self.value {
            FieldValue::Secret { .. } => None,
            FieldValue::Token(grant) => Some(grant),
        }
    }

    /// Returns the field, if the credential is for this origin.
    pub(super) fn field_for(&self, target: &Origin) -> Option<Field> {
        let name = || self.field.clone();
        self.origin.covers(target).then(|| match &self.value {
            FieldValue::Secret { prefix, secret } => {
                Field::Ready(name(), format!("{prefix}{}", secret.value()))
            }
            FieldValue::Token(grant) => Field::Token(name(), grant.clone()),
        })
    }
}
