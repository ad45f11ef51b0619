//! Debian's docker-registry as a process of its own, with a store that a test can damage. It has to be fetched first, with
//! `tests/registry/install`.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

use super::Lockgate;

/// The user and the password of a registry that asks for them.
pub(crate) const USER: &str = "ann";
pub(crate) const PASSWORD: &str = "tea-for-two";
/// The same as `htpasswd -B` writes it.
pub(crate) const HTPASSWD: &str =
    "ann:$2a$05$jggAmsFR8NzADtJzHOjVYuaA5XN3w7Zjw34kKwhUQf7NSXizu2XyG\n";

/// A running registry; it ends when this is dropped.
pub(crate) struct Registry {
    process: Process,
    address: String,
    folder: TempDir,
}

/// A process that ends when this is dropped.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Registry {
    /// Starts a registry in clear text that lets everybody in.
    pub(crate) fn open() -> Registry {
        Registry::start(tempfile::tempdir().expect("a folder"), "")
    }

    /// Starts a registry over TLS that asks for user and password.
    pub(crate) fn guarded() -> Registry {
        let folder = tempfile::tempdir().expect("a folder");
        certificate(folder.path(), "localhost");
        std::fs::write(folder.path().join("htpasswd"), HTPASSWD).expect("written");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let more = format!(
            "  tls: {{ certificate: {}, key: {} }}\nauth:\n  htpasswd: {{ realm: tests, path: {} }}\n",
            path("server.pem"),
            path("key.pem"),
            path("htpasswd")
        );
        Registry::start(folder, &more)
    }

    fn start(folder: TempDir, more: &str) -> Registry {
        let data = folder.path().join("data");
        let config = format!(
            "version: 0.1\nlog: {{ level: info }}\nstorage:\n  filesystem: {{ rootdirectory: {} }}\nhttp:\n  addr: \
             \"127.0.0.1:0\"\n{more}",
            data.display()
        );
        let path = folder.path().join("config.yml");
        std::fs::write(&path, config).expect("written");
        let program = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../.cache/registry/usr/bin/docker-registry");
        let process = Command::new(program)
            .arg("serve")
            .arg(path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let mut process = Process(process.expect("tests/registry/install has fetched it"));
        let log = BufReader::new(process.0.stderr.take().expect("stderr is piped"));
        let mut lines = log.lines().map_while(Result::ok);
        let listening = lines.find_map(|line| {
            let rest = line.split_once("listening on ")?.1.to_owned();
            let end = rest.find([',', '"']).unwrap_or(rest.len());
            Some(rest[..end].to_owned())
        });
        // Its log must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Registry {
            process,
            address: listening.expect("the registry listens"),
            folder,
        }
    }

    /// Returns the port.
    pub(crate) fn port(&self) -> &str {
        self.address.rsplit(':').next().unwrap_or_default()
    }

    /// Returns a place in the registry, such as `oci://127.0.0.1:5000/team/gate:1`.
    pub(crate) fn place(&self, rest: &str) -> String {
        format!("oci://{}/{rest}", self.address)
    }

    /// Returns the same for a registry over TLS, whose certificate is for a name.
    pub(crate) fn place_by_name(&self, rest: &str) -> String {
        format!("oci://localhost:{}/{rest}", self.port())
    }

    /// Returns the certificate of the authority that has signed the registry's own.
    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Returns the file with the bytes of a digest, to damage it.
    pub(crate) fn file(&self, sha256: &str) -> PathBuf {
        let blobs = self.folder.path().join("data/docker/registry/v2/blobs");
        blobs
            .join("sha256")
            .join(&sha256[..2])
            .join(sha256)
            .join("data")
    }

    /// Ends the registry, and keeps its folder.
    pub(crate) fn stop(&mut self) {
        self.process.0.kill().expect("it runs");
        self.process.0.wait().expect("it has ended");
    }

    /// Pushes a component, and returns its place with the digest.
    pub(crate) fn push(&self, lockgate: &Lockgate, component: &str, place: &str) -> String {
        let args = ["gate", "push", component, place, "--output", "json"];
        let run = lockgate.again(&args);
        run.exits(0);
        let pushed = run.events().remove(0);
        pushed["detail"]["plugin"]
            .as_str()
            .expect("a place")
            .to_owned()
    }
}

/// Makes an authority and a certificate for a name: `ca.pem`, `server.pem`, `key.pem`, and `both.pem` with the last two.
pub(crate) fn certificate(folder: &Path, name: &str) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().expect("a key");
    let authority = CertifiedIssuer::self_signed(authority, authority_key).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let server = CertificateParams::new(vec![name.to_owned()]).expect("a name");
    let server = server.signed_by(&key, &authority).expect("a certificate");
    let write =
        |name: &str, text: String| std::fs::write(folder.join(name), text).expect("written");
    write("ca.pem", authority.pem());
    write("server.pem", server.pem());
    write("key.pem", key.serialize_pem());
    write("both.pem", server.pem() + &key.serialize_pem());
}

/// Azure's way to sign in, in front of a registry, and a proxy that leads to it.
pub(crate) struct AzureFront {
    _process: Process,
    proxy: String,
    requests: std::sync::mpsc::Receiver<String>,
}

impl AzureFront {
    /// Starts both for `team.azurecr.io`. `folder` gets the certificate of the authority.
    pub(crate) fn before(registry: &Registry, folder: &Path, arm_token: &str) -> AzureFront {
        certificate(folder, "team.azurecr.io");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/registry/azure.py");
        let process = Command::new("python3")
            .arg(script)
            .arg(registry.port())
            .arg(folder.join("both.pem"))
            .arg(arm_token)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        let mut process = Process(process.expect("python3 is there"));
        let stdout: ChildStdout = process.0.stdout.take().expect("stdout is piped");
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
        let port = lines.next().expect("the port of the proxy");
        let (sender, requests) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in lines {
                // A test that has ended hears no more.
                let _ = sender.send(line);
            }
        });
        AzureFront {
            _process: process,
            proxy: format!("http://127.0.0.1:{port}"),
            requests,
        }
    }

    /// Returns the URL of the proxy.
    pub(crate) fn proxy(&self) -> &str {
        &self.proxy
    }

    /// Returns the requests so far, each as `METHOD PATH STATUS`.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.try_iter().collect()
    }
}
