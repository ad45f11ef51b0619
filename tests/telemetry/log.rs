//! The log: what it names, when it is written, and that no secret is in it, nor in a span.

use super::exporting;
use super::receiver::{Answers, Receiver};
use crate::secrets::{Mirror, assert_has_none};
use crate::support::{Emulator, Finished, Lockgate, component};

/// Returns the lines of the log.
fn log(run: &Finished) -> Vec<&str> {
    let levels = [" TRACE ", " DEBUG ", "  INFO ", "  WARN ", " ERROR "];
    let lines = run.stderr.lines();
    lines
        .filter(|line| levels.iter().any(|level| line.contains(level)))
        .collect()
}

#[test]
fn filter_that_is_none_is_a_mistake_that_names_the_part_and_an_example() {
    let emulator = Emulator::healthy();
    for (filter, words) in [
        (
            "info,azure=loud",
            "LOCKGATE_LOG: \"azure=loud\" is not a filter",
        ),
        ("azuer=debug", "\"azure\" was meant"),
        ("hyper=trace", "\"hyper\", which does not log"),
    ] {
        let run = Lockgate::on(&emulator, "rollout")
            .env("LOCKGATE_LOG", filter)
            .run();
        run.ends(2, &emulator)
            .says(words)
            .says("write for example LOCKGATE_LOG=azure=debug");
    }
    assert!(emulator.requests().is_empty(), "nothing was read");
}

#[test]
fn log_names_calls_of_the_platform_and_of_gates_and_is_empty_unless_it_is_asked_for() {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "rollout --output json")
        .env("LOCKGATE_LOG", "debug")
        .run();
    run.ends(0, &emulator);
    let lines = log(&run);
    let has = |words: &[&str]| {
        let fits = |line: &&str| words.iter().all(|word| line.contains(word));
        assert!(lines.iter().any(fits), "no line has {words:?}:\n{run}");
    };
    let path = "path=\"/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/demo/providers/\
                Microsoft.App/containerApps/shop\"";
    has(&[
        " azure: answered",
        "method=\"PATCH\"",
        path,
        "attempt=1",
        "status=20",
        "request_id=",
        " ms=",
    ]);
    has(&[
        " azure: answered",
        "subject=\"operation\"",
        "path=\"/REDACTED\"",
    ]);
    has(&[
        "lockgate::gate",
        "gate=\"http-health\"",
        "kind=\"health check\"",
        "verdict=\"pass\"",
        " ms=",
    ]);
    has(&["lockgate::run", "writes", "purpose=\"shift\""]);
    has(&["lockgate::run", "ended", "exit_code=0"]);
    assert!(!run.stderr.contains("api-version"), "no query: {run}");
    // Other crates say at this level what they send.
    assert!(!run.stderr.contains("hyper"), "{run}");
    // What goes to stdout stays what it was: `event_schema` has read it.
    let quiet = Lockgate::on(&Emulator::healthy(), "rollout").run();
    assert_eq!(log(&quiet), [""; 0]);
    let warned = Lockgate::on(&Emulator::healthy(), "rollout")
        .env("LOCKGATE_LOG", "warn")
        .run();
    assert_eq!(log(&warned), [""; 0]);
}

#[test]
fn no_secret_is_in_the_log_or_in_a_span() {
    let emulator = Emulator::healthy();
    let (mirror, collector) = (Mirror::start(), Receiver::start(Answers::Well));
    let gates = format!(
        "[gates.\"echo ##[error]\"]\nplugin = \"./echo.wasm\"\nredact = [\"session=[0-9]+\"]\ntraceparent = true\n\
         allow = [{{ origin = \"{}\", header.authorization = \"Bearer env:MIRROR_TOKEN\" }}]\n\
         [azure]\ncredential = \"token\"\n",
        mirror.url
    );
    let echo = component::echoing(&format!("{}/", mirror.url));
    let command = Lockgate::on(&emulator, "rollout --verbose")
        .gates(&gates)
        .file("echo.wasm", &echo)
        .env("MIRROR_TOKEN", "s3cr3t/+\"key=&more")
        .env("LOCKGATE_ARM_TOKEN", "arm-s3cr3t")
        .env("LOCKGATE_LOG", "trace")
        .env("OTEL_EXPORTER_OTLP_HEADERS", "x-key=collector-s3cr3t");
    let command = exporting(command, &collector);
    let run = command.run();
    run.ends(10, &emulator).says("[redacted]");
    assert!(log(&run).len() > 10, "{run}");
    assert!(!run.stderr.contains("##[error]"), "{run}");
    // Parts that are in every form, and their base64 texts.
    let forms = [
        "s3cr3t",
        "czNjcjN0L",
        "MzY3IzdC8rIm",
        "zM2NyM3QvKyJ",
        "123456",
    ];
    assert_has_none(&run, command.folder(), &forms);
    let exports = collector.take();
    assert!(!exports.is_empty(), "{run}");
    for export in exports {
        assert_eq!(export.headers["x-key"], "collector-s3cr3t");
        let spans = format!("{:?}", export.request());
        for form in forms {
            assert!(!spans.contains(form), "{form} is in a span: {spans}");
        }
    }
}
