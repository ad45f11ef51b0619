//! The randomness of a call, all of it from one seed.
//!
//! The bytes are SHA-256 of the seed, the stream's name and a counter: the same in every release and on every machine, and
//! unpredictable without the seed.

use std::convert::Infallible;

use rand::{Rng, TryRng};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The seed of all randomness of one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seed(#[serde(with = "rollout::base64_text")] Vec<u8>);

impl Seed {
    /// Returns a new seed from the operating system's randomness.
    pub(crate) fn fresh() -> Seed {
        Seed(rand::random::<[u8; 32]>().to_vec())
    }

    /// Returns a seed made from a text: the same seed for the same text.
    pub fn from_text(text: &str) -> Seed {
        Seed(Sha256::digest(text).to_vec())
    }

    /// Returns the stream of this name, from its beginning.
    pub(crate) fn stream(&self, name: &'static str) -> RandomStream {
        RandomStream {
            seed: self.clone(),
            name,
            blocks: 0,
            block: [0; 32],
            used: 32,
        }
    }

    /// Returns the number for `wasi:random/insecure-seed`.
    pub(crate) fn number(&self) -> u128 {
        let mut bytes = [0; 16];
        self.stream("insecure-seed").fill_bytes(&mut bytes);
        u128::from_le_bytes(bytes)
    }
}

/// One stream of random bytes.
pub(crate) struct RandomStream {
    seed: Seed,
    name: &'static str,
    /// Blocks made so far.
    blocks: u64,
    block: [u8; 32],
    /// Bytes of the block that were handed out.
    used: usize,
}

impl RandomStream {
    fn byte(&mut self) -> u8 {
        if self.used == self.block.len() {
            let mut hash = Sha256::new();
            hash.update(&self.seed.0);
            hash.update(self.name);
            hash.update(self.blocks.to_le_bytes());
            self.block = hash.finalize().into();
            self.blocks += 1;
            self.used = 0;
        }
        self.used += 1;
        self.block[self.used - 1]
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.byte())
    }
}

impl TryRng for RandomStream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.bytes()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            *byte = self.byte();
        }
        Ok(())
    }
}
