//! Replies of the data plane by revision, class of status and minute, as Azure Monitor counts them.
//! Counts every request that reached a revision, through any host.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// Minutes since 1970.
pub(crate) type Minute = i64;
/// Counts by minute.
pub(crate) type Minutes = BTreeMap<Minute, u64>;

/// The counts of all apps.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    counts: BTreeMap<Series, Minutes>,
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
        let minutes = self.counts.entry(series).or_default();
        *minutes.entry(minute(at)).or_default() += 1;
    }

    /// Returns the counts of an app, by its exact name.
    pub(crate) fn of_app(&self, app: &str) -> impl Iterator<Item = (&Series, &Minutes)> {
        let counts = self.counts.iter();
        counts.filter(move |(series, _)| series.app == app)
    }
}

/// Returns the minute that contains a time.
pub(crate) fn minute(time: Timestamp) -> Minute {
    time.as_second().div_euclid(60)
}

/// Returns the start of a minute.
pub(crate) fn start_of(minute: Minute) -> Timestamp {
    let second = minute.saturating_mul(60);
    let second = second.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(second).expect("the second is clamped to the range")
}
