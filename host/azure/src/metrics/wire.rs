//! Azure Monitor's JSON, as far as counts need it. As lenient as the rest of the wire, except that
//! a number that is not there is never read as one.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{MetricsError, RequestCount};
use crate::arm::shortened;

/// The classes of the contract. Others (`1xx`, a connection that never got a status) are not
/// answers of the app.
const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];
/// Longest text of the service that is repeated, in characters.
const TEXT_MAX: usize = 300;

#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    value: Vec<Metric>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metric {
    /// `Success`, or why this metric is missing from an answer that is otherwise a success.
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
    /// Absent for a minute that is not counted yet.
    total: Option<f64>,
}

impl Answer {
    /// Returns the sums of these revisions, in their order and then by class.
    pub(super) fn counts(self, revisions: &[String; 2]) -> Result<Vec<RequestCount>, MetricsError> {
        let mut sums: BTreeMap<(usize, &str), f64> = BTreeMap::new();
        for metric in self.value {
            metric.check()?;
            for series in metric.timeseries.unwrap_or_default() {
                let revision = series.dimension("revisionName");
                let revision = revisions.iter().position(|name| is(name, revision));
                let class = series.dimension("statusCodeCategory");
                let class = CLASSES.iter().find(|name| is(name, class));
                if let (Some(revision), Some(class), Some(sum)) = (revision, class, series.sum()) {
                    *sums.entry((revision, *class)).or_default() += sum;
                }
            }
        }
        let count = |((revision, class), requests): ((usize, &str), f64)| RequestCount {
            revision: revisions[revision].clone(),
            status_class: class.to_owned(),
            requests,
        };
        Ok(sums.into_iter().map(count).collect())
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
    /// The value of a dimension; the service answers the names in lower case.
    fn dimension(&self, name: &str) -> Option<&str> {
        let mut dimensions = self.metadatavalues.iter().flatten();
        let found = dimensions.find(|dimension| is(&dimension.name.value, Some(name)));
        found.map(|dimension| dimension.value.as_str())
    }

    /// The sum of what was counted; `None` when nothing was.
    fn sum(&self) -> Option<f64> {
        let totals = self.data.iter().flatten().filter_map(|point| point.total);
        totals.reduce(|sum, total| sum + total)
    }
}

fn is(name: &str, other: Option<&str>) -> bool {
    other.is_some_and(|other| other.eq_ignore_ascii_case(name))
}
