//! What the commands about one gate print, in text and in JSON, as snapshots made from values. `tests/` at the top of the
//! repository holds what needs the executable.

use std::path::PathBuf;
use std::time::Duration;

use gates::{Host, HostOptions, Limits, Miss, Origins, Readings, Replayed, Usage};
use rollout::{GateAnswer, GateFailure, Kind, Measurement, Report, Trap, Verdict};
use serde_json::json;

use super::backtest::stop::{self, At, Effect, Stop};
use super::bench::{self, GateCost, MeasuredGate};
use super::check;
use super::conformance::CheckResult;
use super::flip::{self, Comparison};
use super::inspect::{self, DeclaredOrigin, Inspected};
use super::printed::Printed;
use super::test::{self, Passing};
use super::{answer, conformance};
use crate::cases::{CallResult, CaseError, CaseResult, Difference};
use crate::config::BUILT_IN;
use crate::store::past_runs::RunEnd;

fn text(printed: &Printed) -> String {
    printed.lines.join("\n")
}

fn events(printed: &Printed) -> String {
    let pretty = |event| serde_json::to_string_pretty(event).expect("JSON");
    let events: Vec<String> = printed.events.iter().map(pretty).collect();
    events.join("\n")
}

fn report(verdict: Verdict, reason: &str) -> Result<Report, GateFailure> {
    Ok(Report {
        verdict,
        reason: reason.to_owned(),
        measurements: Vec::new(),
        state: Vec::new(),
    })
}

/// The built-in gate, except for the digest and the size, which change with every build of it.
async fn http_health() -> Inspected {
    let bytes = BUILT_IN[0].component;
    let host = Host::new(HostOptions::default()).expect("a host");
    let gate = host.load("http-health", bytes, Limits::default()).await;
    let gate = gate.expect("a gate");
    let allow = Origins::parse(&[]).expect("no origins");
    Inspected {
        sha256: "0123456789abcdef".repeat(4),
        bytes: 150_000,
        ..Inspected::new(&gate, &allow)
    }
}

#[tokio::test]
async fn inspect_shows_the_built_in_gate() {
    let printed = inspect::printed(&http_health().await);
    insta::assert_snapshot!("inspect_http_health_text", text(&printed));
    insta::assert_snapshot!("inspect_http_health_json", events(&printed));
}

#[test]
fn inspect_shows_which_origins_are_granted() {
    let origin = |origin: &str, granted| DeclaredOrigin {
        origin: origin.to_owned(),
        granted,
    };
    let settings = json!({
        "required": ["query"],
        "properties": {
            "query": { "type": "string", "description": "The query." },
            "mode": { "enum": ["fast", "slow"], "default": "fast" },
            "ratio": { "type": "number", "maximum": 1 },
            "any": {},
        },
    });
    let printed = inspect::printed(&Inspected {
        name: "prometheus".to_owned(),
        version: "1.2.3".to_owned(),
        summary: "Compares error rates.".to_owned(),
        kinds: vec![Kind::HealthCheck, Kind::PromotionGate],
        contract: "lockgate:plugin@0.1.0".to_owned(),
        sha256: "0123456789abcdef".repeat(4),
        bytes: 90_000,
        imports: Vec::new(),
        origins: vec![
            origin("https://prometheus.example", true),
            origin("https://pager.example", false),
        ],
        listed: gates::SettingsSchema::new(&settings)
            .expect("a schema")
            .list(),
        settings,
        limits: vec![("memory", "64 MiB".to_owned())],
    });
    insta::assert_snapshot!("inspect_origins_text", text(&printed));
    insta::assert_snapshot!("inspect_origins_json", events(&printed));
}

#[test]
fn check_lists_each_check_and_the_totals() {
    let result = |check: &str, problem: Option<&str>| CheckResult {
        check: check.to_owned(),
        problem: problem.map(str::to_owned),
        calls: 3,
        verdicts: u32::from(problem.is_none()),
    };
    let printed = check::printed(&[
        result("describes itself", Some("empty: version, summary")),
        result("health check: tolerates status 204", None),
    ]);
    insta::assert_snapshot!("check_text", text(&printed));
    insta::assert_snapshot!("check_json", events(&printed));
}

#[test]
fn conformance_checks_have_these_names() {
    let names = conformance::names(Kind::PromotionGate);
    insta::assert_snapshot!("conformance_names", names.join("\n"));
}

fn replayed(
    result: Result<Report, GateFailure>,
    misses: Vec<Miss>,
    unused: Vec<usize>,
) -> Replayed {
    Replayed {
        answer: GateAnswer {
            gate: "case".to_owned(),
            result,
            took_ms: 42,
        },
        misses,
        repeated: 0,
        unused,
        entries: Vec::new(),
        readings: Readings::default(),
        usage: Usage::default(),
    }
}

fn case(path: &str, about: &str, replayed: Replayed, differences: Vec<Difference>) -> CaseResult {
    CaseResult {
        path: PathBuf::from(path),
        about: about.to_owned(),
        calls: vec![CallResult {
            replayed,
            requests: vec!["GET canary:/health".to_owned()],
            differences,
        }],
    }
}

