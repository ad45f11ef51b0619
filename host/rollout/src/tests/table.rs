//! What follows from every fact in every phase, as one table for people to read.
//!
//! The plan has the stages 50 and 100, one health check and one promotion gate before each, and freezes on a hold.

use std::fmt::Write as _;
use std::time::Duration;

use super::facts::{self, views};
use super::sample::{self, Reply};
use crate::ReadStable;
use crate::{
    Action, Event, Fact, Intent, Kind, OnDeadline, Outcome, Phase, Plan, Rollout, Step, Timestamp,
    Traffic,
};

/// A run at the point where a section of the table begins.
#[derive(Clone)]
struct Run {
    rollout: Rollout,
    now: Timestamp,
}

#[test]
fn what_follows_from_every_fact_in_every_phase() {
    let mut table = String::new();
    for (title, run) in sections() {
        table.push_str(&section(title, &run));
    }
    insta::assert_snapshot!(table);
}

fn plan() -> Plan {
    let mut draft = sample::draft(&[50, 100]);
    for stage in &mut draft.stages {
        stage.bake = Duration::from_secs(60);
    }
    draft.on_deadline = OnDeadline::Freeze;
    Plan::new(draft).unwrap()
}

impl Run {
    fn begin() -> Run {
        Run {
            rollout: Rollout::new(sample::RUN.to_owned(), plan(), Intent::Rollout),
            now: Timestamp::default(),
        }
    }

    /// Returns the run after the named facts, each of which must be possible.
    fn after(&self, names: &[&str]) -> Run {
        let mut run = self.clone();
        for name in names {
            let action = run.rollout.next_action();
            if let Action::Wait { until } = action {
                run.now = until;
            }
            let possible = facts::following(&run.rollout, &action).into_iter();
            let fact = possible
                .chain(facts::interruptions())
                .find(|(n, _)| n == name);
            let Some((_, fact)) = fact else {
                panic!("{name} cannot come of {action:?}");
            };
            let at = run.now;
            run.rollout.apply(&Event { at, fact }).unwrap();
        }
        run
    }

    /// Returns the run a day later, past every deadline.
    fn late(&self) -> Run {
        Run {
            now: self.now.after(Duration::from_hours(24)),
            ..self.clone()
        }
    }
}

const AGREED: [&str; 2] = ["health check pass", "promotion gate pass"];

