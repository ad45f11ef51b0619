//! The plots: the kinds of stories, and what happens in each, step by step. Pure data, and must start nothing.

use std::fmt;

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::json;

use super::steps::{Act, Change, Step, When};
use crate::judge::course::{CANARY, Role};

/// The revision that serves before the first rollout.
const STABLE: &str = "shop--v1";

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
    /// `undo` about the time at which a rollout is promoted; sometimes an operator or an `abort` comes in between.
    Undone,
    /// Two that undo one promotion at once, one of them forced; sometimes the replaced revision is ill.
    TwoUndos,
    /// `undo`, and a rollout of the same canary that begins about then.
    UndoneAndAgain,
    /// A run that is paused, two that resume it at once, and somebody else.
    Paused,
    /// A run that is paused for moments, `resume` and `recover`.
    PauseOver,
    /// A canary that fails at weight 0, whose note may be late, and a rollout of it once it is well.
    Marked,
    /// A rollout and three others of any kind.
    Crowd,
}

impl Plot {
    pub(super) const ALL: [Plot; 18] = [
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
        Plot::Undone,
        Plot::TwoUndos,
        Plot::UndoneAndAgain,
        Plot::Paused,
        Plot::PauseOver,
        Plot::Marked,
        Plot::Crowd,
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
            Plot::Undone => "undone",
            Plot::TwoUndos => "two undos",
            Plot::UndoneAndAgain => "undo and rollout",
            Plot::Paused => "paused and resumed twice",
            Plot::PauseOver => "pause whose time is over",
            Plot::Marked => "failed and well again",
            Plot::Crowd => "crowd",
        };
        f.write_str(words)
    }
}

/// What an operator may write instead.
const CHANGES: [Change; 5] = [
    Change::Weights(&[("shop--v1", 100)]),
    Change::Weights(&[("shop--v1", 100)]),
    Change::Weights(&[("shop--v1", 60), ("shop--v2", 40)]),
    Change::Weights(&[("shop--v0", 50), ("shop--v1", 50)]),
    Change::StripTags,
];

/// Draws the steps of a plot.
pub(super) fn steps(plot: Plot, rng: &mut StdRng) -> Vec<Step> {
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
            let failing = Act::Behave(CANARY, json!({"error-share": 1.0}));
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
        Plot::Watch => watch(rng, &mut steps),
        Plot::Undone => undone(rng, &mut steps),
        Plot::TwoUndos => two_undos(rng, &mut steps),
        Plot::UndoneAndAgain => undone_and_again(rng, &mut steps),
        Plot::Paused => paused(rng, &mut steps),
        Plot::PauseOver => pause_over(rng, &mut steps),
        Plot::Marked => marked(rng, &mut steps),
        Plot::Crowd => crowd(rng, &mut steps),
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
    let undecided = Act::Behave(CANARY, json!({"error-share": 0.5}));
    steps.push(step(When::Writes(1), 0, undecided));
    let well = Act::Behave(CANARY, json!({}));
    steps.push(step(When::Ended("a"), 0, well));
    let pause = rng.random_range(100..1_000);
    let resume = Act::Lockgate("b", Role::Resume);
    steps.push(step(When::Ended("a"), pause, resume));
    let (other, within) = match rng.random_range(0..4) {
        0 => (Act::Lockgate("c", Role::Abort), 800),
        1 => (Act::Lockgate("c", Role::Resume), 300),
        2 => (
            Act::Operator(CHANGES[rng.random_range(0..CHANGES.len())]),
            800,
        ),
        _ => return,
    };
    let moment = pause + rng.random_range(0..within);
    steps.push(step(When::Ended("a"), moment, other));
}

/// Somebody ends the run in its long bake, or changes the traffic.
fn watch(rng: &mut StdRng, steps: &mut Vec<Step>) {
    let act = match rng.random_range(0..3) {
        0 => Act::Lockgate("b", Role::Abort),
        1 => Act::Lockgate("b", Role::Recover),
        _ => Act::Operator(CHANGES[rng.random_range(0..CHANGES.len())]),
    };
    let after_ms = rng.random_range(200..3_000);
    steps.push(step(When::Writes(1), after_ms, act));
}

fn undo(rng: &mut StdRng) -> Role {
    let force = rng.random_bool(0.5);
    Role::Undo { force }
}

/// After the first rollout has ended, mostly soon.
fn afterwards(rng: &mut StdRng, act: Act) -> Step {
    let longest = if rng.random_bool(0.5) { 100 } else { 2_000 };
    step(When::Ended("a"), rng.random_range(0..longest), act)
}

/// About the time at which the first rollout is promoted, or afterwards.
fn about_the_promotion(rng: &mut StdRng, act: Act) -> Step {
    match rng.random_range(0..4) {
        0 => during(rng, act),
        1 => step(When::Writes(4), rng.random_range(0..1_500), act),
        _ => afterwards(rng, act),
    }
}

