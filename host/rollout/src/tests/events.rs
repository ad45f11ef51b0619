//! The format of events, version 1: what this version writes is what the golden file holds, and reads back equal.
//!
//! A difference here means a new [`crate::EVENT_SCHEMA`] and a new golden file, never an edit of the old one.

use super::sample::{self, at_weight};
use crate::{
    EVENT_SCHEMA, Ended, EndedBy, Event, Fact, Frame, GateAnswer, GateFailure, Kind, Lease,
    LeaseState, Measurement, Report, RevisionState, Share, Timestamp, TrafficTarget, Trap, Verdict,
};

const GOLDEN: &str = include_str!("events-v1.jsonl");

/// One event of every kind, every optional part once there and once not.
fn events() -> Vec<Event> {
    let reason = || "a reason".to_owned();
    let lease = Lease {
        expires_at: 1_700_001_500,
        ..sample::lease(1, 25, LeaseState::Running)
    };
    let mut inspected = sample::inspection();
    let later = Box::new(sample::inspection_of(Lease {
        state: LeaseState::Held,
        ..lease.clone()
    }));
    inspected.stable_unfit = Some(reason());
    inspected.baseline.0.push(Share {
        target: TrafficTarget::LatestReady,
        ..sample::share("", 0, None)
    });
    let not_ready = |finally| Fact::NotReady {
        reason: reason(),
        finally,
    };
    let mut facts = vec![
        Fact::Inspected {
            inspection: Box::new(inspected),
        },
        Fact::Inspected { inspection: later },
        Fact::Refused { reason: reason() },
        Fact::NoLease {
            traffic: sample::baseline(),
            settled: true,
        },
        Fact::Ready,
        not_ready(false),
        not_ready(true),
        answered(Kind::HealthCheck, reports()),
        answered(Kind::PromotionGate, failures()),
    ];
    facts.extend(beside());
    facts.extend([
        Fact::Waited,
        Fact::Observed {
            traffic: at_weight(25),
            lease: Some(lease),
            ended: None,
            stable: Some(RevisionState::Inactive),
            settled: true,
        },
        Fact::Observed {
            traffic: sample::baseline(),
            lease: None,
            ended: Some(Ended {
                run: sample::RUN.to_owned(),
                holder: sample::RUN.to_owned(),
                by: EndedBy::Abort,
                place: sample::place(),
                at: 1_700_000_100,
            }),
            stable: None,
            settled: false,
        },
    ]);
    facts.extend(of_writes());
    let at = |index: u64| Timestamp(index * 1_500);
    (0..)
        .map(at)
        .zip(facts)
        .map(|(at, fact)| Event { at, fact })
        .collect()
}

/// What becomes of questions to gates that decide nothing.
fn beside() -> [Fact; 2] {
    [
        Fact::Advised {
            kind: Kind::PromotionGate,
            stage: 1,
            weight: sample::weight(10),
            answer: GateAnswer {
                gate: "judge".to_owned(),
                result: Ok(sample::report(Verdict::Fail)),
                took_ms: 12,
            },
        },
        Fact::Unanswered {
            kind: Kind::HealthCheck,
            stage: 1,
            weight: sample::weight(25),
            gate: "shadow".to_owned(),
            after_ms: 4_000,
        },
    ]
}

/// The facts that follow writes, and those that may happen at any time.
fn of_writes() -> Vec<Fact> {
    let reason = || "a reason".to_owned();
    vec![
        Fact::Unobserved { reason: reason() },
        Fact::Written,
        Fact::WriteRefused { reason: reason() },
        Fact::WriteNotNow {
            reason: reason(),
            pause_ms: Some(5_000),
        },
        Fact::WriteUnknown { reason: reason() },
        Fact::LateAnswer { applied: true },
        Fact::Activated,
        Fact::NotActivated { reason: reason() },
        Fact::CancelRequested {
            by: "SIGTERM".to_owned(),
            hurry: true,
        },
        Fact::JournalLost { reason: reason() },
    ]
}

fn answered(kind: Kind, results: Vec<Result<Report, GateFailure>>) -> Fact {
    let answer = |result| GateAnswer {
        gate: "health".to_owned(),
        result,
        took_ms: 12,
    };
    Fact::Answered {
        kind,
        answers: results.into_iter().map(answer).collect(),
    }
}

