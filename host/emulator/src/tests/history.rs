//! The history of accepted writes, the doors that name their clients, and the writes and revisions that the admin paths
//! change.

use reqwest::Method;
use serde_json::json;

use super::*;

impl Bench {
    async fn writes(&self) -> Value {
        let (status, writes) = self.get("/_emulator/writes/shop").await;
        assert_eq!(status, 200, "{writes}");
        writes
    }

    async fn through(&self, door: &str, body: &Value) -> Response {
        let url = format!("{door}{}", self.path(""));
        self.client.patch(url).json(body).send().await.unwrap()
    }
}

fn to_v2() -> Value {
    traffic_body(&json!([{"revisionName": V2, "weight": 100}]))
}

#[tokio::test]
async fn accepted_write_is_kept_with_its_client_its_times_and_what_followed() {
    let bench = Bench::with(json!({"operation": {"polls": 1_000_000, "settle-ms": 1}})).await;
    let door = bench.emulator.open_door("first").unwrap();
    let mut body = to_v2();
    body["tags"] = json!({"lockgate-run": "7"});
    assert_eq!(bench.through(&door, &body).await.status(), 202);
    while bench.writes().await[0]["ended"] == json!(null) {}
    let write = &bench.writes().await[0];
    let sent = json!([{"revisionName": V2, "weight": 100}]);
    assert_eq!(
        (&write["n"], &write["call"], &write["client"]),
        (&json!(1), &json!(1), &json!("first"))
    );
    assert_eq!(
        (&write["method"], &write["traffic"]),
        (&json!("PATCH"), &sent)
    );
    assert_eq!(write["tags"]["lockgate-run"], "7");
    let ended = &write["ended"];
    assert_eq!(
        (&ended["applied"], &ended["traffic"], &ended["tags"]),
        (&json!(true), &sent, &json!({"lockgate-run": "7"}))
    );
    let times = [
        &write["received-ms"],
        &write["accepted-ms"],
        &ended["at-ms"],
    ];
    let times = times.map(|time| time.as_u64().unwrap());
    assert!(times.is_sorted() && times[2] > times[1], "{times:?}");
    assert_eq!(
        bench.emulator.world().writes("shop").unwrap(),
        json!([write])
    );
}

#[tokio::test]
async fn write_that_fails_and_one_that_is_refused_leave_what_was_there() {
    let failed = json!({"on": {"method": "PATCH"}, "nth": 1, "what": {
        "operation-failed": {"code": "Boom", "message": "it broke"},
    }});
    let bench = Bench::with_fault(failed).await;
    let accepted = bench.patch(&to_v2()).await;
    assert_eq!(bench.patch(&to_v2()).await.status(), 409);
    bench.follow(accepted).await;
    let writes = bench.writes().await;
    assert_eq!(writes.as_array().unwrap().len(), 1, "409 is no write");
    assert_eq!(writes[0]["ended"]["applied"], false);
    assert_eq!(writes[0]["ended"]["traffic"][0]["weight"], 100);
}

#[tokio::test]
async fn delayed_write_is_received_long_before_it_is_accepted() {
    let delay = json!({"on": {"method": "PATCH"}, "what": {"delay": {"ms": 30}}});
    let bench = Bench::with_fault(delay).await;
    let accepted = bench.patch(&to_v2()).await;
    assert_eq!(bench.emulator.world().received("PATCH"), 1);
    bench.follow(accepted).await;
    let write = &bench.writes().await[0];
    let ms = |key: &str| write[key].as_u64().unwrap();
    assert!(ms("accepted-ms") >= ms("received-ms") + 30, "{write}");
    let log = bench.emulator.world().request_log();
    let performed = log[0]["performed-ms"].as_u64().unwrap();
    assert!(
        (ms("received-ms") + 30..=ms("accepted-ms")).contains(&performed),
        "{log}"
    );
}

