//! Reading and writing an app over ARM's paths.

use reqwest::Method;
use serde_json::{Value, json};

use super::*;

/// The members of an object and, below it, of its objects, as paths.
fn shape(value: &Value, prefix: &str) -> Vec<String> {
    let Value::Object(members) = value else {
        return Vec::new();
    };
    let below = |(key, value): (&String, &Value)| {
        let path = format!("{prefix}/{key}");
        [vec![path.clone()], shape(value, &path)].concat()
    };
    members.iter().flat_map(below).collect()
}

#[tokio::test]
async fn app_document_has_the_members_of_the_recorded_one_in_their_order() {
    let recorded: Value = serde_json::from_str(include_str!("recorded_app.json")).unwrap();
    let app = Bench::demo().await.app().await;
    assert_eq!(shape(&app, ""), shape(&recorded, ""));
    assert_eq!(app["properties"]["configuration"]["secrets"], Value::Null);
    assert!(
        app["id"].as_str().unwrap().ends_with("/containerapps/shop"),
        "{}",
        app["id"]
    );
}

#[tokio::test]
async fn revision_document_has_the_members_of_the_recorded_one() {
    let revision = Bench::demo().await.revision(V1).await;
    let expected = [
        "createdTime",
        "fqdn",
        "template",
        "active",
        "replicas",
        "trafficWeight",
        "healthState",
        "provisioningState",
        "runningState",
    ];
    let members: Vec<&String> = revision.as_object().unwrap().keys().collect();
    assert_eq!(members, expected);
    assert!(
        revision["createdTime"]
            .as_str()
            .unwrap()
            .ends_with("+00:00")
    );
    assert_eq!(revision["template"]["revisionSuffix"], Value::Null);
}

#[tokio::test]
async fn patch_merges_tags_and_leaves_everything_else_alone() {
    let apps = json!([{"revisions": [{}], "tags": {"team": "shop", "old": "1"}}]);
    let bench = Bench::with(json!({"apps": apps})).await;
    let mut expected = bench.app().await;
    let accepted = bench
        .patch(&json!({"tags": {"new": "2", "old": null}}))
        .await;
    bench.follow(accepted).await;
    let app = bench.app().await;
    assert_ne!(
        app["systemData"]["lastModifiedAt"],
        expected["systemData"]["lastModifiedAt"]
    );
    expected["systemData"] = app["systemData"].clone();
    expected["tags"] = json!({"team": "shop", "new": "2"});
    assert_eq!(app, expected);
}

