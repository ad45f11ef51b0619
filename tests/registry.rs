//! Gates in registries, against Debian's docker-registry: pushed, pulled by digest at the preflight, kept, and refused where
//! anything is not as it was pinned. It has to be fetched first, with `tests/registry/install`.

mod sign_in;

use std::path::Path;

use crate::support::registry::Registry;
use crate::support::{Emulator, Lockgate, component};

/// A command with a cache of its own.
fn lockgate(emulator: &Emulator, command: &str) -> Lockgate {
    Lockgate::on(emulator, command).env("LOCKGATE_CACHE_DIR", "cache")
}

/// The configuration of a gate in a registry.
fn gate(plugin: &str) -> String {
    format!("[gates.health]\nplugin = \"{plugin}\" # ours\nsettings = {{ interval-ms = 10 }}\n")
}

const CASE: &str = "gate = \"http-health\"\nanswers = [{ url = \"/health\", status = 200, times = 3 }]\nexpect = { verdict = \"pass\" }\n";

fn digest_of(pinned: &str) -> &str {
    pinned.rsplit_once("@sha256:").expect("a digest").1
}

#[test]
fn place_that_is_none_is_a_mistake_of_the_file() {
    let emulator = Emulator::healthy();
    for (plugin, why) in [
        (
            "oci://registry.example/Team/gate:1",
            "\"Team/gate\" is not a repository",
        ),
        (
            "oci://registry.example/gate@sha256:12",
            "\"sha256:12\" is not a digest",
        ),
        ("oci://registry.example/gate", "names no version"),
        (
            "oci://gate",
            "is not a reference like oci://registry.example",
        ),
    ] {
        let run = lockgate(&emulator, "validate").gates(&gate(plugin)).run();
        run.exits(2).says("gates.health.plugin: ").says(why);
    }
}

#[test]
fn registry_that_is_not_there_is_refused_before_anything_is_written() {
    let emulator = Emulator::healthy();
    let pinned = format!("oci://127.0.0.1:9/team/gate@sha256:{}", "ab".repeat(32));
    let lockgate = lockgate(&emulator, "rollout").gates(&gate(&pinned));
    lockgate.run().exits(2).says(&format!(
        "gate health cannot be used: cannot pull {pinned}: 127.0.0.1:9 does not answer: "
    ));
    assert!(emulator.writes().is_empty());
}

#[cfg(unix)]
#[test]
fn rollout_is_cancelled_while_a_registry_does_not_answer() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let emulator = Emulator::healthy();
    let pinned = format!("oci://{address}/team/gate@sha256:{}", "ab".repeat(32));
    let lockgate = lockgate(&emulator, "rollout").gates(&gate(&pinned));
    let running = lockgate.start();
    let _connection = silent.accept().unwrap();
    running.signal("INT");
    running.finish().exits(11).says("nothing was written");
    assert!(emulator.writes().is_empty());
}

#[test]
#[ignore = "needs tests/registry/install"]
fn gate_from_a_registry_decides_a_rollout_and_is_kept() {
    let mut registry = Registry::open();
    let emulator = Emulator::healthy();
    let lockgate = lockgate(&emulator, "rollout");
    let pinned = registry.push(&lockgate, "http-health", &registry.place("team/health:1.0"));
    // What was pushed is not kept: it is pulled like any other.
    let lockgate = lockgate.gates(&gate(&pinned));
    lockgate
        .run()
        .ends(0, &emulator)
        .says("health check health: pass")
        .says(&format!("pulled {pinned} ("));
    registry.stop();
    let again = Emulator::healthy();
    let endpoint = again.endpoint();
    let run = lockgate.again(&["rollout", "--endpoint", endpoint]);
    run.ends(0, &again);
    assert!(!run.stderr.contains("pulled"), "{run}");
    // Beside the runs it is kept by its own digest.
    let inspect = lockgate.again(&["gate", "inspect", &pinned, "--output", "json"]);
    let sha256 = inspect.events()[0]["detail"]["sha256"]
        .as_str()
        .unwrap()
        .to_owned();
    let kept = format!(".lockgate/components/{sha256}.wasm");
    let kept = lockgate.folder().join(kept);
    assert!(kept.is_file(), "{}", kept.display());
}

