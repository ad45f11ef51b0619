//! What a command writes: its one result on stdout, and files that are opened before the work, so that no work is lost.

use std::path::Path;

use serde_json::json;

use crate::support::{Emulator, Lockgate};

#[test]
fn file_that_cannot_be_written_ends_the_command_before_its_work() {
    let emulator = Emulator::healthy();
    let canary = emulator.revision_url("shop--v2").to_owned();
    let served = || emulator.snapshot()["apps"][0]["revisions"].to_string();
    let before = served();
    for out in ["nodir/x.har", "folder", "file/x.har"] {
        let command = format!("gate record http-health --canary {canary} --out {out}");
        let lockgate = Lockgate::on(&emulator, &command).file("file", b"");
        std::fs::create_dir(lockgate.folder().join("folder")).expect("a folder");
        let run = lockgate.run();
        run.exits(2).says(out);
        assert_eq!(run.stdout, "", "nothing was asked: {run}");
        assert_eq!(served(), before, "nothing was asked: {run}");
        let test = format!("gate test . --junit {out}");
        let lockgate = lockgate.file("a.case.toml", b"gate = \"http-health\"\n");
        let run = lockgate.again(&test.split(' ').collect::<Vec<_>>());
        run.exits(2).says(out);
        assert_eq!(run.stdout, "", "no case ran: {run}");
    }
    let run = Lockgate::at("", "emulate --port 0 --tls-port 0 --tls-ca nodir/ca.pem").run();
    run.exits(2).says("nodir/ca.pem");
    assert_eq!(run.stdout, "", "nothing was served: {run}");
}

#[test]
fn older_file_stays_where_the_work_fails() {
    let command = "gate record ./missing.wasm --canary http://127.0.0.1:1 --out old.har";
    let lockgate = Lockgate::at("", command).file("old.har", b"old");
    lockgate.run().exits(2);
    let kept = std::fs::read_to_string(lockgate.folder().join("old.har")).expect("the file");
    assert_eq!(kept, "old");
    let left = std::fs::read_dir(lockgate.folder())
        .expect("the folder")
        .count();
    assert_eq!(left, 2, "the configuration and the old file");
}

#[test]
fn deployment_whose_name_cannot_be_handed_on_is_not_begun() {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "deploy --image registry.example/shop:3")
        .env("GITHUB_OUTPUT", "nodir/outputs")
        .run();
    run.ends(2, &emulator)
        .says("nodir/outputs")
        .says("GITHUB_OUTPUT");
    assert!(emulator.requests().is_empty(), "nothing was read: {run}");
}

#[test]
fn deploy_prints_the_name_alone_on_stdout() {
    let mut scenario = Emulator::shop();
    scenario["apps"][0]["images"] =
        json!({ "registry.example/shop:3": { "not-ready-for-s": 0.5 } });
    let emulator = Emulator::start(&scenario);
    let command = "deploy --image registry.example/shop:3 --suffix new";
    let run = Lockgate::on(&emulator, command).run();
    run.exits(0);
    assert_eq!(run.stdout, "shop--new\n", "{run}");
    assert!(run.stderr.contains("deployed: shop--new"), "{run}");
    let run = Lockgate::on(&emulator, &format!("{command} --container nothing")).run();
    assert_ne!(run.code, Some(0), "{run}");
    assert_eq!(run.stdout, "", "{run}");
}

#[cfg(unix)]
#[test]
fn missing_descriptors_are_an_error_before_anything_is_read() {
    let emulator = Emulator::healthy();
    for command in ["rollout", "status", "plan"] {
        let lockgate = Lockgate::on(&emulator, command);
        let own = lockgate.command();
        let mut limited = std::process::Command::new("/bin/sh");
        limited
            .args(["-c", "ulimit -n 12; exec \"$@\"", "sh"])
            .arg(own.get_program())
            .args(own.get_args())
            .current_dir(lockgate.folder())
            .env_clear()
            .envs(
                own.get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            );
        let run = crate::support::Running::start(&mut limited).finish();
        run.ends(2, &emulator).says("ulimit -n");
        assert!(emulator.requests().is_empty(), "{run}");
        assert!(!Path::new("core").exists());
    }
}
