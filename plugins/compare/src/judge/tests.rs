//! Each line of the decision table with its sentence, and what is said beside it.

use evidence::Reason;
use lockgate_gate::Health;
use serde_json::json;

use super::{Judgement, News, judge};
use crate::tests::{SINCE, after, baking, gating, hour_before, minute, settings};
use crate::{Asked, Settings, State};

const GOOD: [f64; 4] = [120.0, 0.0, 1_080.0, 2.0];
const BAD: [f64; 4] = [118.0, 7.0, 1_082.0, 3.0];
/// So long after the canary got its weight four minutes are counted.
const FOUR_MINUTES_S: f64 = 480.0;

#[track_caller]
fn is(judgement: &Judgement, health: Health, reason: Reason, summary: &str) {
    assert_eq!(
        (
            judgement.summary.as_str(),
            judgement.reason,
            judgement.health
        ),
        (summary, reason, health)
    );
}

fn defaults() -> Settings {
    settings(json!({}))
}

#[test]
fn first_deployment_has_nothing_to_compare_with() {
    let asked = Asked {
        same_revision: true,
        ..baking(100, 60.0)
    };
    let mut state = State::open(&[], &defaults(), 100, SINCE);
    let judgement = judge(&defaults(), &mut state, &asked, &News::Minutes(Vec::new())).unwrap();
    let wanted = "First deployment: there is no other revision to compare with.";
    is(&judgement, Health::Healthy, Reason::First, wanted);
    assert!(judgement.measurements.is_empty());
}

#[test]
fn before_the_canary_has_traffic_the_stable_and_the_power_are_told() {
    let asked = Asked {
        weight: 0,
        next_weight: 10,
        now_s: SINCE,
        ..baking(0, 0.0)
    };
    let mut state = State::open(&[], &defaults(), 0, SINCE);
    let judgement = judge(
        &defaults(),
        &mut state,
        &asked,
        &News::Minutes(hour_before()),
    )
    .unwrap();
    let wanted = "No traffic on the canary yet. errors: stable failed 150 of 72,000 requests in the last 60 min; at 20/s and \
                  10 % a canary at 5 % would be caught in about 43 s.";
    is(&judgement, Health::Healthy, Reason::NoTrafficYet, wanted);
    let judgement = judge(&defaults(), &mut state, &asked, &News::Minutes(Vec::new())).unwrap();
    let wanted = "No traffic on the canary yet. Nothing was counted for stable before the rollout.";
    is(&judgement, Health::Healthy, Reason::NoTrafficYet, wanted);
}

#[test]
fn canary_that_is_worse_is_unhealthy_and_stays_so() {
    let (judgement, mut state) = after(
        &defaults(),
        &baking(10, 360.0),
        &[[120.0, 3.0, 1_080.0, 2.0], BAD],
    );
    let wanted = "errors: canary 10 of 238 (4.2 %) against stable 5 of 2,162 (0.231 %); tolerated 1.1 x stable's + 0.05 points. \
                  The chance of this with a canary within tolerance, at any look of this rollout, is at most 1 in 84,000.";
    is(
        &judgement,
        Health::Unhealthy,
        Reason::Worse { metric: 0 },
        wanted,
    );
    // Neither later minutes nor silence nor another stage take it back.
    let good = (3..60).map(|place| minute(place, GOOD)).collect();
    for (asked, news) in [
        (baking(10, 3_600.0), News::Minutes(good)),
        (
            gating(10, 25, 9_000.0),
            News::Nothing("it is down".to_owned()),
        ),
        (baking(100, 9_000.0), News::Minutes(Vec::new())),
    ] {
        let bytes = state.encode(&defaults());
        state = State::open(&bytes, &defaults(), asked.weight, SINCE);
        let later = judge(&defaults(), &mut state, &asked, &news).unwrap();
        assert_eq!(
            (later.health, later.reason),
            (Health::Unhealthy, judgement.reason)
        );
        assert!(
            later.summary.starts_with("errors: canary 10 of 238"),
            "{}",
            later.summary
        );
    }
}

