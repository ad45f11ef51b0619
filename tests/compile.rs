//! What lies between the bytes of a component and its first call is bounded: its types are judged first, it is compiled once,
//! in a process of its own, into a folder that nobody else may write to.

use std::process::Command;

use serde_json::json;

#[cfg(unix)]
use crate::support::Emulator;
use crate::support::{Lockgate, Running, component};

fn gate(command: &str) -> Lockgate {
    Lockgate::at("http://127.0.0.1:9", &format!("gate {command}"))
}

/// A health check with these further functions.
fn with(functions: &str) -> Vec<u8> {
    component::health_in(
        "package test:gates; world made { include lockgate:plugin/health-check@0.1.0; }",
        functions,
        "unreachable",
        "",
    )
}

#[test]
fn component_that_holds_too_much_is_refused_before_it_is_compiled() {
    let locals = format!("(func (local {}))", "i32 ".repeat(10_001));
    let long = format!("(func {})", "(drop (i32.const 1))".repeat(700_000));
    let bombs = [
        (
            "(func)".repeat(100_001),
            "functions, more than the limit of 100000",
        ),
        (
            locals,
            "10001 locals in one function, more than the limit of 10000",
        ),
        (
            long,
            "bytes of code in one function, more than the limit of 2000000",
        ),
        (
            "(global i32 (i32.const 0))".repeat(10_001),
            "globals, more than the limit of 10000",
        ),
    ];
    for (functions, expected) in bombs {
        let lockgate =
            gate("inspect odd.wasm --cache-dir cache").file("odd.wasm", &with(&functions));
        let run = lockgate.run();
        run.exits(2)
            .says(expected)
            .says("build it with optimisation");
        let work = lockgate.folder().join("cache/unfinished");
        assert!(!work.exists(), "nothing was compiled: {run}");
    }
}

#[test]
fn component_is_compiled_once_and_kept_for_this_user_alone() {
    let lockgate = gate("compile odd.wasm http-health --cache-dir cache")
        .file("odd.wasm", &component::deciding(1, "go on"));
    Running::start(&mut under_umask_000(&lockgate.command()))
        .finish()
        .exits(0)
        .says("odd.wasm: compiled, kept in ")
        .says("http-health: compiled, kept in ");
    let cache = lockgate.folder().join("cache");
    assert_eq!(
        std::fs::read_dir(cache.join("components")).unwrap().count(),
        2
    );
    #[cfg(unix)]
    for entry in walk(&cache) {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&entry).unwrap().permissions().mode() & 0o777;
        let expected = if entry.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode, expected, "{}", entry.display());
    }
}

/// Returns the same command, started by a process that lets everybody write what it makes.
#[cfg(unix)]
fn under_umask_000(command: &Command) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", "umask 000; exec \"$0\" \"$@\""])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear();
    for (name, value) in command.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    shell
}

#[cfg(not(unix))]
fn under_umask_000(command: &Command) -> Command {
    let mut same = Command::new(command.get_program());
    same.args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        same.current_dir(folder);
    }
    same
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = vec![folder.to_owned()];
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[cfg(unix)]
#[test]
fn cache_that_others_may_write_to_is_refused_entry_by_entry() {
    use std::os::unix::fs::PermissionsExt as _;
    let lockgate = gate("compile http-health --cache-dir cache");
    lockgate.run().exits(0);
    let cache = lockgate.folder().join("cache");
    for entry in walk(&cache) {
        if entry.to_string_lossy().ends_with("wip-atomic-write-stats")
            || entry.starts_with(cache.join("unfinished"))
        {
            continue;
        }
        let before = std::fs::metadata(&entry).unwrap().permissions();
        let open = std::fs::Permissions::from_mode(before.mode() | 0o022);
        std::fs::set_permissions(&entry, open).unwrap();
        let shown = entry.canonicalize().unwrap();
        lockgate
            .again(&["gate", "inspect", "http-health", "--cache-dir", "cache"])
            .exits(2)
            .says(&format!("others may write to {}", shown.display()));
        std::fs::set_permissions(&entry, before).unwrap();
    }
    lockgate
        .again(&["gate", "inspect", "http-health", "--cache-dir", "cache"])
        .exits(0);
}