#[tokio::test]
async fn slow_operation_ends_by_time_however_often_it_is_polled() {
    let slow =
        json!({"on": {"method": "PATCH"}, "nth": 1, "what": {"slow-operation": {"ms": 1000}}});
    let bench = Bench::with_fault(slow).await;
    assert_eq!(bench.patch(&to_v2()).await.status(), 202);
    for _ in 0..3 {
        assert_eq!(bench.patch(&to_v2()).await.status(), 409);
    }
    let mut reads = 0;
    while bench.app().await["properties"]["provisioningState"] == "InProgress" {
        reads += 1;
    }
    assert!(reads > 3, "two polls end a usual operation");
    let write = &bench.writes().await[0];
    let took = write["ended"]["at-ms"].as_u64().unwrap() - write["accepted-ms"].as_u64().unwrap();
    // Both times are whole milliseconds.
    assert!(took >= 999, "{write}");
}

#[tokio::test]
async fn read_is_logged_with_the_write_that_it_shows() {
    let bench = Bench::demo().await;
    bench.app().await;
    let accepted = bench.patch(&to_v2()).await;
    bench.app().await;
    bench.follow(accepted).await;
    bench.app().await;
    let log = bench.emulator.world().request_log();
    let log = log.as_array().unwrap();
    let shown: Vec<&Value> = log
        .iter()
        .map(|call| &call["shown"])
        .filter(|shown| !shown.is_null())
        .collect();
    let [before, during, after] = shown[..] else {
        panic!("three reads: {shown:?}");
    };
    assert_eq!(before, &json!({"write": 0, "settled": true}));
    assert_eq!(during, &json!({"write": 0, "settled": false}));
    assert_eq!(after, &json!({"write": 1, "settled": true}));
}

#[tokio::test]
async fn fault_of_a_client_hits_no_other() {
    let bench = Bench::demo().await;
    let door = bench.emulator.open_door("first").unwrap();
    let fault = json!({"on": {"client": "first"}, "what": {"refuse": {"status": 503}}});
    let fault = serde_json::from_value(fault).unwrap();
    bench.emulator.world().add_fault(fault).unwrap();
    assert_eq!(bench.through(&door, &to_v2()).await.status(), 503);
    assert_eq!(bench.patch(&to_v2()).await.status(), 202);
}

#[tokio::test]
async fn other_client_writes_when_the_app_is_idle() {
    let bench = Bench::demo().await;
    let tagged = json!({"tags": {"lockgate-run": "7", "team": "shop"}});
    let accepted = bench.patch(&tagged).await;
    let write = json!({
        "client": "terraform",
        "traffic": [{"revision": "v2", "weight": 100}],
        "tags": {"lockgate-run": null},
    });
    let path = "/_emulator/write/shop";
    assert_eq!(bench.call(Method::POST, path, Some(&write)).await.0, 204);
    assert_eq!(bench.writes().await.as_array().unwrap().len(), 1);
    bench.follow(accepted).await;
    let writes = bench.writes().await;
    assert_eq!(
        (&writes[1]["client"], &writes[1]["call"]),
        (&json!("terraform"), &json!(null))
    );
    assert_eq!(writes[1]["ended"]["tags"], json!({"team": "shop"}));
    assert_eq!(bench.app().await["tags"], json!({"team": "shop"}));
    let unknown = bench.call(Method::POST, "/_emulator/write/none", Some(&write));
    assert_eq!(unknown.await.0, 404);
}

#[tokio::test]
async fn revision_is_deactivated_at_once_while_an_operation_runs() {
    let bench = Bench::demo().await;
    assert_eq!(bench.patch(&to_v2()).await.status(), 202);
    for (action, active) in [("deactivate", false), ("activate", true)] {
        let path = format!("/_emulator/{action}/shop/{V1}");
        assert_eq!(bench.post(&path).await.0, 204);
        let snapshot = bench.emulator.world().snapshot();
        assert_eq!(snapshot["apps"][0]["revisions"][0]["active"], active);
    }
}
