//! `lockgate gate test`: cases as files, run without a network, judged, blessed and reported.

use std::path::Path;
use std::time::Instant;

use crate::support::{CANARY, Emulator, Finished, Lockgate, component};

/// A command in a folder with these files; no URL answers.
fn folder(files: &[(&str, &str)]) -> Lockgate {
    let command = Lockgate::at("http://127.0.0.1:9", "gate test");
    files.iter().fold(command, |command, (name, text)| {
        command.file(name, text.as_bytes())
    })
}

fn tested(case: &str) -> Finished {
    folder(&[("one.case.toml", case)]).run()
}

const GOOD: &str = r#"
gate = "http-health"
about = "a canary that answers twice is healthy"

[[answers]]
url = "/health"
json = { status = "ok" }
delay = "20ms"
times = 2

[expect]
verdict = "pass"
reason-contains = "200 twice"
requests = ["GET canary:/health", "GET canary:/health"]
within = "2s"
measurements = [{ name = "latency", subject = "canary", min = 20, max = 21 }]
"#;

#[test]
fn case_without_differences_passes() {
    let run = tested(GOOD);
    run.exits(0)
        .says("ok       one.case.toml: a canary that answers twice is healthy")
        .says("1 cases: 1 passed, 0 failed");
}

#[test]
fn every_difference_of_a_failing_case_is_shown() {
    let case = GOOD
        .replace("verdict = \"pass\"", "verdict = \"fail\"")
        .replace("200 twice", "503")
        .replace("max = 21", "max = 19")
        .replace("within = \"2s\"", "within = \"30ms\"")
        .replace("requests = [\"GET canary:/health\", ", "requests = [");
    tested(&case)
        .exits(1)
        .says("FAIL     one.case.toml")
        .says("verdict: expected fail, got pass: GET /health answered 200 twice")
        .says("reason: expected one that contains \"503\"")
        .says("measurement latency: expected 20 to 19, got 20")
        .says("time: expected at most 30 ms, got")
        .says("requests: expected GET canary:/health, got GET canary:/health, GET canary:/health");
}

#[test]
fn scripted_responses_and_errors_come_in_order() {
    let case = r#"
        gate = "http-health"
        settings = { attempts = 3, interval-ms = 1, successes-in-a-row = 1, failures-in-a-row = 2 }
        answers = [
            { url = "/health", status = 503, body = "starting" },
            { url = "/health", error = "timeout", delay = "1s" },
        ]
        [expect]
        verdict = "fail"
        requests = ["GET canary:/health", "GET canary:/health"]
    "#;
    tested(case).exits(0);
}

#[test]
fn request_without_a_response_fails_the_case_and_names_the_nearest_one() {
    let case = GOOD.replace("url = \"/health\"", "url = \"/healthz\"");
    tested(&case)
        .exits(1)
        .says("recording: expected a response, got GET canary:/health was never recorded")
        .says("the nearest is entry 0, GET canary:/healthz");
}

#[test]
fn expected_failure_is_named_by_its_kind() {
    let case = r#"
        gate = "./odd.wasm"
        expect = { failure = "trap", reason-contains = "unreachable" }
    "#;
    let trap = component::health("unreachable", "");
    folder(&[("one.case.toml", case)])
        .file("odd.wasm", &trap)
        .run()
        .exits(0);
}

#[test]
fn ten_minutes_of_waiting_are_virtual() {
    let case = r#"
        gate = "./waiting.wasm"
        limits = { wall-clock = "20m" }
        expect = { verdict = "pass", within = "10m" }
    "#;
    let command =
        folder(&[("one.case.toml", case)]).file("waiting.wasm", &component::waiting(600_000));
    let began = Instant::now();
    command.run().exits(0);
    assert!(began.elapsed().as_secs() < 600, "the wait was real");
}

#[test]
fn case_takes_its_call_and_responses_from_a_recording() {
    let emulator = Emulator::healthy();
    let canary = emulator.revision_url(CANARY);
    let record = Lockgate::on(
        &emulator,
        &format!("gate record http-health --canary {canary} --out good.har"),
    );
    record.run().exits(0);
    let har = std::fs::read(record.folder().join("good.har")).expect("a recording");
    drop(emulator);
    let case = "gate = \"http-health\"\nrecordings = [\"good.har\"]\nstrict = true\nexpect = { verdict = \"pass\" }\n";
    folder(&[("one.case.toml", case)])
        .file("good.har", &har)
        .run()
        .exits(0);
}

#[test]
fn blessing_writes_the_actual_result_and_keeps_the_rest_of_the_file() {
    let case = "# Kept.\ngate = \"http-health\" # so is this\n\n[[answers]]\nurl = \"/health\"\nstatus = 500\ntimes = 2\n";
    let command = folder(&[("one.case.toml", case)]);
    command
        .run()
        .exits(1)
        .says("a verdict or a failure under [expect]");
    command
        .command()
        .arg("--bless")
        .status()
        .expect("lockgate runs");
    let blessed =
        std::fs::read_to_string(command.folder().join("one.case.toml")).expect("the case");
    assert!(blessed.starts_with(case), "{blessed}");
    assert!(blessed.contains("verdict = \"fail\""), "{blessed}");
    command.run().exits(0);
}

