//! Answers of the data plane by revision, class of status and minute: what Azure Monitor would know
//! of them. Everything that reached a revision counts, by whichever host it came.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// Minutes since 1970.
pub(crate) type Minute = i64;
/// Counts by minute.
pub(crate) type Minutes = BTreeMap<Minute, u64>;

/// The counts of all apps.
#[derive(Debug, Default)]
pub(crate) struct Metered {
    counts: BTreeMap<Series, Minutes>,
}

/// What is counted apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Series {
    /// As the app is called.
    pub(crate) app: String,
    pub(crate) revision: String,
    /// `1xx` to `9xx`.
    pub(crate) class: String,
}

impl Metered {
    /// Counts an answer.
    pub(crate) fn answer(&mut self, app: &str, revision: &str, status: u16, at: Timestamp) {
        let series = Series {
            app: app.to_owned(),
            revision: revision.to_owned(),
            class: format!("{}xx", status / 100),
        };
        let minutes = self.counts.entry(series).or_default();
        *minutes.entry(minute(at)).or_default() += 1;
    }

    /// Returns what was counted of an app.
    pub(crate) fn of_app(&self, app: &str) -> impl Iterator<Item = (&Series, &Minutes)> {
        let counts = self.counts.iter();
        counts.filter(move |(series, _)| series.app == app)
    }
}

/// Returns the minute that a time is in.
pub(crate) fn minute(time: Timestamp) -> Minute {
    time.as_second().div_euclid(60)
}

/// Returns the first moment of a minute.
pub(crate) fn start_of(minute: Minute) -> Timestamp {
    let second = minute.saturating_mul(60);
    let second = second.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(second).expect("it is within the range")
}
