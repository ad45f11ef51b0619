//! The data plane: which revision replies, how often, and with what.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::Behaviour;

async fn visit_host(bench: &Bench, host: &str) -> (u16, String) {
    let url = bench.emulator.app_url("shop").unwrap();
    let response = bench
        .client
        .get(url)
        .header("host", host)
        .send()
        .await
        .unwrap();
    let revision = response.headers().get("x-revision");
    let revision = revision
        .map(|name| name.to_str().unwrap().to_owned())
        .unwrap_or_default();
    (response.status().as_u16(), revision)
}

#[tokio::test]
async fn ten_thousand_requests_at_ten_per_cent_are_split_exactly() {
    let bench = Bench::demo().await;
    bench.shift(90, 10).await;
    bench.emulator.world().mark();
    let mut canary = Vec::new();
    for _ in 0..10_000 {
        canary.push(u32::from(bench.visit().await.1 == V2));
    }
    assert_eq!(canary.iter().sum::<u32>(), 1_000);
    for (start, window) in canary.windows(100).enumerate() {
        assert_eq!(
            window.iter().sum::<u32>(),
            10,
            "requests {start} to {}",
            start + 99
        );
    }
    let served = |revision| bench.emulator.world().served("shop", revision).unwrap();
    assert_eq!(served(V1).by_weight_since_mark.requests, 9_000);
    assert_eq!(served(V2).by_weight_since_mark.good, 1_000);
}

#[tokio::test]
async fn every_split_is_exact_from_its_first_request_on() {
    let bench = Bench::demo().await;
    for weight in [25, 50, 1, 100, 0] {
        // Changes the split in the middle of a round.
        for _ in 0..7 {
            bench.visit().await;
        }
        bench.shift(100 - weight, weight).await;
        let mut canary = 0;
        for _ in 0..100 {
            canary += u32::from(bench.visit().await.1 == V2);
        }
        assert_eq!(canary, weight);
    }
}

#[tokio::test]
async fn random_choice_is_the_same_for_the_same_seed() {
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        let bench = Bench::with(json!({"choice": {"random": seed}})).await;
        bench.shift(50, 50).await;
        let mut run = Vec::new();
        for _ in 0..64 {
            run.push(bench.visit().await.1);
        }
        runs.push(run);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}

#[tokio::test]
async fn host_header_reaches_app_revision_and_label_through_any_listener() {
    let traffic = json!([
        {"revision": "v1", "weight": 100},
        {"revision": "v2", "weight": 0, "label": "green"},
    ]);
    let apps = json!([{"revisions": [{}, {}], "traffic": traffic}]);
    let bench = Bench::with(json!({"apps": apps})).await;
    for (host, expected) in [
        ("shop.emulator.localhost", (200, V1)),
        ("SHOP.emulator.localhost:8080", (200, V1)),
        ("shop--v2.emulator.localhost", (200, V2)),
        ("shop---green.emulator.localhost:80", (200, V2)),
        ("shop---blue.emulator.localhost", (404, "")),
        ("shop--v9.emulator.localhost", (404, "")),
        ("cart.emulator.localhost", (404, "")),
    ] {
        let (status, revision) = visit_host(&bench, host).await;
        assert_eq!((status, revision.as_str()), expected, "{host}");
    }
    let served = bench.emulator.world().served("shop", V2).unwrap();
    assert_eq!((served.by_weight.requests, served.direct.requests), (0, 2));
}

#[tokio::test]
async fn error_share_of_a_quarter_fails_every_fourth_reply() {
    let revisions = json!([{"behaviour": {"error-share": 0.25, "error-status": 502}}]);
    let bench = Bench::with(json!({"apps": [{"revisions": revisions}]})).await;
    let statuses = bench.statuses(V1, 8).await;
    assert_eq!(statuses, [200, 200, 200, 502, 200, 200, 200, 502]);
    let served = bench.emulator.world().served("shop", V1).unwrap().direct;
    assert_eq!((served.requests, served.good, served.status_5xx), (8, 6, 2));
}

#[tokio::test]
async fn error_shares_do_not_drift() {
    for (share, errors) in [(0.1, 100), (0.3, 300), (1.0, 1_000), (0.0, 0), (0.001, 1)] {
        let revisions = json!([{"behaviour": {"error-share": share}}]);
        let bench = Bench::with(json!({"apps": [{"revisions": revisions}]})).await;
        let statuses = bench.statuses(V1, 1_000).await;
        let seen = statuses.iter().filter(|status| **status == 500).count();
        assert_eq!(seen, errors, "{share}");
    }
}

#[tokio::test]
async fn revision_that_fails_from_a_weight_works_below_it() {
    let revisions = json!([{}, {"behaviour": {"fails-from-weight": 25}}]);
    let traffic = json!([{"revision": "v1", "weight": 100}, {"revision": "v2"}]);
    let apps = json!([{"revisions": revisions, "traffic": traffic}]);
    let bench = Bench::with(json!({"apps": apps})).await;
    for (weight, status) in [(0, 200), (24, 200), (25, 503), (100, 503), (0, 200)] {
        bench.shift(100 - weight, weight).await;
        assert_eq!(bench.statuses(V2, 2).await, [status, status], "at {weight}");
    }
}