#[test]
#[ignore = "needs tests/registry/install"]
fn tag_without_a_digest_is_looked_up_printed_and_refused() {
    let registry = Registry::open();
    let emulator = Emulator::healthy();
    let place = registry.place("team/health:1.0");
    let lockgate = lockgate(&emulator, "plan").gates(&gate(&place));
    let pinned = registry.push(&lockgate, "http-health", &place);
    let what = format!(
        "gates.health.plugin: {place} has no digest, so that another component could take its place"
    );
    for command in ["plan", "doctor", "rollout"] {
        let run = lockgate.again(&[command]);
        run.exits(2)
            .says(&what)
            .says("--> lockgate.toml:16:10")
            .says(&format!(
                "help: now it is {pinned}: name it so, or let `lockgate gate pull` write it"
            ));
    }
    lockgate
        .again(&["validate"])
        .exits(2)
        .says(&what)
        .says("help: `lockgate gate pull` looks it up and writes it");
    lockgate
        .again(&["gate", "inspect", &place])
        .exits(2)
        .says(&pinned);
    assert!(emulator.writes().is_empty());
}

#[test]
#[ignore = "needs tests/registry/install"]
fn validate_and_the_commands_on_recordings_reach_no_registry() {
    let registry = Registry::open();
    let emulator = Emulator::healthy();
    let lockgate = lockgate(&emulator, "validate");
    let pinned = registry.push(&lockgate, "http-health", &registry.place("team/health:1.0"));
    let lockgate = lockgate.gates(&gate(&pinned));
    lockgate.run().exits(0).says(&format!(
        "unknown  gates          not checked: gate health cannot be used: {pinned} is not on this machine; `lockgate gate \
         pull {pinned}` fetches it"
    ));
    let lockgate = lockgate.file("one.case.toml", CASE.as_bytes());
    for command in ["check", "test one.case.toml --gate", "bench"] {
        let words = format!("gate {command} {pinned}");
        let words: Vec<&str> = words.split(' ').collect();
        let run = lockgate.again(&words);
        run.exits(2).says("is not on this machine");
    }
    lockgate.again(&["gate", "pull", &pinned]).exits(0);
    lockgate
        .run()
        .exits(0)
        .says("ok       gates          health (health check)");
    let test = ["gate", "test", "one.case.toml", "--gate", pinned.as_str()];
    lockgate.again(&test).exits(0).says("1 passed");
}

#[test]
#[ignore = "needs tests/registry/install"]
fn pull_writes_the_digest_and_shows_what_a_new_version_wants() {
    let registry = Registry::open();
    let emulator = Emulator::healthy();
    let place = registry.place("team/health:1.0");
    let lockgate = lockgate(&emulator, "gate pull").gates(&gate(&place)).file(
        "wants-more.wasm",
        &component::declaring("https://api.example"),
    );
    let first = registry.push(&lockgate, "http-health", &place);
    let second = registry.push(
        &lockgate,
        "wants-more.wasm",
        &registry.place("team/health:1.1"),
    );
    let config = || std::fs::read_to_string(lockgate.folder().join("lockgate.toml")).unwrap();
    lockgate.run().exits(0).says("written to lockgate.toml");
    assert!(config().ends_with(&gate(&first)), "{}", config());
    lockgate
        .run()
        .exits(0)
        .says("lockgate.toml has these digests already");

    let to_new = ["gate", "pull", "health", "--tag", "1.1"];
    let mut dry = to_new.to_vec();
    dry.push("--dry-run");
    let run = lockgate.again(&dry);
    run.exits(0)
        .says(&format!("health: {second}\n  it was sha256:{}", digest_of(&first)))
        .says("    wants to reach https://api.example, which is not granted: add it to the gate's allow list\n")
        .says("    has no setting latency any more\n")
        .says("  it refuses the configured settings: interval-ms: unknown setting")
        .says("lockgate.toml was not written, because of --dry-run");
    assert!(!run.stdout.contains("latency.max-ms"), "{run}");
    assert!(config().ends_with(&gate(&first)), "{}", config());
    lockgate.again(&to_new).exits(0);
    assert!(config().ends_with(&gate(&second)), "{}", config());
}

