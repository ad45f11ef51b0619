//! Revisions: creation, readiness, actions, lists and replicas.

use reqwest::Method;
use serde_json::{Value, json};

use super::*;

fn latest_traffic() -> Value {
    json!([{"latest-revision": true, "weight": 100}])
}

#[tokio::test]
async fn new_revision_takes_the_traffic_of_latest_only_when_it_is_ready() {
    let slow = json!({"registry.example/shop:3": {"not-ready-for-s": 1e6}});
    let apps = json!([{"revisions": [{}, {}], "traffic": latest_traffic(), "images": slow}]);
    let bench = Bench::with(json!({"apps": apps})).await;
    assert_eq!(bench.visit().await.1, V2);
    let accepted = bench
        .patch(&image_body("registry.example/shop:3", "v3"))
        .await;
    bench.follow(accepted).await;

    let app = bench.app().await;
    assert_eq!(app["properties"]["latestRevisionName"], "shop--v3");
    assert_eq!(app["properties"]["latestReadyRevisionName"], V2);
    assert_eq!(
        bench.revision("shop--v3").await["provisioningState"],
        "Provisioning"
    );
    assert_eq!(
        bench.revision("shop--v3").await["runningState"],
        "Processing"
    );
    assert_eq!(
        bench.visit().await.1,
        V2,
        "a revision that is not ready gets nothing"
    );
    assert_eq!(bench.statuses("shop--v3", 1).await, [503]);

    let state = bench.emulator.world();
    state
        .set_behaviour("shop", "shop--v3", Default::default())
        .unwrap();
    assert_eq!(
        bench.app().await["properties"]["latestReadyRevisionName"],
        "shop--v3"
    );
    assert_eq!(bench.visit().await, (200, "shop--v3".to_owned()));
    assert_eq!(bench.revision("shop--v3").await["trafficWeight"], 100);
    assert_eq!(bench.statuses("shop--v3", 1).await, [200]);
}

#[tokio::test]
async fn single_mode_retires_the_old_revision_once_the_new_one_is_ready() {
    let apps = json!([{
        "revisions-mode": "Single",
        "revisions": [{}],
        "images": {"registry.example/shop:2": {"not-ready-for-s": 1e6}},
    }]);
    let bench = Bench::with(json!({"apps": apps})).await;
    let accepted = bench
        .patch(&image_body("registry.example/shop:2", "v2"))
        .await;
    bench.follow(accepted).await;
    assert_eq!(bench.revision(V1).await["active"], true);
    assert_eq!(bench.visit().await.1, V1);
    bench
        .emulator
        .world()
        .set_behaviour("shop", V2, Default::default())
        .unwrap();
    assert_eq!(bench.visit().await.1, V2);
    assert_eq!(bench.revision(V1).await["active"], false);
}

#[tokio::test]
async fn weights_by_name_do_not_move_when_a_revision_is_created() {
    let bench = Bench::demo().await;
    let accepted = bench
        .patch(&image_body("registry.example/shop:3", ""))
        .await;
    bench.follow(accepted).await;
    let latest = bench.app().await["properties"]["latestRevisionName"].clone();
    let suffix = latest.as_str().unwrap().strip_prefix("shop--").unwrap();
    assert_eq!(suffix.len(), 7, "{latest}");
    assert_eq!(bench.visit().await.1, V1);
}