#[test]
fn settings_schema_that_grows_when_it_is_unfolded_is_checked_within_bounds() {
    // Each part applies the next one twice: 2^40 parts in all.
    let mut defs = serde_json::Map::new();
    for level in 0..40 {
        let next = json!({ "$ref": format!("#/$defs/l{}", level + 1) });
        defs.insert(format!("l{level}"), json!({ "anyOf": [next, next] }));
    }
    defs.insert("l40".to_owned(), json!({ "type": "integer" }));
    let schema =
        json!({ "type": "object", "properties": { "a": { "$ref": "#/$defs/l0" } }, "$defs": defs });
    let bomb = component::with_settings(&schema.to_string());
    let run = gate("run bomb.wasm --canary http://127.0.0.1:9 --settings {\"a\":\"x\"}")
        .file("bomb.wasm", &bomb)
        .run();
    run.exits(2).says("cannot be checked within bounds");
}

/// Returns a function of some 1.7 MB that mixes 9,000 locals in one loop: within every limit, and very costly to compile.
fn costly() -> String {
    let mut seed = 1_u32;
    let mut local = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) % 9_000
    };
    let mut code = String::new();
    for step in 0..170_000 {
        let (a, b, c) = (local(), local(), local());
        code.push_str(&format!(
            "(local.set {a} (i32.add (local.get {b}) (local.get {c})))"
        ));
        if step % 25 == 0 {
            code.push_str(&format!("(br_if $again (local.get {a}))"));
        }
    }
    format!(
        "(func (local {}) (loop $again {code}))",
        "i32 ".repeat(9_000)
    )
}

#[test]
fn component_that_costs_too_much_to_compile_is_one_error() {
    let bomb = with(&costly());
    let lockgate = gate("compile bomb.wasm --cache-dir cache").file("bomb.wasm", &bomb);
    let run = lockgate.run();
    run.exits(2)
        .says("compiling bomb.wasm (2 MB), once")
        .says("it cannot be compiled within bounds: it takes more than");
    assert!(!run.stderr.contains('\u{1b}'), "no terminal: {run}");
    assert!(
        !lockgate.folder().join("cache/components").exists(),
        "nothing half done"
    );
}

/// A rollout whose gate is being compiled, which takes longer than any test.
#[cfg(unix)]
fn compiling(emulator: &Emulator) -> (Lockgate, Running) {
    let lockgate = Lockgate::on(emulator, "rollout")
        .gates("[gates.bomb]\nplugin = \"./bomb.wasm\"\n")
        .file("bomb.wasm", &with(&costly()))
        .env("LOCKGATE_CACHE_DIR", "cache");
    let running = lockgate.start();
    emulator.until("the gate is being compiled", |_| {
        lockgate.folder().join("cache/unfinished").exists()
    });
    (lockgate, running)
}

#[cfg(unix)]
#[test]
fn rollout_is_cancelled_while_a_gate_is_compiled() {
    let emulator = Emulator::healthy();
    let (_lockgate, running) = compiling(&emulator);
    running.signal("INT");
    let run = running.finish();
    run.exits(11)
        .says("before the app was read")
        .says("nothing was written");
    assert!(emulator.writes().is_empty(), "{run}");
}

#[cfg(target_os = "linux")]
#[test]
fn process_that_compiles_ends_with_the_one_that_asks() {
    let emulator = Emulator::healthy();
    let (_lockgate, running) = compiling(&emulator);
    let compiler = running.child("__bounded");
    running.signal("KILL");
    emulator.until("the process that compiles has ended", |_| {
        !std::path::Path::new(&format!("/proc/{compiler}")).exists()
    });
    assert!(emulator.writes().is_empty());
}
