//! Azure Monitor's JSON, as far as counts need it. As lenient as `crate::wire`, except that an absent number is
//! never read as zero.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::counts::{MetricsError, RequestCount};
use crate::arm::shortened;

/// The classes that the WIT contract names. Others (`1xx`, a connection without a status) are not answers of the
/// app.
const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];
/// The longest text of the service that a message quotes, in characters.
const TEXT_MAX: usize = 300;

/// The body of an answer to a query.
#[derive(Debug, Deserialize)]
pub(super) struct MetricsBody {
    value: Vec<Metric>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metric {
    /// `Success`, or why this metric is missing although the status of the answer is 200.
    error_code: Option<String>,
    error_message: Option<String>,
    timeseries: Option<Vec<Series>>,
}

#[derive(Debug, Deserialize)]
struct Series {
    metadatavalues: Option<Vec<Dimension>>,
    data: Option<Vec<Point>>,
}

#[derive(Debug, Deserialize)]
struct Dimension {
    name: Name,
    value: String,
}

#[derive(Debug, Deserialize)]
struct Name {
    value: String,
}

#[derive(Debug, Deserialize)]
struct Point {
    /// The number of requests; absent for a minute that is not counted yet.
    total: Option<f64>,
}

/// What a sum is of: indices into the revisions of the query and into [`CLASSES`].
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct SeriesKey {
    revision: usize,
    class: usize,
}

impl MetricsBody {
    /// Returns the sums of these revisions, in their order and then by class.
    pub(super) fn counts(self, revisions: &[String; 2]) -> Result<Vec<RequestCount>, MetricsError> {
        let mut sums: BTreeMap<SeriesKey, f64> = BTreeMap::new();
        for metric in self.value {
            metric.check()?;
            for series in metric.timeseries.unwrap_or_default() {
                let revision = series.dimension("revisionName");
                let revision = revisions.iter().position(|name| is(name, revision));
                let class = series.dimension("statusCodeCategory");
                let class = CLASSES.iter().position(|name| is(name, class));
                if let Some(revision) = revision
                    && let Some(class) = class
                    && let Some(sum) = series.sum()
                {
                    *sums.entry(SeriesKey { revision, class }).or_default() += sum;
                }
            }
        }
        let mut counts = Vec::new();
        for (key, requests) in sums {
            counts.push(RequestCount {
                revision: revisions[key.revision].clone(),
                status_class: CLASSES[key.class].to_owned(),
                requests,
            });
        }
        Ok(counts)
    }
}

impl Metric {
    fn check(&self) -> Result<(), MetricsError> {
        let code = self.error_code.as_deref().unwrap_or("Success");
        if is(code, Some("Success")) {
            return Ok(());
        }
        let message = self.error_message.as_deref().unwrap_or("no reason given");
        let clean = |text: &str| shortened(text.as_bytes(), TEXT_MAX);
        Err(MetricsError::Refused {
            code: clean(code),
            message: clean(message).trim_end_matches('.').to_owned(),
        })
    }
}

impl Series {
    /// Returns the value of a dimension. The service returns the names of dimensions in lower case.
    fn dimension(&self, name: &str) -> Option<&str> {
        let mut dimensions = self.metadatavalues.iter().flatten();
        let found = dimensions.find(|dimension| is(&dimension.name.value, Some(name)));
        found.map(|dimension| dimension.value.as_str())
    }

    /// Returns the sum of all counted minutes; `None` when none was counted.
    fn sum(&self) -> Option<f64> {
        let totals = self.data.iter().flatten().filter_map(|point| point.total);
        totals.reduce(|sum, total| sum + total)
    }
}

/// Compares without regard to case.
fn is(name: &str, other: Option<&str>) -> bool {
    other.is_some_and(|other| other.eq_ignore_ascii_case(name))
}
