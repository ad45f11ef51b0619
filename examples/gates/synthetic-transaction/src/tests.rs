//! The transaction, against a shop in memory that can fail at each request.

use std::cell::RefCell;
use std::rc::Rc;

use lockgate_gate::host::testing::{response, set_network};
use lockgate_gate::host::{Error, Response};
use lockgate_gate::{CannotAnswer, Health, Report, Request, Revision, measurement};
use serde::Deserialize as _;
use serde_json::{Value, json};

use crate::settings::Settings;
use crate::settings::tests::complete;
use crate::shop::transact;

type Outcome = Result<Response, Error>;

/// The requests of a successful transaction.
const ALL: [&str; 7] = [
    "POST /login",
    "POST /baskets",
    "POST /baskets/b.1/items",
    "POST /baskets/b.1/checkout",
    "GET /orders/o-1",
    "DELETE /orders/o-1",
    "DELETE /baskets/b.1",
];

/// What the shop was asked.
#[derive(Default)]
struct Shop {
    asked: Vec<String>,
    requests: Vec<Request>,
}

fn well(asked: &str) -> Outcome {
    match ALL.iter().position(|known| *known == asked) {
        Some(0) => answer(200, json!({"token": "t~1"})),
        Some(1) => answer(201, json!({"basket": "b.1"})),
        Some(2) => answer(200, json!({"items": 2, "total-cents": 900})),
        Some(3) => answer(201, json!({"order": "o-1", "total-cents": 900})),
        Some(4) => answer(200, json!({"state": "placed", "total-cents": 900})),
        Some(_) => answer(204, Value::Null),
        None => panic!("{asked} is no request of the transaction"),
    }
}

fn answer(status: u16, body: Value) -> Outcome {
    response(status, &body.to_string(), 10.0)
}

fn no_answer() -> Outcome {
    Err(Error::Timeout)
}

