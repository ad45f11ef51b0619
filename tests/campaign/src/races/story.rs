//! A story: what happens in one trial, drawn from its seed. The same seed always gives the same story; how the processes
//! interleave is up to the machine. Pure data, and must start nothing.

use std::fmt;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::judge::course::Role;

/// What happens in one trial.
#[derive(Debug)]
pub(crate) struct Story {
    pub(crate) seed: u64,
    pub(crate) plot: Plot,
    /// How long the service takes for a usual write.
    pub(crate) operation_ms: u64,
    pub(crate) bake_ms: u64,
    /// Fault rules of the emulator, each for one call of one client.
    pub(crate) faults: Vec<Value>,
    pub(crate) steps: Vec<Step>,
}

/// The kinds of stories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Plot {
    /// A rollout, and an operator who changes the traffic.
    Operator,
    /// Two rollouts of the same canary.
    TwoRollouts,
    /// `abort` of a rollout that is alive.
    AbortAlive,
    /// `recover --run-id` of a rollout that is alive.
    RecoverAlive,
    /// SIGKILL, then `abort`; sometimes this is killed too, and another one follows.
    KillAndAbort,
    /// SIGKILL, then `recover --run-id`; sometimes this is killed too, and another one follows.
    KillAndRecover,
    /// A run that is held, and `resume`; sometimes `abort` or an operator comes in between.
    Held,
    /// A canary that fails while an operator changes the traffic.
    Failing,
    /// An operator strips the tags off the app, and `abort` comes later.
    Stripped,
    /// Two rollouts and an `abort`.
    Three,
    /// A long bake, and somebody who ends the run or changes the traffic meanwhile.
    Watch,
}

impl Plot {
    const ALL: [Plot; 11] = [
        Plot::Operator,
        Plot::TwoRollouts,
        Plot::AbortAlive,
        Plot::RecoverAlive,
        Plot::KillAndAbort,
        Plot::KillAndRecover,
        Plot::Held,
        Plot::Failing,
        Plot::Stripped,
        Plot::Three,
        Plot::Watch,
    ];
}

impl fmt::Display for Plot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Plot::Operator => "operator",
            Plot::TwoRollouts => "two rollouts",
            Plot::AbortAlive => "abort of a live run",
            Plot::RecoverAlive => "recover of a live run",
            Plot::KillAndAbort => "kill and abort",
            Plot::KillAndRecover => "kill and recover",
            Plot::Held => "held and resumed",
            Plot::Failing => "failing canary and operator",
            Plot::Stripped => "stripped tags and abort",
            Plot::Three => "two rollouts and abort",
            Plot::Watch => "change in a long bake",
        };
        f.write_str(words)
    }
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) when: When,
    /// Milliseconds after that.
    pub(crate) after_ms: u64,
    pub(crate) act: Act,
}

/// What a step waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum When {
    Start,
    /// So many PATCHes have been received. They may still sit in the network.
    Sent(usize),
    /// So many writes have been accepted.
    Writes(usize),
    /// The process has ended.
    Ended(&'static str),
}

/// What happens in a step.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Starts a lockgate under this name.
    Lockgate(&'static str, Role),
    Kill(&'static str),
    Operator(Change),
    /// The canary's behaviour from now on.
    Behave(Value),
}

/// What the operator writes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    /// The whole traffic array, by revision.
    Weights(&'static [(&'static str, u64)]),
    /// Removes lockgate's tags and leaves the traffic alone.
    StripTags,
}

/// What an operator may write instead.
const CHANGES: [Change; 5] = [
    Change::Weights(&[("shop--v1", 100)]),
    Change::Weights(&[("shop--v1", 100)]),
    Change::Weights(&[("shop--v1", 60), ("shop--v2", 40)]),
    Change::Weights(&[("shop--v0", 50), ("shop--v1", 50)]),
    Change::StripTags,
];

/// The longest delay of a call or an operation. A process that restores has to watch for longer than this.
const DELAY_MAX_MS: u64 = 2_500;

