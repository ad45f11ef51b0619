//! Power in words, for people, and as JSON.

use std::time::Duration;

use rollout::human;
use serde_json::{Value, json};

use super::judge::{Judge, Rate};
use super::stage::{Catch, GoingOn, StagePower};

/// What the promise of alpha rests on.
const ASSUMPTIONS: &str = "if each request fails by the chance of its revision alone, failures come in bunches of at most \
                           `burst`, both revisions get the same kind of requests, and the split does not depend on failures";

/// Returns what a gate with this alpha promises, and what that rests on.
pub(super) fn promise(name: &str, decides: bool, alpha: f64) -> String {
    let is = if decides { "is" } else { "would be" };
    let alpha = per_cent(alpha);
    format!(
        "evidence {name}: a canary within tolerance {is} rolled back with a chance of at most {alpha} in the whole rollout, {ASSUMPTIONS}"
    )
}

impl Judge {
    /// Returns what the judge promises, what it assumes, and what it sees of each stage, line by line.
    /// `unknown` says why the app's traffic is not known.
    pub(crate) fn as_text(
        &self,
        stages: &[StagePower],
        rate: Option<Rate>,
        unknown: Option<&str>,
    ) -> Vec<String> {
        let mut lines = vec![promise(&self.name, self.decides, self.alpha)];
        lines.push(format!("         {}", self.traffic_as_text(rate, unknown)));
        for stage in stages {
            let weight = format!("{} %", stage.weight);
            lines.push(format!(
                "  {weight:>5}  {}",
                catches_as_text(&stage.catches)
            ));
            let going_on = stage.going_on.iter();
            lines.extend(going_on.map(|going_on| format!("         {}", going_on.as_text())));
        }
        lines
    }

    fn traffic_as_text(&self, rate: Option<Rate>, unknown: Option<&str>) -> String {
        match (self.probes, rate, unknown) {
            (Some(probes), ..) => {
                format!("it sends {probes} requests to each revision at each check")
            }
            (None, Some(rate), _) => rate.as_text(),
            (None, None, Some(why)) => {
                format!("the app's traffic is not known, so no times are: {why}")
            }
            (None, None, None) => {
                "the app had no traffic in the last hour, so no times are known".to_owned()
            }
        }
    }

    /// Returns the same as JSON: shares from 0 to 1, times in milliseconds.
    pub(crate) fn as_json(&self, stages: &[StagePower], rate: Option<Rate>) -> Value {
        let stages: Vec<Value> = stages.iter().map(StagePower::as_json).collect();
        json!({
            "gate": self.name,
            "alpha": self.alpha,
            "beta": self.beta,
            "assumes": ASSUMPTIONS,
            "requests-per-second": rate.map(|rate| rate.per_second),
            "stages": stages,
        })
    }
}

/// Returns the chance that any of several judges rolls back a canary within tolerance; `None` for fewer than two.
pub(crate) fn alphas(judges: &[Judge]) -> Option<String> {
    let [_, _, ..] = judges else { return None };
    let each = judges.iter();
    let each: Vec<String> = each
        .map(|judge| format!("{} {}", judge.name, per_cent(judge.alpha)))
        .collect();
    let sum: f64 = judges.iter().map(|judge| judge.alpha).sum();
    Some(format!(
        "alpha    {}: together at most {} a rollout",
        each.join(", "),
        per_cent(sum)
    ))
}

impl Rate {
    fn as_text(self) -> String {
        format!("the app has {} requests a second", figure(self.per_second))
    }
}

impl StagePower {
    fn as_json(&self) -> Value {
        let catch = |catch: &Catch| {
            json!({
                "metric": catch.metric, "stable": catch.from, "canary": catch.to, "requests": catch.requests,
                "time-ms": catch.time.map(milliseconds),
            })
        };
        let catches: Vec<Value> = self.catches.iter().map(catch).collect();
        let going_on = self.going_on.as_ref().map(|going_on| {
            json!({
                "next-weight": going_on.next_weight, "metric": going_on.metric, "margin": going_on.margin,
                "requests": going_on.requests, "time-ms": going_on.time.map(milliseconds),
                "allowed-ms": milliseconds(going_on.allowed), "suffices": going_on.suffices(),
            })
        });
        json!({"weight": self.weight, "catches": catches, "going-on": going_on})
    }
}

