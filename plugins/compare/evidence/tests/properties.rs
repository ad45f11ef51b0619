//! What must hold for every traffic, at random settings from a fixed seed.

use evidence::{Block, Counts, Evidence, LADDER, Line};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

fn random() -> StdRng {
    StdRng::seed_from_u64(20_261_127)
}

fn block(random: &mut StdRng) -> Block {
    let canary = f64::from(random.random_range(0..2_000_u32));
    let stable = f64::from(random.random_range(0..20_000_u32));
    Block {
        canary: Counts {
            requests: canary,
            failures: (canary * random.random::<f64>().powi(4)).floor(),
        },
        stable: Counts {
            requests: stable,
            failures: (stable * random.random::<f64>().powi(4)).floor(),
        },
    }
}

fn line(random: &mut StdRng) -> Line {
    if random.random_bool(0.2) {
        let difference = random.random_range(0.001..0.5);
        return Line {
            ratio: 0.0,
            difference,
        };
    }
    Line {
        ratio: random.random_range(1.0..10.0),
        difference: random.random_range(0.0..0.05),
    }
}

fn after(blocks: &[Block], line: Line) -> Evidence {
    let mut evidence = Evidence::new();
    for block in blocks {
        evidence.add(block, line, 1.0);
    }
    evidence
}

#[test]
fn every_number_stays_finite_whatever_the_counts() {
    let mut random = random();
    for _ in 0..2_000 {
        let line = line(&mut random);
        let blocks: Vec<Block> = (0..20).map(|_| block(&mut random)).collect();
        let evidence = after(&blocks, line);
        let numbers = evidence.bad.iter().chain(evidence.good.iter().flatten());
        assert!(
            numbers
                .chain([&evidence.cash])
                .all(|number| number.is_finite()),
            "{line:?} {blocks:?}"
        );
        assert!(evidence.against().is_finite());
    }
}

#[test]
fn more_failures_of_the_canary_are_more_evidence_against_it() {
    let mut random = random();
    for _ in 0..5_000 {
        let line = line(&mut random);
        let fewer = block(&mut random);
        if fewer.canary.failures >= fewer.canary.requests {
            continue;
        }
        let mut more = fewer;
        more.canary.failures += 1.0;
        let (fewer, more) = (after(&[fewer], line), after(&[more], line));
        assert!(more.against() >= fewer.against(), "{line:?}");
        assert!(more.in_favour(0.04) <= fewer.in_favour(0.04), "{line:?}");
    }
}

#[test]
fn more_failures_of_stable_are_less_evidence_against_the_canary() {
    let mut random = random();
    for _ in 0..5_000 {
        let line = line(&mut random);
        let fewer = block(&mut random);
        if fewer.stable.failures >= fewer.stable.requests {
            continue;
        }
        let mut more = fewer;
        more.stable.failures += 1.0;
        assert!(
            after(&[more], line).against() <= after(&[fewer], line).against(),
            "{line:?}"
        );
    }
}

/// Splitting one stretch into parts at constant proportions changes only the bets, by what was learnt of stable in
/// between, and what is staked of the cash.
#[test]
fn a_stretch_without_requests_changes_nothing() {
    let mut random = random();
    let quiet = Block::default();
    for _ in 0..500 {
        let line = line(&mut random);
        let blocks: Vec<Block> = (0..6).map(|_| block(&mut random)).collect();
        let with_pauses: Vec<Block> = blocks
            .iter()
            .flat_map(|block| [quiet, *block, quiet])
            .collect();
        assert_eq!(after(&blocks, line), after(&with_pauses, line));
    }
}

#[test]
fn a_larger_burst_is_never_more_evidence() {
    let mut random = random();
    for _ in 0..2_000 {
        let line = line(&mut random);
        let block = block(&mut random);
        let at = |burst: f64| {
            let mut evidence = Evidence::new();
            evidence.add(&block, line, burst);
            evidence.against().max(0.0)
        };
        assert!(at(5.0) <= at(1.0) + 1e-12, "{line:?} {block:?}");
    }
}

#[test]
fn a_loss_of_the_state_costs_half_of_the_capital() {
    let evidence = Evidence::new();
    let lost = evidence.clone().after_a_loss();
    assert!((evidence.against() - lost.against() - std::f64::consts::LN_2).abs() < 1e-12);
}

#[test]
fn evidence_for_a_larger_margin_is_not_less_without_failures() {
    let quiet = Block::of([200.0, 0.0, 1_800.0, 2.0]);
    let line = Line {
        ratio: 1.1,
        difference: 0.0005,
    };
    let evidence = after(&[quiet; 5], line);
    let shown: Vec<f64> = LADDER
        .iter()
        .map(|margin| evidence.in_favour(*margin))
        .collect();
    assert!(shown.is_sorted(), "{shown:?}");
}

#[test]
fn a_margin_below_the_ladder_has_no_evidence() {
    assert_eq!(
        Evidence::new().in_favour(LADDER[0] * 0.99),
        f64::NEG_INFINITY
    );
}
