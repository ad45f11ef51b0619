//! What the built-in web app of one revision keeps between its replies: how many it gave, the source of its random
//! failures, and what it counts of itself. Its counts begin at zero whenever its process starts.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::instruments::Instruments;
use crate::scenario::Behaviour;

/// The state of one web app.
#[derive(Debug)]
pub(crate) struct WebAppState {
    /// Replies under the current behaviour.
    pub(crate) replies: u64,
    pub(crate) instruments: Instruments,
    chance: StdRng,
}

impl WebAppState {
    pub(crate) fn new(behaviour: &Behaviour) -> Self {
        Self {
            replies: 0,
            instruments: Instruments::default(),
            chance: StdRng::seed_from_u64(behaviour.fails_seed),
        }
    }

    /// Begins another behaviour: counts the share of errors and draws the random failures anew. The process goes on, and so
    /// do its own counts.
    pub(crate) fn behave(&mut self, behaviour: &Behaviour) {
        self.replies = 0;
        self.chance = StdRng::seed_from_u64(behaviour.fails_seed);
    }

    /// Forgets what a process forgets that ends.
    pub(crate) fn restart(&mut self) {
        self.instruments = Instruments::default();
    }

    /// Draws whether a request fails that fails with this chance.
    pub(crate) fn fails(&mut self, share: f64) -> bool {
        self.chance.random::<f64>() < share
    }
}
