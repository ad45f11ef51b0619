//! Deletion of apps and revisions, label histories, wedged apps, and late writes.

use serde_json::json;

use super::*;

/// Writes the traffic with a label on one of the revisions.
async fn label(bench: &Bench, revision: &str) {
    let entry = |name: &str, weight: u32| {
        if name == revision {
            json!({"revisionName": name, "weight": weight, "label": "next"})
        } else {
            json!({"revisionName": name, "weight": weight})
        }
    };
    let accepted = bench.patch_traffic(json!([entry(V1, 100), entry(V2, 0)]));
    bench.follow(accepted.await).await;
}

#[tokio::test]
async fn deleted_app_shows_deleting_and_then_404() {
    let bench = Bench::demo().await;
    let deleted = bench.send(Method::DELETE, &bench.path(""), None).await;
    let deleted = deleted.unwrap();
    assert_eq!(deleted.status(), 202);
    let state = &bench.emulator.world();
    assert_eq!(
        state.snapshot()["apps"][0]["provisioning-state"],
        "Deleting"
    );
    assert_eq!(bench.follow(deleted).await.last().unwrap(), "Succeeded");
    assert_eq!(bench.get(&bench.path("")).await.0, 404);
    assert_eq!(state.snapshot()["apps"], json!([]));
    let again = bench.send(Method::DELETE, &bench.path(""), None).await;
    assert_eq!(again.unwrap().status(), 204);
}

#[tokio::test]
async fn operation_of_a_deletion_can_be_read_after_the_deletion() {
    let bench = Bench::demo().await;
    let deleted = bench.send(Method::DELETE, &bench.path(""), None).await;
    let deleted = deleted.unwrap();
    let url = deleted.headers()["azure-asyncoperation"].clone();
    bench.follow(deleted).await;
    for _ in 0..2 {
        let late = bench.client.get(url.to_str().unwrap()).send().await;
        assert_eq!(read(late.unwrap()).await.1["status"], "Succeeded");
    }
}

#[tokio::test]
async fn excess_inactive_revisions_are_deleted_oldest_first_except_those_in_the_traffic_array() {
    let inactive = json!({"active": false});
    let bench = Bench::with(json!({"apps": [{
        "max-inactive-revisions": 1,
        "revisions": [inactive, inactive, inactive, {}],
        "traffic": [{"revision": "v1", "weight": 0}, {"revision": "v4", "weight": 100}],
    }]}))
    .await;
    let (_, list) = bench.get(&bench.path("/revisions")).await;
    let names = list["value"].as_array().unwrap().iter();
    let names: Vec<&str> = names.map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["shop--v1", "shop--v4"]);
    assert_eq!(bench.get(&bench.path("/revisions/shop--v2")).await.0, 404);
}

#[tokio::test]
async fn deactivating_beyond_the_limit_deletes_the_oldest_inactive_revision() {
    let bench = Bench::with(json!({"apps": [{
        "max-inactive-revisions": 1,
        "revisions": [{"active": false}, {}, {}],
        "traffic": [{"revision": "v3", "weight": 100}],
    }]}))
    .await;
    assert_eq!(bench.get(&bench.path("/revisions/shop--v1")).await.0, 200);
    let deactivate = bench.path("/revisions/shop--v2/deactivate");
    assert_eq!(bench.post(&deactivate).await.0, 200);
    assert_eq!(bench.get(&bench.path("/revisions/shop--v1")).await.0, 404);
    assert!(!bench.revision(V2).await["active"].as_bool().unwrap());
}

#[tokio::test]
async fn label_history_has_a_record_for_each_revision() {
    let bench = Bench::demo().await;
    label(&bench, V1).await;
    label(&bench, V2).await;
    let (status, list) = bench.get(&bench.path("/labelHistories")).await;
    assert_eq!(status, 200);
    assert_eq!(list["value"][0]["name"], "next");
    let (_, one) = bench.get(&bench.path("/labelHistories/NEXT")).await;
    assert_eq!(one, list["value"][0]);
    let records = &one["properties"]["records"];
    assert_eq!(
        (&records[0]["revision"], &records[1]["revision"]),
        (&json!(V2), &json!(V1))
    );
    assert_eq!(records[0]["stop"], Value::Null);
    assert!(records[1]["stop"].is_string());
    assert_eq!(bench.get(&bench.path("/labelHistories/other")).await.0, 404);
}

