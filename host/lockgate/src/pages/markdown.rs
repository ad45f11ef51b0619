//! A story as Markdown: the result, a table of the stages with a bar each, and every answer that was no pass.

use super::words;
use crate::story::{Process, Story};

/// The width of a full bar.
const BAR: u32 = 20;

/// Returns the text.
pub(super) fn markdown(story: &Story) -> String {
    let mut text = format!("# Run {}\n", escaped(&story.run));
    for process in &story.processes {
        text.push_str(&of_process(process));
    }
    text
}

fn of_process(process: &Process) -> String {
    let name = |revision: &Option<rollout::Revision>| {
        revision
            .as_ref()
            .map_or_else(|| "–".to_owned(), |one| escaped(&one.name))
    };
    let mut text = format!(
        "\n## {} of {}\n\n**{}**\n\n",
        capitalised(process.intent.command()),
        escaped(&process.app.name),
        escaped(words::result(process))
    );
    if let Some(ended) = &process.ended {
        text.push_str(&format!(
            "{}. Exit code {}.\n\n",
            escaped(&capitalised(&ended.serves)),
            ended.exit_code
        ));
        if let Some(next) = &ended.next {
            text.push_str(&format!("Next: {}\n\n", escaped(next)));
        }
    }
    text.push_str(&format!(
        "Canary {}, stable {}; began {}, lasted {}; lockgate {}.\n",
        name(&process.canary),
        name(&process.stable),
        process.began,
        words::since(process.lasted_ms),
        process.lockgate
    ));
    text.push_str(
        "\n| stage | | began after | lasted | gates |\n| ---: | --- | ---: | ---: | --- |\n",
    );
    text.push_str(&row(0, "–", "–", &words::answers_at(process, 0)));
    for stage in &process.stages {
        let began = stage
            .reached_ms
            .map_or_else(|| "–".to_owned(), words::since);
        let answers = words::answers_at(process, stage.weight);
        text.push_str(&row(
            stage.weight,
            &began,
            &words::lasted(stage, process),
            &answers,
        ));
    }
    let others: Vec<String> = words::verdicts(process)
        .filter(|(_, _, verdict)| verdict.verdict != "pass")
        .map(|(at, weight, verdict)| {
            let advisory = if verdict.advisory { ", advisory" } else { "" };
            format!(
                "- {weight} %, after {}: {} {}{advisory}: **{}**: {}\n",
                words::since(at),
                verdict.kind,
                escaped(&verdict.gate),
                verdict.verdict,
                escaped(&verdict.reason)
            )
        })
        .collect();
    if !others.is_empty() {
        text.push_str("\nAnswers that were no pass:\n\n");
        text.push_str(&others.concat());
    }
    text
}

fn row(weight: u32, began: &str, lasted: &str, gates: &str) -> String {
    let full = (weight * BAR / 100) as usize;
    let bar: String = "█".repeat(full) + &"░".repeat(BAR as usize - full);
    format!(
        "| {weight} % | `{bar}` | {began} | {lasted} | {} |\n",
        escaped(gates)
    )
}

/// Returns a text that is no Markdown and no HTML, on one line.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in gates::sanitise(text, 2_000).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '@' => escaped.push_str("&#64;"),
            c => escaped.push(c),
        }
    }
    escaped
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}
