//! The mathematics of the gate `compare`: is the canary worse than the stable by more than is tolerated? Pure: no IO, no
//! clock, no contract, no allocation beyond what is returned.
//!
//! Read in this order: [`log_factor`] (what one stretch of traffic says), [`Evidence`] (what all of it says, however often
//! it is looked at), [`answer()`] (what follows from that), [`power`] (what can be seen at all, before it begins).
//!
//! What holds, and under which assumptions: the chance that [`Evidence::against`] ever reaches 1/alpha is at most alpha
//! while the canary's rate of failures is on or below the tolerated [`Line`], for any rates that change with time in any
//! way, together or apart, for any split and any number of looks. It assumes that each request fails with the chance
//! of its revision at that time, that the split does not depend on the failures of the same stretch, that both revisions get
//! the same kind of requests, and that each request enters once. Failures that come in bunches need a `burst` that bounds
//! them. The reasons are Ville's inequality and the mean of a factor, which is at most 1 (`factor.rs`).

mod answer;
mod burst;
mod capital;
mod constants;
mod factor;
pub mod power;
mod sum;

pub use answer::{Judged, Phase, Question, Reason, Rules, ThinEvidence, answer};
pub use burst::{BURST_MAX, MINUTES_MIN, burst_of};
pub use capital::{Evidence, together};
pub use constants::{BETS_AGAINST, BETS_FOR, LADDER, MARGINS, smallest_margin};
pub use factor::{Block, Counts, Line, log_factor};
