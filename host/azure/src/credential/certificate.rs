//! Assertions signed with an application's certificate.
//!
//! `azure_identity` needs OpenSSL for them, which a static executable cannot link, so lockgate signs them itself.
//! Format: <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PSS_SHA256, RsaKeyPair};
use azure_core::error::{Error, ErrorKind};
use azure_core::http::ClientMethodOptions;
use azure_identity::ClientAssertion;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::entra;
use super::error::CredentialError;
use super::variables::{needed, variable};
use crate::time::unix_now;

const NAME: &str = "client-certificate";
const FILE_VARIABLE: &str = "AZURE_CLIENT_CERTIFICATE_PATH";
/// Entra refuses an assertion that lives longer than a day; a minute would be enough.
const LIFE_SECONDS: u64 = 300;
const PUBLIC_AUTHORITY: &str = "https://login.microsoftonline.com";

/// A certificate with its key.
#[derive(Clone)]
pub(super) struct Certificate {
    thumbprint: String,
    key: std::sync::Arc<RsaKeyPair>,
    client: String,
    audience: String,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Certificate({})", self.thumbprint)
    }
}

impl Certificate {
    /// Reads the file named by `AZURE_CLIENT_CERTIFICATE_PATH`. Called for each token, because the file may have
    /// been renewed.
    pub(super) fn new() -> Result<Certificate, CredentialError> {
        let path = needed(
            NAME,
            FILE_VARIABLE,
            "set it to a PEM file with the certificate and its key",
        )?;
        let unusable = |reason: String| CredentialError::File {
            variable: FILE_VARIABLE,
            path: path.clone(),
            reason,
        };
        let pem = std::fs::read(&path).map_err(|error| unusable(error.to_string()))?;
        let certificate = CertificateDer::from_pem_slice(&pem)
            .map_err(|_| unusable("it has no CERTIFICATE block (PEM)".to_owned()))?;
        let key = PrivateKeyDer::from_pem_slice(&pem)
            .map_err(|_| unusable("it has no PRIVATE KEY block (PEM)".to_owned()))?;
        let key = match &key {
            PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            _ => return Err(unusable("its key is not an RSA key".to_owned())),
        };
        let key = key.map_err(|_| unusable("its key is not an RSA key".to_owned()))?;
        let authority = variable("AZURE_AUTHORITY_HOST");
        let authority = authority.as_deref().unwrap_or(PUBLIC_AUTHORITY);
        let tenant = entra::tenant_id(NAME)?;
        Ok(Certificate {
            thumbprint: URL_SAFE_NO_PAD.encode(Sha256::digest(&certificate)),
            key: std::sync::Arc::new(key),
            client: entra::client_id(NAME)?,
            audience: format!(
                "{}/{tenant}/oauth2/v2.0/token",
                authority.trim_end_matches('/')
            ),
        })
    }

    /// Returns a signed assertion; `None` when the key cannot sign. `now` is in seconds since 1970.
    fn assertion(&self, now: u64, id: &str) -> Option<String> {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint});
        let claims = json!({
            "aud": self.audience, "iss": self.client, "sub": self.client, "jti": id,
            "nbf": now.saturating_sub(60), "iat": now, "exp": now + LIFE_SECONDS,
        });
        let text = format!("{}.{}", part(&header), part(&claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        let random = SystemRandom::new();
        let signed = self
            .key
            .sign(&RSA_PSS_SHA256, &random, text.as_bytes(), &mut signature);
        signed.ok()?;
        Some(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

#[async_trait::async_trait]
impl ClientAssertion for Certificate {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let id = format!("{:032x}", rand::random::<u128>());
        self.assertion(unix_now(), &id).ok_or_else(|| {
            let words = "the certificate's key cannot sign (is it shorter than 2048 bits?)";
            Error::with_message(ErrorKind::Credential, words)
        })
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{KeyPair as _, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;

    #[test]
    fn assertion_names_client_and_audience_and_is_signed() {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let public = key.public_key().as_ref().to_vec();
        let certificate = Certificate {
            thumbprint: "print".to_owned(),
            key: std::sync::Arc::new(key),
            client: "client".to_owned(),
            audience: "https://authority/tenant/oauth2/v2.0/token".to_owned(),
        };
        let assertion = certificate.assertion(1_000, "once").unwrap();
        let parts: Vec<&str> = assertion.split('.').collect();
        let part = |index: usize| -> Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[index]).unwrap()).unwrap()
        };
        assert_eq!(
            part(0),
            json!({"alg": "PS256", "typ": "JWT", "x5t#S256": "print"})
        );
        assert_eq!(
            part(1),
            json!({
                "aud": "https://authority/tenant/oauth2/v2.0/token", "iss": "client",
                "sub": "client", "jti": "once", "nbf": 940, "iat": 1_000, "exp": 1_300,
            })
        );
        let signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
        let text = format!("{}.{}", parts[0], parts[1]);
        UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, public)
            .verify(text.as_bytes(), &signature)
            .unwrap();
    }
}