#[tokio::test]
async fn wedged_app_refuses_every_write_until_it_is_lifted() {
    let bench = Bench::with(json!({"apps": [{"revisions": [{}, {}], "wedged": true}]})).await;
    for _ in 0..3 {
        let (status, refused) = read(bench.patch(&json!({"tags": {"a": "b"}})).await).await;
        assert_eq!(status, 409);
        assert_eq!(refused["error"]["code"], "ContainerAppOperationInProgress");
        let activate = bench.post(&bench.path("/revisions/shop--v1/restart")).await;
        assert_eq!(activate.0, 409);
    }
    let shown = &bench.app().await["properties"]["provisioningState"];
    assert_eq!(shown, "InProgress");
    assert_eq!(bench.post("/_emulator/lift/shop").await.0, 204);
    bench.shift(90, 10).await;
    assert_eq!(bench.post("/_emulator/wedge/shop").await.0, 204);
    assert_eq!(bench.patch(&json!({"tags": {}})).await.status(), 409);
    assert_eq!(bench.post("/_emulator/lift/nothing").await.0, 404);
}

#[tokio::test]
async fn lifting_an_app_fails_the_operation_that_is_stuck() {
    let fault = json!({"on": {"method": "PATCH"}, "nth": 1, "what": "stuck-operation"});
    let bench = Bench::with_fault(fault).await;
    let before = traffic_of(&bench.app().await);
    let stuck = json!([{"revisionName": V2, "weight": 100}]);
    let accepted = bench.patch_traffic(stuck).await;
    assert_eq!(bench.post("/_emulator/lift/shop").await.0, 204);
    assert_eq!(bench.follow(accepted).await.last().unwrap(), "Failed");
    assert_eq!(traffic_of(&bench.app().await), before);
    bench.shift(90, 10).await;
}

/// Sends a write that is applied after `ms` milliseconds. Returns when its client has lost the
/// connection.
async fn send_late_write(ms: u64) -> Bench {
    let fault = json!({"on": {"method": "PATCH"}, "nth": 1, "what": {"late": {"ms": ms}}});
    let bench = Bench::with_fault(fault).await;
    let body = json!({"tags": {"late": "yes"}});
    let path = bench.path("");
    assert!(bench.send(Method::PATCH, &path, Some(&body)).await.is_err());
    bench
}

#[tokio::test]
async fn late_write_is_not_applied_before_its_delay_ends() {
    let bench = send_late_write(3_600_000).await;
    let snapshot = bench.emulator.world().snapshot();
    assert_eq!(snapshot["apps"][0]["operation"], Value::Null);
    bench.shift(90, 10).await;
}

#[tokio::test]
async fn late_write_is_applied_without_a_reply() {
    let bench = send_late_write(50).await;
    while bench.app().await["tags"]["late"] != "yes" {}
    let log = bench.emulator.world().request_log();
    assert_eq!(log[0]["fault"], "late");
    assert_eq!(log[0]["status"], Value::Null);
}

#[tokio::test]
async fn share_of_a_deactivated_revision_fails() {
    let bench = Bench::demo().await;
    bench.shift(75, 25).await;
    let deactivate = bench.path("/revisions/shop--v2/deactivate");
    assert_eq!(bench.post(&deactivate).await.0, 200);
    let mut lost = 0;
    for _ in 0..100 {
        lost += usize::from(bench.visit().await.0 == 503);
    }
    assert_eq!(lost, 25);
    // The service also accepts weight on a revision that is not active.
    bench.shift(50, 50).await;
}
