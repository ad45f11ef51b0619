//! What a web app counts of itself, as services do with a client library of Prometheus: requests by status, and a histogram
//! of how long they took. Requests for its health and for these numbers are not in them. A series appears with its first
//! request, as in those libraries. The text is in Prometheus' exposition format 0.0.4.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

/// The media type of the exposition format.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The upper bounds of the buckets in seconds: the usual ones of client libraries. The last bucket, `+Inf`, has no bound.
const BOUNDS_S: [f64; 11] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// The counts of one process.
#[derive(Debug, Default)]
pub(crate) struct Instruments {
    /// Requests by status.
    requests: BTreeMap<u16, u64>,
    /// Absent before the first request.
    durations: Option<Histogram>,
}

#[derive(Debug, Default)]
struct Histogram {
    /// Requests within each bound of [`BOUNDS_S`], each with those within the bounds before it.
    within: [u64; BOUNDS_S.len()],
    count: u64,
    sum_s: f64,
}

impl Instruments {
    /// Counts a request.
    pub(crate) fn observe(&mut self, status: u16, took: Duration) {
        *self.requests.entry(status).or_default() += 1;
        let durations = self.durations.get_or_insert_default();
        let took_s = took.as_secs_f64();
        for (within, bound) in durations.within.iter_mut().zip(BOUNDS_S) {
            *within += u64::from(took_s <= bound);
        }
        durations.count += 1;
        durations.sum_s += took_s;
    }

    /// Returns the counts as a server of Prometheus reads them. The revision's name, which the service sets in the variable
    /// `CONTAINER_APP_REVISION` of each container, is a label of every series.
    pub(crate) fn exposition(&self, revision: &str) -> String {
        let mut text = String::from(
            "# HELP http_requests_total Requests, by status; without those for the health and for these numbers.\n\
             # TYPE http_requests_total counter\n",
        );
        // Writing to a String cannot fail.
        for (status, count) in &self.requests {
            let _ = writeln!(
                text,
                "http_requests_total{{revision=\"{revision}\",code=\"{status}\"}} {count}"
            );
        }
        text.push_str(
            "# HELP http_request_duration_seconds How long requests took.\n\
             # TYPE http_request_duration_seconds histogram\n",
        );
        if let Some(durations) = &self.durations {
            durations.write(revision, &mut text);
        }
        text
    }
}

impl Histogram {
    fn write(&self, revision: &str, text: &mut String) {
        let name = "http_request_duration_seconds";
        let bounds = BOUNDS_S.map(|bound| bound.to_string());
        let bounds = bounds.iter().map(String::as_str).chain(["+Inf"]);
        let within = self.within.iter().chain([&self.count]);
        for (bound, within) in bounds.zip(within) {
            let _ = writeln!(
                text,
                "{name}_bucket{{revision=\"{revision}\",le=\"{bound}\"}} {within}"
            );
        }
        let Histogram { sum_s, count, .. } = self;
        let _ = writeln!(text, "{name}_sum{{revision=\"{revision}\"}} {sum_s}");
        let _ = writeln!(text, "{name}_count{{revision=\"{revision}\"}} {count}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_appear_with_their_first_request() {
        let mut instruments = Instruments::default();
        let series = |text: &str| text.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(series(&instruments.exposition("shop--v1")), 0);
        instruments.observe(200, Duration::from_millis(3));
        // One counter; eleven bounds, +Inf, sum and count.
        assert_eq!(series(&instruments.exposition("shop--v1")), 1 + 14);
        instruments.observe(500, Duration::from_millis(3));
        assert_eq!(series(&instruments.exposition("shop--v1")), 2 + 14);
    }

    #[test]
    fn bucket_holds_the_requests_within_its_bound_and_all_shorter_ones() {
        let mut instruments = Instruments::default();
        for ms in [1, 5, 6, 250, 251, 12_000] {
            instruments.observe(200, Duration::from_millis(ms));
        }
        let text = instruments.exposition("shop--v1");
        for (bound, within) in [
            ("0.005", 2),
            ("0.01", 3),
            ("0.25", 4),
            ("0.5", 5),
            ("1", 5),
            ("10", 5),
            ("+Inf", 6),
        ] {
            let line = format!(
                "http_request_duration_seconds_bucket{{revision=\"shop--v1\",le=\"{bound}\"}} {within}\n"
            );
            assert!(text.contains(&line), "{line}{text}");
        }
        assert!(
            text.contains("http_request_duration_seconds_sum{revision=\"shop--v1\"} 12.513\n"),
            "{text}"
        );
        assert!(
            text.ends_with("http_request_duration_seconds_count{revision=\"shop--v1\"} 6\n"),
            "{text}"
        );
    }
}
