//! What the machine that runs lockgate cannot see is never a verdict on the canary (I-22): it does not resolve a name, does
//! not trust a certificate, or has no descriptors left. The run ends with 12, or with 2 before it begins, and never with 10.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use serde_json::Value;

use crate::support::{CANARY, Emulator, Finished, Lockgate, STABLE};

/// The end of a name that no machine resolves: a label of more than 63 characters is refused before anybody is asked.
fn nowhere() -> String {
    format!("{}.example", "a".repeat(64))
}

/// ARM as the emulator answers it, but both revisions are at names that this machine does not resolve.
struct Internal {
    endpoint: String,
}

impl Internal {
    fn before(emulator: &Emulator) -> Internal {
        Internal::with_names(emulator, |name, _| format!("{name}.{}", nowhere()))
    }

    /// Puts the revisions at the hosts that are made of a revision's name and address.
    fn with_names(emulator: &Emulator, host: impl Fn(&str, &str) -> String) -> Internal {
        let names = [STABLE, CANARY].map(|name| {
            let address = emulator.revision_url(name).trim_start_matches("http://");
            (address.to_owned(), host(name, address))
        });
        let to = emulator.endpoint().trim_start_matches("http://").to_owned();
        Internal {
            endpoint: format!("http://127.0.0.1:{}", pass_all_on(to, names.to_vec())),
        }
    }
}

/// Passes every request on as [`pass_on`] does, and returns the port for them.
fn pass_all_on(to: String, names: Vec<(String, String)>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            // A client may close its connection before it has the answer.
            let _ = pass_on(client, &to, &names);
        }
    });
    port
}

/// Passes one request on and returns its answer with these texts replaced, on a connection that closes.
fn pass_on(mut client: TcpStream, to: &str, names: &[(String, String)]) -> std::io::Result<()> {
    let mut lines = BufReader::new(client.try_clone()?);
    let mut server = TcpStream::connect(to)?;
    let mut line = String::new();
    let mut length = 0;
    while lines.read_line(&mut line)? > 2 {
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or_default();
        }
        if !line.to_lowercase().starts_with("connection:") {
            server.write_all(line.as_bytes())?;
        }
        line.clear();
    }
    server.write_all(b"connection: close\r\n\r\n")?;
    let mut body = vec![0; length];
    lines.read_exact(&mut body)?;
    server.write_all(&body)?;
    let mut answer = String::new();
    server.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let mut body = body.to_owned();
    for (from, to) in names {
        body = body.replace(from, to);
    }
    for line in head.split("\r\n") {
        if !line.to_lowercase().starts_with("content-length:") {
            client.write_all(format!("{line}\r\n").as_bytes())?;
        }
    }
    client.write_all(format!("content-length: {}\r\n\r\n{body}", body.len()).as_bytes())
}

fn says_unresolved(run: &Finished) {
    run.says(&nowhere())
        .says("is not resolved from this machine")
        .says("says nothing about the revision");
}

#[test]
fn revisions_whose_names_are_not_resolved_here_are_a_gate_failure() {
    let compared = "[gates.http-health]\nsettings = { compare = {}, interval-ms = 10 }\n";
    for gates in ["[gates.http-health]\n", compared] {
        let emulator = Emulator::healthy();
        let internal = Internal::before(&emulator);
        let run = Lockgate::at(&internal.endpoint, "rollout")
            .gates(gates)
            .run();
        run.ends(12, &emulator);
        says_unresolved(&run);
        assert!(emulator.writes().is_empty(), "{run}");
    }
}

/// A resolver that knows the names below `flaky.example`, except while a file is there, and the network between this
/// machine and their address.
#[cfg(target_os = "linux")]
const RESOLVER: &str = r#"
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>
#define ADDRESS "20.50.0.1"
typedef int resolve(const char *, const char *, const struct addrinfo *, struct addrinfo **);
typedef int reach(int, const struct sockaddr *, socklen_t);
int getaddrinfo(const char *name, const char *port, const struct addrinfo *hints, struct addrinfo **found) {
    resolve *real = (resolve *)dlsym(RTLD_NEXT, "getaddrinfo");
    if (name && strstr(name, "flaky.example")) {
        if (access("resolver-is-down", F_OK) == 0) return EAI_NONAME;
        name = ADDRESS;
    }
    return real(name, port, hints, found);
}
int connect(int socket, const struct sockaddr *address, socklen_t length) {
    reach *real = (reach *)dlsym(RTLD_NEXT, "connect");
    struct sockaddr_in here;
    if (address->sa_family == AF_INET) {
        memcpy(&here, address, sizeof here);
        if (here.sin_addr.s_addr == inet_addr(ADDRESS)) {
            here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            return real(socket, (struct sockaddr *)&here, sizeof here);
        }
    }
    return real(socket, address, length);
}
"#;

#[test]
#[cfg(target_os = "linux")]
fn name_that_is_not_resolved_for_a_moment_of_a_bake_is_asked_for_again() {
    let emulator = Emulator::healthy();
    // Every request needs a connection of its own, and so the resolver.
    let internal = Internal::with_names(&emulator, |name, address| {
        let port = pass_all_on(address.to_owned(), Vec::new());
        format!("{name}.flaky.example:{port}")
    });
    let lockgate = Lockgate::at(&internal.endpoint, "rollout")
        .replacing("bake = \"300ms\"", "bake = \"3s\"\nstages = [50, 100]")
        .replacing("retry-interval = \"50ms\"", "retry-interval = \"1s\"")
        .file("resolver.c", RESOLVER.as_bytes());
    let (source, library) = (
        lockgate.folder().join("resolver.c"),
        lockgate.folder().join("resolver.so"),
    );
    let built = std::process::Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .status();
    assert!(built.expect("cc runs").success(), "the resolver is built");
    let down = lockgate.folder().join("resolver-is-down");
    let lockgate = lockgate.env("LD_PRELOAD", &library.to_string_lossy());
    let mut running = lockgate.start();
    running.read_past(|line| line.contains("baking for"));
    std::fs::write(&down, "").expect("a file");
    running.read_past(|line| line.contains("is not resolved from this machine"));
    std::fs::remove_file(&down).expect("the file goes");
    let run = running.finish();
    run.ends(0, &emulator).says("promoted");
}

