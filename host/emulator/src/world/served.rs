//! Counts of what the data plane served, per revision: the measured split, as opposed to the
//! configured one.

use serde::Serialize;

/// Requests and the classes of their answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Counts {
    /// Requests that reached the revision, answered or not.
    pub requests: u64,
    /// Answers below 400.
    pub good: u64,
    /// Answers from 400 to 499.
    #[serde(rename = "4xx")]
    pub status_4xx: u64,
    /// Answers from 500 on.
    #[serde(rename = "5xx")]
    pub status_5xx: u64,
}

/// The counts of one revision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Served {
    /// Through the app's host, so chosen by weight.
    pub by_weight: Counts,
    /// Through the revision's own host or a label's.
    pub direct: Counts,
    /// As `by_weight`, since the last mark.
    pub by_weight_since_mark: Counts,
    /// As `direct`, since the last mark.
    pub direct_since_mark: Counts,
}

/// How a request came to its revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    ByWeight,
    Direct,
}

impl Served {
    pub(crate) fn request(&mut self, way: Way) {
        self.each(way, |counts| counts.requests += 1);
    }

    pub(crate) fn answer(&mut self, way: Way, status: u16) {
        self.each(way, |counts| match status {
            0..400 => counts.good += 1,
            400..500 => counts.status_4xx += 1,
            500.. => counts.status_5xx += 1,
        });
    }

    pub(crate) fn mark(&mut self) {
        self.by_weight_since_mark = Counts::default();
        self.direct_since_mark = Counts::default();
    }

    fn each(&mut self, way: Way, change: impl Fn(&mut Counts)) {
        let (total, since_mark) = match way {
            Way::ByWeight => (&mut self.by_weight, &mut self.by_weight_since_mark),
            Way::Direct => (&mut self.direct, &mut self.direct_since_mark),
        };
        change(total);
        change(since_mark);
    }
}
