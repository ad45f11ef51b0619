//! The source `prometheus`: counters and histograms that the app exposes, by revision.
//!
//! `query` is what is asked, `answer` what comes, `date` the time that it shows. Slices are asked for on the gate's own
//! grid, each once, so that they are minutes like those of the platform.

mod answer;
mod date;
mod query;
#[cfg(test)]
mod tests;

use evidence::{Block, Counts};
use lockgate_gate::{Answer, CannotAnswer, Request, send_all};
use serde_json::Value;

use crate::asked::{Asked, Names};
use crate::judge::{News, needs_history};
use crate::minutes::{CLOCKS_MAX_S, HISTORY, Minute, SourceError};
use crate::settings::{Failing, Metric, Prometheus, Selector, Settings};
use crate::state::State;
use crate::words::{decimal, excerpt, requests};
use answer::{Found, Grid, NoResult, data, matrix, never, number, values};
use query::{Label, bound, form, increase, values_of};

/// The most slices of one call: a day of minutes.
const SLICES_MAX: f64 = 1_440.0;

/// A metric's counters: their selectors, with the ending of a histogram's names.
struct Counters<'a> {
    all: (&'a Selector, &'static str),
    /// The failed ones, or, of a histogram, those within the bound.
    some: (&'a Selector, &'static str, String),
    is_histogram: bool,
}

/// Asks Prometheus for what is new.
///
/// # Errors
/// When it will not answer by itself, or what it answers cannot be right.
pub fn read(
    prometheus: &Prometheus,
    settings: &Settings,
    state: &State,
    asked: &Asked,
    names: Names<'_>,
) -> Result<News, CannotAnswer> {
    let label = Label {
        name: &prometheus.label,
        stable: prometheus.stable.as_deref().unwrap_or(names.stable),
        canary: prometheus.canary.as_deref().unwrap_or(names.canary),
    };
    let Some(grid) = grid(prometheus, settings, state, asked) else {
        return Ok(News::Minutes(Vec::new()));
    };
    match minutes(prometheus, settings, asked, &grid, label) {
        Ok(minutes) => Ok(News::Minutes(minutes)),
        Err(NoResult::Later(why)) => Ok(News::Nothing(why)),
        Err(NoResult::Never(error)) => Err(error),
    }
}

/// Returns the slices that are new and scraped; `None` where there are none.
fn grid(
    prometheus: &Prometheus,
    settings: &Settings,
    state: &State,
    asked: &Asked,
) -> Option<Grid> {
    let slice_s = f64::from(prometheus.slice_s);
    let newest = ((asked.now_s - f64::from(prometheus.lag_s)) / slice_s).floor();
    #[expect(clippy::cast_precision_loss, reason = "60")]
    let history = HISTORY as f64;
    let oldest = if asked.weight == 0 {
        newest - history
    } else if needs_history(settings, state, asked) {
        (asked.weight_since_s / slice_s).floor() - history
    } else {
        (state.until / slice_s).ceil()
    };
    let count = (newest - oldest).min(SLICES_MAX);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "1 to 1,440"
    )]
    (count >= 1.0).then_some(Grid {
        first_end_s: (newest - count + 1.0) * slice_s,
        slice_s,
        count: count as usize,
    })
}

fn minutes(
    prometheus: &Prometheus,
    settings: &Settings,
    asked: &Asked,
    grid: &Grid,
    label: Label<'_>,
) -> Result<Vec<Minute>, NoResult> {
    let counters: Vec<Counters<'_>> = settings.metrics.iter().filter_map(counters_of).collect();
    let both = label.both();
    let range = |query: &str| {
        let last = grid.end_s(grid.count - 1);
        let (start, end) = (whole_seconds(grid.first_end_s), whole_seconds(last));
        let step = prometheus.slice_s.to_string();
        let parameters = [
            ("query", query),
            ("start", &start),
            ("end", &end),
            ("step", &step),
        ];
        request(prometheus, "query_range", &parameters)
    };
    let queries = counters.iter().flat_map(|counters| {
        let (all, ending) = counters.all;
        let (some, some_ending, matcher) = &counters.some;
        // At 100 % stable may be gone, and the canary is what is known.
        let known = if asked.weight >= 100 {
            both.clone()
        } else {
            label.of_stable()
        };
        let known = all.with(ending, &known);
        let matcher = if matcher.is_empty() {
            both.clone()
        } else {
            format!("{both},{matcher}")
        };
        [all.with(ending, &both), some.with(some_ending, &matcher)]
            .map(|counter| range(&increase(&counter, &known, prometheus.slice_s, label.name)))
    });
    let answers = send_all(&queries.collect::<Vec<Request>>()).map_err(NoResult::Never)?;
    let mut found = Vec::new();
    for answer in &answers {
        let data = data(answer)?;
        check_clock(answer, asked)?;
        found.push(matrix(&data, grid, label).map_err(NoResult::Never)?);
    }
    let (pairs, _) = found.as_chunks::<2>();
    for ((metric, counters), [all, some]) in settings.metrics.iter().zip(&counters).zip(pairs) {
        if asked.weight < 100 && all.stable.iter().all(Option::is_none) {
            explain_silence(prometheus, metric, counters, grid, label)?;
        }
        if counters.is_histogram {
            check_bound(prometheus, metric, counters, grid, [all, some])?;
        }
    }
    Ok((0..grid.count)
        .map(|place| minute(place, grid, &counters, pairs))
        .collect())
}

