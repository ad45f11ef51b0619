//! Past runs: listed, explained, removed and bundled, from the files that they have left.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::component;
use crate::support::{CANARY, Emulator, Lockgate};

/// A folder with two runs: `good` was promoted, `bad` was rolled back at 25 % by a gate of its own.
fn two_runs() -> Lockgate {
    let good = Emulator::healthy();
    let lockgate = Lockgate::on(&good, "rollout --run-id good");
    lockgate.run().ends(0, &good);
    let bad = Emulator::healthy();
    bad.behave(CANARY, &json!({ "fails-from-weight": 25 }));
    let second = ["rollout", "--run-id", "bad", "--endpoint", bad.endpoint()];
    lockgate.again(&second).ends(10, &bad);
    lockgate
}

fn has_run(lockgate: &Lockgate, run: &str) -> bool {
    lockgate.folder().join(".lockgate/runs").join(run).is_dir()
}

#[test]
fn runs_are_listed_the_newest_first_and_chosen_by_what_they_were() {
    let lockgate = two_runs();
    let all = lockgate.again(&["runs"]);
    let rows: Vec<&str> = all.exits(0).stdout.lines().collect();
    assert!(rows[0].starts_with("run "), "{all}");
    assert!(
        rows[1].starts_with("bad ") && rows[1].contains("rolled-back  10"),
        "{all}"
    );
    assert!(
        rows[2].starts_with("good ") && rows[2].contains("promoted     0"),
        "{all}"
    );
    let list = |args: &[&str]| {
        let run = lockgate.again(&[&["runs", "--output", "json"], args].concat());
        let listed: Vec<Value> = serde_json::from_str(&run.exits(0).stdout).expect("JSON");
        let names = listed
            .iter()
            .map(|run| run["run"].as_str().map(str::to_owned));
        names.map(|name| name.expect("a name")).collect::<Vec<_>>()
    };
    assert_eq!(list(&[]), ["bad", "good"]);
    assert_eq!(list(&["--outcome", "promoted"]), ["good"]);
    assert_eq!(list(&["--app", "cart"]), [""; 0]);
    assert_eq!(list(&["--since", "1d", "--limit", "1"]), ["bad"]);
    assert_eq!(list(&["--since", "0s"]), [""; 0]);
    let wrong = lockgate.again(&["runs", "--since", "soon"]);
    wrong.exits(2).says("write it like 30d, 12h or 90m");
    let nowhere = lockgate.again(&["runs", "--state-dir", "nowhere"]);
    nowhere.exits(2).says("there are no runs in nowhere/runs");
}

#[test]
fn runs_are_where_the_configuration_says_unless_a_flag_says_more() {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout --run-id elsewhere")
        .replacing("\n[app]\n", "\nstate-dir = \"kept\"\n[app]\n");
    lockgate.run().ends(0, &emulator);
    for (command, says) in [
        ("runs", "elsewhere"),
        ("explain elsewhere", "Run elsewhere is a rollout."),
        ("verify latest", "run elsewhere, kept/runs/elsewhere"),
        ("runs prune --keep 1d", "kept: 1 run"),
        ("runs bundle latest --out run.zip", "files of run elsewhere"),
        ("report latest --out run.html", "run.html"),
    ] {
        let args: Vec<&str> = command.split(' ').collect();
        lockgate.again(&args).exits(0).says(says);
    }
    let given = lockgate.again(&["runs", "--state-dir", "nowhere"]);
    given.exits(2).says("there are no runs in nowhere/runs");
    let other = lockgate.folder().join("other.toml");
    std::fs::write(&other, "state-dir = 5\n").expect("written");
    let wrong = lockgate.again(&["runs", "--config", "other.toml"]);
    wrong.exits(2).says("other.toml").says("state-dir");
    let lost = lockgate.again(&["runs", "--config", "none.toml"]);
    lost.exits(2).says("the configuration cannot be read");
}

#[test]
fn journal_that_cannot_be_read_is_named_and_hides_no_other_run() {
    let lockgate = two_runs();
    let journal = lockgate.folder().join(".lockgate/runs/bad/journal.jsonl");
    let whole = std::fs::read_to_string(&journal).expect("a journal");
    std::fs::write(&journal, whole.replacen("shop", "cart", 1)).expect("it is written");
    let run = lockgate.again(&["runs"]);
    run.exits(0).says("left out: journal").says("line 2");
    assert!(run.stdout.contains("good "), "{run}");
    std::fs::write(&journal, "").expect("it is written");
    let run = lockgate.again(&["runs"]);
    run.exits(0).says("bad has no journal that can be read");
}