#[test]
fn invalid_case_is_an_error_with_its_place_and_the_others_still_run() {
    let cases: [(&str, &str); 7] = [
        (
            "gate = \"http-health\"\nexpcet = {}\n",
            "expcet: unknown key\n            --> bad.case.toml:2:1",
        ),
        ("gate = \"nothing\"\n", "unknown plugin \"nothing\""),
        (
            "gate = \"./missing.wasm\"\n",
            "cannot read plugin ./missing.wasm",
        ),
        (
            "gate = \"http-health\"\nsettings = { pat = 1 }\n",
            "settings.pat: unknown setting\n            --> bad.case.toml:2:20",
        ),
        (
            "gate = \"http-health\"\nanswers = [{ url = \"health\" }]\n",
            "answers[0]: url \"health\" is neither",
        ),
        (
            "gate = \"http-health\"\nrecordings = [\"missing.har\"]\n",
            "cannot read the recording",
        ),
        (
            "gate = \"http-health\"\nanswers = [{ url = \"/\", body = \"a\", base64 = \"YQ==\" }]\n",
            "exclude each other",
        ),
    ];
    for (case, complaint) in cases {
        folder(&[("bad.case.toml", case), ("good.case.toml", GOOD)])
            .run()
            .exits(2)
            .says("ERROR    bad.case.toml")
            .says(complaint)
            .says("2 cases: 1 passed, 0 failed, 1 could not run");
    }
}

#[test]
fn file_over_the_size_limit_is_refused_before_it_is_read() {
    let oversized = |name: &str| {
        let case = "gate = \"http-health\"\nrecordings = [\"x.har\"]\n";
        let command = folder(&[("one.case.toml", case), ("x.har", "{}")]);
        let file = std::fs::OpenOptions::new()
            .write(true)
            .open(command.folder().join(name));
        file.expect("a file")
            .set_len(1 << 30)
            .expect("a sparse file");
        command.run()
    };
    oversized("x.har")
        .exits(2)
        .says("cannot read the recording x.har: it has 1073741824 bytes; at most 64 MiB are read");
    oversized("one.case.toml")
        .exits(2)
        .says("cannot read the case: it has 1073741824 bytes; at most 4 MiB are read");
}

#[test]
fn folder_without_a_case_is_an_error() {
    folder(&[]).run().exits(2).says("there is no case below .");
}

#[test]
fn results_are_written_as_junit_and_as_json() {
    let bad = GOOD.replace("verdict = \"pass\"", "verdict = \"fail\"");
    let command = folder(&[("bad.case.toml", &bad), ("good.case.toml", GOOD)])
        .arg("--junit")
        .arg("results.xml")
        .arg("--output")
        .arg("json");
    let run = command.run();
    let events = run.exits(1).events();
    assert_eq!(events.len(), 3, "{run}");
    let differences = &events[0]["detail"]["calls"][0]["differences"];
    assert_eq!(differences[0]["what"], "verdict", "{run}");
    assert_eq!(events[2]["detail"]["passed"], 1, "{run}");
    let xml = std::fs::read_to_string(command.folder().join("results.xml")).expect("the results");
    assert!(
        xml.contains("tests=\"2\"") && xml.contains("failures=\"1\""),
        "{xml}"
    );
    assert!(xml.contains("verdict: expected fail, got pass"), "{xml}");
}

#[test]
fn value_of_toml_that_json_has_not_is_refused_where_it_stands() {
    let body_json = |value: &str| {
        format!(
            "gate = \"http-health\"\nsettings = {{ attempts = 1, body-json = {{ \"/limit\" = {value} }} }}\n\
             answers = [{{ url = \"/health\", status = 200, body = '{{\"limit\":null}}' }}]\n\
             expect = {{ verdict = \"fail\" }}\n"
        )
    };
    for (value, complaint) in [
        ("2026-01-01", "2026-01-01 is a date, which JSON has not"),
        ("2026-01-01T07:32:00Z", "is a date, which JSON has not"),
        ("07:32:00", "07:32:00 is a time, which JSON has not"),
        ("inf", "inf is no number that JSON has"),
        ("-inf", "-inf is no number that JSON has"),
        ("nan", "nan is no number that JSON has"),
        ("1e400", "1e400 is too large for a number"),
        (
            "18446744073709551616",
            "18446744073709551616 is too large for a number",
        ),
    ] {
        tested(&body_json(value))
            .exits(2)
            .says("ERROR    one.case.toml")
            .says("one.case.toml:2:53")
            .says(complaint)
            .says(&format!("write it as a string: \"{value}\""));
    }
    let answer = "gate = \"http-health\"\nanswers = [{ url = \"/health\", json = { built = [1, 2026-01-01] } }]\n";
    tested(answer)
        .exits(2)
        .says("answers[0].json.built[1]: 2026-01-01 is a date")
        .says("one.case.toml:2:52");
}

#[test]
fn whole_number_that_json_has_reaches_the_gate_digit_by_digit() {
    for number in ["9007199254740993", "18446744073709551615"] {
        let case = format!(
            "gate = \"http-health\"\nsettings = {{ attempts = 1, body-json = {{ \"/id\" = {number} }} }}\n\
             answers = [{{ url = \"/health\", body = '{{\"id\":{number}}}' }}]\nexpect = {{ verdict = \"pass\" }}\n"
        );
        tested(&case).exits(0);
    }
}

#[test]
fn case_with_the_line_ends_of_windows_is_the_same_case() {
    let case = "gate = \"http-health\"\nabout = \"one\"\n\n[[answers]]\nurl = \"/health\"\ntimes = 2\n\n[expect]\nverdict = \"pass\"\n";
    tested(&case.replace('\n', "\r\n"))
        .exits(0)
        .says("1 passed");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = folder.join("../../examples/gates/synthetic-transaction");
    let har = std::fs::read_to_string(folder.join("cases/whole.har")).expect("a recording");
    let component = std::fs::read(folder.join("synthetic-transaction.wasm")).expect("a component");
    Lockgate::at("http://127.0.0.1:9", "gate replay shop.wasm x.har")
        .file("shop.wasm", &component)
        .file("x.har", har.replace('\n', "\r\n").as_bytes())
        .run()
        .exits(0)
        .says("the same answer as recorded");
}
