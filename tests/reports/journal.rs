//! A journal of a long run, made out of a real one: its first health check of a bake, many times.

use std::path::Path;

use serde_json::Value;

use crate::support::hashes::chained;

/// Writes the journal of `from` into another run's folder, with so many answers more.
pub(super) fn lengthened(from: &Path, to: &Path, answers: u64) {
    let text = std::fs::read_to_string(from.join("journal.jsonl")).expect("a journal");
    let lines: Vec<Value> = (text.lines())
        .map(|line| serde_json::from_str(line).expect("an event"))
        .collect();
    let is = |line: &Value, event: &str| line["event"] == event;
    let written = lines.iter().position(|line| is(line, "written"));
    let written = written.expect("a write");
    let bake = lines[written..].windows(2);
    let mut pairs = bake.filter(|pair| is(&pair[0], "waited") && is(&pair[1], "answered"));
    let pair = pairs.next().expect("a health check in a bake").to_vec();
    let place = lines.iter().position(|line| *line == pair[0]);
    let place = place.expect("it is there");
    let mut long = lines[..place].to_vec();
    for _ in 0..answers {
        long.extend_from_slice(&pair);
    }
    long.extend_from_slice(&lines[place..]);
    std::fs::create_dir_all(to).expect("a folder");
    std::fs::write(to.join("journal.jsonl"), chained(long)).expect("written");
}
