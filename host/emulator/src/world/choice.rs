//! The weighted choice of a revision for one request at the app's host.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::scenario::Choice;

/// A split: names and weights; a share without a name leads nowhere.
pub(crate) type Split = [(Option<String>, u32)];

/// Chooses, and remembers what smoothness needs.
#[derive(Debug)]
pub(crate) struct Chooser {
    source: Option<StdRng>,
    split: Vec<(Option<String>, u32)>,
    current: Vec<i64>,
}

impl Chooser {
    pub(crate) fn new(choice: &Choice) -> Self {
        let source = match choice {
            Choice::Smooth => None,
            Choice::Random(seed) => Some(StdRng::seed_from_u64(*seed)),
        };
        Self {
            source,
            split: Vec::new(),
            current: Vec::new(),
        }
    }

    /// Returns the position of the chosen share, or none when no share has weight.
    pub(crate) fn pick(&mut self, split: &Split) -> Option<usize> {
        let total: u32 = split.iter().map(|(_, weight)| weight).sum();
        if total == 0 {
            return None;
        }
        match &mut self.source {
            Some(source) => Some(drawn(split, source.random_range(0..total))),
            None => Some(self.smooth(split, total)),
        }
    }

    /// Smooth weighted round-robin, as nginx has it: everyone gains their weight, the richest is
    /// chosen and pays the total. After `total` choices all are back at zero, so that any run of
    /// `total` requests, wherever it starts, is split exactly. A new split starts from zero.
    fn smooth(&mut self, split: &Split, total: u32) -> usize {
        if self.split != split {
            self.split = split.to_vec();
            self.current = vec![0; split.len()];
        }
        let mut richest = 0;
        for (index, (_, weight)) in split.iter().enumerate() {
            self.current[index] += i64::from(*weight);
            if self.current[index] > self.current[richest] {
                richest = index;
            }
        }
        self.current[richest] -= i64::from(total);
        richest
    }
}

fn drawn(split: &Split, mut ticket: u32) -> usize {
    for (index, (_, weight)) in split.iter().enumerate() {
        if ticket < *weight {
            return index;
        }
        ticket -= weight;
    }
    unreachable!("a ticket is smaller than the sum of the weights")
}
