//! The sentence to each line of the decision table.

use evidence::power::{Comparison, requests_to_catch};
use evidence::{Line, Reason};

use crate::settings::Settings;
use crate::state::Known;
use crate::view::View;
use crate::words::{about, chance, failures, lasting, percent, points, requests, time_of_day};

/// The canary that a sentence about the power asks for: one that fails so often, or twice as often as is tolerated.
const CAUGHT_AT: f64 = 0.05;

/// Returns the sentence for the reader of the log.
pub(crate) fn sentence(reason: Reason, view: &View<'_>) -> String {
    let mut text = match reason {
        Reason::First => "First deployment: there is no other revision to compare with.".to_owned(),
        Reason::NoTrafficYet => no_traffic_yet(view),
        Reason::Worse { metric } => worse(view, metric),
        Reason::NoCounts => no_counts(view),
        Reason::NoStableTraffic => no_stable_traffic(view),
        Reason::SoFar => so_far(view),
        Reason::Enough => enough(view),
        Reason::Thin => thin(view),
        Reason::NotYet { metric } => not_yet(view, metric),
    };
    if view.state.lost && reason != Reason::First {
        text += " Earlier evidence of this rollout was lost, so that it began again with half the capital.";
    }
    if let Some(why) = view.unread.filter(|_| reason != Reason::NoCounts) {
        text += &format!(" No new counts in this call: {why}.");
    }
    text
}

/// Returns the sentence about failures in bunches, where there are any.
pub(crate) fn bunches(burst: f64) -> Option<String> {
    (burst > 1.0).then(|| {
        let burst = about(burst);
        format!(
            "failures came in bunches of about {burst} in the last hour: {burst} times as many requests are needed"
        )
    })
}

fn no_traffic_yet(view: &View<'_>) -> String {
    let begin = "No traffic on the canary yet.";
    let Some(history) = view.history.filter(|history| history.stable.requests > 0.0) else {
        return format!("{begin} Nothing was counted for stable before the rollout.");
    };
    let (metric, known) = (&view.settings.metrics[0], &view.state.metrics[0]);
    let stable = history.stable;
    let rate = stable.requests / history.seconds;
    let known_of_stable = format!(
        "{begin} {}: stable failed {} of {} requests in the last {}",
        metric.name,
        failures(stable.failures),
        requests(stable.requests),
        lasting(history.seconds),
    );
    let stable_rate = known.evidence.stable_rate();
    let caught = CAUGHT_AT
        .max(2.0 * metric.tolerated.at(stable_rate))
        .min(1.0);
    let weight = view.asked.next_weight;
    let comparison = Comparison {
        line: metric.tolerated,
        weight: f64::from(weight) / 100.0,
        stable_rate,
    };
    let needed = requests_to_catch(
        &comparison,
        caught,
        view.settings.rules.alpha / metric.share,
    );
    match needed {
        Some(needed) => format!(
            "{known_of_stable}; at {}/s and {weight} % a canary at {} would be caught in about {}.",
            about(rate),
            percent(caught),
            lasting(needed * known.burst / rate),
        ),
        None => format!("{known_of_stable}."),
    }
}

fn worse(view: &View<'_>, place: usize) -> String {
    let (metric, known) = (&view.settings.metrics[place], &view.state.metrics[place]);
    let (canary, stable) = (known.totals.canary, known.totals.stable);
    let beside = if metric.tolerated.is_absolute() {
        String::new()
    } else {
        format!(
            " against stable {} of {} ({})",
            failures(stable.failures),
            requests(stable.requests),
            percent(stable.rate())
        )
    };
    format!(
        "{}: canary {} of {} ({}){beside}; tolerated {}. The chance of this with a canary within tolerance, at any look of \
         this rollout, is at most {}.",
        metric.name,
        failures(canary.failures),
        requests(canary.requests),
        percent(canary.rate()),
        line(metric.tolerated),
        chance((-view.against()).exp()),
    )
}

fn no_counts(view: &View<'_>) -> String {
    let why = view
        .unread
        .unwrap_or("the source has counted no request since");
    format!(
        "No new counts since {} ({why}). Nothing is concluded from silence.",
        time_of_day(view.state.since)
    )
}