fn catches_as_text(catches: &[Catch]) -> String {
    let catch = |catch: &Catch| {
        let from = catch.from.map(|from| format!("{} → ", bare_per_cent(from)));
        let from = from.unwrap_or_default();
        let what = format!("{} {from}{}", catch.metric, per_cent(catch.to));
        match (catch.requests, catch.time) {
            (None, _) => format!("{what} never, as it is within tolerance"),
            (Some(requests), None) => format!("{what} after {} requests", round(requests)),
            (Some(requests), Some(time)) => {
                format!(
                    "{what} after {} requests ({})",
                    round(requests),
                    minutes(time)
                )
            }
        }
    };
    if catches.is_empty() {
        return "catches nothing: stable has no traffic to compare with".to_owned();
    }
    let catches: Vec<String> = catches.iter().map(catch).collect();
    format!("catches {}", catches.join(", "))
}

impl GoingOn {
    fn as_text(&self) -> String {
        let GoingOn {
            next_weight,
            metric,
            margin,
            requests,
            time,
            allowed,
            ..
        } = self;
        let line = if self.ratio <= 0.0 {
            format!("below {}", per_cent(*margin))
        } else {
            format!(
                "at most {} x stable's + {} points",
                figure(self.ratio),
                points(*margin)
            )
        };
        let wanted = format!("to {next_weight} % once {metric} is shown to be {line}");
        let Some(requests) = requests else {
            return format!("{wanted}, which no number of requests shows: raise `harm`");
        };
        let after = format!("{wanted}: after {} requests", round(*requests));
        let allowed = minutes(*allowed);
        match (time, self.suffices()) {
            (Some(time), Some(true)) => format!(
                "{after}, {}; the bake and the gate deadline, {allowed}, suffice",
                minutes(*time)
            ),
            (Some(time), _) => format!(
                "{after}, {}: longer than the bake and the gate deadline, {allowed}; raise `harm`, the bake or the deadline",
                minutes(*time)
            ),
            (None, _) => after,
        }
    }
}

/// Returns a share as per cent with at most two digits that count, such as `0.21 %`.
fn per_cent(share: f64) -> String {
    format!("{} %", bare_per_cent(share))
}

fn bare_per_cent(share: f64) -> String {
    figure(share * 100.0)
}

fn points(share: f64) -> String {
    figure(share * 100.0)
}

/// Returns a number with two digits that count.
fn figure(value: f64) -> String {
    let rounded = two_digits(value);
    let text = format!("{rounded:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn two_digits(value: f64) -> f64 {
    if value <= 0.0 {
        return 0.0;
    }
    let scale = 10_f64.powf(value.log10().floor() - 1.0);
    (value / scale).round() * scale
}

/// Returns a number of requests with two digits that count, and commas.
fn round(requests: f64) -> String {
    let digits = format!("{:.0}", two_digits(requests.ceil().max(1.0)));
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns a time for people, without seconds from ten minutes on.
fn minutes(time: Duration) -> String {
    const HOUR: u64 = 3_600;
    let seconds = time.as_secs();
    match seconds {
        0..600 => human(Duration::from_secs(seconds)),
        600..10_800 => format!("{} min", seconds.div_ceil(60)),
        10_800..360_000 => format!("{} h", seconds.div_ceil(HOUR)),
        _ => format!("{} days", seconds.div_ceil(24 * HOUR)),
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_two_digits_that_count() {
        for (value, text) in [
            (0.2, "0.2"),
            (0.0714, "0.071"),
            (21.849, "22"),
            (1_234.0, "1200"),
            (0.0, "0"),
        ] {
            assert_eq!(figure(value), text);
        }
        for (requests, text) in [
            (12_122.0, "12,000"),
            (846.0, "850"),
            (0.3, "1"),
            (1_262_000.0, "1,300,000"),
        ] {
            assert_eq!(round(requests), text);
        }
    }

    #[test]
    fn times_grow_coarser() {
        for (seconds, text) in [
            (390, "6 min 30 s"),
            (1_000, "17 min"),
            (86_400, "24 h"),
            (900_000, "11 days"),
        ] {
            assert_eq!(minutes(Duration::from_secs(seconds)), text);
        }
    }
}