#[test]
fn rollback_is_explained_by_the_gate_and_its_evidence() {
    let lockgate = two_runs();
    let run = lockgate.again(&["explain", "bad"]);
    run.exits(0)
        .says("Run bad is a rollout. It began at ")
        .says(
            "It was to go through 10 %, 25 %, 50 %, 100 %, and to ask http-health (health check).",
        )
        .says("The canary was shop--v2")
        .says("The canary had 10 % after ")
        .says("Health check http-health decided, at 25 %, ")
        .says("; it had passed ")
        .says("Rolled back: health check http-health said no: ")
        .says("Production serves shop--v1 100 % (as last read back).")
        .says("What to do: ")
        .says("Its exit code was 10.");
    let run = lockgate.again(&["explain", "good"]);
    run.exits(0)
        .says("It was let on by health check http-health (")
        .says("Promoted: shop--v2 carries 100 %.");
}

#[test]
fn run_that_was_killed_and_ended_from_elsewhere_is_explained_as_far_as_its_journal_goes() {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout --run-id one").replacing("300ms", "60s");
    lockgate.killed_while_baking();
    lockgate.again(&["abort"]).exits(11);
    lockgate
        .again(&["explain", "one"])
        .exits(0)
        .says("The journal stops here: the process was killed, or is still under way.");
    lockgate
        .again(&["explain", "latest"])
        .exits(0)
        .says("is an abort by")
        .says("Production serves shop--v1 100 %");
    let all = lockgate.again(&["runs"]);
    all.exits(0).says("no-end");
}

#[test]
fn old_runs_are_removed_with_the_components_that_nobody_else_has_called() {
    let emulator = Emulator::healthy();
    let lockgate = two_runs()
        .file("odd.wasm", &component::deciding(1, "fine"))
        .file("odd.toml", b"");
    let own = std::fs::read_to_string(lockgate.folder().join("lockgate.toml")).expect("a file");
    let own = own.replace(
        "[gates.http-health]",
        "[gates.odd]\nplugin = \"./odd.wasm\"\n[gates.http-health]",
    );
    let lockgate = lockgate.file("odd.toml", own.as_bytes());
    let third = [
        "rollout",
        "--config",
        "odd.toml",
        "--run-id",
        "own",
        "--endpoint",
        emulator.endpoint(),
    ];
    lockgate.again(&third).ends(0, &emulator);
    let components = lockgate.folder().join(".lockgate/components");
    let kept = || std::fs::read_dir(&components).expect("components").count();
    assert_eq!(kept(), 1);
    let undecided = lockgate.again(&["runs", "prune"]);
    undecided.exits(2).says("say what stays: --keep 30d");
    lockgate
        .again(&["runs", "prune", "--keep", "30d"])
        .exits(0)
        .says("0 runs and 0 components removed");
    lockgate
        .again(&["runs", "prune", "--keep-last", "1", "--dry-run"])
        .exits(0)
        .says("2 runs and 0 components would be removed");
    assert!(has_run(&lockgate, "good"), "nothing is removed yet");
    lockgate
        .again(&["runs", "prune", "--keep-last", "1"])
        .exits(0);
    assert!(!has_run(&lockgate, "good") && !has_run(&lockgate, "bad"));
    assert!(has_run(&lockgate, "own"));
    lockgate
        .again(&["runs", "prune", "--keep", "0s"])
        .exits(0)
        .says("1 run and 1 component removed");
    assert_eq!(kept(), 0);
}

#[test]
fn run_that_may_be_under_way_is_never_removed() {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout --run-id one").replacing("300ms", "60s");
    let mut running = lockgate.start();
    running.read_past(|line| line.contains("baking"));
    lockgate.again(&["runs", "prune", "--keep", "0s"]).exits(0);
    assert!(has_run(&lockgate, "one"));
    running.signal("TERM");
    running.finish().ends(11, &emulator);
}

