//! Each fault, as a client sees it.

use reqwest::Method;
use serde_json::json;

use super::*;

fn on_patch(what: Value) -> Value {
    json!({"on": {"method": "PATCH"}, "nth": 1, "what": what})
}

fn to_v2() -> Value {
    json!([{"revisionName": V2, "weight": 100}])
}

async fn traffic(bench: &Bench) -> Value {
    bench.emulator.world().snapshot()["apps"][0]["traffic"].clone()
}

#[tokio::test]
async fn refused_call_gets_the_configured_reply_and_is_not_applied() {
    let refuse = json!({"refuse": {"status": 429, "retry-after": 7}});
    let bench = Bench::with_fault(on_patch(refuse)).await;
    let before = traffic(&bench).await;
    let refused = bench.patch_traffic(to_v2()).await;
    assert_eq!(refused.headers()["retry-after"], "7");
    let (status, body) = read(refused).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (429, &json!("TooManyRequests"))
    );
    assert_eq!(traffic(&bench).await, before);
    assert_eq!(
        bench.patch_traffic(to_v2()).await.status(),
        202,
        "only the first is refused"
    );
}

#[tokio::test]
async fn refusal_can_be_flat_with_its_own_code() {
    let refuse = json!({"refuse": {
        "status": 409, "code": "ContainerAppLockConflict", "message": "locked", "flat": true,
    }});
    let bench = Bench::with_fault(on_patch(refuse)).await;
    let answered = read(bench.patch_traffic(to_v2()).await).await;
    assert_eq!(
        answered,
        (
            409,
            json!({"code": "ContainerAppLockConflict", "message": "locked"})
        )
    );
}

#[tokio::test]
async fn reset_closes_the_connection_and_applies_nothing() {
    let bench = Bench::with_fault(on_patch(json!("reset"))).await;
    let before = traffic(&bench).await;
    let body = traffic_body(&to_v2());
    let sent = bench
        .send(Method::PATCH, &bench.path(""), Some(&body))
        .await;
    assert!(sent.is_err(), "{sent:?}");
    assert_eq!(traffic(&bench).await, before);
    assert_eq!(
        bench.app().await["properties"]["provisioningState"],
        "Succeeded"
    );
}

#[tokio::test]
async fn call_whose_reply_is_lost_is_applied() {
    let bench = Bench::with_fault(on_patch(json!("applied-but-answer-lost"))).await;
    let body = traffic_body(&to_v2());
    let sent = bench
        .send(Method::PATCH, &bench.path(""), Some(&body))
        .await;
    assert!(sent.is_err(), "{sent:?}");
    for _ in 0..2 {
        assert_eq!(
            bench.app().await["properties"]["provisioningState"],
            "InProgress"
        );
    }
    assert_eq!(traffic_of(&bench.app().await), to_v2());
}

#[tokio::test]
async fn truncated_reply_announces_more_than_it_sends() {
    let fault = json!({"on": {"method": "GET"}, "nth": 1, "what": "truncated"});
    let bench = Bench::with_fault(fault).await;
    let response = bench
        .send(Method::GET, &bench.path(""), None)
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.content_length().unwrap() > 1000);
    assert!(response.bytes().await.is_err());
    assert_eq!(bench.app().await["name"], "shop");
}

#[tokio::test]
async fn stale_read_shows_the_document_before_the_last_writes() {
    let fault = json!({"on": {"method": "GET"}, "nth": 1, "times": 3, "what": {
        "stale-read": {"versions": 2},
    }});
    let bench = Bench::demo().await;
    bench.shift(90, 10).await;
    let first = bench.app().await;
    bench.shift(75, 25).await;
    bench.shift(50, 50).await;
    bench
        .emulator
        .world()
        .add_fault(serde_json::from_value(fault).unwrap())
        .unwrap();
    for _ in 0..3 {
        assert_eq!(bench.app().await, first);
    }
    assert_eq!(traffic_of(&bench.app().await)[1]["weight"], 50);
}

#[tokio::test]
async fn stuck_operation_never_ends() {
    let fault = on_patch(json!("stuck-operation"));
    let bench = Bench::with(json!({"faults": [fault], "operation": {"settle-ms": 1}})).await;
    let accepted = bench.patch_traffic(to_v2()).await;
    let url = accepted.headers()["azure-asyncoperation"]
        .to_str()
        .unwrap()
        .to_owned();
    for _ in 0..20 {
        let (_, body) = read(bench.client.get(&url).send().await.unwrap()).await;
        assert_eq!(body["status"], "InProgress");
    }
    assert_eq!(bench.patch_traffic(to_v2()).await.status(), 409);
    assert_eq!(
        bench.app().await["properties"]["provisioningState"],
        "InProgress"
    );
}

