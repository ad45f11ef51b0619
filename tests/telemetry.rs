//! What a run shows while it goes on: the log, and spans for a collector that decodes the protocol. Neither changes a run, and
//! neither has a secret.

mod log;
mod receiver;
mod traceparent;

use std::net::TcpListener;

use serde_json::json;

use crate::support::{CANARY, Emulator, Finished, Lockgate};
use receiver::{Answers, Receiver, Spans, hex, of};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// Returns a command whose spans go to a collector.
fn exporting(lockgate: Lockgate, to: &Receiver) -> Lockgate {
    lockgate.env("OTEL_EXPORTER_OTLP_ENDPOINT", &to.url)
}

#[test]
fn promotion_is_a_tree_of_spans_below_the_trace_that_started_it() {
    let emulator = Emulator::healthy();
    let collector = Receiver::start(Answers::Well);
    let command = Lockgate::on(&emulator, "rollout")
        .env("TRACEPARENT", &format!("00-{TRACE}-{PARENT}-01"))
        .env(
            "OTEL_RESOURCE_ATTRIBUTES",
            "deployment.environment.name=test",
        )
        .env("GITHUB_SERVER_URL", "https://github.example")
        .env("GITHUB_REPOSITORY", "team/shop")
        .env("GITHUB_RUN_ID", "7");
    let run = exporting(command, &collector).run();
    run.ends(0, &emulator);
    assert!(!run.stderr.contains("telemetry"), "{run}");
    let exports = collector.take();
    for export in &exports {
        assert_eq!(export.path, "/v1/traces");
        assert_eq!(export.headers["content-type"], "application/x-protobuf");
        assert_eq!(export.resource("service.name").as_deref(), Some("lockgate"));
        let environment = export.resource("deployment.environment.name");
        assert_eq!(environment.as_deref(), Some("test"));
    }
    let spans = Spans::of(&exports);
    assert!(spans.0.iter().all(|span| hex(&span.trace_id) == TRACE));
    let root = spans.named("lockgate");
    assert_eq!(hex(&root.parent_span_id), PARENT);
    assert_eq!(of(root, "process.exit.code"), "0");
    let rollout = spans.named("RUN rollout shop");
    assert_eq!(rollout.parent_span_id, root.span_id);
    assert_eq!(of(rollout, "cicd.pipeline.name"), "rollout shop");
    assert_eq!(of(rollout, "cicd.pipeline.result"), "success");
    assert_eq!(
        of(rollout, "cicd.pipeline.run.url.full"),
        "https://github.example/team/shop/actions/runs/7"
    );
    assert_eq!(of(rollout, "lockgate.canary"), CANARY);
    let tasks = spans.names_below(rollout);
    let stages = ["stage 10 %", "stage 25 %", "stage 50 %", "stage 100 %"];
    let expected = [&["preflight", "readiness"][..], &stages, &["promote"]].concat();
    assert_eq!(tasks, expected);
    for name in expected {
        assert_eq!(
            of(spans.named(name), "cicd.pipeline.task.run.result"),
            "success"
        );
    }
    for name in stages {
        assert_stage(&spans, name);
    }
    let patches = spans.0.iter().filter(|span| span.name.starts_with("PATCH"));
    for call in patches {
        assert_eq!(of(call, "http.request.method"), "PATCH");
        assert!(of(call, "http.response.status_code").starts_with("20"));
        assert_eq!(of(call, "server.address"), "127.0.0.1");
        let url = of(call, "url.full");
        assert!(
            url.ends_with("/containerApps/shop") && !url.contains('?'),
            "{url}"
        );
    }
}

/// Asserts what is below the span of a stage that has passed.
#[track_caller]
fn assert_stage(spans: &Spans, name: &str) {
    let stage = spans.named(name);
    let below = spans.names_below(stage);
    for part in [
        "gate http-health",
        "PATCH containerApps/{app}",
        "GET containerApps/{app}",
    ] {
        assert!(below.contains(&part), "{name}: {below:?}");
    }
    let times = stage.start_time_unix_nano..=stage.end_time_unix_nano;
    let gates = spans.below(stage).into_iter();
    for gate in gates.filter(|span| span.name == "gate http-health") {
        assert_eq!(of(gate, "lockgate.verdict"), "pass");
        assert!(times.contains(&gate.start_time_unix_nano));
    }
}

#[test]
fn rollback_is_a_failure_of_the_run_and_of_the_stage_that_it_was_in() {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "fails-from-weight": 25 }));
    let collector = Receiver::start(Answers::Well);
    let run = exporting(Lockgate::on(&emulator, "rollout"), &collector).run();
    run.ends(10, &emulator);
    let spans = collector.spans();
    let rollout = spans.named("RUN rollout shop");
    assert_eq!(of(rollout, "cicd.pipeline.result"), "failure");
    assert_eq!(of(rollout, "error.type"), "gate-said-no");
    assert_eq!(of(rollout, "lockgate.exit_code"), "10");
    let result = |name| of(spans.named(name), "cicd.pipeline.task.run.result");
    assert_eq!(result("stage 10 %"), "success");
    assert_eq!(result("stage 25 %"), "failure");
    assert_eq!(result("roll back"), "success");
    let below = spans.below(spans.named("stage 25 %"));
    let verdicts: Vec<String> = below
        .iter()
        .map(|span| of(span, "lockgate.verdict"))
        .collect();
    assert!(verdicts.contains(&"fail".to_owned()), "{verdicts:?}");
    let below = spans.names_below(spans.named("roll back"));
    assert!(below.contains(&"PATCH containerApps/{app}"), "{below:?}");
}