#[tokio::test]
async fn last_modified_has_seven_digits_and_no_zone_and_moves_with_each_write() {
    let bench = Bench::demo().await;
    let mut seen = Vec::new();
    for weight in [10, 20, 30] {
        bench.shift(100 - weight, weight).await;
        let app = bench.app().await;
        seen.push(
            app["systemData"]["lastModifiedAt"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    for time in &seen {
        assert_eq!(time.len(), "2024-10-14T07:06:16.6073765".len(), "{time}");
        assert!(time.bytes().last().unwrap().is_ascii_digit());
    }
    assert!(
        seen.is_sorted_by(|earlier, later| earlier < later),
        "{seen:?}"
    );
}

#[tokio::test]
async fn whole_document_sent_back_by_put_changes_only_what_was_edited() {
    let bench = Bench::with(json!({"apps": [{
        "revisions-mode": "Single",
        "revisions": [{}],
    }]}))
    .await;
    let mut document = bench.app().await;
    document["properties"]["configuration"]["activeRevisionsMode"] = json!("multiple");
    let put = bench
        .send(Method::PUT, &bench.path(""), Some(&document))
        .await
        .unwrap();
    assert_eq!(put.status(), 201);
    bench.follow(put).await;
    let app = bench.app().await;
    document["properties"]["configuration"]["activeRevisionsMode"] = json!("Multiple");
    document["systemData"] = app["systemData"].clone();
    assert_eq!(app, document);
}

#[tokio::test]
async fn put_of_a_new_app_creates_it_with_a_revision_that_serves() {
    let bench = Bench::demo().await;
    let path = bench.path("").replace("/shop?", "/cart?");
    let body = json!({"location": "West Europe", "properties": {
        "configuration": {"ingress": {"external": true, "targetPort": 8080}},
        "template": {"containers": [{"name": "cart", "image": "registry.example/cart:1"}]},
    }});
    let put = bench.send(Method::PUT, &path, Some(&body)).await.unwrap();
    assert_eq!(put.status(), 201);
    assert!(
        put.headers()["azure-asyncoperation"]
            .to_str()
            .unwrap()
            .contains("/westeurope/")
    );
    bench.follow(put).await;
    let (_, app) = bench.get(&path).await;
    assert_eq!(
        app["properties"]["configuration"]["activeRevisionsMode"],
        "Single"
    );
    assert_eq!(
        traffic_of(&app),
        json!([{"weight": 100, "latestRevision": true}])
    );
    let (status, revision) = bench
        .visit_url(&bench.emulator.app_url("cart").unwrap())
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        app["properties"]["latestReadyRevisionName"],
        json!(revision)
    );
}

#[tokio::test]
async fn traffic_cannot_be_set_in_single_mode() {
    let bench = Bench::with(json!({"apps": [{
        "revisions-mode": "Single",
        "revisions": [{}, {}],
    }]}))
    .await;
    let traffic = json!([{"revisionName": V1, "weight": 100}]);
    assert_eq!(bench.patch_traffic(traffic).await.status(), 400);
    assert_eq!(bench.visit().await.1, V2);
}

#[tokio::test]
async fn values_of_secrets_are_shown_only_by_list_secrets() {
    let bench = Bench::demo().await;
    let secrets = json!([{"name": "key", "value": "hunter2"}]);
    let body = json!({"properties": {"configuration": {"secrets": secrets}}});
    let accepted = bench.patch(&body).await;
    bench.follow(accepted).await;
    let app = bench.app().await;
    assert!(!app.to_string().contains("hunter2"));
    let shown = &app["properties"]["configuration"]["secrets"];
    assert_eq!(*shown, json!([{"name": "key"}]));
    let (status, listed) = bench.post(&bench.path("/listSecrets")).await;
    assert_eq!((status, listed), (200, json!({"value": secrets})));

    let unknown = json!({"properties": {"configuration": {"secrets": [{"name": "other"}]}}});
    assert_eq!(bench.patch(&unknown).await.status(), 400);
}

#[tokio::test]
async fn stopped_app_replies_404_until_it_is_started() {
    let bench = Bench::demo().await;
    for (action, status, shown) in [("stop", 404, "Stopped"), ("start", 200, "Running")] {
        let path = bench.path(&format!("/{action}"));
        let accepted = bench.send(Method::POST, &path, None).await.unwrap();
        bench.follow(accepted).await;
        assert_eq!(bench.app().await["properties"]["runningStatus"], shown);
        assert_eq!(bench.visit().await.0, status);
    }
}

#[tokio::test]
async fn paths_match_in_any_case() {
    let bench = Bench::demo().await;
    let path = bench.path("/revisions/shop--v1");
    let (path, query) = path.split_once('?').unwrap();
    for path in [path.to_uppercase(), path.to_lowercase()] {
        let (status, body) = bench.get(&format!("{path}?{query}")).await;
        assert_eq!((status, &body["name"]), (200, &json!(V1)), "{path}");
    }
}

#[tokio::test]
async fn missing_resources_get_their_arm_codes() {
    let bench = Bench::demo().await;
    let path = bench.path("");
    let table = [
        (path.replace("/shop?", "/cart?"), 404, "ResourceNotFound"),
        (
            path.replace("/shop?", "/shop/revisions/x?"),
            404,
            "ResourceNotFound",
        ),
        (
            path.replace("/shop?", "/shop/nonsense?"),
            404,
            "ResourceNotFound",
        ),
        (
            path.replace("/demo/", "/other/"),
            404,
            "ResourceGroupNotFound",
        ),
        (
            path.replace("00000000-0000", "10000000-0000"),
            404,
            "SubscriptionNotFound",
        ),
        (
            path.replace("api-version", "version"),
            400,
            "MissingApiVersionParameter",
        ),
        ("/?api-version=1".to_owned(), 404, "ResourceNotFound"),
    ];
    for (path, status, code) in table {
        let (answered, body) = bench.get(&path).await;
        assert_eq!(
            (answered, &body["error"]["code"]),
            (status, &json!(code)),
            "{path}"
        );
    }
    let (status, _) = bench.call(Method::POST, &path, None).await;
    assert_eq!(status, 405);
}

#[tokio::test]
async fn subscription_provider_and_list_of_apps_can_be_read() {
    let bench = Bench::demo().await;
    let subscription = "/subscriptions/00000000-0000-0000-0000-000000000000";
    let version = "?api-version=2024-11-01";
    let (_, body) = bench.get(&format!("/subscriptions{version}")).await;
    assert_eq!(body["value"][0]["state"], "Enabled");
    let (_, body) = bench.get(&format!("{subscription}{version}")).await;
    assert_eq!(
        body["subscriptionId"],
        "00000000-0000-0000-0000-000000000000"
    );
    let (_, body) = bench
        .get(&format!("{subscription}/providers/Microsoft.App{version}"))
        .await;
    assert_eq!(body["registrationState"], "Registered");
    let group = bench.group();
    for scope in [subscription, &group] {
        let path = format!("{scope}/providers/Microsoft.App/containerApps{version}");
        let (status, body) = bench.get(&path).await;
        assert_eq!(
            (status, &body["value"][0]["name"]),
            (200, &json!("shop")),
            "{path}"
        );
        assert_eq!(body["nextLink"], Value::Null);
    }
}

#[tokio::test]
async fn token_of_the_scenario_is_required() {
    let bench = Bench::with(json!({"token": "good"})).await;
    let url = format!("{}{}", bench.emulator.control_url(), bench.path(""));
    for (token, status) in [(None, 401), (Some("bad"), 401), (Some("good"), 200)] {
        let request = bench.client.get(&url);
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{token:?}");
        assert_eq!(
            response.headers().contains_key("www-authenticate"),
            status == 401
        );
    }
}