#[test]
fn certificate_that_is_not_trusted_here_is_a_gate_failure() {
    let emulator = Emulator::healthy();
    let check = Lockgate::at("http://127.0.0.1:9", "gate run http-health --canary")
        .arg(emulator.tls_endpoint())
        .arg("--settings")
        .arg(r#"{"expected-status": "200-499"}"#);
    check
        .run()
        .exits(12)
        .says("the certificate is not trusted on this machine")
        .says("says nothing about the revision");
    let trusting = check.env("SSL_CERT_FILE", &emulator.ca().to_string_lossy());
    trusting.run().exits(0);
}

/// Records one call about a canary that this machine cannot see, and returns the command that did and its HAR file.
fn recorded(canary: &str) -> (Lockgate, Value) {
    let record = Lockgate::at(
        "http://127.0.0.1:9",
        "gate record http-health --out x.har --canary",
    )
    .arg(canary);
    record.run().exits(12);
    let text = std::fs::read_to_string(record.folder().join("x.har")).expect("a recording");
    (record, serde_json::from_str(&text).expect("JSON"))
}

#[test]
fn recording_keeps_what_was_not_seen_and_replays_it() {
    let emulator = Emulator::healthy();
    for (canary, kind) in [
        (&format!("http://{}", nowhere())[..], "unresolved"),
        (emulator.tls_endpoint(), "untrusted"),
    ] {
        let (record, har) = recorded(canary);
        let entry = &har["log"]["entries"][0];
        assert_eq!(entry["_lockgate"]["error"]["kind"], kind, "{entry}");
        let words = entry["response"]["_error"].as_str().expect("a text");
        assert!(words.starts_with(&format!("{kind}: ")), "{words}");
        record
            .again(&["gate", "replay", "http-health", "x.har", "--strict"])
            .exits(12)
            .says("the same answer as recorded")
            .says("says nothing about the revision");
    }
}

#[test]
fn har_of_a_browser_that_did_not_resolve_the_name_is_no_verdict() {
    for (error, code) in [
        ("ERR_NAME_NOT_RESOLVED", 12),
        ("ERR_CERT_AUTHORITY_INVALID", 12),
        ("ERR_CONNECTION_REFUSED", 10),
    ] {
        let entry = serde_json::json!({
            "request": { "method": "GET", "url": "https://canary.example/health" },
            "response": { "status": 0, "_error": format!("net::{error}") },
        });
        let har = serde_json::json!({ "log": { "entries": [entry, entry] } });
        Lockgate::at("http://127.0.0.1:9", "gate replay http-health x.har")
            .file("x.har", har.to_string().as_bytes())
            .run()
            .exits(code)
            .says(error);
    }
}

#[test]
fn gate_that_blames_the_canary_for_what_it_could_not_see_could_not_answer() {
    // `echoing` answers unhealthy whatever becomes of its request.
    let url = format!("http://{}", nowhere());
    let run = Lockgate::at("http://127.0.0.1:9", "gate run ./blind.wasm --canary")
        .arg(&url)
        .file("blind.wasm", &crate::support::component::echoing(&url))
        .run();
    run.exits(12)
        .says("is not resolved from this machine")
        .says("the gate's answer says nothing about the canary: fail");
}

/// Runs a rollout with so many descriptors, and with so many gates that each have connections of their own.
#[cfg(unix)]
fn with_descriptors(limit: u32, gates: usize, emulator: &Emulator) -> Finished {
    let gates: String = (0..gates)
        .map(|n| format!("[gates.g{n}]\nplugin = \"http-health\"\nsettings.interval-ms = 10\n"))
        .collect();
    let lockgate = Lockgate::on(emulator, "rollout").gates(&gates);
    let wanted = lockgate.command();
    let mut limited = std::process::Command::new("/bin/sh");
    let variables = wanted.get_envs();
    limited
        .args(["-c", "ulimit -n \"$0\"; exec \"$@\"", &limit.to_string()])
        .arg(wanted.get_program())
        .args(wanted.get_args())
        .current_dir(lockgate.folder())
        .env_clear()
        .envs(variables.filter_map(|(name, value)| Some((name, value?))));
    let run = crate::support::Running::start(&mut limited).finish();
    run.ends(run.code.expect("no signal ended it"), emulator);
    run
}

#[test]
#[cfg(unix)]
fn lack_of_descriptors_is_never_a_verdict_on_the_canary() {
    let mut codes = Vec::new();
    for limit in (36..=80).step_by(4) {
        let run = with_descriptors(limit, 40, &Emulator::healthy());
        // 30: the app could not be read, so nothing was begun.
        assert!(matches!(run.code, Some(2 | 12 | 30)), "{limit}: {run}");
        run.says("Too many open files");
        codes.extend(run.code);
    }
    assert!(codes.contains(&12), "gates lacked descriptors: {codes:?}");
}