fn undone(rng: &mut StdRng, steps: &mut Vec<Step>) {
    let act = Act::Lockgate("b", undo(rng));
    steps.push(about_the_promotion(rng, act));
    match rng.random_range(0..4) {
        0 => {
            let change = Act::Operator(CHANGES[rng.random_range(0..CHANGES.len())]);
            steps.push(about_the_promotion(rng, change));
        }
        1 => steps.push(afterwards(rng, Act::Lockgate("c", Role::Abort))),
        2 => {
            let kill = Act::Kill("b");
            steps.push(afterwards(rng, kill));
            let again = Act::Lockgate("c", undo(rng));
            steps.push(step(When::Ended("b"), rng.random_range(0..1_000), again));
        }
        _ => {}
    }
}

fn two_undos(rng: &mut StdRng, steps: &mut Vec<Step>) {
    if rng.random_bool(0.3) {
        let ill = Act::Behave(STABLE, json!({"error-share": 1.0}));
        steps.push(step(When::Ended("a"), 0, ill));
    }
    let pause = rng.random_range(0..500);
    for (name, force) in [("b", false), ("c", true)] {
        let act = Act::Lockgate(name, Role::Undo { force });
        let after_ms = pause + rng.random_range(0..400);
        steps.push(step(When::Ended("a"), after_ms, act));
    }
    if rng.random_bool(0.5) {
        let change = Act::Operator(CHANGES[rng.random_range(0..CHANGES.len())]);
        let after_ms = pause + rng.random_range(0..800);
        steps.push(step(When::Ended("a"), after_ms, change));
    }
}

fn undone_and_again(rng: &mut StdRng, steps: &mut Vec<Step>) {
    let act = Act::Lockgate("b", undo(rng));
    steps.push(afterwards(rng, act));
    let again = Act::Lockgate("c", Role::Rollout);
    // The fourth write is the one that promotes, the fifth mostly that of the undo.
    let (writes, after_ms) = (rng.random_range(4..6), rng.random_range(0..1_500));
    steps.push(step(When::Writes(writes), after_ms, again));
    let act = match rng.random_range(0..4) {
        0 => Act::Lockgate("d", Role::Abort),
        1 | 2 => Act::Lockgate("d", undo(rng)),
        _ => return,
    };
    let (writes, after_ms) = (rng.random_range(5..8), rng.random_range(0..1_000));
    steps.push(step(When::Writes(writes), after_ms, act));
}

fn paused(rng: &mut StdRng, steps: &mut Vec<Step>) {
    let pause = rng.random_range(0..500);
    for name in ["b", "c"] {
        let act = Act::Lockgate(name, Role::Resume);
        let after_ms = pause + rng.random_range(0..400);
        steps.push(step(When::Ended("a"), after_ms, act));
    }
    let act = match rng.random_range(0..5) {
        0 => Act::Lockgate("d", Role::Abort),
        1 => Act::Lockgate("d", undo(rng)),
        2 => Act::Operator(CHANGES[rng.random_range(0..CHANGES.len())]),
        3 => Act::Kill("b"),
        _ => return,
    };
    let after_ms = pause + rng.random_range(0..2_500);
    steps.push(step(When::Ended("a"), after_ms, act));
}

fn pause_over(rng: &mut StdRng, steps: &mut Vec<Step>) {
    for (name, role) in [("b", Role::Resume), ("c", Role::Recover)] {
        let after_ms = rng.random_range(0..3_000);
        steps.push(step(When::Ended("a"), after_ms, Act::Lockgate(name, role)));
    }
}

fn marked(rng: &mut StdRng, steps: &mut Vec<Step>) {
    let ill = Act::Behave(CANARY, json!({"error-share": 1.0}));
    steps.insert(0, step(When::Start, 0, ill));
    let well = Act::Behave(CANARY, json!({}));
    let after_ms = rng.random_range(0..300);
    steps.push(step(When::Sent(1), after_ms, well));
    // It names its canary, so that what failed may be chosen again.
    let again = Act::Lockgate("b", Role::Rollout);
    let after_ms = after_ms + rng.random_range(0..800);
    steps.push(step(When::Sent(1), after_ms, again));
    if rng.random_bool(0.5) {
        let act = match rng.random_range(0..2) {
            0 => Role::Abort,
            _ => undo(rng),
        };
        let after_ms = rng.random_range(0..3_000);
        steps.push(step(When::Sent(2), after_ms, Act::Lockgate("c", act)));
    }
}

fn crowd(rng: &mut StdRng, steps: &mut Vec<Step>) {
    for name in ["b", "c", "d"] {
        let role = match rng.random_range(0..6) {
            0 => Role::Rollout,
            1 | 2 => Role::Resume,
            3 => Role::Abort,
            _ => undo(rng),
        };
        let act = Act::Lockgate(name, role);
        steps.push(about_the_promotion(rng, act));
    }
    if rng.random_bool(0.3) {
        steps.push(operator(rng));
    }
}
