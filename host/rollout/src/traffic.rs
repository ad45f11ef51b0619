//! How requests are shared among revisions: weights, and the whole traffic array as the platform keeps it.
//!
//! Computes the array of a stage from the baseline, and compares two arrays by meaning. How a platform writes an array
//! down is the adapter's part.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A share of all requests in whole per cent, 0 to 100.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(try_from = "u32", into = "u32")]
pub struct Weight(u8);

impl Weight {
    /// No requests.
    pub const ZERO: Weight = Weight(0);
    /// Every request.
    pub const ALL: Weight = Weight(100);

    /// Returns the weight, or `None` above 100.
    pub fn new(per_cent: u32) -> Option<Weight> {
        u8::try_from(per_cent)
            .ok()
            .filter(|p| *p <= 100)
            .map(Weight)
    }

    /// Returns the per cent, 0 to 100.
    pub fn per_cent(self) -> u32 {
        u32::from(self.0)
    }

    /// Returns 100 minus this weight.
    pub fn rest(self) -> Weight {
        Weight(100 - self.0)
    }
}

impl TryFrom<u32> for Weight {
    type Error = String;
    fn try_from(per_cent: u32) -> Result<Weight, String> {
        Weight::new(per_cent).ok_or_else(|| format!("weight {per_cent} is not between 0 and 100"))
    }
}

impl From<Weight> for u32 {
    fn from(weight: Weight) -> u32 {
        weight.per_cent()
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

/// The receiver of an entry of the traffic array.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TrafficTarget {
    /// A revision by its full name.
    Revision(String),
    /// The revision that became ready last. Read from the platform, never written with a weight by lockgate.
    LatestReady,
}

impl fmt::Display for TrafficTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TrafficTarget::Revision(name) => f.write_str(name),
            TrafficTarget::LatestReady => f.write_str("latestRevision"),
        }
    }
}

/// One entry of the traffic array.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "ShareShape", into = "ShareShape")]
#[schemars(with = "ShareShape")]
pub struct Share {
    /// The receiver.
    pub target: TrafficTarget,
    /// Its share of all requests.
    pub weight: Weight,
    /// The label, which has a URL of its own. Kept exactly as it was found.
    pub label: Option<String>,
}

/// One entry of the traffic array: it names a `revision`, or is the one that follows the latest ready revision.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ShareShape {
    /// The revision by its full name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revision: Option<String>,
    /// True where the entry follows the revision that became ready last.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    latest_ready: bool,
    /// Its share of all requests in whole per cent.
    weight: Weight,
    /// The label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    label: Option<String>,
}

impl From<Share> for ShareShape {
    fn from(share: Share) -> ShareShape {
        let Share {
            target,
            weight,
            label,
        } = share;
        let (revision, latest_ready) = match target {
            TrafficTarget::Revision(name) => (Some(name), false),
            TrafficTarget::LatestReady => (None, true),
        };
        ShareShape {
            revision,
            latest_ready,
            weight,
            label,
        }
    }
}

impl TryFrom<ShareShape> for Share {
    type Error = &'static str;

    fn try_from(shape: ShareShape) -> Result<Share, &'static str> {
        let target = match (shape.revision, shape.latest_ready) {
            (Some(name), false) => TrafficTarget::Revision(name),
            (None, true) => TrafficTarget::LatestReady,
            _ => return Err("an entry of the traffic is of a revision or of the latest ready one"),
        };
        Ok(Share {
            target,
            weight: shape.weight,
            label: shape.label,
        })
    }
}

/// The whole traffic array, in the platform's order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
pub struct Traffic(pub Vec<Share>);

impl Traffic {
    /// Returns the sum of the weights of all entries that name the revision, in per cent.
    pub fn weight_of(&self, revision: &str) -> u32 {
        self.0
            .iter()
            .filter(
                |share| matches!(&share.target, TrafficTarget::Revision(name) if name == revision),
            )
            .map(|share| share.weight.per_cent())
            .sum()
    }

