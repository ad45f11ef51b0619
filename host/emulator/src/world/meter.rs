//! Replies of the data plane by revision, class of status and second. Azure Monitor counts them by the minute; a scenario may
//! ask for shorter slices. Counts every request that reached a revision, through any host.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// Counts by second since 1970.
pub(crate) type Seconds = BTreeMap<i64, u64>;

/// The counts of all apps.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    counts: BTreeMap<Series, Seconds>,
}

/// The key of a series of counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Series {
    pub(crate) app: String,
    pub(crate) revision: String,
    /// `1xx` to `9xx`.
    pub(crate) class: String,
}

impl Meter {
    /// Counts a reply.
    pub(crate) fn reply(&mut self, app: &str, revision: &str, status: u16, at: Timestamp) {
        let series = Series {
            app: app.to_owned(),
            revision: revision.to_owned(),
            class: format!("{}xx", status / 100),
        };
        let seconds = self.counts.entry(series).or_default();
        *seconds.entry(at.as_second()).or_default() += 1;
    }

    /// Returns the counts of an app, by its exact name.
    pub(crate) fn of_app(&self, app: &str) -> impl Iterator<Item = (&Series, &Seconds)> {
        let counts = self.counts.iter();
        counts.filter(move |(series, _)| series.app == app)
    }
}