fn reports() -> Vec<Result<Report, GateFailure>> {
    let measured = Report {
        measurements: vec![Measurement {
            name: "error rate".to_owned(),
            subject: sample::CANARY.to_owned(),
            value: 0.25,
            unit: "%".to_owned(),
        }],
        state: vec![0, 127, 255],
        ..sample::report(Verdict::Pass)
    };
    let hold = |ask_again_ms| Ok(sample::report(Verdict::Hold { ask_again_ms }));
    vec![
        Ok(measured),
        Ok(sample::report(Verdict::Fail)),
        hold(None),
        hold(Some(250)),
    ]
}

fn trap() -> Trap {
    Trap {
        message: "a text".to_owned(),
        frames: vec![Frame {
            function: "gate::check".to_owned(),
            place: Some("gate.rs:7".to_owned()),
        }],
        stderr: vec!["a text".to_owned()],
        hint: "a hint".to_owned(),
        ..Trap::of("unreachable")
    }
}

fn failures() -> Vec<Result<Report, GateFailure>> {
    let text = || "a text".to_owned();
    let failures = [
        GateFailure::Declined(text()),
        GateFailure::Trap(trap()),
        GateFailure::Deadline {
            budget_ms: 30_000,
            stderr: text(),
        },
        GateFailure::Limit(text()),
        GateFailure::InvalidAnswer(text()),
        GateFailure::WrongWorld(text()),
        GateFailure::Host(text()),
        GateFailure::NotWaitedFor { gate: text() },
    ];
    failures.into_iter().map(Err).collect()
}

fn written() -> String {
    let line = |event: &Event| serde_json::to_string(event).unwrap() + "\n";
    events().iter().map(line).collect()
}

#[test]
fn events_are_written_as_version_1_says() {
    assert_eq!(EVENT_SCHEMA, "lockgate.event/1");
    assert_eq!(written(), GOLDEN);
}

#[test]
fn events_of_version_1_are_read_back_equal() {
    let read: Vec<Event> = GOLDEN
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(read, events());
}

#[test]
fn every_fact_is_in_the_golden_file_under_its_name() {
    for (event, line) in events().iter().zip(GOLDEN.lines()) {
        let name = event.fact.name();
        assert!(line.contains(&format!("\"event\":\"{name}\"")), "{line}");
    }
    let mut names: Vec<&str> = events().iter().map(|event| event.fact.name()).collect();
    names.dedup();
    assert_eq!(names.len(), 20, "one for each kind of fact");
}

#[test]
fn line_that_is_not_of_the_format_is_refused() {
    for line in [
        "",
        "{}",
        r#"{"at-ms":0}"#,
        r#"{"at-ms":-1,"event":"ready"}"#,
        r#"{"at-ms":0,"event":"promoted"}"#,
        r#"{"at-ms":0,"event":"refused","detail":{}}"#,
        r#"{"at-ms":0,"event":"observed","detail":{"traffic":[],"settled":1}}"#,
        r#"{"at-ms":0,"event":"observed","detail":{"traffic":[{"weight":1}],"settled":true}}"#,
        r#"{"at-ms":0,"event":"answered","detail":{"kind":"health-check","answers":[{"gate":"a","took-ms":1}]}}"#,
        r#"{"at-ms":0,"event":"answered","detail":{"kind":"health-check","answers":[{"gate":"a","took-ms":1,"verdict":"pass"}]}}"#,
    ] {
        assert!(serde_json::from_str::<Event>(line).is_err(), "{line}");
    }
}

#[test]
fn time_that_a_tag_on_the_app_makes_up_loses_no_event() {
    let lease = Lease {
        expires_at: u64::MAX,
        ..sample::lease(1, 25, LeaseState::Running)
    };
    let fact = Fact::Observed {
        traffic: at_weight(25),
        lease: Some(lease),
        ended: None,
        stable: None,
        settled: true,
    };
    let at = Timestamp(0);
    let line = serde_json::to_string(&Event { at, fact }).unwrap();
    assert!(line.contains(r#""expires-at":"9999-12-30T"#), "{line}");
    assert!(serde_json::from_str::<Event>(&line).is_ok(), "{line}");
}