fn no_stable_traffic(view: &View<'_>) -> String {
    if view.settings.rules.sees_before_traffic {
        return so_far(view);
    }
    if view.asked.weight < 100 {
        return format!("The last stage has baked. {}", so_far(view));
    }
    let last = match view.state.compared {
        Some(compared) => format!(
            "Last comparison at {} %: not worse by more than {}.",
            compared.weight,
            points(compared.margin)
        ),
        None => "No stage before has shown by how much it may be worse.".to_owned(),
    };
    format!("Stable has no traffic to compare with. {last}")
}

fn so_far(view: &View<'_>) -> String {
    let judged = view
        .metrics()
        .map(|(_, known)| known.totals.canary.requests);
    format!(
        "No evidence against the canary so far ({} requests, evidence {} of {}).",
        requests(judged.fold(0.0, f64::max)),
        about(view.against().exp()),
        about(view.settings.rules.alpha.recip()),
    )
}

fn enough(view: &View<'_>) -> String {
    let next = view.asked.next_weight;
    let metrics: Vec<String> = view
        .metrics()
        .zip(view.judged())
        .map(|((metric, known), judged)| {
            let margin = judged.margin(next);
            let seen = requests(known.stage.canary.requests);
            let sure = percent(1.0 - view.settings.rules.beta);
            let ratio = metric.tolerated.ratio;
            if metric.tolerated.is_absolute() {
                let limit = percent(margin);
                return format!("{}: {seen} requests, failures not more than {limit}, {sure} sure.", metric.name);
            }
            format!(
                "{}: {seen} requests, failures not more than {} x stable's + {}, {sure} sure; at {next} % that is at most {} of all requests.",
                metric.name,
                about(ratio),
                points(margin),
                percent(metric.harm),
            )
        })
        .collect();
    metrics.join(" ")
}

fn thin(view: &View<'_>) -> String {
    format!(
        "Passed on thin evidence after {}: only {} requests. Set thin-evidence = \"hold\" to wait instead.",
        lasting(view.asked.at_weight_s()),
        requests(fewest_requests(view)),
    )
}

fn not_yet(view: &View<'_>, place: usize) -> String {
    let (metric, known) = (&view.settings.metrics[place], &view.state.metrics[place]);
    let seen = known.stage.canary.requests;
    let mut begin = format!(
        "Not enough evidence for {} %: {} has {} requests",
        view.asked.next_weight,
        metric.name,
        requests(seen)
    );
    let of_stable = known.stage.stable.requests;
    if !metric.tolerated.is_absolute() && of_stable < view.settings.rules.min_requests {
        begin += &format!(", beside {} of stable", requests(of_stable));
    }
    let Some(needed) = view.still_needed(metric, known) else {
        let rate = percent(known.evidence.stable_rate());
        return format!(
            "{begin}, and at a rate of {rate} no number of them shows it; raise `harm` or the limit."
        );
    };
    let mut text = format!("{begin}, about {} more needed", requests(needed.ceil()));
    text += &pace(view.settings, known, view.state.judged_s, needed);
    text.push('.');
    if known.burst > 1.0 {
        let burst = about(known.burst);
        text += &format!(
            " Failures come in bunches of about {burst}: {burst} times as many requests are needed."
        );
    }
    text
}

/// Returns how long it takes at the present traffic, where that is known.
fn pace(settings: &Settings, known: &Known, judged_s: f64, needed: f64) -> String {
    let seen = known.stage.canary.requests;
    if seen <= 0.0 || judged_s <= 0.0 || settings.rules.sees_before_traffic {
        return String::new();
    }
    let time = lasting(needed * judged_s / seen);
    format!(" (about {time} at the present traffic)")
}

fn fewest_requests(view: &View<'_>) -> f64 {
    let seen = view.metrics().map(|(_, known)| known.stage.canary.requests);
    seen.fold(f64::INFINITY, f64::min)
}

fn line(tolerated: Line) -> String {
    let Line { ratio, difference } = tolerated;
    if tolerated.is_absolute() {
        percent(difference)
    } else if difference > 0.0 {
        format!("{} x stable's + {}", about(ratio), points(difference))
    } else {
        format!("{} x stable's", about(ratio))
    }
}
