//! What `lockgate plan` prints, as text and as JSON, made from values alone: no IO, no clock.

use std::time::Duration;

use rollout::{Kind, OnDeadline, Plan, Stage, human};
use serde_json::{Value, json};

use super::super::new_revision::WantedRevision;
use super::super::preflight::{Finding, Grade, exit_of, refusal_of};
use super::super::with;
use super::power::PlannedPower;
use crate::assemble::ReadyGate;
use crate::config::{Facts, GateMode, HeaderRule, HeaderValue};
use crate::exit::Exit;
use crate::platform::{RevisionChoice, TemplateChanges};

/// The most of a fact that is shown, in characters.
const FACT_CHARS_MAX: usize = 100;

/// A rollout that could begin, or that would be refused.
pub(super) struct Planned {
    pub(super) plan: Plan,
    pub(super) gates: Vec<PlannedGate>,
    /// The facts that the gates get about the rollout.
    pub(super) facts: Facts,
    /// The revisions; `None` where the rollout would be refused, or deploys the canary first.
    pub(super) choice: Option<RevisionChoice>,
    /// The revision that runs the image and carries all traffic already.
    pub(super) promoted: Option<String>,
    /// The deployment with which the rollout would begin.
    pub(super) deployment: Option<PlannedDeployment>,
    /// What becomes of labels where the canary is deployed first; the reasons of the choice say it otherwise.
    pub(super) labels: Vec<String>,
    /// What the gates that judge real traffic can see.
    pub(super) power: PlannedPower,
    /// The last promotion, and what an undo would do; `None` where none is noted.
    pub(super) undo: Option<String>,
    /// What the preflight has found, up to the first refusal.
    pub(super) findings: Vec<Finding>,
}

/// A loaded gate: which component it is, and what it may reach and use.
pub(super) struct PlannedGate {
    pub(super) name: String,
    pub(super) kinds: Vec<Kind>,
    pub(super) mode: GateMode,
    pub(super) plugin: String,
    pub(super) version: String,
    /// The component's digest in hexadecimal.
    pub(super) sha256: String,
    pub(super) settings: Value,
    /// Origins beside those of the two revisions.
    pub(super) allow: Vec<String>,
    pub(super) headers: Vec<HeaderRule>,
    /// The time limit of one call.
    pub(super) wall_clock: Duration,
}

/// The deployment with which a rollout would begin.
pub(super) struct PlannedDeployment {
    pub(super) image: String,
    /// The new revision's full name.
    pub(super) name: String,
    pub(super) suffix: String,
    /// What comes with the image.
    pub(super) changes: TemplateChanges,
}

impl From<WantedRevision> for PlannedDeployment {
    fn from(wanted: WantedRevision) -> PlannedDeployment {
        PlannedDeployment {
            image: wanted.new.image,
            name: wanted.name,
            suffix: wanted.new.suffix,
            changes: wanted.new.changes,
        }
    }
}

impl From<&ReadyGate> for PlannedGate {
    fn from(ready: &ReadyGate) -> PlannedGate {
        let description = ready.gate.description();
        PlannedGate {
            name: ready.config.name.clone(),
            kinds: ready.kinds.clone(),
            mode: ready.config.mode,
            plugin: description.name.clone(),
            version: description.version.clone(),
            sha256: ready.gate.digest().to_string(),
            settings: ready.config.settings.clone(),
            allow: ready.config.allow.clone(),
            headers: ready.config.headers.clone(),
            wall_clock: ready.config.limits.wall_clock,
        }
    }
}

impl Planned {
    pub(super) fn exit_code(&self) -> Exit {
        exit_of(&self.findings)
    }

    pub(super) fn as_text(&self) -> String {
        let mut lines = Vec::new();
        if let Some(choice) = &self.choice {
            lines.extend(revisions(choice));
        }
        lines.push("stages".to_owned());
        lines.extend(self.plan.stages().iter().map(stage));
        lines.push("gates".to_owned());
        lines.extend(self.gates.iter().map(PlannedGate::as_text));
        if !self.facts.is_empty() {
            lines.push("facts".to_owned());
            lines.extend(self.facts.iter().map(fact));
        }
        lines.extend(times(&self.plan));
        lines.extend(self.power.as_text());
        lines.extend(self.labels.iter().map(|label| format!("labels   {label}")));
        let emergency = self.plan.emergency();
        lines.extend(emergency.map(|reason| {
            format!("EMERGENCY  promotion gates are asked and decide nothing: {reason}")
        }));
        lines.extend(self.undo.iter().map(|undo| format!("undo     {undo}")));
        let new = self.deployment.as_ref();
        let with = new.and_then(|new| with::as_text(&new.changes));
        lines.extend(with.map(|with| format!("with     {with}")));
        let warnings = self.of_grade(Grade::Warn);
        lines.extend(warnings.map(|finding| format!("warning  {}", finding.sentence())));
        let unknown = self.of_grade(Grade::Unknown);
        lines.extend(unknown.map(|finding| {
            let (check, why) = (finding.check.name(), finding.sentence());
            format!("unknown  {check}: {why}")
        }));
        lines.push(self.conclusion());
        lines.join("\n")
    }

