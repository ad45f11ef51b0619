//! A query of Azure Monitor: which revisions, in which stretch of time. Pure.
//!
//! Parameters: <https://learn.microsoft.com/rest/api/monitor/metrics/list>.

use url::form_urlencoded::byte_serialize;

use super::timespan::Timespan;

/// The version of Azure Monitor's API, which is a service of its own.
const API_VERSION: &str = "2024-02-01";
/// The most series in one answer. Two revisions can already reach the service's default of 10.
const SERIES_MAX: u32 = 100;

/// The requests of two revisions in slices. Both are the same revision in an app's first deployment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MetricsQuery {
    pub(super) revisions: [String; 2],
    pub(super) timespan: Timespan,
}

impl MetricsQuery {
    /// Returns the names of the revisions, each once.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.revisions.iter().map(String::as_str).collect();
        names.dedup();
        names
    }

    /// Returns whether an answer to this query has everything that another one asks for.
    pub(super) fn covers(&self, other: &MetricsQuery) -> bool {
        self.revisions == other.revisions
            && self.timespan.end == other.timespan.end
            && self.timespan.slice_s == other.timespan.slice_s
            && self.timespan.start <= other.timespan.start
    }

    /// Returns the query string of the URL.
    pub(super) fn to_query_string(&self) -> String {
        // `or` is allowed only between values of one dimension, and binds tighter than `and`; `*` splits by a
        // dimension.
        let condition = |name: &&str| format!("revisionName eq '{}'", name.replace('\'', "''"));
        let conditions: Vec<String> = self.names().iter().map(condition).collect();
        let filter = format!("{} and statusCodeCategory eq '*'", conditions.join(" or "));
        [
            ("api-version", API_VERSION),
            ("metricnames", "Requests"),
            ("aggregation", "Total"),
            ("interval", &interval(self.timespan.slice_s)),
            ("timespan", &self.timespan.to_string()),
            ("top", &SERIES_MAX.to_string()),
            ("$filter", &filter),
        ]
        .map(|(name, value)| format!("{name}={}", escaped(value)))
        .join("&")
    }
}

/// Returns the length of a slice as the service writes it: a minute is `PT1M`.
fn interval(seconds: i64) -> String {
    match seconds % 60 {
        0 => format!("PT{}M", seconds / 60),
        _ => format!("PT{seconds}S"),
    }
}

/// Returns a value escaped for a query. A space becomes `%20`, because in a filter `+` may stand for itself.
fn escaped(value: &str) -> String {
    byte_serialize(value.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}
