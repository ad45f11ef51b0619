//! Azure Monitor's JSON, as far as counts need it. As lenient as `crate::wire`, except that an absent number is
//! never read as zero.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::counts::{MetricsError, RequestCount, Slice, SlicesResult};
use super::query::MetricsQuery;
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
#[serde(rename_all = "camelCase")]
struct Point {
    /// The beginning of a slice.
    time_stamp: Option<String>,
    /// The number of requests; absent for a slice that is not counted yet.
    total: Option<f64>,
}

/// What a sum is of: indices into the slices and the revisions of the query, and into [`CLASSES`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct SumKey {
    slice: usize,
    revision: usize,
    class: usize,
}

impl MetricsBody {
    /// Returns every slice of the query, oldest first, with the sums of its revisions in their order and then by class.
    pub(super) fn slices(self, query: &MetricsQuery) -> SlicesResult {
        let MetricsQuery {
            revisions,
            timespan,
        } = query;
        let mut sums: BTreeMap<SumKey, f64> = BTreeMap::new();
        for metric in self.value {
            metric.check()?;
            for series in metric.timeseries.unwrap_or_default() {
                let revision = series.dimension("revisionName");
                let revision = revisions.iter().position(|name| is(name, revision));
                let class = series.dimension("statusCodeCategory");
                let class = CLASSES.iter().position(|name| is(name, class));
                let (Some(revision), Some(class)) = (revision, class) else {
                    continue;
                };
                for point in series.data.into_iter().flatten() {
                    let begins = point.time_stamp.and_then(|text| text.parse().ok());
                    let slice = begins.and_then(|begins| timespan.index_of(begins));
                    if let (Some(slice), Some(total)) = (slice, point.total) {
                        let key = SumKey {
                            slice,
                            revision,
                            class,
                        };
                        *sums.entry(key).or_default() += total;
                    }
                }
            }
        }
        let mut slices: Vec<Slice> = (0..timespan.count())
            .map(|index| {
                let (start, end) = timespan.slice(index);
                let counts = Vec::new();
                Slice { start, end, counts }
            })
            .collect();
        for (key, requests) in sums {
            slices[key.slice].counts.push(RequestCount {
                revision: revisions[key.revision].clone(),
                status_class: CLASSES[key.class].to_owned(),
                requests,
            });
        }
        Ok(slices)
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
}

/// Compares without regard to case.
fn is(name: &str, other: Option<&str>) -> bool {
    other.is_some_and(|other| other.eq_ignore_ascii_case(name))
}
