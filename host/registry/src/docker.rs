//! Credentials out of Docker's configuration (`config.json`): those that it holds, and those that a program keeps for a
//! registry that is named there. Writes nothing.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::credential::{Credential, FoundCredential};
use crate::helper;
use crate::limits::Limits;
use crate::reference;
use crate::secret::Secret;

/// The bytes of a configuration, more than anybody has.
const BYTES_MAX: u64 = 1 << 20;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct DockerConfig {
    auths: BTreeMap<String, Entry>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
}

/// Returns the credential for a registry; `None` where the configuration has none, or is not there.
///
/// # Errors
/// When the configuration or the program that it names cannot be used, with what to do. No error quotes a secret.
pub(crate) async fn credential(
    path: &Path,
    registry: &str,
    limits: &Limits,
) -> Result<Option<FoundCredential>, String> {
    let Some(text) = read(path)? else {
        return Ok(None);
    };
    // Serde's own message may quote its input, which is a secret.
    let config: DockerConfig = serde_json::from_slice(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!(
            "{} is not Docker's configuration (line {line}, column {column}); correct it, or set DOCKER_CONFIG",
            path.display()
        )
    })?;
    if let Some((server, helper)) = named(&config.cred_helpers, registry) {
        return helper::credential(helper, server, limits).await;
    }
    let Some((server, entry)) = named(&config.auths, registry) else {
        return Ok(None);
    };
    let found = entry.credential().map_err(|reason| {
        format!(
            "{} has an entry for {server} that {reason}; run `docker login {registry}`",
            path.display()
        )
    })?;
    match (found, &config.creds_store) {
        (Some(credential), _) => Ok(Some(FoundCredential {
            credential,
            origin: format!("the credentials in {}", path.display()),
            stays_here: false,
        })),
        (None, Some(store)) => helper::credential(store, server, limits).await,
        (None, None) => Ok(None),
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, String> {
    let unusable = |reason: String| format!("{} {reason}", path.display());
    let file = match std::fs::metadata(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(unusable(format!(
                "cannot be read: {error}; correct DOCKER_CONFIG"
            )));
        }
    };
    if !file.is_file() || file.len() > BYTES_MAX {
        let reason = "is not Docker's configuration; correct DOCKER_CONFIG";
        return Err(unusable(reason.to_owned()));
    }
    let text = std::fs::read(path);
    text.map(Some)
        .map_err(|error| unusable(format!("cannot be read: {error}; make it readable")))
}

/// Returns the entry of a registry, with its key: the host, alone or in one of the forms that `docker login` has written.
fn named<'a, T>(entries: &'a BTreeMap<String, T>, registry: &str) -> Option<(&'a str, &'a T)> {
    let host = |key: &str| {
        let rest = key.split_once("://").map_or(key, |(_, rest)| rest);
        reference::host(rest.split('/').next().unwrap_or(rest))
    };
    if let Some((key, entry)) = entries.get_key_value(registry) {
        return Some((key, entry));
    }
    let registry = reference::host(registry);
    let mut entries = entries.iter();
    let found = entries.find(|(key, _)| host(key) == registry);
    found.map(|(key, entry)| (key.as_str(), entry))
}

impl Entry {
    /// Returns what the entry holds; `None` where it only names the registry.
    fn credential(&self) -> Result<Option<Credential>, &'static str> {
        if !self.identitytoken.is_empty() {
            let token = Secret::new(&*self.identitytoken);
            return Ok(Some(Credential::RefreshToken(token)));
        }
        if !self.auth.is_empty() {
            let text = STANDARD.decode(self.auth.trim());
            let text = text.ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let text = text.ok_or("is not base64 of a name and a password")?;
            let (user, password) = text
                .split_once(':')
                .ok_or("is not base64 of a name and a password")?;
            // Docker fills the field up with zero bytes in some versions.
            let password = password.trim_end_matches('\0');
            return Ok(Some(Credential::password(user, password)));
        }
        if !self.username.is_empty() {
            let credential = Credential::password(&self.username, &self.password);
            return Ok(Some(credential));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn found(config: &str, registry: &str) -> Result<Option<Credential>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        std::fs::write(&path, config).unwrap();
        let found = credential(&path, registry, &Limits::default()).await;
        found.map(|found| found.map(|found| found.credential))
    }

