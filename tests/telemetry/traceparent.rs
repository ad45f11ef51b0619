//! Requests of gates lead back to the run, where that is asked for, and recordings do not have it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver as Channel, channel};

use super::receiver::{Answers, Receiver, hex};
use super::{PARENT, TRACE, exporting};
use crate::support::{Emulator, Lockgate, component};

/// Answers every request with 200, and hands out the values of its `traceparent` fields.
fn app() -> (String, Channel<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (sender, received) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
            let head = lines
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty());
            let field = |line: String| line.strip_prefix("traceparent: ").map(str::to_owned);
            // The test may have ended.
            let _ = sender.send(head.filter_map(field).collect());
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
        }
    });
    (url, received)
}

/// Rolls out with a gate that asks an app of its own.
fn asking(emulator: &Emulator, url: &str, more: &str) -> Lockgate {
    let gates = format!("[gates.echo]\nplugin = \"./echo.wasm\"\nallow = [\"{url}\"]\n{more}");
    Lockgate::on(emulator, "rollout --verbose")
        .gates(&gates)
        .file("echo.wasm", &component::echoing(&format!("{url}/")))
}

/// Returns whether a word is in a recording of the run in a folder.
fn is_recorded(command: &Lockgate, word: &str) -> bool {
    let runs = command.folder().join(".lockgate/runs");
    let run = std::fs::read_dir(runs)
        .expect("runs")
        .flatten()
        .next()
        .expect("a run");
    let recordings = std::fs::read_dir(run.path().join("recordings")).expect("recordings");
    let texts: Vec<String> = recordings
        .flatten()
        .map(|file| std::fs::read_to_string(file.path()).expect("a recording"))
        .collect();
    assert!(!texts.is_empty(), "the calls are recorded");
    texts.iter().any(|text| text.contains(word))
}

#[test]
fn requests_of_a_gate_lead_back_to_its_span_and_its_recording_does_not_have_that() {
    let emulator = Emulator::healthy();
    let collector = Receiver::start(Answers::Well);
    let (url, requests) = app();
    let command = asking(&emulator, &url, "traceparent = true\n");
    let command =
        exporting(command, &collector).env("TRACEPARENT", &format!("00-{TRACE}-{PARENT}-01"));
    let run = command.run();
    run.ends(10, &emulator).says(&format!("trace: {TRACE}"));
    let spans = collector.spans();
    let gate = spans.named("gate echo");
    let expected = format!("00-{TRACE}-{}-01", hex(&gate.span_id));
    assert_eq!(requests.try_iter().collect::<Vec<_>>(), [[expected]]);
    assert!(!is_recorded(&command, "traceparent"));
}

#[test]
fn requests_of_a_gate_have_a_trace_of_their_own_where_nothing_is_exported_and_none_unless_it_is_asked_for()
 {
    let emulator = Emulator::healthy();
    let (url, requests) = app();
    let run = asking(&emulator, &url, "traceparent = true\n").run();
    run.ends(10, &emulator);
    let sent: Vec<Vec<String>> = requests.try_iter().collect();
    let [fields] = &sent[..] else {
        panic!("one request, not {sent:?}");
    };
    let parts: Vec<&str> = fields[0].split('-').collect();
    let ["00", trace, _, "01"] = parts[..] else {
        panic!("{parts:?}");
    };
    run.says(&format!("trace: {trace}"));
    let plain = asking(&emulator, &url, "").arg("--again").run();
    plain.ends(10, &emulator);
    assert!(!plain.stderr.contains("trace: "), "{plain}");
    assert_eq!(requests.try_iter().collect::<Vec<_>>(), [[""; 0]]);
}