#[tokio::test]
async fn failed_operation_reports_its_error_and_changes_nothing() {
    let failed = json!({"operation-failed": {"code": "Boom", "message": "it broke"}});
    let bench = Bench::with_fault(on_patch(failed)).await;
    let before = traffic(&bench).await;
    let accepted = bench.patch_traffic(to_v2()).await;
    let url = accepted.headers()["azure-asyncoperation"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(bench.follow(accepted).await.last().unwrap(), "Failed");
    let (_, body) = read(bench.client.get(&url).send().await.unwrap()).await;
    assert_eq!(
        body["error"],
        json!({"code": "Boom", "message": "it broke"})
    );
    assert_eq!(
        bench.app().await["properties"]["provisioningState"],
        "Failed"
    );
    assert_eq!(traffic(&bench).await, before);
}

#[tokio::test]
async fn foreign_write_comes_after_the_operation_of_its_call() {
    let foreign = json!({"foreign-write": {
        "traffic": [{"revision": "v1", "weight": 60}, {"revision": "v2", "weight": 40}],
        "tags": {"by": "terraform"},
    }});
    let bench = Bench::with_fault(on_patch(foreign)).await;
    let before = bench.app().await;
    let accepted = bench.patch_traffic(to_v2()).await;
    assert_eq!(
        traffic(&bench).await,
        traffic_of(&before),
        "the operation is still running"
    );
    bench.follow(accepted).await;
    let app = bench.app().await;
    assert_eq!(traffic_of(&app)[1]["weight"], 40);
    assert_eq!(app["tags"], json!({"by": "terraform"}));
    assert_eq!(
        app["systemData"]["lastModifiedBy"],
        "somebody-else@example.com"
    );
}

/// Sends a delayed write, and closes the connection when the write has arrived.
async fn hang_up_on_a_write(bench: &Bench) {
    let body = traffic_body(&to_v2());
    let path = bench.path("");
    let arrived = async {
        while bench.emulator.world().request_log() == json!([]) {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = bench.send(Method::PATCH, &path, Some(&body)) => {}
        () = arrived => {}
    }
}

#[tokio::test]
async fn delayed_call_is_logged_on_arrival_and_applied_later() {
    let bench = Bench::with_fault(on_patch(json!({"delay": {"ms": 3_600_000}}))).await;
    hang_up_on_a_write(&bench).await;
    let log = bench.emulator.world().request_log();
    assert_eq!(
        (&log[0]["fault"], &log[0]["status"]),
        (&json!("delay"), &Value::Null)
    );
    assert_eq!(
        bench.emulator.world().snapshot()["apps"][0]["operation"],
        Value::Null
    );
}

#[tokio::test]
async fn delayed_write_is_applied_after_its_client_has_gone() {
    let bench = Bench::with_fault(on_patch(json!({"delay": {"ms": 100}}))).await;
    hang_up_on_a_write(&bench).await;
    while bench.emulator.world().request_log()[0]["status"] != 202 {
        tokio::task::yield_now().await;
    }
    while traffic_of(&bench.app().await) != to_v2() {}
}

#[tokio::test]
async fn redirect_sends_the_client_elsewhere() {
    let to = "http://127.0.0.1:1/elsewhere";
    let bench = Bench::with_fault(on_patch(json!({"redirect": {"to": to}}))).await;
    let redirected = bench.patch_traffic(to_v2()).await;
    assert_eq!(redirected.status(), 307);
    assert_eq!(redirected.headers()["location"], to);
}

#[tokio::test]
async fn rule_counts_only_the_calls_that_it_names() {
    let fault = json!({
        "on": {"method": "patch", "path-contains": "/CONTAINERAPPS/shop", "body-contains": "v2"},
        "nth": 2,
        "times": 2,
        "what": {"refuse": {"status": 503}},
    });
    let bench = Bench::with(json!({"faults": [fault], "operation": {"polls": 0}})).await;
    let mut statuses = Vec::new();
    for revision in [V2, V1, V2, V1, V2, V2] {
        bench.app().await;
        let traffic = json!([{"revisionName": revision, "weight": 100}]);
        statuses.push(bench.patch_traffic(traffic).await.status().as_u16());
    }
    assert_eq!(statuses, [202, 202, 503, 202, 503, 202]);
}

#[tokio::test]
async fn rule_with_a_duration_hits_every_call_until_it_ends() {
    let lasting = |ms: u64| {
        json!({
            "on": {"method": "PATCH"},
            "nth": 2,
            "for-ms": ms,
            "what": {"refuse": {"status": 409}},
        })
    };
    let over_at_once = Bench::with_fault(lasting(0)).await;
    let endless = Bench::with_fault(lasting(3_600_000)).await;
    for (bench, expected) in [(over_at_once, [202, 202, 202]), (endless, [202, 409, 409])] {
        for status in expected {
            let answered = bench.patch_traffic(to_v2()).await;
            assert_eq!(answered.status(), status);
            if status == 202 {
                bench.follow(answered).await;
            }
        }
    }
}

#[tokio::test]
async fn rule_with_a_duration_ends() {
    let fault = json!({"for-ms": 20, "what": {"refuse": {"status": 500}}});
    let bench = Bench::with_fault(fault).await;
    while bench.get(&bench.path("")).await.0 != 200 {
        tokio::task::yield_now().await;
    }
}
