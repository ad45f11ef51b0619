//! The gates of a plan that judge real traffic, and what the platform has counted for them.

use std::time::Duration;

use compare::settings::{CLASSES, Failing, Metric, Settings, Source};
use evidence::Counts;
use gates::Slice;

use super::judge::{Judge, JudgedMetric, Rate};
use super::text::promise;
use crate::assemble::ReadyGate;
use crate::config::defaults::JUDGE;
use crate::config::{AzureSection, Counting, GateConfig, GateMode, PluginSource};

/// Returns what is wrong with settings of the built-in `compare` that no schema says, such as two that contradict each other.
/// The gate would say so at its first call.
pub(crate) fn refused(ready: &[ReadyGate]) -> Vec<String> {
    compares(ready)
        .filter_map(|gate| {
            let error = Settings::of(&gate.config.settings).err()?;
            Some(format!("gates.{}: {error}", gate.config.name))
        })
        .collect()
}

/// Returns the gates that are the built-in `compare`, in their order. Settings that it refuses make no judge.
pub(crate) fn judges(
    ready: &[ReadyGate],
    azure: &AzureSection,
    check_interval: Duration,
) -> Vec<Judge> {
    compares(ready)
        .filter_map(|gate| {
            let settings = Settings::of(&gate.config.settings).ok()?;
            let counting = counting(&settings.source, azure, check_interval);
            Some(judge(&gate.config, &settings, counting))
        })
        .collect()
}

/// Returns what each of these gates promises, and what that rests on, for the report of a run.
pub(crate) fn promises(ready: &[ReadyGate]) -> Vec<String> {
    compares(ready)
        .filter_map(|gate| {
            let settings = Settings::of(&gate.config.settings).ok()?;
            let decides = gate.config.mode == GateMode::Required;
            Some(promise(&gate.config.name, decides, settings.rules.alpha))
        })
        .collect()
}

fn compares(ready: &[ReadyGate]) -> impl Iterator<Item = &ReadyGate> {
    let is_compare = |gate: &&ReadyGate| gate.config.plugin == PluginSource::BuiltIn(JUDGE);
    ready.iter().filter(is_compare)
}

fn judge(config: &GateConfig, settings: &Settings, counting: Counting) -> Judge {
    let rules = &settings.rules;
    Judge {
        name: config.name.clone(),
        decides: config.mode == GateMode::Required,
        alpha: rules.alpha,
        beta: rules.beta,
        counting,
        warm_up: seconds(settings.warm_up_s),
        min_requests: rules.min_requests,
        probes: match &settings.source {
            Source::Probe(probing) => Some(f64::from(probing.probes)),
            Source::Platform | Source::Prometheus(_) => None,
        },
        metrics: settings.metrics.iter().map(judged).collect(),
    }
}

fn counting(source: &Source, azure: &AzureSection, check_interval: Duration) -> Counting {
    match source {
        Source::Platform => Counting::of(azure),
        Source::Prometheus(prometheus) => Counting {
            slice: Duration::from_secs(prometheus.slice_s.into()),
            lag: Duration::from_secs(prometheus.lag_s.into()),
        },
        // What it asks itself it knows at once, at each check.
        Source::Probe(_) => Counting {
            slice: check_interval,
            lag: Duration::ZERO,
        },
    }
}

fn judged(metric: &Metric) -> JudgedMetric {
    let failures = match &metric.failing {
        Failing::Classes(failing) => {
            let classes = CLASSES.iter().zip(failing);
            let failures = classes.filter(|(_, is_failure)| **is_failure);
            failures.map(|(class, _)| (*class).to_owned()).collect()
        }
        _ => Vec::new(),
    };
    JudgedMetric {
        name: metric.name.clone(),
        tolerated: metric.tolerated,
        harm: metric.harm,
        share: metric.share,
        failures,
        history: None,
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// Returns the app's rate of requests, since the first one that was counted; `None` where none was.
pub(crate) fn rate(slices: &[Slice]) -> Option<Rate> {
    let of = |slice: &Slice| -> f64 { slice.counts.iter().map(|count| count.requests).sum() };
    let first = slices.iter().find(|slice| of(slice) > 0.0)?;
    let seconds = slices.last()?.end_s - first.start_s;
    let per_second = slices.iter().map(of).sum::<f64>() / seconds;
    (per_second.is_finite() && per_second > 0.0).then_some(Rate { per_second })
}

impl Judge {
    /// Takes over what the platform counted for the stable revision, where the judge asks the platform.
    pub(crate) fn learn(&mut self, slices: &[Slice], stable: &str) {
        for metric in &mut self.metrics {
            if metric.failures.is_empty() {
                continue;
            }
            let mut seen = Counts::default();
            let counts = slices.iter().flat_map(|slice| &slice.counts);
            for count in counts.filter(|count| count.revision == stable) {
                seen.requests += count.requests;
                if metric.failures.contains(&count.status_class) {
                    seen.failures += count.requests;
                }
            }
            metric.history = (seen.requests > 0.0).then_some(seen);
        }
    }
}

#[cfg(test)]
mod tests {
    use gates::Count;

    use super::*;

    fn slice(start_s: f64, stable: [f64; 2]) -> Slice {
        let count = |(class, requests): (&str, f64)| Count {
            revision: "shop--v1".to_owned(),
            status_class: class.to_owned(),
            requests,
        };
        let counts = ["2xx", "5xx"].into_iter().zip(stable);
        Slice {
            start_s,
            end_s: start_s + 60.0,
            counts: counts.filter(|(_, n)| *n > 0.0).map(count).collect(),
        }
    }

    #[test]
    fn rate_begins_with_the_first_request_that_was_counted() {
        let slices = [
            slice(0.0, [0.0; 2]),
            slice(60.0, [1_190.0, 10.0]),
            slice(120.0, [0.0; 2]),
        ];
        assert_eq!(rate(&slices), Some(Rate { per_second: 10.0 }));
        assert_eq!(rate(&slices[..1]), None);
        assert_eq!(rate(&[]), None);
    }
}
