//! The page in a real browser: Debian's Chromium, which `tests/reports/install` puts in place. Ignored unless `.ci/run reports` asks
//! for it.

use std::process::Command;

use serde_json::json;

use super::{journal, reported};
use crate::support::{CANARY, Emulator};

#[test]
#[ignore = "needs what tests/reports/install puts in place"]
fn page_is_read_with_a_keyboard_on_every_screen_in_the_dark_and_on_paper() {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "fails-from-weight": 25 }));
    let lockgate = reported(&emulator);
    lockgate.run().ends(10, &emulator);
    let runs = lockgate.folder().join(".lockgate/runs");
    let folders = std::fs::read_dir(&runs).expect("runs").flatten();
    let first = folders.map(|entry| entry.path()).next().expect("a run");
    // Beside the first it would be another process of the same run.
    let long = lockgate.folder().join("elsewhere/long");
    journal::lengthened(&first, &long, 1_000);
    let long = lockgate.again(&["report", "elsewhere/long", "--out", "long.html"]);
    long.exits(0);

    let root = std::path::absolute(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).expect("a path");
    // The script finds its library beside it.
    let script = root.join(".cache/reports/browser.mjs");
    std::fs::copy(root.join("tests/reports/browser.mjs"), &script).expect("copied");
    let mut node = Command::new("node");
    node.arg(script)
        .arg("/usr/bin/chromium")
        .arg(lockgate.folder().join("run.html"))
        .arg(lockgate.folder().join("long.html"));
    if let Some(screenshots) = std::env::var_os("LOCKGATE_TEST_SCREENSHOTS") {
        node.arg(screenshots);
    }
    let output = node.output().expect("node runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
