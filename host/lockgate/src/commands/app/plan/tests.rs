//! What `lockgate plan` prints about rollouts that could begin, and about those that would be refused.

use std::fmt::Write as _;
use std::time::Duration;

use evidence::{Counts, Line};
use rollout::{
    Draft, Inspection, Kind, Labels, OnDeadline, Plan, Revision, RevisionState, Stage, Timing,
    Weight,
};
use serde_json::json;

use super::super::preflight::{Check, Finding};
use super::super::samples;
use super::planned::{Planned, PlannedDeployment, PlannedGate};
use super::power::PlannedPower;
use crate::config::{Counting, Facts, GateMode, HeaderRule, HeaderValue};
use crate::platform::{EnvValue, Reasons, RevisionChoice, TemplateChanges, TokenScope};
use crate::power::{Judge, JudgedMetric, Rate};

/// Every sample with its name.
fn rollouts() -> Vec<(&'static str, Planned)> {
    vec![
        ("default stages", default_stages()),
        (
            "stages of its own, which freeze on a hold; gates with origins and header fields",
            own_stages(),
        ),
        ("a gate that decides nothing", advised()),
        ("first deployment", first_deployment()),
        ("real traffic is judged", judged(Some(20.0))),
        (
            "real traffic is judged, and nobody knows how much there is",
            judged(None),
        ),
        (
            "warnings and what is unknown",
            Planned {
                undo: None,
                findings: vec![
                    Finding::ok(Check::Mode, "revision mode Multiple"),
                    Finding::warn(Check::Clock, "this machine is 90 s behind the endpoint")
                        .advise("set the clock"),
                    Finding::unknown(Check::Permissions, "the list is refused (403)"),
                ],
                ..default_stages()
            },
        ),
        (
            "refused",
            Planned {
                undo: None,
                choice: None,
                findings: vec![Finding::refused(
                    Check::Lease,
                    "run 20251124t160000-00abcd holds the lease on shop",
                )],
                ..default_stages()
            },
        ),
        (
            "deployed first",
            Planned {
                undo: None,
                choice: None,
                deployment: Some(PlannedDeployment {
                    image: "registry.example/shop:3".to_owned(),
                    name: "shop--4b825dc".to_owned(),
                    suffix: "4b825dc".to_owned(),
                    changes: TemplateChanges {
                        set_env: [
                            ("LOG_LEVEL", EnvValue::Text("debug".to_owned())),
                            ("API_KEY", EnvValue::Text("hunter2".to_owned())),
                            ("DB_URL", EnvValue::Secret("db-url".to_owned())),
                        ]
                        .map(|(name, value)| (name.to_owned(), value))
                        .into(),
                        remove_env: ["OLD_FLAG".to_owned()].into(),
                        min_replicas: Some(1),
                        ..TemplateChanges::default()
                    },
                }),
                ..default_stages()
            },
        ),
    ]
}

fn default_stages() -> Planned {
    Planned {
        power: PlannedPower::default(),
        labels: Vec::new(),
        undo: None,
        plan: Plan::new(Draft {
            stages: [10, 25, 50, 100]
                .map(|weight| stage(weight, 300, &[]))
                .into(),
            health_checks: vec!["http-health".to_owned()],
            advisory_health_checks: Vec::new(),
            timing: Timing::default(),
            on_deadline: OnDeadline::RollBack,
            labels: Labels::default(),
            emergency: None,
        })
        .unwrap(),
        gates: vec![http_health()],
        choice: Some(choice(&["shop--v0 is left as it is: inactive"])),
        facts: Facts::new(),
        promoted: None,
        deployment: None,
        findings: Vec::new(),
    }
}

/// The default stages with two gates that judge real traffic, one of them by two metrics.
fn judged(per_second: Option<f64>) -> Planned {
    let planned = default_stages();
    let metric = |name: &str, tolerated, harm, history| JudgedMetric {
        name: name.to_owned(),
        tolerated,
        harm,
        share: 0.5,
        failures: vec!["5xx".to_owned()],
        history,
    };
    let errors = Line {
        ratio: 1.1,
        difference: 0.0005,
    };
    let limit = Line {
        ratio: 0.0,
        difference: 0.02,
    };
    let history = per_second.map(|per_second| Counts {
        requests: per_second * 3_600.0,
        failures: per_second * 3.6,
    });
    let compare = Judge {
        metrics: vec![
            metric("errors", errors, 0.01, history),
            metric("limit", limit, 0.01, None),
        ],
        ..Judge::sample()
    };
    let probing = Judge {
        name: "checkout".to_owned(),
        alpha: 0.002,
        probes: Some(10.0),
        counting: Counting {
            slice: Duration::from_secs(30),
            lag: Duration::ZERO,
        },
        metrics: vec![JudgedMetric {
            share: 1.0,
            ..metric("errors", errors, 0.01, None)
        }],
        ..compare.clone()
    };
    let rate = per_second.map(|per_second| Rate { per_second });
    let unknown = rate
        .is_none()
        .then(|| "the identity may not read them (403)".to_owned());
    let judges = vec![compare, probing];
    Planned {
        power: PlannedPower::new(judges, &planned.plan, rate, unknown),
        ..planned
    }
}