/// Starts a rollout, interrupts it in a bake, and returns its end.
#[cfg(unix)]
fn interrupted(emulator: &Emulator, command: Lockgate) -> Finished {
    let command = command.replacing("bake = \"300ms\"", "bake = \"60s\"");
    let mut running = command.start();
    running.read_past(|line| line.contains("\"phase\":\"baking\""));
    running.signal("INT");
    let run = running.finish();
    run.ends(11, emulator);
    run
}

#[cfg(unix)]
#[test]
fn cancelled_run_is_a_cancellation() {
    let emulator = Emulator::healthy();
    let collector = Receiver::start(Answers::Well);
    let command = exporting(Lockgate::on(&emulator, "rollout --output json"), &collector);
    interrupted(&emulator, command);
    let spans = collector.spans();
    let rollout = spans.named("RUN rollout shop");
    assert_eq!(of(rollout, "cicd.pipeline.result"), "cancellation");
    let stage = of(spans.named("stage 10 %"), "cicd.pipeline.task.run.result");
    assert_eq!(stage, "cancellation");
}

#[cfg(unix)]
#[test]
fn collector_that_never_answers_costs_its_spans_and_neither_delays_a_rollback_nor_changes_its_end()
{
    let emulator = Emulator::healthy();
    let collector = Receiver::start(Answers::Never);
    // Every span is exported at once, and the queue is full at once.
    let command = Lockgate::on(&emulator, "rollout --output json")
        .env("OTEL_BSP_MAX_QUEUE_SIZE", "4")
        .env("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1")
        .env("LOCKGATE_LOG", "trace");
    let run = interrupted(&emulator, exporting(command, &collector));
    let asked = run.logged(&["lockgate::run: cancel-requested"]);
    let taken = run.logged(&["PATCH", "lane=\"rollback\"", "answered"]);
    let took = asked.duration_until(taken);
    assert!(took.as_millis() < 500, "{took:?}\n{run}");
    assert!(!collector.take().is_empty(), "it was asked");
    let notes: Vec<&str> = run
        .stderr
        .lines()
        .filter(|line| line.starts_with("telemetry: "))
        .collect();
    let [note] = notes[..] else {
        panic!("one note, not {notes:?}\n{run}");
    };
    let words = format!(
        "spans were not taken by {}: no answer in time",
        collector.url
    );
    assert!(note.ends_with(&words), "{note}");
}

#[test]
fn spans_that_nobody_takes_are_noted_once_with_the_reason() {
    let emulator = Emulator::healthy();
    let failing = Receiver::start(Answers::Failing);
    let in_part = Receiver::start(Answers::InPart);
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port");
    let nobody = format!("http://{}", closed.local_addr().expect("an address"));
    drop(closed);
    for (url, why) in [
        (failing.url.as_str(), "status 500"),
        (in_part.url.as_str(), ": too many ::error::spans"),
        (nobody.as_str(), "Connection refused"),
    ] {
        let run = Lockgate::on(&emulator, "status")
            .env(
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                &format!("{url}/intake?key=s3cr3t"),
            )
            .run();
        run.exits(0).says(why);
        let notes = run.stderr.matches("spans were not taken by").count();
        assert_eq!(notes, 1, "{run}");
        assert!(!run.stderr.contains("s3cr3t"), "{run}");
    }
}

#[test]
fn export_that_is_not_possible_is_noted_and_one_that_is_turned_off_is_not() {
    let emulator = Emulator::healthy();
    let collector = Receiver::start(Answers::Well);
    for (name, value, note) in [
        (
            "OTEL_EXPORTER_OTLP_PROTOCOL",
            "grpc",
            Some("only http/protobuf is spoken"),
        ),
        (
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "collector:4317",
            Some("http://localhost:4318"),
        ),
        (
            "OTEL_EXPORTER_OTLP_CERTIFICATE",
            "/none.pem",
            Some("cannot read /none.pem"),
        ),
        ("OTEL_SDK_DISABLED", "true", None),
        ("OTEL_TRACES_EXPORTER", "none", None),
        ("OTEL_TRACES_SAMPLER", "always_off", None),
    ] {
        let command = Lockgate::on(&emulator, "status").env(name, value);
        let run = exporting(command, &collector).run();
        run.exits(0);
        match note {
            Some(note) => drop(run.says("telemetry: no spans are exported").says(note)),
            None => assert_eq!(run.stderr, "", "{name}"),
        }
        assert!(collector.take().is_empty(), "{name}");
    }
    let command = Lockgate::on(&emulator, "status")
        .env("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
        .env(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            &collector.url.replace("http://", "http://user:pass@"),
        );
    command.run().exits(0);
    let exports = collector.take();
    assert_eq!(exports[0].headers["authorization"], "Basic dXNlcjpwYXNz");
    assert_eq!(exports[0].headers["content-encoding"], "gzip");
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_is_started_where_nothing_is_asked_for() {
    let threads = |lockgate: &Lockgate| {
        let mut running = lockgate.start();
        running.read_past(|line| line.contains("read back"));
        let tasks = std::fs::read_dir(format!("/proc/{}/task", running.id())).expect("threads");
        let names = tasks
            .flatten()
            .filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
        let names: Vec<String> = names.collect();
        running.signal("INT");
        running.finish().exits(11);
        names
            .iter()
            .filter(|name| name.starts_with("OpenTelemetry"))
            .count()
    };
    let emulator = Emulator::healthy();
    let command = |emulator| {
        Lockgate::on(emulator, "rollout").replacing("bake = \"300ms\"", "bake = \"60s\"")
    };
    assert_eq!(threads(&command(&emulator)), 0);
    let collector = Receiver::start(Answers::Well);
    assert_eq!(threads(&exporting(command(&emulator), &collector)), 1);
}