    /// Returns this array with all weight shared by two revisions: `weight` to the canary, the rest to the stable.
    ///
    /// Every entry keeps its place and label. Entries of other revisions have weight 0. A revision without an entry
    /// gets one at the end. The sum of the result is 100.
    pub fn split(&self, stable: &str, canary: &str, weight: Weight) -> Traffic {
        let mut shares: Vec<Share> = self
            .0
            .iter()
            .cloned()
            .map(|share| Share {
                weight: Weight::ZERO,
                ..share
            })
            .collect();
        for (revision, weight) in [(stable, weight.rest()), (canary, weight)] {
            let named = |share: &&mut Share| matches!(&share.target, TrafficTarget::Revision(n) if n == revision);
            match shares.iter_mut().find(named) {
                Some(share) => share.weight = weight,
                None => shares.push(Share {
                    target: TrafficTarget::Revision(revision.to_owned()),
                    weight,
                    label: None,
                }),
            }
        }
        Traffic(shares)
    }

    /// Returns the labels of either array whose revision differs, each with its revision in this one. `None` stands for no
    /// revision.
    pub fn labels_that_differ(&self, other: &Traffic) -> Vec<(String, Option<String>)> {
        let labels: std::collections::BTreeSet<&String> = (self.0.iter())
            .chain(&other.0)
            .filter_map(|share| share.label.as_ref())
            .collect();
        labels
            .into_iter()
            .filter(|label| self.labelled(label) != other.labelled(label))
            .map(|label| (label.clone(), self.labelled(label).map(str::to_owned)))
            .collect()
    }

    /// Returns the revision that has the label by its own name.
    pub fn labelled(&self, label: &str) -> Option<&str> {
        let share = (self.0.iter()).find(|share| share.label.as_deref() == Some(label))?;
        match &share.target {
            TrafficTarget::Revision(name) => Some(name),
            TrafficTarget::LatestReady => None,
        }
    }

    /// Returns this array with each of these labels at its revision, and at no other; `None` takes a label away. A revision
    /// has one label at most, so another one that it had is gone.
    #[must_use]
    pub fn with_labels<'a>(
        mut self,
        labels: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
    ) -> Traffic {
        for (label, revision) in labels {
            for share in &mut self.0 {
                if share.label.as_deref() == Some(label) {
                    share.label = None;
                }
            }
            let Some(revision) = revision else { continue };
            let target = TrafficTarget::Revision(revision.to_owned());
            let label = Some(label.to_owned());
            match self.0.iter_mut().find(|share| share.target == target) {
                Some(share) => share.label = label,
                None => self.0.push(Share {
                    target,
                    weight: Weight::ZERO,
                    label,
                }),
            }
        }
        self
    }

    /// Returns the label of a revision.
    pub fn label_of(&self, revision: &str) -> Option<&str> {
        let named = |share: &&Share| matches!(&share.target, TrafficTarget::Revision(name) if name == revision);
        self.0
            .iter()
            .filter(named)
            .find_map(|share| share.label.as_deref())
    }

    /// Returns whether both arrays mean the same. Order does not count, nor do entries without weight and label, since
    /// platforms add and drop them.
    pub fn same_as(&self, other: &Traffic) -> bool {
        self.essence() == other.essence()
    }

    /// Returns whether the revision has all weight under its name, and no entry with a weight or a label follows the
    /// latest ready revision.
    pub fn is_all_of(&self, revision: &str) -> bool {
        let essence = self.essence();
        let sum: u32 = essence.iter().map(|share| share.weight.per_cent()).sum();
        let follows = essence
            .iter()
            .any(|s| s.target == TrafficTarget::LatestReady);
        sum == 100 && self.weight_of(revision) == 100 && !follows
    }

    fn essence(&self) -> Vec<&Share> {
        let mut shares: Vec<&Share> = self
            .0
            .iter()
            .filter(|share| share.weight != Weight::ZERO || share.label.is_some())
            .collect();
        shares.sort();
        shares
    }
}

impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shares = self.essence();
        if shares.is_empty() {
            return f.write_str("no traffic");
        }
        for (index, share) in shares.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{} {}", share.target, share.weight)?;
            if let Some(label) = &share.label {
                write!(f, " (label {label})")?;
            }
        }
        Ok(())
    }
}
