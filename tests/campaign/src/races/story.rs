//! A story: what happens in one trial, drawn from its seed. The same seed always gives the same story; how the processes
//! interleave is up to the machine. `plots` has the steps of each kind. Pure data, and must start nothing.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use super::plots::{Plot, steps};
use super::steps::Step;

/// What happens in one trial.
#[derive(Debug)]
pub(crate) struct Story {
    pub(crate) seed: u64,
    pub(crate) plot: Plot,
    /// How long the service takes for a usual write.
    pub(crate) operation_ms: u64,
    pub(crate) bake_ms: u64,
    /// What the stage before the last one waits for an approval, in the words of the configuration.
    pub(crate) pause: Option<&'static str>,
    /// Whether a label moves with a promotion.
    pub(crate) moves_a_label: bool,
    /// Fault rules of the emulator, each for one call of one client.
    pub(crate) faults: Vec<Value>,
    pub(crate) steps: Vec<Step>,
}

/// The names that processes and the operator can have, which are those of their doors.
pub(crate) const CLIENTS: [&str; 5] = ["a", "b", "c", "d", "operator"];

/// The longest delay of a call or an operation. A process that restores has to watch for longer than this.
const DELAY_MAX_MS: u64 = 2_500;

impl Story {
    /// Returns the story of a rollout that nothing disturbs.
    pub(crate) fn undisturbed() -> Story {
        Story {
            seed: 0,
            plot: Plot::Operator,
            operation_ms: 10,
            bake_ms: 100,
            pause: None,
            moves_a_label: false,
            faults: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// Draws the story of a seed.
    pub(crate) fn of(seed: u64) -> Story {
        let mut rng = StdRng::seed_from_u64(seed);
        let plot = Plot::ALL[rng.random_range(0..Plot::ALL.len())];
        let operation_ms = match rng.random_range(0..4) {
            0 => rng.random_range(500..DELAY_MAX_MS),
            _ => rng.random_range(10..300),
        };
        let mut faults = Vec::new();
        if plot == Plot::Marked && rng.random_bool(0.5) {
            // The note is under way while the next rollout begins.
            let ms = rng.random_range(500..DELAY_MAX_MS);
            let on = json!({"client": "a", "method": "PATCH"});
            faults.push(json!({"on": on, "nth": 1, "what": {"late": {"ms": ms}}}));
        }
        for client in CLIENTS {
            faults.extend(delays(&mut rng, client));
        }
        Story {
            seed,
            plot,
            operation_ms,
            bake_ms: match plot {
                Plot::Watch => rng.random_range(10_000..14_000),
                _ => rng.random_range(100..1_200),
            },
            pause: match plot {
                Plot::Paused => Some("4h"),
                // In whole seconds, from the write of the stage on.
                Plot::PauseOver => Some(["1s", "2s", "4s"][rng.random_range(0..3)]),
                Plot::Crowd if rng.random_bool(0.3) => Some("4h"),
                _ => None,
            },
            moves_a_label: rng.random_bool(0.3),
            steps: steps(plot, &mut rng),
            faults,
        }
    }
}

/// Returns the delays of a client: of its first writes often, of its first reads sometimes.
fn delays(rng: &mut StdRng, client: &str) -> Vec<Value> {
    let rule = |method: &str, nth: u32, what: Value| json!({"on": {"client": client, "method": method}, "nth": nth, "what": what});
    let mut rules = Vec::new();
    for nth in 1..=5 {
        if rng.random_bool(0.4) {
            let ms = rng.random_range(50..DELAY_MAX_MS);
            let what = match rng.random_range(0..7) {
                0 | 1 => json!({"delay": {"ms": ms}}),
                2 | 3 => json!({"slow-operation": {"ms": ms}}),
                4 => json!({"late": {"ms": ms}}),
                5 => json!("applied-but-answer-lost"),
                _ => json!({"refuse": {"status": 429, "retry-after": 1}}),
            };
            rules.push(rule("PATCH", nth, what));
        }
    }
    for nth in 1..=12 {
        if rng.random_bool(0.05) {
            let ms = rng.random_range(50..600);
            rules.push(rule("GET", nth, json!({"delay": {"ms": ms}})));
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seed_always_makes_the_same_story() {
        for seed in 0..50 {
            assert_eq!(
                format!("{:?}", Story::of(seed)),
                format!("{:?}", Story::of(seed))
            );
        }
    }

    #[test]
    fn few_seeds_have_every_plot_and_every_delay() {
        let stories: Vec<Story> = (0..200).map(Story::of).collect();
        for plot in Plot::ALL {
            assert!(stories.iter().any(|story| story.plot == plot), "{plot}");
        }
        assert!(stories.iter().any(|story| story.moves_a_label));
        let faults = format!("{stories:?}");
        for delay in [
            "\"delay\"",
            "\"slow-operation\"",
            "\"late\"",
            "applied-but-answer-lost",
            "\"refuse\"",
        ] {
            assert!(faults.contains(&delay.replace('"', "")), "{delay}");
        }
    }
}