type Section = (&'static str, Run);

fn sections() -> Vec<Section> {
    let begun = Run::begin();
    let gating = begun.after(&["inspected", "ready"]);
    let shifting = gating.after(&AGREED);
    let writing = shifting.after(&["observed the baseline"]);
    let baking = writing.after(&["written", "observed 50 %"]);
    let baked = baking.after(&["waited", "health check pass", "waited"]);
    let second = baked.after(&AGREED).after(&["observed 50 %", "written"]);
    let over = second.after(&["observed 100 %", "waited", "health check pass", "waited"]);
    let mut sections = readiness(&begun);
    sections.extend(asking(&gating, &baked, &over));
    sections.extend(moving(&shifting, &baked, &second));
    sections.extend(bakes(&baking));
    sections.extend(promoting(&over));
    sections.extend(held(&baked));
    sections.extend(rolling_back(&gating, &writing, &baking));
    sections
}

fn readiness(begun: &Run) -> Vec<Section> {
    let readiness = begun.after(&["inspected"]);
    let waiting = readiness.after(&["not ready yet"]);
    vec![
        ("preflight", begun.clone()),
        ("readiness", readiness.clone()),
        ("readiness, after its deadline", readiness.late()),
        ("readiness, waiting", waiting),
    ]
}

fn asking(first: &Run, second: &Run, over: &Run) -> Vec<Section> {
    let agreeing = first.after(&AGREED[..1]);
    let waiting = first.after(&["health check hold"]);
    let breaking = ["health check broke", "waited"];
    let broke = second.after(&breaking).after(&breaking);
    vec![
        (
            "gating before the first stage: health checks",
            first.clone(),
        ),
        ("gating before the first stage: promotion gates", agreeing),
        ("gating before the first stage, waiting", waiting),
        (
            "gating before the second stage: health checks",
            second.clone(),
        ),
        ("gating before the second stage, after two failures", broke),
        (
            "gating before the second stage, after its deadline",
            second.late(),
        ),
        ("gating after the last stage", over.clone()),
    ]
}

fn moving(shifting: &Run, baked: &Run, second: &Run) -> Vec<Section> {
    let doubted = shifting.after(&["observed foreign traffic", "waited"]);
    let writing = shifting.after(&["observed the baseline"]);
    let verifying = writing.after(&["written"]);
    vec![
        ("shifting to the first stage: compare", shifting.clone()),
        (
            "shifting to the first stage, somebody else's change was seen",
            doubted,
        ),
        ("shifting to the first stage: write", writing),
        (
            "shifting to the second stage: compare",
            baked.after(&AGREED),
        ),
        ("verifying the first stage", verifying.clone()),
        (
            "verifying the first stage, after its deadline",
            verifying.late(),
        ),
        ("verifying the second stage", second.clone()),
    ]
}

fn bakes(baking: &Run) -> Vec<Section> {
    vec![
        ("baking, waiting", baking.clone()),
        ("baking, waiting, after its end", baking.late()),
        ("baking, asking", baking.after(&["waited"])),
    ]
}

fn promoting(over: &Run) -> Vec<Section> {
    let comparing = over.after(&AGREED[..1]);
    let writing = comparing.after(&["observed 100 %"]);
    let verifying = writing.after(&["written"]);
    vec![
        ("promoting: compare", comparing),
        ("promoting: write", writing),
        ("promoting: verify", verifying.clone()),
        ("promoting: verify, after its deadline", verifying.late()),
    ]
}

fn held(baked: &Run) -> Vec<Section> {
    let agreeing = baked.after(&AGREED[..1]);
    let comparing = agreeing.late().after(&["promotion gate hold"]);
    let writing = comparing.after(&["observed 50 %"]);
    let verifying = writing.after(&["written"]);
    vec![
        ("held: compare", comparing),
        ("held: write", writing),
        ("held: verify", verifying.clone()),
        ("held: verify, after its deadline", verifying.late()),
    ]
}

fn rolling_back(gating: &Run, writing: &Run, baking: &Run) -> Vec<Section> {
    let untouched = gating.after(&["cancel requested"]);
    let comparing = baking.after(&["cancel requested"]);
    let doubted = comparing.after(&["observed foreign traffic", "waited"]);
    let writing_back = comparing.after(&["observed 50 %"]);
    let verifying = writing_back.after(&["written"]);
    let refused = writing_back.after(&["write refused"]);
    let turned = writing.after(&["write unknown", "cancel requested"]);
    let landing = turned.after(&["observed the baseline", "written"]);
    let ended = verifying.after(&["observed the baseline"]);
    vec![
        ("rolling back, nothing written: compare", untouched),
        ("rolling back: compare", comparing.clone()),
        (
            "rolling back: compare, after its deadline",
            comparing.late(),
        ),
        (
            "rolling back: compare, somebody else's change was seen",
            doubted,
        ),
        ("rolling back: write", writing_back),
        ("rolling back: verify", verifying.clone()),
        ("rolling back: verify, after its deadline", verifying.late()),
        ("rolling back: verify, the write was refused", refused),
        (
            "rolling back: verify, a forward write may still land",
            landing,
        ),
        ("ended", ended),
    ]
}

/// Returns one section: the next action, what follows from each fact that can happen, and the facts that cannot.
fn section(title: &str, run: &Run) -> String {
    let mut text = format!(
        "# {title}\n  next: {}\n",
        action(&run.rollout.next_action())
    );
    let mut illegal = Vec::new();
    for (name, fact) in every_fact() {
        let mut after = run.rollout.clone();
        let at = match run.rollout.next_action() {
            Action::Wait { until } if fact == Fact::Waited => run.now.max(until),
            _ => run.now,
        };
        let kind = match &fact {
            Fact::Answered { kind, .. } => format!("{kind} answered"),
            fact => fact.name().to_owned(),
        };
        match after.apply(&Event { at, fact }) {
            Err(_) => {
                assert_eq!(after, run.rollout, "an illegal fact changes nothing");
                illegal.push(kind);
            }
            Ok(()) => {
                let (phase, next) = (phase(after.phase()), action(&after.next_action()));
                writeln!(text, "  {name:<42} {phase:<40} {next}").unwrap();
            }
        }
    }
    illegal.dedup();
    writeln!(text, "  illegal: {}\n", illegal.join(", ")).unwrap();
    text
}

fn every_fact() -> Vec<(String, Fact)> {
    let run = Run::begin();
    let mut facts = facts::following(&run.rollout, &Action::Inspect);
    facts.extend(facts::following(&run.rollout, &Action::CheckReadiness));
    for kind in [Kind::HealthCheck, Kind::PromotionGate] {
        let gates = run.rollout.gates_for(kind, 0);
        for reply in Reply::ALL {
            let answers = sample::answers(gates, reply);
            let name = format!("{kind} {reply:?}").to_lowercase();
            facts.push((name, Fact::Answered { kind, answers }));
        }
    }
    facts.push(("waited".to_owned(), Fact::Waited));
    for view in views(&plan(), 1) {
        facts.push((format!("observed {}", view.name), view.observed(true)));
        if view.name == "50 %" || view.name.starts_with("foreign traffic with") {
            facts.push((format!("unsettled {}", view.name), view.observed(false)));
        }
    }
    let reason = "connection reset".to_owned();
    facts.push(("unobserved".to_owned(), Fact::Unobserved { reason }));
    let write = Action::Write {
        purpose: crate::Purpose::Settle,
        traffic: Traffic::default(),
        lease: None,
        note: None,
        compared_until: None,
        silent_for: Duration::ZERO,
        until: None,
    };
    facts.extend(facts::following(&run.rollout, &write));
    facts.extend(facts::interruptions());
    facts
}

fn phase(phase: &Phase) -> String {
    let name = phase.name();
    match phase {
        Phase::Gating(gating) => format!("{name} about stage {}", gating.stage),
        Phase::Shifting(shifting) => format!("{name} stage {}", shifting.stage),
        Phase::Verifying { stage, .. } => format!("{name} stage {stage}"),
        Phase::Baking(baking) => format!("{name} stage {} until {}", baking.stage, baking.until),
        Phase::Promoting(last) => format!("{name}: {}", step(last.step)),
        Phase::Held { last, .. } => format!("{name}: {}", step(last.step)),
        Phase::RollingBack { cause, last } => {
            format!("{name} ({}): {}", word(cause), step(last.step))
        }
        Phase::Ended(outcome) => match outcome {
            Outcome::RolledBack(cause) => format!("{name}: rolled back ({})", word(cause)),
            outcome => format!("{name}: {}", word(outcome).to_lowercase()),
        },
        Phase::Preflight { .. } | Phase::Readiness { .. } => name.to_owned(),
    }
}

fn step(step: Step) -> String {
    format!("{step:?}").to_lowercase()
}

/// The name of a variant.
fn word(variant: &impl std::fmt::Debug) -> String {
    let text = format!("{variant:?}");
    text.chars().take_while(|c| c.is_alphabetic()).collect()
}

fn action(action: &Action) -> String {
    match action {
        Action::Inspect => "inspect".to_owned(),
        Action::CheckReadiness => "check readiness".to_owned(),
        Action::Ask {
            kind,
            weight,
            next_weight,
            asked,
            ..
        } => format!("ask {kind}s at {weight} about {next_weight} ({asked})"),
        Action::Wait { until } => format!("wait until {until}"),
        Action::Observe { within, stable } => {
            let within = within.map_or(String::new(), |within| {
                format!(" within {} ms", within.as_millis())
            });
            let stable = match stable {
                ReadStable::No => "",
                ReadStable::UnlessKnown => " with stable unless known",
                ReadStable::Yes => " with stable",
            };
            format!("observe{stable}{within}")
        }
        Action::Activate => "activate stable".to_owned(),
        Action::Write { traffic, lease, .. } => {
            let lease = lease
                .as_ref()
                .map_or("cleared".to_owned(), |r| word(&r.state));
            let weight = traffic.weight_of(sample::CANARY);
            format!("write {weight} %, lease {}", lease.to_lowercase())
        }
        Action::Finish(_) => "nothing".to_owned(),
    }
}