#[test]
fn bundle_holds_everything_of_a_run_without_its_secrets_and_is_the_same_each_time() {
    let emulator = Emulator::healthy();
    let secret = "[deploy.env]\nDB_PASSWORD = \"hunter2-hunter2\"\n[gates.http-health]";
    let lockgate =
        Lockgate::on(&emulator, "rollout --run-id one").replacing("[gates.http-health]", secret);
    lockgate.run().ends(0, &emulator);
    let bundle = |out: &str| lockgate.again(&["runs", "bundle", "one", "--out", out]);
    bundle("one.zip").exits(0).says("files of run one");
    bundle("two.zip").exits(0);
    let read = |name: &str| std::fs::read(lockgate.folder().join(name)).expect("a file");
    assert_eq!(read("one.zip"), read("two.zip"));
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(read("one.zip"))).expect("a zip file");
    let names: Vec<String> = (0..zip.len())
        .map(|index| {
            zip.by_index(index)
                .expect("a file")
                .name()
                .expect("a name")
                .into_owned()
        })
        .collect();
    for name in [
        "one.html",
        "one/journal.jsonl",
        "one/lockgate.toml",
        "one/recordings/0001-http-health.har",
    ] {
        assert!(names.contains(&name.to_owned()), "{names:?}");
    }
    for name in names {
        let mut text = String::new();
        let mut file = zip.by_name(&name).expect("a file");
        std::io::Read::read_to_string(&mut file, &mut text).expect("text");
        assert!(!text.contains("hunter2"), "{name}");
    }
    for none in ["", "..", "."] {
        let run = lockgate.again(&["runs", "bundle", none, "--out", "none.zip"]);
        run.exits(2).says("there is no run");
    }
    bundle("one.zip").exits(2).says("one.zip is there already");
    let forced = ["runs", "bundle", "one", "--out", "one.zip", "--force"];
    lockgate.again(&forced).exits(0);
    bundle("nowhere/one.zip").exits(2).says("nowhere/one.zip");
    assert!(Path::new(lockgate.folder()).join("one.zip").is_file());
}

#[test]
fn component_that_no_kept_run_has_called_goes_and_one_that_may_be_needed_stays() {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout --run-id own")
        .gates("[gates.odd]\nplugin = \"./odd.wasm\"\n")
        .file("odd.wasm", &component::deciding(1, "fine"));
    lockgate.run().ends(0, &emulator);
    let state = lockgate.folder().join(".lockgate");
    let journal = state.join("runs/own/journal.jsonl");
    let orphan = state
        .join("components")
        .join(format!("{}.wasm", "0".repeat(64)));
    std::fs::write(&orphan, "nobody calls it").expect("it is written");
    let prune =
        |args: &[&str]| lockgate.again(&[&["runs", "prune", "--keep", "30d"], args].concat());
    // A run that begins has a folder, and says only later what it is going to call.
    std::fs::create_dir(state.join("runs/begins")).expect("a folder");
    prune(&[])
        .exits(0)
        .says("kept, because it has no journal that can be read: .lockgate/runs/begins")
        .says("0 runs and 0 components removed");
    std::fs::remove_dir(state.join("runs/begins")).expect("it is removed");
    prune(&["--dry-run"])
        .exits(0)
        .says("0 runs and 1 component would be removed");
    assert!(orphan.is_file());
    // Of a journal that is damaged the first line says what was called; without that the recordings say it.
    let whole = std::fs::read_to_string(&journal).expect("a journal");
    std::fs::write(&journal, whole.replacen("inspected", "inspekted", 1)).expect("it is written");
    prune(&[])
        .exits(0)
        .says("kept, because it cannot be read: journal")
        .says("0 runs and 1 component removed");
    assert!(!orphan.is_file());
    let kept = std::fs::read_dir(state.join("components")).expect("components");
    assert_eq!(kept.count(), 1);
    std::fs::write(&journal, whole).expect("it is written");
}

#[test]
fn bundle_of_a_damaged_run_has_its_own_files_alone() {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout --run-id one").file("private", b"private");
    lockgate.run().ends(0, &emulator);
    let folder = lockgate.folder().join(".lockgate/runs/one");
    std::fs::write(folder.join("journal.jsonl"), b"no journal").expect("it is written");
    #[cfg(unix)]
    std::os::unix::fs::symlink(lockgate.folder(), folder.join("link")).expect("a link");
    let out = ".lockgate/runs/one/one.zip";
    let bundle = || lockgate.again(&["runs", "bundle", "one", "--out", out, "--force"]);
    bundle()
        .exits(0)
        .says("files of run one")
        .says("there is no page about the run in it: journal");
    let first = std::fs::read(lockgate.folder().join(out)).expect("a file");
    bundle().exits(0);
    assert_eq!(
        first,
        std::fs::read(lockgate.folder().join(out)).expect("a file")
    );
    let zip = zip::ZipArchive::new(std::io::Cursor::new(first)).expect("a zip file");
    let names = zip
        .file_names()
        .map(|name| name.expect("a name").into_owned());
    let names: Vec<String> = names.collect();
    assert!(names.contains(&"one/journal.jsonl".to_owned()), "{names:?}");
    assert!(
        !names
            .iter()
            .any(|name| name.contains("private") || name.contains(".zip")),
        "{names:?}"
    );
}
