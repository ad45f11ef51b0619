//! What is logged: `LOCKGATE_LOG` in the syntax of `EnvFilter`, such as `azure=debug` or `info,lockgate::gate=off`
//! (<https://docs.rs/tracing-subscriber/latest/tracing_subscriber/filter/struct.EnvFilter.html>).
//!
//! Only our own parts log: other crates would write what they send, headers included. So a filter for one of them is a
//! mistake, and a misspelt part is found.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{Directive, FilterFn, filter_fn};

use crate::environment;
use crate::mistake::{Mistake, Place, nearest};

/// The variable with the filter.
const VARIABLE: &str = "LOCKGATE_LOG";
/// The parts that log.
const PARTS: [&str; 3] = ["azure", "lockgate::gate", "lockgate::run"];
/// What to write.
const EXAMPLE: &str = "write for example LOCKGATE_LOG=azure=debug, or LOCKGATE_LOG=info,lockgate::gate=off; the parts are \
                       azure, lockgate::gate and lockgate::run";

/// Returns the filter; `None` where nothing is to be logged.
///
/// # Errors
/// When a part of the variable is no filter, or one for what does not log.
pub(super) fn from_environment() -> Result<Option<EnvFilter>, Mistake> {
    let Some(text) = environment::variable(VARIABLE) else {
        return Ok(None);
    };
    let filter = match text.to_str() {
        Some(text) => parse(text),
        None => Err("it is not UTF-8".to_owned()),
    };
    filter.map(Some).map_err(|message| {
        let mistake = Mistake::new(message).with_help(EXAMPLE);
        mistake.at(Place::Given(VARIABLE.to_owned()))
    })
}

/// Returns the filter that lets only what is ours through, whatever level is asked for.
pub(super) fn ours() -> FilterFn {
    filter_fn(|metadata| PARTS.contains(&metadata.target()))
}

fn parse(text: &str) -> Result<EnvFilter, String> {
    let off = EnvFilter::builder().with_default_directive(LevelFilter::OFF.into());
    let mut filter = off.parse_lossy("");
    for part in parts(text) {
        let directive: Directive = part
            .parse()
            .map_err(|error| format!("{part:?} is not a filter ({error})"))?;
        check_target(part)?;
        filter = filter.add_directive(directive);
    }
    Ok(filter)
}

/// Refuses a part about something that does not log.
fn check_target(part: &str) -> Result<(), String> {
    let target = part.split(['=', '[']).next().unwrap_or_default().trim();
    let is_level = target.parse::<LevelFilter>().is_ok();
    if is_level || PARTS.iter().any(|known| known.starts_with(target)) {
        return Ok(());
    }
    let words = ["trace", "debug", "info", "warn", "error", "off"];
    let known = PARTS.into_iter().chain(["lockgate"]).chain(words);
    let meant = nearest(target, known);
    let meant = meant.map_or_else(String::new, |meant| {
        format!("; {meant:?} was meant, perhaps")
    });
    Err(format!(
        "{part:?} is about {target:?}, which does not log{meant}"
    ))
}

/// Returns the parts of a filter: between commas, but for those inside of brackets and quotes.
fn parts(text: &str) -> Vec<&str> {
    let (mut depth, mut is_quoted) = (0_u32, false);
    let parts = text.split(|c: char| {
        match c {
            '"' => is_quoted = !is_quoted,
            '[' | '{' if !is_quoted => depth += 1,
            ']' | '}' if !is_quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0 && !is_quoted
    });
    parts
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filter_names_levels_and_parts_that_log() {
        for text in [
            "debug",
            "azure=debug",
            "azure",
            "info,azure=trace, lockgate::gate=off",
            "[call{method=\"PATCH\"}]=debug",
            "azure[call{method=PATCH,status=409}]=debug,lockgate=info",
            "",
            ",",
        ] {
            assert!(parse(text).is_ok(), "{text}: {:?}", parse(text));
        }
        for (text, words) in [
            ("azure=loud", "\"azure=loud\" is not a filter"),
            ("info,azure=loud", "\"azure=loud\" is not a filter"),
            ("debgu", "\"debug\" was meant"),
            ("azuer=debug", "\"azure\" was meant"),
            ("lockgate::gaet=debug", "\"lockgate::gate\" was meant"),
            ("hyper=trace", "\"hyper\", which does not log"),
            ("azure=debug=x", "is not a filter"),
        ] {
            let message = parse(text).expect_err(text);
            assert!(message.contains(words), "{text}: {message}");
        }
    }
}
