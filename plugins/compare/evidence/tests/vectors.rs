//! The published vectors: an independent implementation, checked with 40 digits, gave these numbers.

use std::collections::BTreeMap;

use evidence::{
    BETS_AGAINST, Block, Counts, Evidence, Judged, LADDER, Line, Phase, Question, Reason, Rules,
    ThinEvidence, answer, log_factor, together,
};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct File {
    constants: BTreeMap<String, Value>,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Vector {
    Factor(Factor),
    Sequence(Box<Sequence>),
}

#[derive(Deserialize)]
struct Factor {
    id: String,
    block: [f64; 4],
    ratio: f64,
    difference: f64,
    lam1: f64,
    mu1: f64,
    log_factor: f64,
}

#[derive(Deserialize)]
struct Sequence {
    id: String,
    metrics: Vec<Metric>,
    stage: Stage,
    lam: Vec<f64>,
    log_e_bad: Vec<f64>,
    log_e_combined: f64,
    margin: Option<f64>,
    log_e_good: Option<Vec<f64>>,
    excess_at_most: Option<Vec<Option<f64>>>,
    #[serde(rename = "silent-s", default)]
    silent_s: f64,
    #[serde(rename = "at-weight-s", default)]
    at_weight_s: f64,
    #[serde(rename = "same-revision", default)]
    same_revision: bool,
    #[serde(default)]
    settings: BTreeMap<String, Value>,
    answer: String,
    reason: String,
}

#[derive(Deserialize)]
struct Metric {
    ratio: f64,
    difference: f64,
    blocks: Vec<Entry>,
    #[serde(default)]
    baseline: [f64; 2],
    #[serde(default)]
    lost: bool,
    #[serde(default = "one")]
    burst: f64,
    #[serde(default = "one")]
    weight: f64,
    #[serde(default = "harm")]
    harm: f64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Block([f64; 4]),
    NewStage(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Stage {
    weight: u32,
    next_weight: u32,
    index: u32,
    total: u32,
}

fn one() -> f64 {
    1.0
}

fn harm() -> f64 {
    0.01
}

fn file() -> File {
    serde_json::from_str(include_str!("vectors.json")).expect("the vectors are JSON")
}

/// The vectors have nine decimals.
#[track_caller]
fn close(id: &str, what: &str, is: f64, wanted: f64) {
    let allowed = 1e-9 * wanted.abs().max(1.0);
    assert!(
        (is - wanted).abs() <= allowed,
        "{id}: {what} is {is}, not {wanted}"
    );
}

#[test]
fn ladder_is_that_of_the_vectors() {
    let ladder = file().constants["ladder"].clone();
    let ladder: Vec<f64> = serde_json::from_value(ladder).unwrap();
    assert_eq!(ladder.len(), LADDER.len());
    for (is, wanted) in LADDER.iter().zip(ladder) {
        assert!((is / wanted - 1.0).abs() < 1e-15, "{is} is not {wanted}");
    }
    assert!(LADDER.is_sorted());
}

#[test]
fn factors_are_those_of_the_vectors() {
    let factors = file()
        .vectors
        .into_iter()
        .filter_map(|vector| match vector {
            Vector::Factor(factor) => Some(factor),
            Vector::Sequence(_) => None,
        });
    let factors: Vec<Factor> = factors.collect();
    assert_eq!(factors.len(), 16);
    for vector in factors {
        let line = Line {
            ratio: vector.ratio,
            difference: vector.difference,
        };
        let is = log_factor(&Block::of(vector.block), line, vector.lam1, vector.mu1);
        close(&vector.id, "ln e", is, vector.log_factor);
    }
}

#[test]
fn sequences_are_those_of_the_vectors() {
    let sequences = file()
        .vectors
        .into_iter()
        .filter_map(|vector| match vector {
            Vector::Factor(_) => None,
            Vector::Sequence(sequence) => Some(*sequence),
        });
    let sequences: Vec<Sequence> = sequences.collect();
    assert_eq!(sequences.len(), 27);
    for sequence in &sequences {
        check(sequence);
    }
}

fn check(sequence: &Sequence) {
    let id = &sequence.id;
    let played: Vec<(Evidence, Block)> = sequence.metrics.iter().map(play).collect();
    for (place, (evidence, _)) in played.iter().enumerate() {
        close(id, "lam1", evidence.stable_rate(), sequence.lam[place]);
        close(
            id,
            "ln E against",
            evidence.against(),
            sequence.log_e_bad[place],
        );
        if let (Some(margin), Some(wanted)) = (sequence.margin, &sequence.log_e_good) {
            close(id, "ln E for", evidence.in_favour(margin), wanted[place]);
        }
        if let Some(wanted) = &sequence.excess_at_most {
            let shown = evidence.not_worse_by_more_than(0.05);
            assert_eq!(shown.is_some(), wanted[place].is_some(), "{id}: {shown:?}");
            let (shown, wanted) = (shown.unwrap_or(0.0), wanted[place].unwrap_or(0.0));
            close(id, "not worse by more than", shown, wanted);
        }
    }
    let shares = sequence.metrics.iter().map(|metric| metric.weight);
    let logs = played.iter().map(|(evidence, _)| evidence.against());
    close(
        id,
        "together",
        together(shares.zip(logs)),
        sequence.log_e_combined,
    );
    let reason = answer(
        &rules(sequence),
        &question(sequence),
        &judged(sequence, &played),
    );
    assert_eq!(
        words(reason),
        (sequence.answer.as_str(), sequence.reason.as_str()),
        "{id}"
    );
}

fn play(metric: &Metric) -> (Evidence, Block) {
    let [requests, failures] = metric.baseline;
    let mut evidence = Evidence::new().with_history(Counts { requests, failures });
    if metric.lost {
        evidence = evidence.after_a_loss();
    }
    let tolerated = Line {
        ratio: metric.ratio,
        difference: metric.difference,
    };
    let mut stage = Block::default();
    for entry in &metric.blocks {
        match entry {
            Entry::Block(counts) => {
                let block = Block::of(*counts);
                evidence.add(&block, tolerated, metric.burst);
                stage += block;
            }
            Entry::NewStage(name) => {
                assert_eq!(name, "new-stage");
                evidence.begin_stage();
                stage = Block::default();
            }
        }
    }
    (evidence, stage)
}

fn judged<'a>(sequence: &Sequence, played: &'a [(Evidence, Block)]) -> Vec<Judged<'a>> {
    let metrics = sequence.metrics.iter().zip(played);
    let metrics = metrics.map(|(metric, (evidence, stage))| Judged {
        evidence,
        tolerated: Line {
            ratio: metric.ratio,
            difference: metric.difference,
        },
        harm: metric.harm,
        share: metric.weight,
        stage: *stage,
    });
    metrics.collect()
}

fn rules(sequence: &Sequence) -> Rules {
    let text = |key: &str| sequence.settings.get(key).and_then(Value::as_str);
    let requests = sequence
        .settings
        .get("min-requests")
        .and_then(Value::as_f64);
    Rules {
        alpha: 0.01,
        beta: 0.05,
        sees_before_traffic: text("source") == Some("probe"),
        min_requests: requests.unwrap_or(100.0),
        patience_s: 600.0,
        thin_evidence: match text("thin-evidence") {
            Some("pass") => ThinEvidence::Pass,
            _ => ThinEvidence::Hold,
        },
        thin_after_s: 1800.0,
    }
}

fn question(sequence: &Sequence) -> Question {
    let Stage {
        weight,
        next_weight,
        index,
        total,
    } = sequence.stage;
    Question {
        phase: Phase::of(index, total, weight, next_weight),
        same_revision: sequence.same_revision,
        next_weight,
        at_weight_s: sequence.at_weight_s,
        silent_s: sequence.silent_s,
    }
}

fn words(reason: Reason) -> (&'static str, &'static str) {
    match reason {
        Reason::First => ("healthy", "first"),
        Reason::NoTrafficYet => ("healthy", "no-traffic-yet"),
        Reason::Worse { .. } => ("unhealthy", "worse"),
        Reason::NoCounts => ("unknown", "no-counts"),
        Reason::NoStableTraffic => ("healthy", "no-stable-traffic"),
        Reason::SoFar => ("healthy", "so-far"),
        Reason::Enough => ("healthy", "enough"),
        Reason::Thin => ("healthy", "thin"),
        Reason::NotYet { .. } => ("unknown", "not-yet"),
    }
}

#[test]
fn evidence_has_four_bets_against() {
    let bets = file().constants["grid_bad"].as_array().map(Vec::len);
    assert_eq!(bets, Some(BETS_AGAINST));
}