    #[tokio::test]
    async fn every_form_of_an_entry_is_understood() {
        let ann = Some(Credential::password("ann", "s:cret"));
        for config in [
            r#"{"auths":{"registry.example":{"auth":"YW5uOnM6Y3JldA=="}}}"#,
            r#"{"auths":{"https://registry.example/v1/":{"username":"ann","password":"s:cret"}}}"#,
            r#"{"auths":{"registry.example":{"auth":"YW5uOnM6Y3JldA==","email":"x"}},"HttpHeaders":{}}"#,
        ] {
            assert_eq!(found(config, "registry.example").await.unwrap(), ann);
            assert_eq!(found(config, "other.example").await.unwrap(), None);
            assert_eq!(found(config, "registry.example:444").await.unwrap(), None);
        }
        let config = r#"{"auths":{"registry.example":{"auth":"YW5uOg==","identitytoken":"t"}}}"#;
        let token = Some(Credential::RefreshToken(Secret::new("t")));
        assert_eq!(found(config, "registry.example").await.unwrap(), token);
        let config = r#"{"auths":{"https://index.docker.io/v1/":{"auth":"YW5uOnM6Y3JldA=="}}}"#;
        assert_eq!(found(config, "docker.io").await.unwrap(), ann);
    }

    #[tokio::test]
    async fn entry_is_found_by_every_name_of_its_registry_and_by_its_own_first() {
        for (key, registry) in [
            ("registry.example", "Registry.EXAMPLE"),
            ("Registry.example", "registry.example"),
            ("registry.example", "registry.example:443"),
            ("registry.example:443", "registry.example"),
            ("https://Registry.example:443/v2/", "registry.example"),
            ("https://index.docker.io/v1/", "registry-1.docker.io"),
            ("docker.io", "index.docker.io"),
            ("[::1]:5000", "[0::1]:5000"),
        ] {
            let config = format!(r#"{{"auths":{{"{key}":{{"username":"ann","password":"x"}}}}}}"#);
            let expected = Some(Credential::password("ann", "x"));
            assert_eq!(found(&config, registry).await, Ok(expected), "{key}");
        }
        let config = r#"{"auths":{
            "https://registry.example":{"username":"first","password":"x"},
            "registry.example":{"username":"own","password":"x"}}}"#;
        let own = Some(Credential::password("own", "x"));
        assert_eq!(found(config, "registry.example").await, Ok(own));
    }

    #[tokio::test]
    async fn no_error_quotes_the_configuration() {
        for config in [
            r#"{"auths":{"registry.example":{"auth":"aHVudGVyMg=="}}}"#,
            r#"{"auths":{"registry.example":{"auth":["hunter2"]}}}"#,
            r#"{"auths":{"registry.example":{"auth":"hunter2""#,
        ] {
            let error = found(config, "registry.example").await.unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
            assert!(error.contains("config.json"), "{error}");
        }
    }

    #[tokio::test]
    async fn configuration_that_is_not_there_has_no_credentials() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        let found = credential(&path, "registry.example", &Limits::default()).await;
        assert!(found.unwrap().is_none());
    }

    #[tokio::test]
    async fn helper_runs_only_for_a_registry_that_is_named() {
        // A program of this name would be an error: it is none that can be started.
        let store = r#"{"credsStore":"not-there","auths":{"registry.example":{}}}"#;
        assert_eq!(found(store, "other.example").await.unwrap(), None);
        let error = found(store, "registry.example").await.unwrap_err();
        assert!(error.contains("docker-credential-not-there"), "{error}");
        let path = r#"{"credHelpers":{"registry.example":"../evil"}}"#;
        let error = found(path, "registry.example").await.unwrap_err();
        assert!(error.contains("\"../evil\" is not the name"), "{error}");
    }
}
