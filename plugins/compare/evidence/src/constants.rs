//! The constants of the test. They are part of the format of a gate's state: with others, the same traffic gives other
//! evidence.

/// Bets against the canary: it fails so many times as often as is tolerated.
pub(crate) const GRID_BAD: [f64; BETS_AGAINST] = [1.3, 2.0, 5.0, 20.0];
/// The share of each stake that goes on each of them.
pub(crate) const PRIOR_BAD: [f64; BETS_AGAINST] = [0.15, 0.2, 0.25, 0.4];
/// The share of the capital that is staked at once. The rest is cash, staked little by little on "it begins now".
pub(crate) const FIRST: f64 = 3.0 / 4.0;
/// The share of the cash that is staked at each later block.
pub(crate) const LATER: f64 = 1.0 / 50.0;
/// The share of the cash that is staked at the first block after the weight was raised.
pub(crate) const AT_STAGE: f64 = 1.0 / 3.0;
/// Bets for the canary: its rate lies so far between the stable's (0) and the margin's line (1).
pub(crate) const GRID_GOOD: [f64; BETS_FOR] = [0.0, 0.25, 0.5];
/// The same where stable is not looked at: fractions of the margin.
pub(crate) const GRID_GOOD_ABSOLUTE: [f64; BETS_FOR] = [0.1, 0.3, 0.6];
/// Failures of the guess of the stable rate before anything was seen.
pub(crate) const PRIOR_FAILURES: f64 = 0.5;
/// Requests of that guess.
pub(crate) const PRIOR_REQUESTS: f64 = 500.0;
/// The share of what was seen that is kept at each block.
pub(crate) const MEMORY: f64 = 0.95;

/// The number of bets against the canary.
pub const BETS_AGAINST: usize = 4;
/// The number of bets for the canary, at each margin.
pub const BETS_FOR: usize = 3;
/// The number of margins for which evidence is kept.
pub const MARGINS: usize = 19;
/// The margins for which evidence is kept, rising: 0.01 * 2^(k/2) for k from -9 to 9, from 0.044 % to 22.6 %.
pub const LADDER: [f64; MARGINS] = ladder();

/// Returns the smallest margin for which evidence is kept.
pub fn smallest_margin() -> f64 {
    LADDER[0]
}

const fn ladder() -> [f64; MARGINS] {
    let mut rungs = [0.0; MARGINS];
    let mut rung = 0;
    while rung < MARGINS {
        // Powers of the square root of two: `powf` is no const function.
        let k = rung as i32 - 9;
        let half = if k.rem_euclid(2) == 0 {
            1.0
        } else {
            std::f64::consts::SQRT_2
        };
        let mut value = 0.01 * half;
        let mut whole = k.div_euclid(2);
        while whole > 0 {
            value *= 2.0;
            whole -= 1;
        }
        while whole < 0 {
            value /= 2.0;
            whole += 1;
        }
        rungs[rung] = value;
        rung += 1;
    }
    rungs
}
