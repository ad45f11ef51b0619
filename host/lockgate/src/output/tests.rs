//! What is written to which stream in each format, and what a closed stream leads to.

use std::io::{ErrorKind, Write};

use serde_json::json;
use tokio::sync::mpsc::channel;

use super::buffer::Buffer;
use super::{Format, Output, Verbosity};

/// A pipe whose reader is gone.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn printed(format: Format) -> [String; 2] {
    let (stdout, stderr) = (Buffer::default(), Buffer::default());
    let output = Output::new(format, Verbosity::Normal, stdout.clone(), stderr.clone());
    output.text("a line");
    output.json(&json!({ "event": "##vso[task.complete]" }));
    output.document("a document\n");
    output.note("a note");
    output.error(&anyhow::anyhow!("the cause").context("the error"));
    [stdout.text(), stderr.text()]
}

#[test]
fn each_format_has_its_own_lines_on_stdout_and_the_same_on_stderr() {
    let stderr = "a note\nerror: the error\ncaused by: the cause\n";
    let text = "a line\na document\n";
    assert_eq!(printed(Format::Text), [text, stderr]);
    let [printed, errors] = printed(Format::Json);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(
        lines[..2],
        ["{\"event\":\"\\u0023#vso[task.complete]\"}", "a document"]
    );
    let (head, detail) = lines[2].split_once("\"event\"").unwrap();
    assert!(
        head.starts_with("{\"schema\":\"lockgate.event/1\",\"time\":\""),
        "{head}"
    );
    assert_eq!(
        detail,
        ":\"error\",\"detail\":{\"message\":\"the error\",\"causes\":[\"the cause\"],\"mistakes\":[]}}"
    );
    assert_eq!(errors, stderr);
}

#[test]
fn lines_are_all_written_when_none_waits_for_its_reader() {
    let stdout = Buffer::default();
    let output = Output::new(
        Format::Text,
        Verbosity::Normal,
        stdout.clone(),
        Buffer::default(),
    );
    output.text("before");
    output.never_wait();
    output.text("after");
    output.finish();
    assert_eq!(stdout.text(), "before\nafter\n");
}

#[test]
fn closed_stream_asks_the_run_to_end_once() {
    let output = Output::new(Format::Text, Verbosity::Normal, Closed, Buffer::default());
    let (cancel, mut requests) = channel(8);
    output.text("before there is a run");
    output.cancel_when_broken(cancel);
    output.text("during the run");
    assert_eq!(requests.try_recv().as_deref(), Ok("a closed output"));
    assert!(requests.try_recv().is_err());
}

#[test]
fn cause_that_says_nothing_new_is_left_out() {
    let stderr = Buffer::default();
    let output = Output::new(
        Format::Text,
        Verbosity::Normal,
        Buffer::default(),
        stderr.clone(),
    );
    let error = anyhow::anyhow!("no such file").context("cannot read x: no such file");
    output.error(&error.context("the start"));
    let printed = "error: the start\ncaused by: cannot read x: no such file\n";
    assert_eq!(stderr.text(), printed);
}

#[test]
fn texts_of_others_control_nothing_in_any_line_of_either_format() {
    let hostile = "::error::a\u{1b}[31m##vso[b]\r##[c]\u{202e}\u{9b}\u{7f}";
    for format in [Format::Text, Format::Json] {
        let (stdout, stderr) = (Buffer::default(), Buffer::default());
        let output = Output::new(format, Verbosity::Normal, stdout.clone(), stderr.clone());
        output.text(hostile);
        output.with_prose_on_stderr().text(hostile);
        output.result(hostile);
        output.json(&json!({ "a": hostile, hostile: 1 }));
        let document = json!({ "b": hostile }).to_string();
        output.document(match format {
            Format::Text => hostile,
            Format::Json => &document,
        });
        output.note(&format!("first\n  {hostile}"));
        output.error(&anyhow::anyhow!(hostile).context("an error"));
        output.mistake(hostile, crate::mistake::Mistake::new(hostile));
        for text in [stdout.text(), stderr.text()] {
            assert!(!text.is_empty());
            for line in text.lines() {
                let is_command = line.trim_start().starts_with("::");
                assert!(!is_command && !line.contains("##"), "{line:?}");
                let controls = line
                    .chars()
                    .any(|c| c.is_control() || gates::is_invisible(c));
                assert!(!controls, "{line:?}");
                if format == Format::Json && line.starts_with('{') {
                    let value: serde_json::Value = serde_json::from_str(line).unwrap();
                    assert!(value.is_object());
                }
            }
        }
        if format == Format::Json {
            let first: serde_json::Value =
                serde_json::from_str(stdout.text().lines().next().unwrap()).unwrap();
            assert_eq!(first["a"], hostile, "the value itself stays");
        }
    }
}

#[test]
fn prose_on_stderr_leaves_stdout_to_the_result() {
    let (stdout, stderr) = (Buffer::default(), Buffer::default());
    let output = Output::new(
        Format::Text,
        Verbosity::Normal,
        stdout.clone(),
        stderr.clone(),
    );
    let output = output.with_prose_on_stderr();
    output.text("prose");
    output.result("result");
    assert_eq!([stdout.text(), stderr.text()], ["result\n", "prose\n"]);
}
