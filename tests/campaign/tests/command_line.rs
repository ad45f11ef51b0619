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

fn figures(flags: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_campaign"))
        .arg("figures")
        .args(flags)
        .output()
        .expect("the campaign runs")
}

#[test]
fn figures_are_printed_as_tables_and_a_goal_that_is_reached_is_exit_0() {
    let output = figures(&["--only", "on-the-line", "--rollouts", "20", "--seed", "3"]);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{stdout}");
    assert!(stdout.contains("### At the tolerated line"), "{stdout}");
    assert!(
        stdout.contains("| 200 req/s | 0.00 | 0.00 | 0.00 |"),
        "{stdout}"
    );
    assert!(stdout.contains("9 of 9 goals reached"), "{stdout}");
    assert!(
        output.stderr.is_empty(),
        "no bar where there is no terminal"
    );
}

#[test]
fn goal_that_is_missed_is_named_and_exit_1() {
    // One rollout has no median to speak of: with this seed it takes its canary more than 900 requests.
    let output = figures(&["--only", "catching", "--rollouts", "1", "--seed", "2"]);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{stdout}");
    let missed = "missed: requests until a canary at 5 % beside 0.2 % is rolled back";
    assert!(stdout.contains(missed), "{stdout}");
}

#[test]
fn file_without_the_heading_is_refused_before_anything_is_computed() {
    let output = figures(&[
        "--write",
        concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("## Figures"), "{stderr}");
}