#[test]
fn absolute_limit_names_no_stable() {
    let limit = json!({ "metrics": [{ "name": "limit", "tolerance": { "ratio": 0, "difference": 0.02 } }] });
    let limit = settings(limit);
    let (judgement, _) = after(&limit, &baking(100, 360.0), &[[1_200.0, 70.0, 0.0, 0.0]]);
    let wanted = "limit: canary 70 of 1,200 (5.83 %); tolerated 2 %. The chance of this with a canary within tolerance, at any \
                  look of this rollout, is at most 1 in 1,000,000,000.";
    is(
        &judgement,
        Health::Unhealthy,
        Reason::Worse { metric: 0 },
        wanted,
    );
    let (judgement, _) = after(&limit, &gating(10, 25, 360.0), &[[1_200.0, 2.0, 0.0, 0.0]]);
    let wanted = "limit: 1,200 requests, failures not more than 2 %, 95 % sure.";
    is(&judgement, Health::Healthy, Reason::Enough, wanted);
}

#[test]
fn silence_beyond_patience_is_no_answer() {
    let blocks = [GOOD; 4];
    let asked = baking(10, 300.0 + 601.0);
    let (judgement, mut state) = after(&defaults(), &asked, &blocks);
    let wanted = "No new counts since 23:45:00 UTC (the source has counted no request since). Nothing is concluded from silence.";
    is(&judgement, Health::Unknown, Reason::NoCounts, wanted);
    let failed = News::Nothing("it answered 429".to_owned());
    let judgement = judge(&defaults(), &mut state, &asked, &failed).unwrap();
    let wanted =
        "No new counts since 23:45:00 UTC (it answered 429). Nothing is concluded from silence.";
    is(&judgement, Health::Unknown, Reason::NoCounts, wanted);
    // At a gate what is known does not suffice, however much it is.
    let asked = gating(10, 25, FOUR_MINUTES_S);
    let judgement = judge(&defaults(), &mut state, &asked, &failed).unwrap();
    is(&judgement, Health::Unknown, Reason::NoCounts, wanted);
    // Before that what is known counts, and the sentence says what is missing.
    let judgement = judge(
        &defaults(),
        &mut state,
        &baking(10, FOUR_MINUTES_S),
        &failed,
    )
    .unwrap();
    let wanted = "No evidence against the canary so far (480 requests, evidence 0.378 of 100). No new counts in this call: it answered 429.";
    is(&judgement, Health::Healthy, Reason::SoFar, wanted);
}

#[test]
fn evidence_outweighs_silence() {
    let (judgement, _) = after(
        &defaults(),
        &baking(10, 9_000.0),
        &[[120.0, 20.0, 1_080.0, 2.0]],
    );
    assert_eq!(judgement.health, Health::Unhealthy);
}

#[test]
fn last_stage_tells_the_last_comparison() {
    let (_, mut state) = after(
        &defaults(),
        &baking(50, FOUR_MINUTES_S),
        &[[600.0, 1.0, 600.0, 1.0]; 4],
    );
    let asked = Asked {
        index: 3,
        ..baking(100, 300.0)
    };
    let judgement = judge(&defaults(), &mut state, &asked, &News::Minutes(Vec::new())).unwrap();
    let wanted = "Stable has no traffic to compare with. Last comparison at 50 %: not worse by more than 0.5 points.";
    is(&judgement, Health::Healthy, Reason::NoStableTraffic, wanted);
    let (judgement, _) = after(
        &defaults(),
        &Asked {
            index: 3,
            ..baking(100, 300.0)
        },
        &[],
    );
    let wanted = "Stable has no traffic to compare with. No stage before has shown by how much it may be worse.";
    is(&judgement, Health::Healthy, Reason::NoStableTraffic, wanted);
    let half = Asked {
        index: 4,
        ..baking(50, FOUR_MINUTES_S)
    };
    let (judgement, _) = after(&defaults(), &half, &[[600.0, 1.0, 600.0, 1.0]; 4]);
    let wanted = "The last stage has baked. No evidence against the canary so far (2,400 requests, evidence 0.377 of 100).";
    is(&judgement, Health::Healthy, Reason::NoStableTraffic, wanted);
}

