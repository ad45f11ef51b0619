//! The summary of a run from its account: the result, a row for each stage with its gates, and a chart of the canary's weight.

use std::time::Duration;

use rollout::{Rollout, human};

use super::account::{Account, Asked, Row};
use super::summary::{Summary, as_markdown};
use crate::config::GateMode;
use crate::report::Ending;
use crate::store::run_summary::word;

/// How wide the chart's bar of 100 % is, in characters.
const BAR: u32 = 40;

/// The most lines of the chart: the last ones of a run that took longer.
const CHART_MAX: usize = 40;

/// Returns the summary of a run about this app.
pub(super) fn summary(
    app: &str,
    account: &Account,
    rollout: &Rollout,
    ending: &Ending<'_>,
) -> Summary {
    let mut head = heading(app, account, rollout, ending);
    if !account.rows.is_empty() {
        head.push_str(
            "| stage | weight | began | lasted | gates |\n| --- | ---: | --- | ---: | --- |\n",
        );
    }
    Summary {
        head,
        rows: account.rows.iter().map(row).collect(),
        tail: chart(&account.weights),
    }
}

fn heading(app: &str, account: &Account, rollout: &Rollout, ending: &Ending<'_>) -> String {
    let ended = ending.event;
    let mut text = format!(
        "### lockgate: {}: {} (exit code {})\n\n**{}**\n\n",
        as_markdown(app),
        word(ending.outcome).replace('-', " "),
        ending.exit,
        as_markdown(&ended.result)
    );
    let emergency = ended.emergency.as_ref();
    let emergency =
        emergency.map(|reason| format!("EMERGENCY, promotion gates decided nothing: {reason}"));
    let next = ended.next.as_ref().map(|next| format!("next: {next}"));
    let lines = std::iter::once(&ended.serves).chain(&ended.tried);
    let lines = lines.chain(&emergency).chain(&next).chain(&ended.unjudged);
    for line in lines.chain(ending.advisory) {
        text.push_str(&format!("{}\n\n", as_markdown(line)));
    }
    let mut facts = vec![format!("run {}", as_markdown(rollout.run()))];
    if let Some(found) = rollout.inspection() {
        facts.push(format!("stable {}", as_markdown(&found.stable.name)));
        facts.push(format!("canary {}", as_markdown(&found.canary.name)));
    }
    facts.push(format!("began {}", account.began.strftime("%F %T UTC")));
    facts.push(format!("lasted {}", lasted(account.lasted_ms)));
    text.push_str(&format!("{}\n\n", facts.join(" · ")));
    text
}

/// Returns a duration, to the tenth of a second.
fn lasted(ms: u64) -> String {
    human(Duration::from_millis(ms / 100 * 100))
}

fn row(row: &Row) -> String {
    let gates: Vec<String> = row.gates.iter().map(asked).collect();
    let gates = match &row.cause {
        Some(cause) => as_markdown(cause),
        None => gates.join("<br>"),
    };
    format!(
        "| {} | {} % | {} | {} | {gates} |\n",
        row.name,
        row.weight,
        row.began.strftime("%T"),
        lasted(row.to_ms.saturating_sub(row.from_ms))
    )
}

fn asked(asked: &Asked) -> String {
    let verdict = match asked.verdict {
        "pass" | "not waited for" => asked.verdict.to_owned(),
        other => format!("**{other}**"),
    };
    let advisory = match asked.mode {
        GateMode::Advisory => ", advisory",
        GateMode::Required => "",
    };
    let times = match asked.times {
        1 => String::new(),
        times => format!(", asked {times} times"),
    };
    format!(
        "{verdict}: {} {}{advisory}{times}: {}",
        asked.kind,
        as_markdown(&asked.gate),
        as_markdown(&asked.reason)
    )
}

/// Returns a chart of the canary's weight: a line for each change.
fn chart(weights: &[(u64, u32)]) -> String {
    if weights.len() < 2 {
        return String::new();
    }
    let mut text =
        "\nThe canary's weight as it was read, by the time since the beginning:\n\n```text\n"
            .to_owned();
    let left_out = weights.len().saturating_sub(CHART_MAX);
    for (at_ms, weight) in weights.iter().skip(left_out) {
        let (minutes, seconds) = (at_ms / 60_000, at_ms / 1_000 % 60);
        let bar = "█".repeat((weight * BAR).div_ceil(100) as usize);
        let line = format!("{minutes:>4}:{seconds:02}  {weight:>3} %  {bar}");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push_str("```\n");
    text
}
