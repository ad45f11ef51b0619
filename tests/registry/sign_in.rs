//! How a registry is trusted and signed in to: certificates, Docker's configuration and its programs, and lockgate's own
//! identity at a registry of Azure's.

use crate::support::Lockgate;
use crate::support::registry::{AzureFront, PASSWORD, Registry, USER};

/// Docker's configuration with a password for a registry.
fn docker_config(lockgate: &Lockgate, registry: &Registry, password: &str) {
    use base64::Engine as _;
    let auth = base64::engine::general_purpose::STANDARD.encode(format!("{USER}:{password}"));
    let name = format!("localhost:{}", registry.port());
    let config = serde_json::json!({ "auths": { name: { "auth": auth } } });
    write_docker_config(lockgate, &config);
}

fn write_docker_config(lockgate: &Lockgate, config: &serde_json::Value) {
    let folder = lockgate.folder().join(".docker");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("config.json"), config.to_string()).expect("written");
}

#[test]
#[ignore = "needs tests/registry/install"]
fn registry_over_tls_is_trusted_and_signed_in_to_by_docker_s_configuration() {
    let registry = Registry::guarded();
    let place = registry.place_by_name("team/health:1.0");
    let lockgate = Lockgate::at("http://127.0.0.1:9", "gate push");
    let push = ["gate", "push", "http-health", place.as_str()];
    lockgate
        .again(&push)
        .exits(2)
        .says("is not trusted")
        .says("SSL_CERT_FILE");
    let lockgate = lockgate.env("SSL_CERT_FILE", &registry.ca().to_string_lossy());
    let sign_in = format!("sign in with `docker login localhost:{}`", registry.port());
    lockgate
        .again(&push)
        .exits(2)
        .says("answered 401 without credentials")
        .says(&sign_in);
    docker_config(&lockgate, &registry, "not-the-password");
    let run = lockgate.again(&push);
    run.exits(2)
        .says("answered 401 to the credentials in ")
        .says("/.docker/config.json; ");
    assert!(!format!("{run}").contains("not-the-password"), "{run}");
    docker_config(&lockgate, &registry, PASSWORD);
    let pinned = registry.push(&lockgate, "http-health", &place);
    let run = lockgate.again(&["gate", "inspect", &pinned]);
    run.exits(0).says("name      http-health");
    assert!(!format!("{run}").contains(PASSWORD), "{run}");
}

#[cfg(unix)]
#[test]
#[ignore = "needs tests/registry/install"]
fn program_that_docker_s_configuration_names_keeps_the_password() {
    use std::os::unix::fs::PermissionsExt as _;
    let registry = Registry::guarded();
    let place = registry.place_by_name("team/health:1.0");
    let bin = tempfile::tempdir().unwrap();
    let program = bin.path().join("docker-credential-vault");
    let path = format!("{}:/usr/bin:/bin", bin.path().display());
    let lockgate = Lockgate::at("http://127.0.0.1:9", "gate push")
        .env("SSL_CERT_FILE", &registry.ca().to_string_lossy())
        .env("PATH", &path);
    let name = format!("localhost:{}", registry.port());
    let config = serde_json::json!({ "credHelpers": { name: "vault" } });
    write_docker_config(&lockgate, &config);
    let keeps = |script: &str| {
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    let push = ["gate", "push", "http-health", place.as_str()];
    keeps("echo broken; exit 1");
    lockgate
        .again(&push)
        .exits(2)
        .says("docker-credential-vault failed");
    keeps(&format!(
        "read -r server\n[ \"$server\" = localhost:{} ] || exit 1\necho '{{\"Username\":\"{USER}\",\"Secret\":\"{PASSWORD}\"}}'",
        registry.port()
    ));
    registry.push(&lockgate, "http-health", &place);
    std::fs::remove_file(&program).unwrap();
    lockgate
        .again(&push)
        .exits(2)
        .says("docker-credential-vault, which Docker's configuration names, is not on PATH");
}

#[test]
#[ignore = "needs tests/registry/install"]
fn registry_of_azure_is_signed_in_to_with_lockgate_s_own_credential() {
    const TOKEN: &str = "an-arm-token-that-nobody-may-see";
    let registry = Registry::open();
    let lockgate = Lockgate::at("http://127.0.0.1:9", "gate push");
    let front = AzureFront::before(&registry, lockgate.folder(), TOKEN);
    let ca = lockgate.folder().join("ca.pem");
    let lockgate = lockgate
        .env("SSL_CERT_FILE", &ca.to_string_lossy())
        .env("LOCKGATE_CACHE_DIR", "cache")
        .env("HTTPS_PROXY", front.proxy());
    let place = "oci://team.azurecr.io/team/health:1.0";
    let push = ["gate", "push", "http-health", place];
    let with = |token: &str| Lockgate::env(lockgate, "LOCKGATE_ARM_TOKEN", token);
    let lockgate = with(TOKEN);
    let pinned = registry.push(&lockgate, "http-health", place);
    let run = lockgate.again(&["gate", "inspect", &pinned]);
    run.exits(0).says("name      http-health");
    for secret in [TOKEN, "refresh-token", "access-token"] {
        assert!(!format!("{run}").contains(secret), "{run}");
    }
    let requests = front.requests();
    assert!(
        requests.contains(&"POST /oauth2/exchange 200".to_owned()),
        "{requests:#?}"
    );
    let lockgate = lockgate.env("LOCKGATE_ARM_TOKEN", "another");
    let run = lockgate.again(&push);
    run.exits(2)
        .says("team.azurecr.io answered 401")
        .says("AcrPull");
    assert!(!format!("{run}").contains("another"), "{run}");
}