#[test]
fn baking_goes_on_without_evidence() {
    let (judgement, _) = after(&defaults(), &baking(10, FOUR_MINUTES_S), &[GOOD; 4]);
    let wanted = "No evidence against the canary so far (480 requests, evidence 0.378 of 100).";
    is(&judgement, Health::Healthy, Reason::SoFar, wanted);
    let (judgement, _) = after(&defaults(), &baking(10, 60.0), &[]);
    let wanted = "No evidence against the canary so far (0 requests, evidence 1 of 100).";
    is(&judgement, Health::Healthy, Reason::SoFar, wanted);
}

#[test]
fn enough_evidence_says_how_much_and_how_sure() {
    let (judgement, _) = after(&defaults(), &gating(10, 25, FOUR_MINUTES_S), &[GOOD; 4]);
    let wanted = "errors: 480 requests, failures not more than 1.1 x stable's + 4 points, 95 % sure; at 25 % that is at most 1 % of \
                  all requests.";
    is(&judgement, Health::Healthy, Reason::Enough, wanted);
}

#[test]
fn thin_evidence_passes_where_it_is_wanted() {
    let pass = settings(json!({ "thin-evidence": "pass", "patience-s": 86_400 }));
    let few = [[3.0, 0.0, 27.0, 0.0]; 3];
    let (judgement, _) = after(&pass, &gating(10, 25, 1_800.0), &few);
    let wanted = "Passed on thin evidence after 30 min: only 9 requests. Set thin-evidence = \"hold\" to wait instead.";
    is(&judgement, Health::Healthy, Reason::Thin, wanted);
    let (judgement, _) = after(&pass, &gating(10, 25, 1_799.0), &few);
    assert_eq!(judgement.health, Health::Unknown);
}

#[test]
fn evidence_that_does_not_suffice_says_how_much_is_missing() {
    let (judgement, _) = after(
        &defaults(),
        &gating(10, 25, FOUR_MINUTES_S),
        &[[3.0, 0.0, 27.0, 0.0]; 3],
    );
    let wanted = "Not enough evidence for 25 %: errors has 9 requests, beside 81 of stable, about 91 more needed (about 31 min at the present traffic).";
    is(
        &judgement,
        Health::Unknown,
        Reason::NotYet { metric: 0 },
        wanted,
    );
    let (judgement, _) = after(&defaults(), &gating(10, 25, 60.0), &[]);
    let wanted = "Not enough evidence for 25 %: errors has 0 requests, beside 0 of stable, about 100 more needed.";
    is(
        &judgement,
        Health::Unknown,
        Reason::NotYet { metric: 0 },
        wanted,
    );
    let bunches = settings(json!({ "burst": 5 }));
    let (judgement, _) = after(&bunches, &gating(10, 25, 400.0), &[GOOD]);
    let wanted = "Not enough evidence for 25 %: errors has 120 requests, about 334 more needed (about 3 min at the present traffic). \
                  Failures come in bunches of about 5: 5 times as many requests are needed.";
    is(
        &judgement,
        Health::Unknown,
        Reason::NotYet { metric: 0 },
        wanted,
    );
}

#[test]
fn rate_at_which_nothing_can_be_shown_is_said() {
    let mut state = State::open(&[], &defaults(), 0, SINCE);
    let mut minutes = hour_before();
    for minute in &mut minutes {
        minute.blocks[0].stable.failures = 1_140.0;
    }
    let before = Asked {
        weight: 0,
        next_weight: 10,
        ..baking(0, 0.0)
    };
    judge(&defaults(), &mut state, &before, &News::Minutes(minutes)).unwrap();
    let news = News::Minutes(vec![minute(1, [120.0, 114.0, 1_080.0, 1_026.0])]);
    let judgement = judge(&defaults(), &mut state, &gating(10, 25, 400.0), &news).unwrap();
    assert!(
        judgement
            .summary
            .contains("no number of them shows it; raise `harm`"),
        "{}",
        judgement.summary
    );
}

