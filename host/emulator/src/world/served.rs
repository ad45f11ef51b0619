//! Counts of the requests that the data plane served, per revision: the measured split, as opposed
//! to the configured one.

use serde::Serialize;

/// Requests, and their replies by class of status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ServedCounts {
    /// Requests that reached the revision, whether or not it replied.
    pub requests: u64,
    /// Replies below 400.
    pub good: u64,
    /// Replies from 400 to 499.
    #[serde(rename = "4xx")]
    pub status_4xx: u64,
    /// Replies from 500 on.
    #[serde(rename = "5xx")]
    pub status_5xx: u64,
}

/// The counts of one revision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Served {
    /// Requests to the app's host, where the revision is chosen by weight.
    pub by_weight: ServedCounts,
    /// Requests to the revision's own host or to that of a label.
    pub direct: ServedCounts,
    /// As `by_weight`, since the last mark.
    pub by_weight_since_mark: ServedCounts,
    /// As `direct`, since the last mark.
    pub direct_since_mark: ServedCounts,
}

/// How a request was routed to its revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Routing {
    ByWeight,
    Direct,
}

impl Served {
    pub(crate) fn request(&mut self, routing: Routing) {
        self.each(routing, |counts| counts.requests += 1);
    }

    pub(crate) fn reply(&mut self, routing: Routing, status: u16) {
        self.each(routing, |counts| match status {
            0..400 => counts.good += 1,
            400..500 => counts.status_4xx += 1,
            500.. => counts.status_5xx += 1,
        });
    }

    pub(crate) fn mark(&mut self) {
        self.by_weight_since_mark = ServedCounts::default();
        self.direct_since_mark = ServedCounts::default();
    }

    fn each(&mut self, routing: Routing, change: impl Fn(&mut ServedCounts)) {
        let (total, since_mark) = match routing {
            Routing::ByWeight => (&mut self.by_weight, &mut self.by_weight_since_mark),
            Routing::Direct => (&mut self.direct, &mut self.direct_since_mark),
        };
        change(total);
        change(since_mark);
    }
}
