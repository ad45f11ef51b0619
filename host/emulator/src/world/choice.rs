//! The weighted choice of a revision for a request to the app's host.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::scenario::RevisionChoice;

/// One share of a split.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SplitShare {
    /// Absent if the share leads to no revision.
    pub(crate) revision: Option<String>,
    pub(crate) weight: u32,
}

/// Chooses shares by weight, and keeps the state that a smooth choice needs.
#[derive(Debug)]
pub(crate) struct Chooser {
    source: Option<StdRng>,
    split: Vec<SplitShare>,
    /// The credit of each share of `split` in the smooth choice.
    credits: Vec<i64>,
}

impl Chooser {
    pub(crate) fn new(choice: &RevisionChoice) -> Self {
        let source = match choice {
            RevisionChoice::Smooth => None,
            RevisionChoice::Random(seed) => Some(StdRng::seed_from_u64(*seed)),
        };
        Self {
            source,
            split: Vec::new(),
            credits: Vec::new(),
        }
    }

    /// Returns the position of the chosen share, or `None` if no share has weight.
    pub(crate) fn pick(&mut self, split: &[SplitShare]) -> Option<usize> {
        let total: u32 = split.iter().map(|share| share.weight).sum();
        if total == 0 {
            return None;
        }
        match &mut self.source {
            Some(source) => Some(share_of(split, source.random_range(0..total))),
            None => Some(self.smooth(split, total)),
        }
    }

    /// Smooth weighted round-robin, as in nginx: every share gains its weight, and the share with
    /// the most credit is chosen and pays the total. After `total` choices all credits are zero
    /// again, so any `total` requests in a row are split exactly. A new split starts from zero.
    fn smooth(&mut self, split: &[SplitShare], total: u32) -> usize {
        if self.split != split {
            self.split = split.to_vec();
            self.credits = vec![0; split.len()];
        }
        let mut richest = 0;
        for (index, share) in split.iter().enumerate() {
            self.credits[index] += i64::from(share.weight);
            if self.credits[index] > self.credits[richest] {
                richest = index;
            }
        }
        self.credits[richest] -= i64::from(total);
        richest
    }
}

/// Returns the position of the share that a number below the total weight falls into.
fn share_of(split: &[SplitShare], mut number: u32) -> usize {
    for (index, share) in split.iter().enumerate() {
        if number < share.weight {
            return index;
        }
        number -= share.weight;
    }
    unreachable!("the number is smaller than the sum of the weights")
}
