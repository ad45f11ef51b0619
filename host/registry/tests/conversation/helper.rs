//! A program on PATH that keeps the credential. PATH is that of the whole process, so the test runs itself again with another.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use registry::{Options, Reference, Registries};

use crate::support::{Reply, Server, Stored, basic, options};

const FOLDER: &str = "LOCKGATE_TEST_HELPER_FOLDER";
const REFERENCE: &str = "LOCKGATE_TEST_HELPER_REFERENCE";
const NAME: &str = "helper::program_on_path_is_asked_for_the_credential_of_the_registry";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn program_on_path_is_asked_for_the_credential_of_the_registry() {
    if let Ok(reference) = std::env::var(REFERENCE) {
        let folder = std::env::var_os(FOLDER).expect("a folder");
        let registries = Registries::new(Options {
            docker_config: Some(std::path::Path::new(&folder).join("config.json")),
            ..options()
        });
        registries
            .pull(&Reference::parse(&reference).unwrap())
            .await
            .unwrap();
        return;
    }
    let stored = Stored::new();
    let version = stored.version();
    let server = Server::start(move |request| match request.authorization() {
        None => Reply::new(401, &[("www-authenticate", "Basic realm=\"x\"")], ""),
        Some(_) => stored.answer(request),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let address = &server.address;
    let config = serde_json::json!({ "credHelpers": { address: "x" } });
    std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    let program = folder.path().join("docker-credential-x");
    let script = format!(
        "#!/bin/sh\nread -r server\n[ \"$1 $server\" = 'get {address}' ] && echo '{{\"Username\":\"ann\",\"Secret\":\"s3cret\"}}'\n"
    );
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();

    let again = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", NAME])
        .env("PATH", folder.path())
        .env(FOLDER, folder.path())
        .env(REFERENCE, server.reference(&version).to_string())
        .output()
        .unwrap();
    assert!(again.status.success(), "{again:?}");
    let sent = server.requests();
    let expected = basic("ann", "s3cret");
    assert_eq!(sent.len(), 3, "the test ran again: {:?}", server.lines());
    assert_eq!(sent[2].authorization(), Some(&*expected));
}