#[test]
fn metric_that_lacks_evidence_is_named_among_several() {
    let two = settings(
        json!({ "metrics": [{ "name": "errors" }, { "name": "client-errors", "failures": ["4xx"] }] }),
    );
    let mut state = State::open(&[], &two, 0, SINCE);
    let mut minutes = vec![minute(1, GOOD), minute(2, GOOD)];
    for minute in &mut minutes {
        minute
            .blocks
            .push(evidence::Block::of([120.0, 30.0, 1_080.0, 270.0]));
    }
    let judgement = judge(
        &two,
        &mut state,
        &gating(10, 25, 400.0),
        &News::Minutes(minutes),
    )
    .unwrap();
    assert_eq!(judgement.reason, Reason::NotYet { metric: 1 });
    assert!(
        judgement
            .summary
            .contains("25 %: client-errors has 240 requests, about "),
        "{}",
        judgement.summary
    );
    let subjects = |name: &str| -> Vec<&str> {
        let found = judgement
            .measurements
            .iter()
            .filter(|measured| measured.name == name);
        found.map(|measured| measured.subject.as_str()).collect()
    };
    assert_eq!(
        subjects("failures"),
        [
            "canary",
            "stable",
            "canary client-errors",
            "stable client-errors"
        ]
    );
    assert_eq!(
        subjects("evidence-against"),
        ["errors", "client-errors", "all metrics"]
    );
    assert_eq!(subjects("evidence-for"), ["errors", "client-errors"]);
}

#[test]
fn lost_evidence_is_said() {
    let mut state = State::open(b"of another gate", &defaults(), 10, SINCE);
    let news = News::Minutes(vec![minute(1, GOOD)]);
    let judgement = judge(&defaults(), &mut state, &baking(10, 400.0), &news).unwrap();
    let wanted = "No evidence against the canary so far (120 requests, evidence 0.277 of 100). Earlier evidence of this rollout was \
                  lost, so that it began again with half the capital.";
    is(&judgement, Health::Healthy, Reason::SoFar, wanted);
}

#[test]
fn measurements_are_those_of_the_evidence() {
    let (judgement, _) = after(&defaults(), &gating(10, 25, FOUR_MINUTES_S), &[GOOD; 4]);
    let found: Vec<String> = judgement
        .measurements
        .iter()
        .map(|measured| {
            format!(
                "{} {} {:.3} {}",
                measured.name, measured.subject, measured.value, measured.unit
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            "evidence-against errors -0.423 log10",
            "evidence-for errors 7.836 log10",
            "requests-needed errors 0.000 requests",
            "excess-at-most errors 1.000 points",
            "failures canary 0.000 requests",
            "requests canary 480.000 requests",
            "failures stable 8.000 requests",
            "requests stable 4320.000 requests",
            "canary-share canary 10.000 %",
        ]
    );
}

#[test]
fn share_that_is_off_the_weight_is_warned_of() {
    let (judgement, _) = after(
        &defaults(),
        &baking(10, FOUR_MINUTES_S),
        &[[200.0, 0.0, 1_000.0, 1.0]],
    );
    assert_eq!(
        judgement.warnings,
        [
            "the canary has 16.7 % of the requests and not 10 %: probes or retries are counted, or the split is not in effect"
        ]
    );
    for fine in [[130.0, 0.0, 1_070.0, 1.0], [80.0, 0.0, 400.0, 1.0]] {
        let (judgement, _) = after(&defaults(), &baking(10, FOUR_MINUTES_S), &[fine]);
        assert!(judgement.warnings.is_empty(), "{judgement:?}");
    }
}
