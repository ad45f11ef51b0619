//! The gate's own requests, with a scripted network.

use std::cell::RefCell;
use std::rc::Rc;

use lockgate_gate::host::testing::{response, set_network};
use lockgate_gate::host::{Error, Response};
use lockgate_gate::{Request, Revision};
use serde_json::{Value, json};

use super::read;
use crate::judge::{News, judge};
use crate::settings::Source;
use crate::tests::{SINCE, baking, gating, settings};
use crate::{Asked, Settings, State};
use lockgate_gate::Health;

fn revision(name: &str, url: &str) -> Revision {
    Revision {
        name: name.to_owned(),
        url: url.to_owned(),
        image: String::new(),
    }
}

fn probe(settings: &Settings, state: &mut State) -> Result<News, String> {
    let Source::Probe(probing) = &settings.source else {
        panic!("probes")
    };
    let stable = revision("shop--v1", "https://stable.example");
    let canary = revision("shop--v2", "https://canary.example");
    let read = read(probing, &settings.metrics, state, &stable, &canary);
    read.map_err(|error| error.text().to_owned())
}

fn with(mut written: Value) -> Settings {
    written["source"] = json!("probe");
    settings(written)
}

fn block(news: &News) -> [f64; 4] {
    let News::Probes(blocks) = news else {
        panic!("{news:?}")
    };
    let [canary, stable] = [blocks[0].canary, blocks[0].stable];
    [
        canary.requests,
        canary.failures,
        stable.requests,
        stable.failures,
    ]
}

#[test]
fn both_revisions_get_the_same_requests_in_turn() {
    let sent = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&sent);
    set_network(move |request: &Request| {
        seen.borrow_mut().push(format!(
            "{} {} {:?}",
            request.method, request.url, request.timeout_ms
        ));
        response(200, "", 3.0)
    });
    let settings = with(json!({ "probes": 2, "path": "/shop?a=1", "timeout-ms": 700 }));
    let mut state = State::open(&[], &settings, 0, SINCE);
    assert_eq!(
        block(&probe(&settings, &mut state).unwrap()),
        [2.0, 0.0, 2.0, 0.0]
    );
    let pair = [
        "GET https://stable.example/shop?a=1 Some(700)",
        "GET https://canary.example/shop?a=1 Some(700)",
    ];
    assert_eq!(*sent.borrow(), [pair, pair].concat());
}

#[test]
fn answers_that_fail_and_those_that_never_come_are_failures() {
    let mut outcomes: Vec<Result<Response, Error>> = vec![
        response(200, "", 3.0),
        response(503, "", 3.0),
        response(404, "", 3.0),
        Err(Error::Timeout),
        response(302, "", 3.0),
        Err(Error::Unreachable("reset".to_owned())),
    ];
    outcomes.reverse();
    set_network(move |_| outcomes.pop().unwrap());
    let settings = with(json!({ "probes": 3 }));
    let mut state = State::open(&[], &settings, 0, SINCE);
    assert_eq!(
        block(&probe(&settings, &mut state).unwrap()),
        [3.0, 3.0, 3.0, 0.0]
    );
}

#[test]
fn what_lockgate_did_not_send_is_no_finding() {
    for error in [
        Error::Denied("no rule".to_owned()),
        Error::Budget("used up".to_owned()),
        Error::Unresolved("no name".to_owned()),
    ] {
        let mut first = true;
        set_network(move |_| {
            let failed = !std::mem::replace(&mut first, true);
            if failed {
                response(200, "", 1.0)
            } else {
                Err(error.clone())
            }
        });
        let settings = with(json!({}));
        let mut state = State::open(&[], &settings, 0, SINCE);
        let before = state.clone();
        let error = probe(&settings, &mut state).unwrap_err();
        assert!(error.contains("GET https://stable.example/"), "{error}");
        assert_eq!(state, before);
    }
}

#[test]
fn slow_is_what_the_stable_hardly_is() {
    let mut sent = 0;
    set_network(move |request| {
        sent += 1;
        // The stable takes 1 to 20 ms, the canary always 25.
        let stable = f64::from((sent / 2) % 20 + 1);
        response(
            200,
            "",
            if request.url.contains("canary") {
                25.0
            } else {
                stable
            },
        )
    });
    let settings = with(
        json!({ "probes": 40, "metrics": [{ "name": "slow", "slower-than-ms": "stable-p95" }] }),
    );
    let mut state = State::open(&[], &settings, 0, SINCE);
    let asked = Asked {
        weight: 0,
        next_weight: 10,
        ..gating(0, 10, 60.0)
    };
    for measured in [40, 80, 0] {
        let news = probe(&settings, &mut state).unwrap();
        assert_eq!(
            block(&news),
            [0.0; 4],
            "until its bound is known it is not judged"
        );
        let judgement = judge(&settings, &mut state, &asked, &news).unwrap();
        assert_eq!(judgement.health, Health::Unknown, "{}", judgement.summary);
        assert_eq!(state.times_ms.len(), measured);
        let bytes = state.encode(&settings);
        state = State::open(&bytes, &settings, 0, SINCE);
    }
    assert_eq!(state.slow_ms, 19.0);
    let news = probe(&settings, &mut state).unwrap();
    assert_eq!(block(&news), [40.0, 40.0, 40.0, 2.0]);
    let judgement = judge(&settings, &mut state, &asked, &news).unwrap();
    assert_eq!(judgement.health, Health::Unhealthy, "{}", judgement.summary);
}

#[test]
fn probes_are_judged_before_the_canary_has_traffic() {
    set_network(|_| response(200, "", 3.0));
    let settings = with(json!({ "probes": 40 }));
    let mut state = State::open(&[], &settings, 0, SINCE);
    let asked = Asked {
        weight: 0,
        next_weight: 10,
        ..gating(0, 10, 60.0)
    };
    let news = probe(&settings, &mut state).unwrap();
    let judgement = judge(&settings, &mut state, &asked, &news).unwrap();
    let wanted = "Not enough evidence for 10 %: errors has 40 requests, about 5 more needed.";
    assert_eq!(
        (judgement.summary.as_str(), judgement.health),
        (wanted, Health::Unknown)
    );
    let news = probe(&settings, &mut state).unwrap();
    let judgement = judge(&settings, &mut state, &asked, &news).unwrap();
    let wanted = "errors: 80 requests, failures not more than 1.1 x stable's + 10 points, 95 % sure; at 10 % that is at most 1 % of all requests.";
    assert_eq!(
        (judgement.summary.as_str(), judgement.health),
        (wanted, Health::Healthy)
    );
    // At the end too, where the platform would have nothing to compare.
    let last = Asked {
        index: 4,
        ..baking(100, 60.0)
    };
    let news = probe(&settings, &mut state).unwrap();
    let judgement = judge(&settings, &mut state, &last, &news).unwrap();
    assert!(
        judgement
            .summary
            .starts_with("No evidence against the canary so far (120 requests"),
        "{}",
        judgement.summary
    );
}