impl Story {
    /// Draws the story of a seed.
    pub(crate) fn of(seed: u64) -> Story {
        let mut rng = StdRng::seed_from_u64(seed);
        let plot = Plot::ALL[rng.random_range(0..Plot::ALL.len())];
        let operation_ms = match rng.random_range(0..4) {
            0 => rng.random_range(500..DELAY_MAX_MS),
            _ => rng.random_range(10..300),
        };
        let mut faults = Vec::new();
        for client in ["a", "b", "c", "operator"] {
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

fn steps(plot: Plot, rng: &mut StdRng) -> Vec<Step> {
    let mut steps = vec![step(When::Start, 0, Act::Lockgate("a", Role::Rollout))];
    match plot {
        Plot::Operator => {
            for _ in 0..rng.random_range(1..3) {
                steps.push(operator(rng));
            }
        }
        Plot::TwoRollouts => {
            steps.push(second_rollout(rng));
            if rng.random_bool(0.3) {
                steps.push(operator(rng));
            }
        }
        Plot::AbortAlive => steps.push(during(rng, Act::Lockgate("b", Role::Abort))),
        Plot::RecoverAlive => steps.push(during(rng, Act::Lockgate("b", Role::Recover))),
        Plot::KillAndAbort => kill_and(Role::Abort, rng, &mut steps),
        Plot::KillAndRecover => kill_and(Role::Recover, rng, &mut steps),
        Plot::Held => held(rng, &mut steps),
        Plot::Failing => {
            let failing = Act::Behave(json!({"error-share": 1.0}));
            steps.push(during(rng, failing));
            steps.push(operator(rng));
        }
        Plot::Stripped => {
            steps.push(during(rng, Act::Operator(Change::StripTags)));
            let pause = rng.random_range(0..1_500);
            let abort = Act::Lockgate("b", Role::Abort);
            steps.push(step(When::Ended("a"), pause, abort));
        }
        Plot::Three => {
            steps.push(second_rollout(rng));
            steps.push(during(rng, Act::Lockgate("c", Role::Abort)));
        }
        Plot::Watch => {
            let act = match rng.random_range(0..3) {
                0 => Act::Lockgate("b", Role::Abort),
                1 => Act::Lockgate("b", Role::Recover),
                _ => Act::Operator(CHANGES[rng.random_range(0..CHANGES.len())]),
            };
            let after_ms = rng.random_range(200..3_000);
            steps.push(step(When::Writes(1), after_ms, act));
        }
    }
    steps
}

fn step(when: When, after_ms: u64, act: Act) -> Step {
    Step {
        when,
        after_ms,
        act,
    }
}

/// At a moment of the first rollout: soon after one of its first writes was sent or accepted, mostly.
fn during(rng: &mut StdRng, act: Act) -> Step {
    if rng.random_bool(0.5) {
        let (sent, after_ms) = (rng.random_range(1..5), rng.random_range(0..400));
        return step(When::Sent(sent), after_ms, act);
    }
    let (writes, after_ms) = (rng.random_range(0..4), rng.random_range(0..800));
    step(When::Writes(writes), after_ms, act)
}

fn operator(rng: &mut StdRng) -> Step {
    let change = CHANGES[rng.random_range(0..CHANGES.len())];
    during(rng, Act::Operator(change))
}

fn second_rollout(rng: &mut StdRng) -> Step {
    let after_ms = rng.random_range(0..1_500);
    step(When::Start, after_ms, Act::Lockgate("b", Role::Rollout))
}

fn kill_and(role: Role, rng: &mut StdRng, steps: &mut Vec<Step>) {
    steps.push(during(rng, Act::Kill("a")));
    let pause = if rng.random_bool(0.5) {
        rng.random_range(0..50)
    } else {
        rng.random_range(0..1_500)
    };
    steps.push(step(When::Ended("a"), pause, Act::Lockgate("b", role)));
    if rng.random_bool(0.3) {
        // Whoever restores can be killed as well.
        let moment = pause + rng.random_range(100..2_000);
        steps.push(step(When::Ended("a"), moment, Act::Kill("b")));
        let again = rng.random_range(0..500);
        steps.push(step(When::Ended("b"), again, Act::Lockgate("c", role)));
    }
}

/// A gate that is of two minds freezes the first rollout; then the canary is well, and the run is resumed.
fn held(rng: &mut StdRng, steps: &mut Vec<Step>) {
    let undecided = Act::Behave(json!({"error-share": 0.5}));
    steps.push(step(When::Writes(1), 0, undecided));
    let well = Act::Behave(json!({}));
    steps.push(step(When::Ended("a"), 0, well));
    let pause = rng.random_range(100..1_000);
    let resume = Act::Lockgate("b", Role::Resume);
    steps.push(step(When::Ended("a"), pause, resume));
    match rng.random_range(0..4) {
        0 => {
            let abort = Act::Lockgate("c", Role::Abort);
            steps.push(step(
                When::Ended("a"),
                pause + rng.random_range(0..800),
                abort,
            ));
        }
        1 => {
            let again = Act::Lockgate("c", Role::Resume);
            steps.push(step(
                When::Ended("a"),
                pause + rng.random_range(0..300),
                again,
            ));
        }
        2 => {
            let change = Act::Operator(CHANGES[rng.random_range(0..CHANGES.len())]);
            steps.push(step(
                When::Ended("a"),
                pause + rng.random_range(0..800),
                change,
            ));
        }
        _ => {}
    }
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
        let stories: Vec<Story> = (0..100).map(Story::of).collect();
        for plot in Plot::ALL {
            assert!(stories.iter().any(|story| story.plot == plot), "{plot}");
        }
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
