//! The shop in the built-in web app, as a synthetic transaction uses it.

use serde_json::{Value, json};

use super::*;

/// A visitor of the host of the first revision.
struct Visitor {
    bench: Bench,
    token: String,
}

impl Visitor {
    async fn enter(bench: Bench) -> Self {
        let mut visitor = Self {
            bench,
            token: String::new(),
        };
        let credentials = json!({"user": "ann", "password": "demo"});
        let (status, login) = visitor.post("/login", &credentials).await;
        assert_eq!(status, 200, "{login}");
        visitor.token = login["token"].as_str().unwrap().to_owned();
        visitor
    }

    async fn send(&self, method: Method, path: &str, body: &str) -> Answered {
        let url = self.bench.emulator.revision_url("shop", V1).unwrap();
        let request = self.bench.client.request(method, format!("{url}{path}"));
        let request = request.bearer_auth(&self.token).body(body.to_owned());
        read(request.send().await.unwrap()).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answered {
        self.send(Method::POST, path, &body.to_string()).await
    }

    async fn fill_basket(&self) -> String {
        let (status, basket) = self.post("/baskets", &Value::Null).await;
        assert_eq!(status, 201, "{basket}");
        let path = format!("/baskets/{}", basket["basket"].as_str().unwrap());
        let line = json!({"item": "tea", "quantity": 2});
        let added = self.post(&format!("{path}/items"), &line).await;
        assert_eq!(added, (200, json!({"items": 2, "total-cents": 900})));
        path
    }

    async fn shop_counts(&self) -> Value {
        let (_, snapshot) = self.bench.get("/_emulator/snapshot").await;
        snapshot["apps"][0]["revisions"][0]["shop"].clone()
    }
}

#[tokio::test]
async fn basket_becomes_an_order_that_can_be_read_and_deleted() {
    let ann = Visitor::enter(Bench::demo().await).await;
    let basket = ann.fill_basket().await;
    let (status, placed) = ann.post(&format!("{basket}/checkout"), &Value::Null).await;
    assert_eq!((status, &placed["total-cents"]), (201, &json!(900)));
    let id = placed["order"].as_str().unwrap();
    let order = format!("/orders/{id}");
    let expected = json!({"order": id, "total-cents": 900, "state": "placed"});
    assert_eq!(ann.send(Method::GET, &order, "").await, (200, expected));
    assert_eq!(ann.shop_counts().await, json!({"baskets": 1, "orders": 1}));
    for path in [&order, &basket] {
        let deleted = ann.send(Method::DELETE, path, "").await;
        assert_eq!(deleted, (204, Value::Null), "{path}");
        assert_eq!(ann.send(Method::DELETE, path, "").await.0, 404, "{path}");
    }
    assert_eq!(ann.shop_counts().await, json!({"baskets": 0, "orders": 0}));
}

#[tokio::test]
async fn shop_behind_an_upstream_gets_token_and_body() {
    let behind = Bench::demo().await;
    let upstream = behind.emulator.app_url("shop").unwrap();
    let apps = json!([{"revisions": [{"upstream": upstream}]}]);
    let ann = Visitor::enter(Bench::with(json!({"apps": apps})).await).await;
    ann.fill_basket().await;
}

#[tokio::test]
async fn shop_refuses_requests_without_a_token_of_this_revision() {
    let bench = Bench::with(json!({"apps": [{"revisions": [{}, {}]}]})).await;
    let mut ann = Visitor::enter(bench).await;
    let wrong = json!({"user": "ann", "password": "guess"});
    assert_eq!(ann.post("/login", &wrong).await.0, 401);
    let other = ann.bench.emulator.revision_url("shop", V2).unwrap();
    let elsewhere = ann.bench.client.post(format!("{other}/baskets"));
    let elsewhere = elsewhere.bearer_auth(&ann.token).send().await.unwrap();
    assert_eq!(elsewhere.status(), 401);
    let anonymous = ann.bench.emulator.revision_url("shop", V1).unwrap();
    let anonymous = ann.bench.client.post(format!("{anonymous}/baskets"));
    assert_eq!(anonymous.send().await.unwrap().status(), 401);
    ann.token = "token-2".to_owned();
    for (method, path) in [
        (Method::POST, "/baskets"),
        (Method::POST, "/baskets/basket-1/items"),
        (Method::POST, "/baskets/basket-1/checkout"),
        (Method::DELETE, "/baskets/basket-1"),
        (Method::GET, "/orders/order-1"),
        (Method::DELETE, "/orders/order-1"),
    ] {
        let (status, body) = ann.send(method.clone(), path, "").await;
        assert_eq!(status, 401, "{method} {path}: {body}");
    }
    assert_eq!(ann.shop_counts().await, json!({"baskets": 0, "orders": 0}));
}

#[tokio::test]
async fn unknown_ids_are_404_and_malformed_bodies_400() {
    let ann = Visitor::enter(Bench::demo().await).await;
    let line = json!({"item": "tea", "quantity": 1});
    assert_eq!(ann.post("/baskets/basket-9/items", &line).await.0, 404);
    assert_eq!(ann.post("/baskets/basket-9/checkout", &line).await.0, 404);
    assert_eq!(ann.send(Method::GET, "/orders/order-9", "").await.0, 404);
    let items = format!("{}/items", ann.fill_basket().await);
    let large = format!("{{\"item\": \"{}\"}}", "x".repeat(70_000));
    for (body, status) in [
        ("{", 400),
        ("", 400),
        ("{\"item\": \"tea\"}", 400),
        ("{\"item\": \"tea\", \"quantity\": 0}", 400),
        ("{\"item\": \"tea\", \"quantity\": 101}", 400),
        ("{\"item\": \"gold\", \"quantity\": 1}", 404),
        (&large, 400),
    ] {
        let (seen, answer) = ann.send(Method::POST, &items, body).await;
        let begin = &body[..body.len().min(40)];
        assert_eq!(seen, status, "{begin}: {answer}");
        assert!(answer["error"].is_string(), "{begin}: {answer}");
    }
    assert_eq!(ann.send(Method::POST, "/login", "[1").await.0, 400);
}

#[tokio::test]
async fn empty_basket_cannot_be_checked_out() {
    let ann = Visitor::enter(Bench::demo().await).await;
    ann.post("/baskets", &Value::Null).await;
    let path = "/baskets/basket-1/checkout";
    assert_eq!(ann.post(path, &Value::Null).await.0, 409);
}

#[tokio::test]
async fn oldest_basket_beyond_a_thousand_is_forgotten() {
    let ann = Visitor::enter(Bench::demo().await).await;
    for _ in 0..1_001 {
        ann.post("/baskets", &Value::Null).await;
    }
    assert_eq!(ann.shop_counts().await["baskets"], 1_000);
    for (id, status) in [("basket-1", 404), ("basket-2", 204), ("basket-1001", 204)] {
        let path = format!("/baskets/{id}");
        assert_eq!(ann.send(Method::DELETE, &path, "").await.0, status, "{id}");
    }
}

#[tokio::test]
async fn only_requests_that_match_fails_paths_fail() {
    let behaviour = json!({"fails-paths": ["/checkout"]});
    let apps = json!([{"revisions": [{"behaviour": behaviour}]}]);
    let ann = Visitor::enter(Bench::with(json!({"apps": apps})).await).await;
    let basket = ann.fill_basket().await;
    let (status, _) = ann.post(&format!("{basket}/checkout"), &Value::Null).await;
    assert_eq!(status, 500);
    assert_eq!(ann.shop_counts().await, json!({"baskets": 1, "orders": 0}));
    assert_eq!(ann.send(Method::GET, "/health", "").await.0, 200);
}

#[tokio::test]
async fn empty_text_in_fails_paths_is_refused() {
    let bench = Bench::demo().await;
    let behaviour = json!({"fails-paths": [""]});
    let path = "/_emulator/behaviour/shop/shop--v1";
    let (status, body) = bench.call(Method::POST, path, Some(&behaviour)).await;
    assert_eq!(status, 400);
    assert!(body.to_string().contains("fails-paths"), "{body}");
}

#[tokio::test]
async fn revision_with_a_body_of_its_own_has_no_shop() {
    let apps = json!([{"revisions": [{"behaviour": {"body": "\"closed\""}}]}]);
    let bench = Bench::with(json!({"apps": apps})).await;
    let url = bench.emulator.revision_url("shop", V1).unwrap();
    let answer = bench.client.post(format!("{url}/login")).send().await;
    assert_eq!(read(answer.unwrap()).await, (200, json!("closed")));
}