#[tokio::test]
async fn unchanged_template_creates_no_revision() {
    let bench = Bench::demo().await;
    let accepted = bench
        .patch(&image_body("registry.example/shop:2", ""))
        .await;
    bench.follow(accepted).await;
    let (_, list) = bench.get(&bench.path("/revisions")).await;
    assert_eq!(list["value"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn new_suffix_alone_creates_a_revision() {
    let bench = Bench::demo().await;
    let accepted = bench
        .patch(&image_body("registry.example/shop:2", "again"))
        .await;
    bench.follow(accepted).await;
    let revision = bench.revision("shop--again").await;
    assert_eq!(revision["template"]["revisionSuffix"], "again");
    assert_eq!(
        revision["template"]["containers"][0]["image"],
        "registry.example/shop:2"
    );
}

#[tokio::test]
async fn suffix_of_an_active_revision_is_refused_and_that_of_an_inactive_one_drops_the_change() {
    let bench = Bench::demo().await;
    let body = image_body("registry.example/shop:3", "v1");
    let (status, answer) = read(bench.patch(&body).await).await;
    assert_eq!(status, 400);
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("revision with suffix v1 already exists"),
        "{message}"
    );

    bench
        .post(&bench.path("/revisions/shop--v1/deactivate"))
        .await;
    let accepted = bench.patch(&body).await;
    assert_eq!(bench.follow(accepted).await.last().unwrap(), "Succeeded");
    let app = bench.app().await;
    assert_eq!(app["properties"]["latestRevisionName"], V2);
    assert_eq!(
        app["properties"]["template"]["containers"][0]["image"],
        "registry.example/shop:2"
    );
}

#[tokio::test]
async fn suffixes_and_names_that_the_service_refuses_are_refused() {
    let bench = Bench::demo().await;
    let long = "x".repeat(50);
    for suffix in ["V3", "-v3", "v3-", "v--3", "v_3", &long] {
        let body = image_body("registry.example/shop:3", suffix);
        assert_eq!(bench.patch(&body).await.status(), 400, "{suffix}");
    }
    let nothing = json!({"properties": {"template": {"containers": []}}});
    assert_eq!(bench.patch(&nothing).await.status(), 400);
}

#[tokio::test]
async fn actions_reply_with_a_json_sentence_and_take_effect_at_once() {
    let bench = Bench::demo().await;
    for (action, said, active, state) in [
        ("deactivate", "Deactivate succeeded", false, "Stopped"),
        ("activate", "Activate succeeded", true, "Running"),
        ("restart", "Restart succeeded", true, "Running"),
    ] {
        let answered = bench
            .post(&bench.path(&format!("/revisions/{V2}/{action}")))
            .await;
        assert_eq!(answered, (200, json!(said)));
        let revision = bench.revision(V2).await;
        assert_eq!(revision["active"], active);
        assert_eq!(revision["runningState"], state);
        assert_eq!(revision.get("lastActiveTime").is_some(), !active);
    }
    let (status, _) = bench
        .post(&bench.path(&format!("/revisions/{V2}/explode")))
        .await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn list_has_pages_with_absolute_links() {
    let apps = json!([{"revisions": [{}, {}, {}, {}, {}]}]);
    let bench = Bench::with(json!({"apps": apps, "page-size": 2})).await;
    let mut link = json!(format!(
        "{}{}",
        bench.emulator.control_url(),
        bench.path("/revisions")
    ));
    let mut names = Vec::new();
    let mut pages = 0;
    while let Some(url) = link.as_str() {
        let (status, page) = read(bench.client.get(url).send().await.unwrap()).await;
        assert_eq!(status, 200, "{page}");
        let shown = page["value"].as_array().unwrap();
        names.extend(
            shown
                .iter()
                .map(|revision| revision["name"].as_str().unwrap().to_owned()),
        );
        link = page["nextLink"].clone();
        pages += 1;
    }
    assert_eq!(pages, 3);
    assert_eq!(
        names,
        ["shop--v1", "shop--v2", "shop--v3", "shop--v4", "shop--v5"]
    );
}

#[tokio::test]
async fn each_read_of_replicas_adds_a_restart_to_a_crash_loop() {
    let revisions = json!([{}, {"behaviour": {"crash-loop": true}}]);
    let bench = Bench::with(json!({"apps": [{"revisions": revisions}]})).await;
    let path = bench.path(&format!("/revisions/{V2}/replicas"));
    for restarts in 1..=3 {
        let (_, list) = bench.get(&path).await;
        assert!(
            list.get("nextLink").is_none(),
            "replica lists have no pages"
        );
        let container = &list["value"][0]["properties"]["containers"][0];
        assert_eq!(container["restartCount"], restarts);
        assert_eq!(container["ready"], false);
    }
    let revision = bench.revision(V2).await;
    assert_eq!(revision["healthState"], "Unhealthy");
    assert_eq!(revision["runningState"], "Degraded");
    assert_eq!(bench.statuses(V2, 1).await, [503]);
    assert_eq!(
        bench.app().await["properties"]["latestReadyRevisionName"],
        V1
    );
}

#[tokio::test]
async fn replica_of_a_healthy_revision_is_ready_and_can_be_read_by_name() {
    let bench = Bench::demo().await;
    let (_, list) = bench
        .get(&bench.path(&format!("/revisions/{V1}/replicas")))
        .await;
    let replica = list["value"][0].clone();
    assert_eq!(replica["properties"]["runningState"], "Running");
    assert_eq!(replica["properties"]["containers"][0]["ready"], true);
    let name = replica["name"].as_str().unwrap();
    let answered = bench
        .get(&bench.path(&format!("/revisions/{V1}/replicas/{name}")))
        .await;
    assert_eq!(answered, (200, replica));
    let (status, _) = bench
        .get(&bench.path(&format!("/revisions/{V1}/replicas/none")))
        .await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn states_outside_the_published_lists_are_shown_as_the_service_does() {
    let apps = json!([{"revisions": [
        {"max-replicas": 1},
        {"replicas": 0, "min-replicas": 0},
        {"health-state": "Unhealthy", "provisioning-state": "Failed", "running-state": "Odd"},
    ]}]);
    let bench = Bench::with(json!({"apps": apps})).await;
    assert_eq!(
        bench.revision(V1).await["runningState"],
        "RunningAtMaxScale"
    );
    let second = bench.revision(V2).await;
    assert_eq!(
        (&second["runningState"], &second["replicas"]),
        (&json!("ScaledToZero"), &json!(0))
    );
    assert_eq!(bench.statuses(V2, 1).await, [200]);
    assert_eq!(
        bench.revision(V2).await["replicas"],
        1,
        "a request wakes it"
    );
    let third = bench.revision("shop--v3").await;
    let states = ["healthState", "provisioningState", "runningState"].map(|key| &third[key]);
    assert_eq!(states, ["Unhealthy", "Failed", "Odd"]);
    assert_eq!(
        bench.app().await["properties"]["latestReadyRevisionName"],
        V2
    );
}

#[tokio::test]
async fn reads_of_revisions_end_an_operation_too() {
    let bench = Bench::demo().await;
    let traffic = json!([{"revisionName": V2, "weight": 100}]);
    assert_eq!(bench.patch_traffic(traffic).await.status(), 202);
    for weight in [0, 0, 100] {
        assert_eq!(bench.revision(V2).await["trafficWeight"], weight);
    }
    let (status, _) = bench
        .call(Method::GET, &bench.path("/revisions"), None)
        .await;
    assert_eq!(status, 200);
}