fn minute(place: usize, grid: &Grid, counters: &[Counters<'_>], pairs: &[[Found; 2]]) -> Minute {
    let end_s = grid.end_s(place);
    let blocks = counters
        .iter()
        .zip(pairs)
        .map(|(counters, [all, some])| Block {
            canary: counts(all.canary[place], some.canary[place], counters.is_histogram),
            stable: counts(all.stable[place], some.stable[place], counters.is_histogram),
        });
    Minute {
        start_s: end_s - grid.slice_s,
        end_s,
        is_counted: pairs
            .iter()
            .any(|[all, _]| all.stable[place].is_some() || all.canary[place].is_some()),
        blocks: blocks.collect(),
    }
}

/// Returns the requests and the failures among them. A counter of failures may appear with the first failure, but buckets are
/// there with the first request: without them nothing is known.
fn counts(all: Option<f64>, some: Option<f64>, is_histogram: bool) -> Counts {
    let failures = match (all, some) {
        (None, _) => None,
        (Some(_), None) if is_histogram => None,
        (Some(all), Some(within)) if is_histogram => Some(all - within),
        (Some(_), failed) => Some(failed.unwrap_or(0.0)),
    };
    match (all, failures) {
        (Some(requests), Some(failures)) => Counts {
            requests,
            // The two were read at times of their own.
            failures: failures.clamp(0.0, requests),
        },
        _ => Counts::default(),
    }
}

fn counters_of(metric: &Metric) -> Option<Counters<'_>> {
    match &metric.failing {
        Failing::Counter { requests, failed } => Some(Counters {
            all: (requests, ""),
            some: (failed, "", String::new()),
            is_histogram: false,
        }),
        Failing::Bucket {
            histogram,
            slower_than_ms,
        } => Some(Counters {
            all: (histogram, "_count"),
            some: (histogram, "_bucket", bound(*slower_than_ms)),
            is_histogram: true,
        }),
        Failing::Classes(_) | Failing::SlowerThan(_) | Failing::SlowerThanStable => None,
    }
}

/// Says why a metric has no series of the stable, unless Prometheus has just begun to look at it.
fn explain_silence(
    prometheus: &Prometheus,
    metric: &Metric,
    counters: &Counters<'_>,
    grid: &Grid,
    label: Label<'_>,
) -> Result<(), NoResult> {
    let (all, ending) = counters.all;
    let query = values_of(label.name, all, ending, "");
    let found = ask_now(prometheus, &query, grid, label.name)?;
    let (name, selector) = (&metric.name, all.with(ending, ""));
    let Label {
        name: label,
        stable,
        ..
    } = label;
    if found.iter().any(|value| value == stable) {
        return Ok(());
    }
    let what = if found.is_empty() {
        format!("has no series for {selector}: check the selector, and that the app is scraped")
    } else if found.iter().all(String::is_empty) {
        format!(
            "has no label {label} on {selector}: set prometheus.label to the label that tells the revisions apart"
        )
    } else {
        let named = found.iter().filter(|value| !value.is_empty());
        let named: Vec<&str> = named.map(String::as_str).collect();
        let found = excerpt(&named.join(", "));
        format!(
            "has no series of stable for {selector}: {label} is {found}, and not {stable}; set prometheus.stable and prometheus.canary"
        )
    };
    Err(never(format!("metric {name}: Prometheus {what}")))
}

/// Refuses a bound that no bucket has.
fn check_bound(
    prometheus: &Prometheus,
    metric: &Metric,
    counters: &Counters<'_>,
    grid: &Grid,
    [all, within]: [&Found; 2],
) -> Result<(), NoResult> {
    let any = |found: &Found| {
        let mut points = found.stable.iter().chain(&found.canary);
        points.any(Option::is_some)
    };
    if !any(all) || any(within) {
        return Ok(());
    }
    let (histogram, ending, matcher) = &counters.some;
    let has_bound = values_of("le", histogram, ending, matcher);
    if !ask_now(prometheus, &has_bound, grid, "le")?.is_empty() {
        return Ok(());
    }
    let bounds = ask_now(
        prometheus,
        &values_of("le", histogram, ending, ""),
        grid,
        "le",
    )?;
    let mut sorted: Vec<f64> = Vec::new();
    for bound in bounds.iter().filter_map(|bound| number(bound)) {
        // Few of them; the standard library's sort is a tenth of the component.
        sorted.insert(sorted.partition_point(|other| *other < bound), bound);
    }
    let bounds: Vec<String> = sorted.iter().map(|bound| decimal(bound * 1e3, 3)).collect();
    Err(never(format!(
        "metric {}: slower-than-ms is no bound of a bucket of {}; its bounds are {} ms",
        metric.name,
        histogram.with(ending, ""),
        bounds.join(", "),
    )))
}

fn ask_now(
    prometheus: &Prometheus,
    query: &str,
    grid: &Grid,
    label: &str,
) -> Result<Vec<String>, NoResult> {
    let time = whole_seconds(grid.end_s(grid.count - 1));
    let request = request(prometheus, "query", &[("query", query), ("time", &time)]);
    let answers = send_all(&[request]).map_err(NoResult::Never)?;
    let data: Value = data(&answers[0])?;
    Ok(values(&data, label))
}

fn request(prometheus: &Prometheus, endpoint: &str, parameters: &[(&str, &str)]) -> Request {
    Request::new("POST", format!("{}/api/v1/{endpoint}", prometheus.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form(parameters))
}

fn check_clock(answer: &Answer, asked: &Asked) -> Result<(), NoResult> {
    let date = answer.header("date").and_then(date::unix_s);
    let off = date.map_or(0.0, |date| (date - asked.now_s).abs());
    if off <= CLOCKS_MAX_S {
        return Ok(());
    }
    let error = SourceError::Clocks {
        what: "Prometheus and the platform differ",
        seconds: requests(off),
    };
    Err(NoResult::Never(error.into()))
}

/// Returns whole Unix seconds.
fn whole_seconds(unix_s: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a multiple of whole seconds"
    )]
    let seconds = unix_s.round() as i64;
    seconds.to_string()
}
