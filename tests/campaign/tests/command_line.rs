//! The command line of the campaign. Because of this file `cargo test` builds the executable too, with the dependencies that
//! every other test has.

use std::process::Command;

#[test]
fn executable_that_is_not_there_is_named_and_no_violation() {
    let output = Command::new(env!("CARGO_BIN_EXE_campaign"))
        .args(["races", "--lockgate", "no/such/lockgate"])
        .output()
        .expect("the campaign runs");
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("no/such/lockgate"), "{stderr}");
    assert!(stderr.contains("cargo build -p lockgate"), "{stderr}");
}
