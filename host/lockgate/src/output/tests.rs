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
    let json = "{\"event\":\"\\u0023#vso[task.complete]\"}\na document\n";
    assert_eq!(printed(Format::Json), [json, stderr]);
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
