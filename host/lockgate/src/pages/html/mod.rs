//! A run as one HTML page: no request leaves it, and its policy forbids any. `view.rs` says what stands where, `chart.rs` draws
//! the timeline, `page.html` is the frame.
//!
//! Every text of others passes the escaping of the template or of `svg.rs`; nothing is marked as safe but what those made.

mod axis;
mod chart;
mod lanes;
mod lines;
mod panel;
mod svg;
#[cfg(test)]
mod tests;
mod text;
mod verdicts;
mod view;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};

use crate::story::Story;
use view::ProcessView;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Returns the page.
///
/// # Errors
/// When the template is not valid: a fault of this executable.
pub(super) fn html(story: &Story) -> anyhow::Result<String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build();
    environment.set_syntax(syntax?);
    environment.add_template("page.html", PAGE)?;
    let processes = story.processes.iter().enumerate();
    let views: Vec<ProcessView> = processes
        .map(|(index, process)| ProcessView::of(story, process, index))
        .collect();
    let page = environment.get_template("page.html")?.render(context! {
        style => STYLE,
        script => SCRIPT,
        style_hash => hash(STYLE)?,
        script_hash => hash(SCRIPT)?,
        version => env!("CARGO_PKG_VERSION"),
        processes => Value::from(Serde(views)),
    })?;
    Ok(page)
}

/// Returns the hash of an inline text as a content security policy names it.
///
/// Format: <https://www.w3.org/TR/CSP3/#grammardef-hash-source>
fn hash(text: &str) -> anyhow::Result<String> {
    let digest = gates::digest(text.as_bytes());
    let bytes: Option<Vec<u8>> = (digest.as_bytes().chunks(2))
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    let bytes = bytes.context("a digest is hex")?;
    Ok(format!("sha256-{}", STANDARD.encode(bytes)))
}