#[tokio::test]
async fn web_app_replies_with_its_revision_or_the_configured_body() {
    let behaviour = json!({"body": "<h1>hi</h1>", "content-type": "text/html"});
    let apps = json!([{"revisions": [{}, {"behaviour": behaviour}]}]);
    let bench = Bench::with(json!({"apps": apps})).await;
    let mut seen = BTreeMap::new();
    for (name, path) in [
        (V1, "/"),
        (V1, "/health"),
        (V1, "/any?x=1"),
        (V2, "/"),
        (V2, "/health"),
    ] {
        let url = format!(
            "{}{path}",
            bench.emulator.revision_url("shop", name).unwrap()
        );
        let response = bench.client.get(url).send().await.unwrap();
        assert_eq!(response.headers()["x-revision"], name);
        let content_type = response.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        seen.insert((name, path), (content_type, response.text().await.unwrap()));
    }
    let ok = |name| {
        let body = json!({"revision": name, "status": "ok"}).to_string();
        ("application/json".to_owned(), body)
    };
    assert_eq!(seen[&(V1, "/")], ok(V1));
    assert_eq!(seen[&(V1, "/health")], ok(V1));
    assert_eq!(seen[&(V1, "/any?x=1")], ok(V1));
    assert_eq!(
        seen[&(V2, "/")],
        ("text/html".to_owned(), "<h1>hi</h1>".to_owned())
    );
    assert_eq!(seen[&(V2, "/health")], ok(V2));
}

#[tokio::test]
async fn inactive_revision_fails_its_share_and_has_no_host() {
    let bench = Bench::demo().await;
    bench.shift(50, 50).await;
    bench
        .post(&bench.path(&format!("/revisions/{V2}/deactivate")))
        .await;
    let mut visits = vec![bench.visit().await, bench.visit().await];
    visits.sort();
    assert_eq!(visits, [(200, V1.to_owned()), (503, V2.to_owned())]);
    assert_eq!(bench.statuses(V2, 1).await, [404]);
}

#[tokio::test]
async fn app_without_weight_or_ingress_is_not_served() {
    let weightless = json!([{"revisions": [{}], "traffic": []}]);
    assert_eq!(
        Bench::with(json!({"apps": weightless}))
            .await
            .visit()
            .await
            .0,
        503
    );
    let closed = json!([{"revisions": [{}], "ingress": false}]);
    let bench = Bench::with(json!({"apps": closed})).await;
    assert_eq!(bench.visit().await.0, 404);
    assert_eq!(
        bench.app().await["properties"]["configuration"]["ingress"],
        json!(null)
    );
}

#[tokio::test]
async fn weight_on_an_inactive_revision_is_accepted() {
    let bench = Bench::with(json!({"apps": [{"revisions": [{}, {"active": false}]}]})).await;
    bench.shift(0, 100).await;
    assert_eq!(bench.visit().await, (503, V2.to_owned()));
}

#[tokio::test]
async fn requests_are_forwarded_to_the_upstream_of_a_revision() {
    let behind = Bench::with(json!({"apps": [{"name": "back", "revisions": [{
        "behaviour": {"body": "from behind", "content-type": "text/plain"},
    }]}]}))
    .await;
    let upstream = behind.emulator.app_url("back").unwrap();
    let apps = json!([{"revisions": [{"upstream": upstream}]}]);
    let bench = Bench::with(json!({"apps": apps})).await;
    let url = format!("{}/page?x=1", bench.emulator.app_url("shop").unwrap());
    let response = bench.client.post(url).body("hello").send().await.unwrap();
    assert_eq!(response.headers()["x-revision"], V1);
    assert_eq!(response.headers()["content-type"], "text/plain");
    assert_eq!(response.text().await.unwrap(), "from behind");

    let revision = "back--v1";
    let failing = Behaviour {
        error_share: 1.0,
        error_status: 501,
        ..Behaviour::default()
    };
    behind
        .emulator
        .world()
        .set_behaviour("back", revision, failing)
        .unwrap();
    assert_eq!(bench.visit().await, (501, V1.to_owned()));
}

#[tokio::test]
async fn closed_upstream_gets_502() {
    // The port was just free, so no process listens on it.
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let apps = json!([{"revisions": [{"upstream": format!("http://{free}")}]}]);
    assert_eq!(
        Bench::with(json!({"apps": apps})).await.visit().await.0,
        502
    );
}

#[tokio::test]
async fn addresses_in_the_documents_are_those_that_serve() {
    let bench = Bench::demo().await;
    let app = bench.app().await;
    let fqdn = app["properties"]["configuration"]["ingress"]["fqdn"]
        .as_str()
        .unwrap();
    assert_eq!(bench.visit_url(&format!("http://{fqdn}")).await.1, V1);
    let fqdn = bench.revision(V2).await["fqdn"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(app["properties"]["latestRevisionFqdn"], json!(fqdn));
    assert_eq!(bench.visit_url(&format!("http://{fqdn}")).await.1, V2);
}

#[tokio::test]
async fn dropping_the_emulator_closes_its_listeners() {
    let bench = Bench::demo().await;
    let address = bench.emulator.control_url().replace("http://", "");
    assert!(std::net::TcpListener::bind(&address).is_err());
    drop(bench);
    while std::net::TcpStream::connect(&address).is_ok() {
        tokio::task::yield_now().await;
    }
}