fn own_stages() -> Planned {
    let checkout = PlannedGate {
        name: "checkout".to_owned(),
        kinds: vec![Kind::HealthCheck, Kind::PromotionGate],
        plugin: "error-rate".to_owned(),
        version: "1.2.0".to_owned(),
        settings: json!({"max-error-rate": 0.01}),
        allow: vec![
            "https://prometheus.example".to_owned(),
            "https://api.example:8443".to_owned(),
            "https://api.loganalytics.io".to_owned(),
        ],
        headers: vec![
            header("authorization", "Bearer ", "PROM_TOKEN"),
            header("x-tenant", "", "PROM_TENANT"),
            token("https://api.loganalytics.io"),
        ],
        wall_clock: Duration::from_millis(1_500),
        ..http_health()
    };
    Planned {
        power: PlannedPower::default(),
        labels: Vec::new(),
        undo: Some(
            "shop--v1 replaced shop--v0 3 h ago; `lockgate undo` would write shop--v0 100 %"
                .to_owned(),
        ),
        plan: Plan::new(Draft {
            stages: vec![
                stage(5, 60, &[]),
                Stage {
                    pause: Some(Duration::from_hours(4)),
                    ..stage(50, 7_200, &["checkout"])
                },
                stage(100, 0, &["checkout"]),
            ],
            health_checks: vec!["http-health".to_owned(), "checkout".to_owned()],
            advisory_health_checks: Vec::new(),
            timing: Timing {
                check_interval: Duration::from_secs(10),
                gate_deadline: Duration::from_mins(45),
                ..Timing::default()
            },
            on_deadline: OnDeadline::Freeze,
            labels: Labels::default(),
            emergency: None,
        })
        .unwrap(),
        gates: vec![http_health(), checkout],
        facts: Facts::from([
            ("commit".to_owned(), "4b825dc".to_owned()),
            ("version".to_owned(), "1.4.0".to_owned()),
        ]),
        choice: Some(choice(&[])),
        promoted: None,
        deployment: None,
        findings: Vec::new(),
    }
}

fn advised() -> Planned {
    let planned = default_stages();
    let mut draft = Draft::from(planned.plan);
    for stage in &mut draft.stages {
        stage.advisory_gates.push("errors".to_owned());
    }
    let errors = PlannedGate {
        name: "errors".to_owned(),
        kinds: vec![Kind::PromotionGate],
        mode: GateMode::Advisory,
        plugin: "error-rate".to_owned(),
        ..http_health()
    };
    Planned {
        plan: Plan::new(draft).unwrap(),
        gates: vec![errors, http_health()],
        ..planned
    }
}

fn first_deployment() -> Planned {
    let mut choice = choice(&[]);
    choice.inspection.canary = choice.inspection.stable.clone();
    choice.reasons.canary = "is the app's only revision: its first deployment".to_owned();
    Planned {
        power: PlannedPower::default(),
        labels: Vec::new(),
        undo: None,
        choice: Some(choice),
        ..default_stages()
    }
}

fn stage(weight: u32, bake_s: u64, gates: &[&str]) -> Stage {
    Stage {
        weight: Weight::new(weight).unwrap(),
        bake: Duration::from_secs(bake_s),
        gates: gates.iter().map(|&gate| gate.to_owned()).collect(),
        advisory_gates: Vec::new(),
        pause: None,
    }
}

fn http_health() -> PlannedGate {
    PlannedGate {
        name: "http-health".to_owned(),
        kinds: vec![Kind::HealthCheck],
        mode: GateMode::Required,
        plugin: "http-health".to_owned(),
        version: "0.1.0".to_owned(),
        sha256: "5f".repeat(32),
        settings: json!({"path": "/"}),
        allow: Vec::new(),
        headers: Vec::new(),
        wall_clock: Duration::from_secs(30),
    }
}

fn header(field: &str, prefix: &str, variable: &str) -> HeaderRule {
    HeaderRule {
        origin: "https://prometheus.example".to_owned(),
        field: field.to_owned(),
        value: HeaderValue::Variable {
            prefix: prefix.to_owned(),
            name: variable.to_owned(),
        },
        key: format!("allow[0].header.{field}"),
    }
}

/// Returns a rule for an origin that is its own scope.
fn token(origin: &str) -> HeaderRule {
    HeaderRule {
        origin: origin.to_owned(),
        field: "authorization".to_owned(),
        value: HeaderValue::Token(TokenScope::parse(origin).unwrap()),
        key: "allow[2].header.authorization".to_owned(),
    }
}

fn choice(others: &[&str]) -> RevisionChoice {
    let revision = |name: &str| {
        let status = samples::revision(name, 0);
        Revision {
            name: status.name,
            url: status.url.unwrap_or_default(),
            image: status.images.concat(),
        }
    };
    RevisionChoice {
        inspection: Inspection {
            app: "shop".to_owned(),
            stable: revision("shop--v1"),
            canary: revision("shop--v2"),
            baseline: samples::idle().traffic,
            now: samples::idle().traffic,
            lease: None,
            stable_unfit: None,
            stable_state: Some(RevisionState::Running),
            settled: true,
            labels: Labels::default(),
            undoes: None,
            read_at: samples::NOW,
        },
        reasons: Reasons {
            stable: "carries all traffic".to_owned(),
            canary: "is the newest active revision without traffic, made 12 min ago".to_owned(),
            others: others.iter().map(|&other| other.to_owned()).collect(),
        },
    }
}

#[test]
fn plan_as_text() {
    let mut printed = String::new();
    for (name, planned) in rollouts() {
        let (text, code) = (planned.as_text(), planned.exit_code());
        writeln!(printed, "# {name}\n{text}\nexit code {code}\n").unwrap();
    }
    insta::assert_snapshot!(printed);
}

#[test]
fn plan_as_json() {
    let mut printed = String::new();
    for (name, planned) in rollouts() {
        let json = serde_json::to_string_pretty(&planned.as_json()).unwrap();
        writeln!(printed, "# {name}\n{json}\n").unwrap();
    }
    insta::assert_snapshot!(printed);
}
