//! What is read from the file of a journal, and what each damage is called.

use std::path::Path;

use rollout::{Draft, Fact, Intent, Plan, Stage, Timestamp, Timing, Weight};

use super::*;
use crate::event::{AppShape, RunEvent, Split};

/// A journal of four lines: it begins, the app is not there, the demo remarks something, nothing more.
fn journal() -> Vec<String> {
    let plan = Plan::new(Draft {
        stages: vec![Stage {
            weight: Weight::ALL,
            bake: std::time::Duration::from_secs(1),
            gates: Vec::new(),
            advisory_gates: Vec::new(),
            pause: None,
        }],
        health_checks: vec!["health".to_owned()],
        advisory_health_checks: Vec::new(),
        timing: Timing::default(),
        on_deadline: rollout::OnDeadline::RollBack,
        labels: rollout::Labels::default(),
        emergency: None,
    });
    let began = RunEvent::Began(Began {
        lockgate: "0.1.0".to_owned(),
        holder: "process-1".to_owned(),
        intent: Intent::Rollout,
        app: AppShape {
            subscription: "sub".to_owned(),
            resource_group: "prod".to_owned(),
            name: "shop".to_owned(),
        },
        plan: plan.unwrap(),
        gates: Vec::new(),
        promises: Vec::new(),
    });
    let split = RunEvent::Split(Split {
        wanted_per_cent: 10,
        canary: 1,
        total: 10,
        failed: 0,
    });
    let refused = Event {
        at: Timestamp(7),
        fact: Fact::Refused {
            reason: "there is no app".to_owned(),
        },
    };
    let mut lines = Vec::new();
    chain(&mut lines, &began);
    chain(&mut lines, &split);
    chain(&mut lines, &refused);
    lines
}

/// Appends an event to the chain.
fn chain(lines: &mut Vec<String>, event: &impl serde::Serialize) {
    let time = Timestamp(0).until(Timestamp(lines.len() as u64));
    let time = jiff::Timestamp::from_second(1_700_000_000 + time.as_secs() as i64).unwrap();
    let line = EventLine {
        previous: lines.last().map(|line| gates::digest(line.as_bytes())),
        ..EventLine::of(time, event).unwrap().of_run("run-1")
    };
    lines.push(serde_json::to_string(&line).unwrap());
}

fn parse(text: &str) -> Result<SavedJournal, String> {
    SavedJournal::parse(Path::new("journal.jsonl"), text.as_bytes())
        .map_err(|error| error.to_string())
}

fn whole(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn journal_is_read_and_replayed() {
    let journal = parse(&whole(&journal())).unwrap();
    assert_eq!(
        (journal.run.as_str(), journal.events.len(), journal.tail),
        ("run-1", 2, Tail::Whole)
    );
    assert!(journal.ended.is_none(), "it stops before the end");
    let rollout = journal.replay(Memory::default()).unwrap();
    assert!(matches!(rollout.phase(), rollout::Phase::Ended(_)));
}

#[test]
fn torn_last_line_is_left_out() {
    let text = whole(&journal());
    let torn = parse(&text[..text.len() - 20]).unwrap();
    assert_eq!((torn.events.len(), torn.tail), (1, Tail::Torn));
}

#[test]
fn line_that_is_torn_within_a_character_is_left_out_too() {
    let mut bytes = whole(&journal()).into_bytes();
    bytes.extend("{\"schema\":\"é".as_bytes());
    bytes.pop();
    let torn = SavedJournal::parse(Path::new("journal.jsonl"), &bytes).unwrap();
    assert_eq!((torn.events.len(), torn.tail), (2, Tail::Torn));
}

#[test]
fn byte_that_is_no_text_is_named_with_its_line() {
    let mut bytes = whole(&journal()).into_bytes();
    let at = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 10;
    bytes[at] = 0xff;
    let error = SavedJournal::parse(Path::new("journal.jsonl"), &bytes).unwrap_err();
    assert_eq!(
        error.to_string(),
        "journal journal.jsonl, line 2: it is not UTF-8, as JSON has to be"
    );
}

#[test]
fn other_line_breaks_and_lines_of_another_run_are_found() {
    let text = whole(&journal());
    let error = parse(&text.replace('\n', "\r\n")).unwrap_err();
    assert!(
        error.contains("line 2: the line before it was changed"),
        "{error}"
    );
    let mut lines = journal();
    lines[2] = lines[2].replace("run-1", "run-2");
    let error = parse(&whole(&lines)).unwrap_err();
    assert!(error.contains("line 3: it is of another run"), "{error}");
}

#[test]
fn changed_removed_and_added_lines_break_the_chain() {
    let lines = journal();
    let changed = [
        lines[0].clone(),
        lines[1].replace("\"canary\":1", "\"canary\":2"),
        lines[2].clone(),
    ];
    let removed = [lines[0].clone(), lines[2].clone()];
    let added = [
        lines[0].clone(),
        lines[1].clone(),
        lines[1].clone(),
        lines[2].clone(),
    ];
    for (lines, at) in [(&changed[..], 3), (&removed, 2), (&added, 3)] {
        let error = parse(&whole(lines)).unwrap_err();
        let expected = format!("journal journal.jsonl, line {at}: the line before it was changed");
        assert!(error.starts_with(&expected), "{error}");
    }
}

#[test]
fn what_is_no_journal_of_this_format_is_named() {
    let newer = whole(&journal()).replace("lockgate.event/1", "lockgate.event/2");
    let cases = [
        (String::new(), "is empty"),
        (newer, "is of the format lockgate.event/2"),
        (
            "{\"version\":8,\"run\":\"r\"}\n".to_owned(),
            "is of the format lockgate.journal/8",
        ),
        ("some text\n".to_owned(), "line 1: expected value"),
        (
            format!("{}\nsome text\n", journal()[0]),
            "line 2: expected value",
        ),
        (whole(&journal()[1..]), "line 1"),
    ];
    for (text, expected) in cases {
        let error = parse(&text).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn event_that_cannot_follow_is_named_with_its_line() {
    let mut lines = journal();
    let ready = Event {
        at: Timestamp(9),
        fact: Fact::Ready,
    };
    chain(&mut lines, &ready);
    let journal = parse(&whole(&lines)).unwrap();
    let error = journal.replay(Memory::default()).unwrap_err().to_string();
    assert!(
        error.starts_with("journal journal.jsonl, line 4: "),
        "{error}"
    );
}