fn case_results() -> Vec<Result<CaseResult, CaseError>> {
    let pass = || report(Verdict::Pass, "GET /health answered 200 twice");
    let verdict = Difference {
        subject: "verdict".to_owned(),
        expected: "fail".to_owned(),
        got: "pass: GET /health answered 200 twice".to_owned(),
    };
    let recording = Difference {
        subject: "recording".to_owned(),
        expected: "a response".to_owned(),
        got: "the missing one".to_owned(),
    };
    let broken = anyhow::anyhow!("line 2: unknown key `expcet`").context("bad.case.toml");
    vec![
        Ok(case(
            "good.case.toml",
            "a healthy canary passes",
            replayed(pass(), Vec::new(), vec![1, 2]),
            Vec::new(),
        )),
        Ok(case(
            "wrong.case.toml",
            "",
            replayed(pass(), vec![Miss::Slices(60)], Vec::new()),
            vec![recording, verdict],
        )),
        Err(CaseError {
            path: PathBuf::from("bad.case.toml"),
            error: broken,
        }),
    ]
}

#[test]
fn test_lists_each_case_and_the_totals() {
    let took = Duration::from_millis(123);
    let printed = test::printed(&case_results(), Passing::Ok, took);
    insta::assert_snapshot!("test_text", text(&printed));
    insta::assert_snapshot!("test_json", events(&printed));
    let blessed = test::printed(&case_results()[..1], Passing::Blessed, took);
    insta::assert_snapshot!("test_blessed_text", text(&blessed));
}

fn comparison(
    run_end: RunEnd,
    recorded: Result<Report, GateFailure>,
    now: Result<Report, GateFailure>,
) -> Comparison {
    Comparison {
        file: PathBuf::from("runs/1/recordings/0001-http-health.har"),
        run: PathBuf::from("runs/1"),
        run_end,
        kind: Kind::HealthCheck,
        weight: 25,
        recorded,
        now,
        misses: Vec::new(),
        repeated: 0,
    }
}

#[test]
fn backtest_lists_each_flip_and_counts_them() {
    let pass = || report(Verdict::Pass, "200 twice");
    let fail = || report(Verdict::Fail, "204 was expected");
    let hold = || report(Verdict::Hold { ask_again_ms: None }, "too few requests");
    let trap = || Err(GateFailure::Trap(Trap::of("unreachable")));
    let missed = Comparison {
        misses: vec!["GET canary:/healthz was never recorded".to_owned()],
        ..comparison(RunEnd::Promoted, pass(), fail())
    };
    let comparisons = [
        comparison(RunEnd::Promoted, pass(), pass()),
        comparison(RunEnd::RolledBack, pass(), fail()),
        comparison(RunEnd::Promoted, pass(), hold()),
        comparison(RunEnd::Other, pass(), trap()),
        comparison(RunEnd::RolledBack, hold(), pass()),
        comparison(RunEnd::RolledBack, trap(), fail()),
        missed,
    ];
    let printed = flip::printed(&comparisons, 3);
    insta::assert_snapshot!("backtest_text", text(&printed));
    insta::assert_snapshot!("backtest_json", events(&printed));
}

#[test]
fn backtest_says_when_each_run_would_have_been_stopped() {
    let at = At {
        stage: 1,
        stages: 4,
        weight: 10,
        next_weight: 10,
        after: Duration::from_millis(125_400),
    };
    let before = At {
        stage: 0,
        weight: 0,
        ..at
    };
    let stop = |run: &str, run_end, effect| Stop {
        run: PathBuf::from(run),
        run_end,
        gate: "compare".to_owned(),
        calls: 14,
        effect,
    };
    let printed = stop::printed(&[
        stop(
            "runs/1",
            RunEnd::Promoted,
            Effect::RolledBack {
                at,
                reason: "12 of 240 failed".to_owned(),
            },
        ),
        stop(
            "runs/2",
            RunEnd::Promoted,
            Effect::Held {
                at: At {
                    next_weight: 25,
                    ..at
                },
                reason: "40 requests are too few".to_owned(),
            },
        ),
        stop(
            "runs/3",
            RunEnd::RolledBack,
            Effect::NotKnown {
                at: before,
                miss: "GET canary:/healthz was never recorded".to_owned(),
            },
        ),
        stop("runs/4", RunEnd::Other, Effect::None),
    ]);
    insta::assert_snapshot!("backtest_runs_text", text(&printed));
    insta::assert_snapshot!("backtest_runs_json", events(&printed));
}

#[test]
fn bench_compares_two_gates() {
    let measured = |name: &str, factor: usize| MeasuredGate {
        name: name.to_owned(),
        cost: GateCost {
            size: 100_000 * factor,
            steps: 12_345 * factor as u64,
            median: Duration::from_micros(250),
            memory_bytes: 128 << 10,
            requests: 4 / factor,
            passed: 2,
            skipped: factor - 1,
        },
    };
    let printed = bench::printed(&[measured("old.wasm", 1), measured("new.wasm", 2)], 2, 50);
    insta::assert_snapshot!("bench_text", text(&printed));
    insta::assert_snapshot!("bench_json", events(&printed));
}

#[test]
fn answer_is_shown_with_its_measurements() {
    let measured = Measurement {
        name: "latency".to_owned(),
        subject: "canary".to_owned(),
        value: 20.5,
        unit: "ms".to_owned(),
    };
    let passed = GateAnswer {
        gate: "http-health".to_owned(),
        result: report(Verdict::Pass, "200 twice").map(|report| Report {
            measurements: vec![measured],
            ..report
        }),
        took_ms: 41,
    };
    let trapped = GateAnswer {
        result: Err(GateFailure::Trap(Trap::of("unreachable"))),
        ..passed.clone()
    };
    let lines =
        [passed, trapped].map(|answer| answer::lines(Kind::HealthCheck, &answer).join("\n"));
    insta::assert_snapshot!("answer_text", lines.join("\n\n"));
}
