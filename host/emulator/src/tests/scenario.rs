//! Scenarios: the default one, and the refusal of invalid ones.

use serde_json::json;

use super::*;
use crate::StartError;

async fn refusal(scenario: Value) -> String {
    let scenario: Scenario = serde_json::from_value(scenario).unwrap();
    let error = Emulator::start(scenario, Options::default())
        .await
        .unwrap_err();
    match error {
        StartError::Scenario(reason) => reason.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn default_scenario_is_the_demo() {
    let bench = Bench::with(json!({})).await;
    let snapshot = bench.emulator.world().snapshot();
    let shown = |index: usize| {
        let revision = &snapshot["apps"][0]["revisions"][index];
        ["name", "image", "weight", "health-state"].map(|key| revision[key].clone())
    };
    assert_eq!(
        shown(0).to_vec(),
        json!([V1, "registry.example/shop:1", 100, "Healthy"])
            .as_array()
            .unwrap()
            .clone()
    );
    assert_eq!(
        shown(1).to_vec(),
        json!([V2, "registry.example/shop:2", 0, "Healthy"])
            .as_array()
            .unwrap()
            .clone()
    );
    assert!(bench.emulator.app_url("cart").is_none());
    assert!(bench.emulator.revision_url("shop", "shop--v9").is_none());
}

#[test]
fn unknown_keys_are_errors() {
    for scenario in [
        json!({"app": []}),
        json!({"apps": [{"revision": []}]}),
        json!({"apps": [{"revisions": [{"img": "x"}]}]}),
        json!({"faults": [{"what": {"refuse": {"status": 500, "colour": "red"}}}]}),
    ] {
        assert!(
            serde_json::from_value::<Scenario>(scenario.clone()).is_err(),
            "{scenario}"
        );
    }
}

#[tokio::test]
async fn invalid_scenarios_are_refused_with_the_name_of_the_item() {
    for (scenario, reason) in [
        (json!({"apps": [{}, {}]}), "the name \"shop\" occurs twice"),
        (
            json!({"apps": [{"revisions": [{"suffix": "a"}, {"name": "shop--a"}]}]}),
            "the name \"shop--a\" occurs twice",
        ),
        (
            json!({"apps": [{"name": "my shop"}]}),
            "my shop: a name is made of",
        ),
        (
            json!({"apps": [{"revisions": [{"created": "yesterday"}]}]}),
            "shop--v1: created \"yesterday\" is not",
        ),
        (
            json!({"apps": [{"revisions": [{"behaviour": {"error-share": -1.0}}]}]}),
            "shop--v1: error-share -1 is not",
        ),
        (
            json!({"apps": [{"revisions": [{"upstream": "nowhere"}]}]}),
            "shop--v1: nowhere: ",
        ),
        (
            json!({"faults": [{"nth": 0, "what": "reset"}]}),
            "fault: nth counts from 1",
        ),
    ] {
        let refused = refusal(scenario).await;
        assert!(refused.starts_with(reason), "{refused}");
    }
}

#[tokio::test]
async fn modes_and_states_are_shown_as_the_scenario_has_them() {
    let bench = Bench::with(json!({"apps": [{
        "revisions-mode": "Labels",
        "provisioning-state": "Failed",
        "revisions": [{"created": "2024-10-14T07:05:19Z"}],
        "sticky-sessions": true,
    }]}))
    .await;
    let app = bench.app().await;
    let configuration = &app["properties"]["configuration"];
    assert_eq!(configuration["activeRevisionsMode"], "Labels");
    assert_eq!(
        configuration["ingress"]["stickySessions"],
        json!({"affinity": "sticky"})
    );
    assert_eq!(app["properties"]["provisioningState"], "Failed");
    assert_eq!(
        bench.revision(V1).await["createdTime"],
        "2024-10-14T07:05:19+00:00"
    );
}

#[tokio::test]
async fn app_whose_port_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let scenario = serde_json::from_value(json!({"apps": [{"port": port}]})).unwrap();
    let error = Emulator::start(scenario, Options::default())
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "cannot listen for shop");
}