#[test]
#[ignore = "needs tests/registry/install"]
fn pull_that_fails_writes_nothing() {
    let registry = Registry::open();
    let emulator = Emulator::healthy();
    let place = registry.place("team/health:1.0");
    let two = gate(&place) + "[gates.other]\nplugin = \"oci://127.0.0.1:9/team/other:1\"\n";
    let lockgate = lockgate(&emulator, "gate pull").gates(&two);
    registry.push(&lockgate, "http-health", &place);
    lockgate
        .run()
        .exits(2)
        .says("gate other is not pulled")
        .says("127.0.0.1:9 does not answer");
    lockgate
        .again(&["gate", "pull", "health", "--tag", "9.9"])
        .exits(2)
        .says("answered 404: it has no manifest of team/health");
    lockgate
        .again(&["gate", "pull", "helth"])
        .exits(2)
        .says("lockgate.toml has no gate \"helth\"");
    lockgate
        .again(&["gate", "pull", "--tag", "1.0"])
        .exits(2)
        .says("--tag is for one gate of the configuration; name it");
    let config = std::fs::read_to_string(lockgate.folder().join("lockgate.toml")).unwrap();
    assert!(config.ends_with(&two), "{config}");
}

#[test]
#[ignore = "needs tests/registry/install"]
fn gate_is_published_as_the_page_for_authors_says() {
    let commands = crate::authors_page::commands();
    let push = commands.iter().find(|line| line.contains("oci://"));
    let words: Vec<&str> = push.expect("a command").split(' ').collect();
    let [verb @ .., component, place] = &words[..] else {
        panic!("{words:?}")
    };
    assert_eq!(verb, ["gate", "push"]);
    let registry = Registry::open();
    let health = include_bytes!("../plugins/http-health/http-health.wasm");
    let lockgate = Lockgate::at("http://127.0.0.1:9", "").file(component, health);
    let place = place.trim_start_matches("oci://registry.example/");
    registry.push(&lockgate, component, &registry.place(place));
}

#[test]
#[ignore = "needs tests/registry/install"]
fn only_a_gate_is_pushed_and_only_to_a_tag() {
    let registry = Registry::open();
    let lockgate = Lockgate::at("http://127.0.0.1:9", "gate push").file("text.wasm", b"no gate");
    let refused = |component: &str, place: &str, why: &str| {
        let run = lockgate.again(&["gate", "push", component, place]);
        run.exits(2).says(why);
    };
    let place = registry.place("team/health:1.0");
    refused("text.wasm", &place, "text.wasm is not pushed");
    let without = registry.place("team/health");
    let why = format!("PLACE: {without} is not where a component can be written");
    refused("http-health", &without, &why);
    refused(
        "http-health",
        "somewhere",
        "PLACE: \"somewhere\" is not a reference like oci://",
    );
    // The same component has the same digest, whoever pushes it and when.
    let first = registry.push(&lockgate, "http-health", &place);
    let other = registry.push(&lockgate, "http-health", &registry.place("other:2"));
    assert_eq!(digest_of(&first), digest_of(&other));
}

#[test]
#[ignore = "needs tests/registry/install"]
fn registry_that_lies_about_a_digest_is_refused_and_nothing_is_kept() {
    let registry = Registry::open();
    let emulator = Emulator::healthy();
    let lockgate = lockgate(&emulator, "rollout");
    let pinned = registry.push(&lockgate, "http-health", &registry.place("team/health:1.0"));
    let lockgate = lockgate.gates(&gate(&pinned));
    let manifest = registry.file(digest_of(&pinned));
    let text = std::fs::read_to_string(&manifest).unwrap();
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    let layer = read["layers"][0]["digest"].as_str().unwrap();
    let layer = registry.file(layer.strip_prefix("sha256:").unwrap());
    let whole = std::fs::read(&layer).unwrap();

    let mut other = whole.clone();
    *other.last_mut().unwrap() ^= 1;
    let cut = whole[..whole.len() / 2].to_vec();
    let longer = [&whole[..], b"more"].concat();
    for (bytes, why) in [
        (other, "sent the component with the digest"),
        (cut, "bytes of the component; try again"),
        (longer, "sent the component with more than the"),
    ] {
        std::fs::write(&layer, bytes).unwrap();
        lockgate.run().exits(2).says(why);
    }
    std::fs::write(&layer, &whole).unwrap();
    std::fs::write(&manifest, text.replacen("sha256:", "sha256;", 1)).unwrap();
    lockgate.run().exits(2).says(digest_of(&pinned));
    assert!(emulator.writes().is_empty());
    let kept = Path::new("cache/registry");
    assert!(!lockgate.folder().join(kept).exists());

    std::fs::write(&manifest, text).unwrap();
    lockgate.run().ends(0, &emulator);
}
