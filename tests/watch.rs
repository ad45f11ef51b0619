//! `--watch`: a command is run again whenever the bytes that it reads have changed, and builds nothing itself.

use crate::support::{Emulator, Lockgate, Running, component};

const CASE: &str =
    "gate = \"./odd.wasm\"\nexpect = { verdict = \"pass\", reason-contains = \"second\" }\n";

fn saying(summary: &str) -> Vec<u8> {
    let healthy = "(i32.store8 (i32.const 2048) (i32.const 0)) (i32.store8 (i32.const 2052) (i32.const 1))
        (i32.store (i32.const 2056) (i32.const 1024)) (i32.store (i32.const 2060) (i32.const 6)) (i32.const 2048)";
    component::health(healthy, summary)
}

/// Puts a file in the place of another at once, as a linker does.
fn replace(lockgate: &Lockgate, name: &str, bytes: &[u8]) {
    let folder = lockgate.folder();
    std::fs::write(folder.join("new"), bytes).expect("the file is written");
    std::fs::rename(folder.join("new"), folder.join(name)).expect("it is moved");
}

/// Ends a command as Ctrl-C does.
fn interrupted(run: Running) {
    run.signal("INT");
    assert_eq!(run.finish().code, None, "a signal ends it");
}

#[test]
fn cases_run_again_when_the_component_or_a_case_has_changed() {
    let lockgate = Lockgate::at("http://127.0.0.1:9", "gate test --watch")
        .file("one.case.toml", CASE.as_bytes())
        .file("odd.wasm", &saying("first "));
    let mut run = lockgate.start();
    let mut reads = |wanted: &str| run.read_past(|line| line.starts_with(wanted));
    reads("1 cases: 0 passed, 1 failed");
    reads("watching 2 files");
    replace(&lockgate, "odd.wasm", &saying("second"));
    reads("changed: odd.wasm");
    reads("1 cases: 1 passed, 0 failed");
    // What is no component is an error, and the watching goes on.
    replace(&lockgate, "odd.wasm", b"no component");
    reads("1 cases: 0 passed, 0 failed, 1 could not run");
    reads("watching");
    std::fs::remove_file(lockgate.folder().join("odd.wasm")).expect("it is there");
    replace(&lockgate, "two.case.toml", CASE.as_bytes());
    replace(&lockgate, "odd.wasm", &saying("second"));
    reads("2 cases: 2 passed, 0 failed");
    interrupted(run);
}

#[test]
fn live_pair_is_asked_again_when_the_component_has_changed() {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "gate run --watch odd.wasm --canary")
        .arg(emulator.app_url())
        .file("odd.wasm", &saying("first "));
    let mut run = lockgate.start();
    run.read_past(|line| line.starts_with("watching 1 files"));
    replace(&lockgate, "odd.wasm", &saying("second"));
    run.read_past(|line| line.contains("pass: second"));
    interrupted(run);
}

#[test]
fn what_writes_files_is_not_watched() {
    for flag in ["--bless", "--junit=x.xml"] {
        let command = format!("gate test --watch {flag}");
        Lockgate::at("http://127.0.0.1:9", &command)
            .run()
            .exits(2)
            .says("cannot be used with");
    }
}