    pub(super) fn as_json(&self) -> Value {
        let choice = self.choice.as_ref();
        let gates: Vec<Value> = self.gates.iter().map(PlannedGate::as_json).collect();
        let checks: Vec<Value> = self.findings.iter().map(Finding::as_json).collect();
        json!({
            "inspection": choice.map(|choice| &choice.inspection),
            "reasons": choice.map(|RevisionChoice { reasons, .. }| json!({
                "stable": reasons.stable,
                "canary": reasons.canary,
                "others": reasons.others,
            })),
            "deploys": self.deployment.as_ref().map(|new| json!({
                "image": new.image,
                "suffix": new.suffix,
                "with": with::as_json(&new.changes),
            })),
            "promoted": self.promoted,
            "labels": self.labels,
            "undo": self.undo,
            "plan": self.plan,
            "gates": gates,
            "power": self.power.as_json(),
            "facts": self.facts,
            "shortest-ms": milliseconds(self.plan.best_case()),
            "longest-ms": milliseconds(self.plan.worst_case()),
            "checks": checks,
            "refused": refusal_of(&self.findings).map(|refusal| refusal.sentence()),
            "exit-code": self.exit_code().code(),
        })
    }

    fn conclusion(&self) -> String {
        if let Some(revision) = &self.promoted {
            return format!(
                "{revision} runs the image, by its digest, and carries 100 %: a rollout would have nothing to do"
            );
        }
        match (refusal_of(&self.findings), &self.deployment) {
            (Some(refusal), _) => format!("a rollout would be refused: {}", refusal.sentence()),
            (None, Some(new)) => format!(
                "no active revision is proven to run {}: a rollout would deploy it as {} first, then begin; nothing was written",
                new.image, new.name
            ),
            (None, None) => "a rollout could begin; nothing was written".to_owned(),
        }
    }

    fn of_grade(&self, grade: Grade) -> impl Iterator<Item = &Finding> {
        let findings = self.findings.iter();
        findings.filter(move |finding| finding.grade == grade)
    }
}

impl PlannedGate {
    fn as_text(&self) -> String {
        let kinds: Vec<String> = self.kinds.iter().map(Kind::to_string).collect();
        let mut reach = vec!["the two revisions".to_owned()];
        reach.extend(self.allow.iter().map(|origin| self.origin_as_text(origin)));
        let decides = match self.mode {
            GateMode::Required => "",
            GateMode::Advisory => "; advisory: asked, decides nothing",
        };
        format!(
            "  {} ({}{decides}): {} {}, sha256 {}; may reach {}; {} a call",
            self.name,
            kinds.join(", "),
            self.plugin,
            self.version,
            self.sha256,
            reach.join(", "),
            human(self.wall_clock)
        )
    }

    /// The origin with the header fields that are added to requests to it. Names variables, never their values.
    fn origin_as_text(&self, origin: &str) -> String {
        let mut text = origin.to_owned();
        for rule in self.headers.iter().filter(|rule| rule.origin == origin) {
            let from = match &rule.value {
                HeaderValue::Variable { name, .. } => format!(" from {name}"),
                HeaderValue::Token(scope) => format!(": a token for {scope}"),
            };
            text.push_str(&format!(" with {}{from}", rule.field));
        }
        text
    }

    fn as_json(&self) -> Value {
        json!({
            "name": self.name,
            "kinds": self.kinds,
            "mode": self.mode,
            "plugin": self.plugin,
            "version": self.version,
            "sha256": self.sha256,
            "allow": self.allow,
            "settings": self.settings,
        })
    }
}

fn revisions(choice: &RevisionChoice) -> Vec<String> {
    let RevisionChoice {
        inspection,
        reasons,
    } = choice;
    let mut lines = vec![format!("app      {}: {}", inspection.app, inspection.now)];
    for (role, revision, reason) in [
        ("stable", &inspection.stable, &reasons.stable),
        ("canary", &inspection.canary, &reasons.canary),
    ] {
        lines.push(format!(
            "{role}   {} ({}) at {}",
            revision.name, revision.image, revision.url
        ));
        lines.push(format!("         it {reason}"));
    }
    let others = reasons.others.iter();
    lines.extend(others.map(|other| format!("         {other}")));
    lines
}

fn stage(stage: &Stage) -> String {
    let gates = if stage.gates.is_empty() {
        "no promotion gate".to_owned()
    } else {
        format!("after {}", stage.gates.join(", "))
    };
    let beside = if stage.advisory_gates.is_empty() {
        String::new()
    } else {
        format!(", beside {} (advisory)", stage.advisory_gates.join(", "))
    };
    let weight = stage.weight.to_string();
    let pause = stage.pause.map_or_else(String::new, |pause| {
        format!(
            "; then pauses for an approval, for at most {}",
            human(pause)
        )
    });
    format!(
        "  {weight:>5}  bakes {}, {gates}{beside}{pause}",
        human(stage.bake)
    )
}

fn fact((name, value): (&String, &String)) -> String {
    format!("  {name} = {}", gates::sanitise(value, FACT_CHARS_MAX))
}

fn times(plan: &Plan) -> [String; 2] {
    let timing = plan.timing();
    let then = match plan.on_deadline() {
        OnDeadline::RollBack => "rolled back",
        OnDeadline::Freeze => "frozen",
    };
    [
        format!(
            "times    promotion takes at least {}; the run ends within {}, a rollback included",
            human(plan.best_case()),
            human(plan.worst_case())
        ),
        format!(
            "checks   every {} during a bake; a gate may hold for {}, then the run is {then}",
            human(timing.check_interval),
            human(timing.gate_deadline),
        ),
    ]
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