/// Buys from a shop that answers as expected, except to these requests.
fn run(wrong: Vec<(&'static str, Outcome)>) -> (Result<Report, CannotAnswer>, Shop) {
    let settings = json!({"quantity": 2, "user": "ann", "max-total-ms": 50});
    let settings = Settings::deserialize(complete(&settings)).unwrap();
    let shop = Rc::new(RefCell::new(Shop::default()));
    let seen = Rc::clone(&shop);
    set_network(move |request| {
        let path = request.url.strip_prefix("https://canary.example").unwrap();
        let asked = format!("{} {path}", request.method);
        seen.borrow_mut().requests.push(request.clone());
        seen.borrow_mut().asked.push(asked.clone());
        let wrong = wrong.iter().find(|(at, _)| *at == asked);
        wrong.map_or_else(|| well(&asked), |(_, outcome)| outcome.clone())
    });
    let canary = Revision {
        name: "shop--v2".to_owned(),
        url: "https://canary.example".to_owned(),
        image: String::new(),
    };
    let report = transact(&settings, &canary);
    (report, shop.take())
}

fn fails(at: &'static str, outcome: Outcome) -> (Report, Shop) {
    let (report, shop) = run(vec![(at, outcome)]);
    (report.unwrap(), shop)
}

#[test]
fn canary_that_sells_is_healthy_and_everything_is_deleted() {
    let (report, shop) = run(Vec::new());
    let report = report.unwrap();
    assert_eq!(report.health, Health::Healthy);
    let summary = "bought 2 tea and read the order back in 50 ms";
    assert_eq!(report.summary, summary);
    assert_eq!(shop.asked, ALL);
    let steps = [
        "log in",
        "create basket",
        "add item",
        "check out",
        "read order",
    ];
    let latency = |step: &str, value| measurement("latency", step, value, "ms");
    let mut latencies: Vec<_> = steps.map(|step| latency(step, 10.0)).into();
    latencies.push(latency("total", 50.0));
    assert_eq!(report.measurements, latencies);
}

#[test]
fn token_goes_with_every_request_after_the_first() {
    let (_, shop) = run(Vec::new());
    let token = ("authorization".to_owned(), "Bearer t~1".to_owned());
    let with = |request: &Request| request.headers.contains(&token);
    assert!(!with(&shop.requests[0]));
    assert!(shop.requests[1..].iter().all(with));
    let body = shop.requests[0].body.as_deref().unwrap();
    let credentials: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(credentials, json!({"user": "ann", "password": "demo"}));
    assert!(
        shop.requests
            .iter()
            .all(|request| request.timeout_ms == Some(2_000))
    );
}

#[test]
fn checkout_that_fails_is_named_and_the_basket_is_deleted() {
    let (report, shop) = fails(ALL[3], answer(500, Value::Null));
    assert_eq!(report.health, Health::Unhealthy);
    let summary = "check out: POST /baskets/b.1/checkout answered 500, 201 was expected";
    assert_eq!(report.summary, summary);
    assert_eq!(shop.asked, [&ALL[..4], &ALL[6..]].concat());
}

#[test]
fn wrong_answer_at_any_step_is_unhealthy_and_everything_is_deleted() {
    for (index, at) in ALL.into_iter().enumerate() {
        let (report, shop) = fails(at, answer(418, Value::Null));
        assert_eq!(report.health, Health::Unhealthy, "{at}");
        let expected = format!("{at} answered 418");
        assert!(report.summary.contains(&expected), "{}", report.summary);
        let deletes = |path: &str| shop.asked.contains(&format!("DELETE {path}"));
        assert_eq!(deletes("/baskets/b.1"), index > 1, "{at}");
        assert_eq!(deletes("/orders/o-1"), index > 3, "{at}");
    }
}

#[test]
fn missing_answer_at_any_step_is_unknown_and_everything_is_deleted() {
    for (index, at) in ALL.into_iter().enumerate() {
        let (report, shop) = fails(at, no_answer());
        assert_eq!(report.health, Health::Unknown, "{at}");
        assert!(report.summary.contains("no answer within"), "{at}");
        let deletes = |path: &str| shop.asked.contains(&format!("DELETE {path}"));
        assert_eq!(deletes("/baskets/b.1"), index > 1, "{at}");
        assert_eq!(deletes("/orders/o-1"), index > 3, "{at}");
    }
}

#[test]
fn order_that_may_exist_without_an_answer_is_named() {
    let (report, _) = fails(ALL[3], no_answer());
    let said = report.summary;
    assert!(
        said.contains("if it made the order, that is left behind"),
        "{said}"
    );
}

#[test]
fn order_in_an_answer_of_a_wrong_status_is_deleted() {
    let placed = json!({"order": "o-1", "total-cents": 900});
    let (report, shop) = fails(ALL[3], answer(200, placed));
    assert_eq!(report.health, Health::Unhealthy);
    let said = report.summary;
    assert!(said.ends_with("answered 200, 201 was expected"), "{said}");
    assert_eq!(shop.asked, [&ALL[..4], &ALL[5..]].concat());
    let (report, _) = fails(ALL[3], answer(202, Value::Null));
    assert!(
        report.summary.contains("if it made the order"),
        "{report:?}"
    );
}

#[test]
fn request_that_lockgate_does_not_send_is_an_error() {
    let refusal = Err(Error::Budget("100 requests are used up".to_owned()));
    let (report, shop) = run(vec![(ALL[2], refusal)]);
    assert_eq!(
        report.unwrap_err().text(),
        "add item: not sent: POST https://canary.example/baskets/b.1/items: budget: 100 requests are used up"
    );
    assert_eq!(shop.asked.last().unwrap(), ALL[6]);
}

#[test]
fn failed_clean_up_is_unhealthy_names_what_is_left_and_deletes_the_rest() {
    let (report, shop) = fails(ALL[5], answer(500, Value::Null));
    assert_eq!(report.health, Health::Unhealthy);
    let said = report.summary;
    assert!(
        said.contains("the order /orders/o-1 is left behind"),
        "{said}"
    );
    assert!(!said.contains("basket"), "{said}");
    assert_eq!(shop.asked, ALL);
}

#[test]
fn failure_and_what_it_leaves_behind_are_both_named() {
    let wrong = vec![(ALL[3], answer(500, Value::Null)), (ALL[6], no_answer())];
    let report = run(wrong).0.unwrap();
    assert_eq!(report.health, Health::Unhealthy);
    let said = report.summary;
    assert!(said.starts_with("check out: "), "{said}");
    assert!(
        said.contains("the basket /baskets/b.1 is left behind"),
        "{said}"
    );
}

#[test]
fn answers_that_contradict_what_was_bought_are_a_no() {
    let total = json!({"order": "o-1", "total-cents": 1});
    let state = json!({"state": "lost", "total-cents": 900});
    for (at, wrong, said) in [
        (
            ALL[2],
            answer(200, json!({"items": 1, "total-cents": 450})),
            "items is 1, 2 was",
        ),
        (ALL[3], answer(201, total), "total-cents is 1, 900 was"),
        (
            ALL[4],
            answer(200, state),
            "state is \"lost\", \"placed\" was",
        ),
    ] {
        let (report, shop) = fails(at, wrong);
        assert_eq!(report.health, Health::Unhealthy);
        assert!(report.summary.contains(said), "{}", report.summary);
        assert_eq!(shop.asked.last().unwrap(), ALL[6]);
    }
}

#[test]
fn answer_that_is_no_json_or_lacks_an_id_is_a_no() {
    for wrong in [
        response(201, "<html>", 1.0),
        answer(201, json!({"basket": 7})),
    ] {
        let (report, shop) = fails(ALL[1], wrong);
        assert_eq!(report.health, Health::Unhealthy);
        let said = report.summary;
        assert!(
            said.starts_with("create basket: the answer cannot be used"),
            "{said}"
        );
        assert!(said.contains("if it made the basket"), "{said}");
        assert_eq!(shop.asked, ALL[..2]);
    }
}

#[test]
fn id_never_leads_to_another_path() {
    for id in [
        "../admin",
        "1?all=true",
        "",
        "..",
        "1/items",
        "a b",
        "\u{e9}",
    ] {
        let (report, shop) = fails(ALL[1], answer(201, json!({ "basket": id })));
        assert_eq!(report.health, Health::Unhealthy, "{id:?}");
        assert_eq!(shop.asked, ALL[..2], "{id:?}");
    }
}

#[test]
fn transaction_that_takes_too_long_in_all_is_a_no() {
    let slow = response(200, r#"{"token": "t~1"}"#, 11.0);
    let (report, _) = fails(ALL[0], slow);
    assert_eq!(report.health, Health::Unhealthy);
    let summary = "bought 2 tea in 51 ms, at most 50 ms were expected";
    assert_eq!(report.summary, summary);
}
