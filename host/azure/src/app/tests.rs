//! The port over real sockets: reads and readiness here, writes in `writes`.

mod writes;

use rollout::Weight;
use serde_json::{Value, json};

use super::*;
use crate::credential::Credential;
use crate::resolve::CanaryChoice;
use crate::scripted::{
    ReceivedRequest, ScriptedReply, ScriptedServer, app_id, long_budgets, refusal, reply,
};

/// The lease of a run in which `web--b` has 25 %, with the baseline `web--a=100@live`.
fn lease_tags() -> Value {
    json!({
        "team": "shop", "lockgate-lease": "1/running", "lockgate-run": "run-1", "lockgate-holder": "1/run-1",
        "lockgate-host": "runner-1", "lockgate-pipeline": "https://ci.example/runs/7",
        "lockgate-since": "1795400000/1795401000", "lockgate-expires": "1795406400",
        "lockgate-stable": "web--a", "lockgate-canary": "web--b", "lockgate-stage": "1/25",
        "lockgate-stages": "10,25,50,100", "lockgate-baseline-0": "--a=100@live;",
    })
}

fn app_document(state: &str, tags: &Value, canary: u32) -> Value {
    json!({"tags": tags, "properties": {"provisioningState": state, "configuration": {
        "activeRevisionsMode": "Multiple", "ingress": {"fqdn": "web.io", "traffic": [
            {"revisionName": "web--a", "weight": (100 - canary).to_string(), "label": "live"},
            {"revisionName": "web--b", "weight": canary}]}}}})
}

fn revision(name: &str, created: &str, host: &str) -> Value {
    json!({"name": name, "properties": {
        "active": true, "createdTime": created, "fqdn": host, "replicas": 1,
        "healthState": "Healthy", "provisioningState": "Provisioned", "runningState": "Running",
        "template": {"containers": [{"image": "web:2"}], "scale": {"minReplicas": null}}}})
}

fn app(server: &ScriptedServer) -> App {
    let connection = server.connection_with(Credential::Anonymous, long_budgets());
    App::new(connection, app_id(), Selection::default())
}

/// Returns an app with short budgets, for tests in which a request never succeeds.
fn app_with_short_budgets(server: &ScriptedServer) -> App {
    let token = Credential::Variable {
        name: "CARGO_PKG_NAME".to_owned(),
    };
    App::new(server.connection(token), app_id(), Selection::default())
}

fn share(traffic: &Observation, name: &str) -> u32 {
    traffic.traffic.weight_of(name)
}

#[tokio::test]
async fn inspection_reads_the_app_and_every_page_of_its_revisions() {
    let server = ScriptedServer::start(|request| {
        if request.is("GET", "/web") {
            return reply(200, &app_document("Succeeded", &json!(null), 0));
        }
        let page = |names: &[(&str, &str)], link: Value| {
            let list: Vec<Value> = names.iter().map(|(n, at)| revision(n, at, n)).collect();
            reply(200, &json!({"value": list, "nextLink": link}))
        };
        if request.target.contains("$skiptoken=a%2Fb") {
            return page(&[("web--b", "2026-11-22T00:00:00")], Value::Null);
        }
        let link = format!("{}/next/revisions?$skiptoken=a%2Fb&x", request.base());
        page(&[("web--a", "2026-11-20T00:00:00+00:00")], json!(link))
    })
    .await;
    let app = app(&server);
    let inspection = app.inspect(&Intent::Rollout).await.unwrap();
    assert_eq!(inspection.stable.name, "web--a");
    assert_eq!(inspection.canary.name, "web--b");
    assert_eq!(inspection.canary.url, "http://web--b");
    let targets: Vec<String> = server.requests().into_iter().map(|r| r.target).collect();
    assert_eq!(targets[2], "/next/revisions?$skiptoken=a%2Fb&x");
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.method == "GET")
    );
}

#[tokio::test]
async fn named_canary_is_found_without_the_list_of_revisions() {
    let server = ScriptedServer::start(|request| {
        if request.is("GET", "/web") {
            return reply(200, &app_document("Succeeded", &json!(null), 0));
        }
        for (name, created) in [
            ("web--a", "2026-11-20T00:00:00"),
            ("web--b", "2026-11-22T00:00:00"),
        ] {
            if request.is("GET", &format!("/revisions/{name}")) {
                return reply(200, &revision(name, created, name));
            }
        }
        refusal(504, "GatewayTimeout")
    })
    .await;
    let named = |canary: Option<&str>| {
        let connection = server.connection(Credential::Anonymous);
        let canary = canary.map(|name| CanaryChoice::Revision(name.to_owned()));
        let selection = Selection {
            canary,
            ..Selection::default()
        };
        App::new(connection, app_id(), selection)
    };
    let (found, _) = named(Some("web--b")).choose().await.unwrap();
    assert_eq!(found.canary.name, "web--b");
    let error = named(None).choose().await.unwrap_err();
    assert!(error.to_string().contains("GatewayTimeout"), "{error}");
}

#[tokio::test]
async fn recorded_app_is_refused_until_its_traffic_is_pinned() {
    let recorded: Value = serde_json::from_str(include_str!("../recorded.json")).unwrap();
    let server = ScriptedServer::start(move |request| {
        if request.is("GET", "/web") {
            return reply(200, &recorded["get_app_200"]["body"]);
        }
        let list = json!({"value": [recorded["get_revision_200"]["body"]]});
        reply(200, &list)
    })
    .await;
    let error = app(&server).inspect(&Intent::Rollout).await.unwrap_err();
    let InspectError::Refused(reason) = error else {
        panic!("{error}");
    };
    // The list of the recording does not have the revision that was ready last.
    for words in ["follows latestRevision", "`az containerapp revision list "] {
        assert!(reason.contains(words), "{reason}");
    }
}

#[tokio::test]
async fn app_that_cannot_be_read_is_unreadable_and_not_refused() {
    let server = ScriptedServer::start(|_| refusal(403, "AuthorizationFailed")).await;
    let error = app(&server).inspect(&Intent::Rollout).await.unwrap_err();
    let InspectError::Unreadable(reason) = error else {
        panic!("{error}");
    };
    assert!(
        reason.contains("Microsoft.App/containerApps/read"),
        "{reason}"
    );
}

#[tokio::test]
async fn description_includes_what_inspection_refuses() {
    let server = ScriptedServer::start(|request| {
        if request.is("GET", "/web") {
            let tags = json!({"lockgate-run": "run-1"});
            return reply(200, &app_document("Failed", &tags, 40));
        }
        let one = revision("web--b", "2026-11-22T00:00:00", "web--b.io");
        reply(200, &json!({"value": [one]}))
    })
    .await;
    let status = app(&server).describe().await.unwrap();
    assert_eq!(status.provisioning.to_string(), "Failed");
    assert_eq!(status.fqdn.as_deref(), Some("web.io"));
    assert!(status.lease.is_err());
    let revision = status.revision("web--b").unwrap();
    assert_eq!((revision.weight, revision.replicas), (40, Some(1)));
    assert_eq!(revision.images, ["web:2"]);
    assert_eq!(revision.created, Some(1_795_305_600));
}

#[tokio::test]
async fn observation_has_traffic_lease_and_settled_state() {
    let server = ScriptedServer::start(|request| {
        let state = ["InProgress", "Succeeded"][request.earlier.min(1)];
        reply(200, &app_document(state, &lease_tags(), 25))
    })
    .await;
    let app = app(&server);
    let busy = app.observe(None).await.unwrap();
    assert!(!busy.settled);
    let done = app.observe(None).await.unwrap();
    assert!(done.settled);
    assert_eq!((share(&done, "web--a"), share(&done, "web--b")), (75, 25));
    let lease = done.lease.unwrap();
    assert_eq!((lease.run.as_str(), lease.stage), ("run-1", 1));
    assert_eq!(lease.weight, Weight::new(25).unwrap());
    assert_eq!(lease.baseline.to_string(), "web--a 100 % (label live)");
}

#[tokio::test]
async fn damaged_lease_is_an_error_and_does_not_count_as_missing() {
    let server = ScriptedServer::start(|_| {
        let mut tags = lease_tags();
        tags["lockgate-lease"] = json!("1/perhaps");
        reply(200, &app_document("Succeeded", &tags, 25))
    })
    .await;
    let reason = app(&server).observe(None).await.unwrap_err();
    assert!(
        reason.contains("lockgate-lease") && reason.contains("lockgate status"),
        "{reason}"
    );
}

#[tokio::test]
async fn app_that_lost_its_ingress_cannot_be_observed() {
    let server = ScriptedServer::start(|_| reply(200, &json!({"properties": {}}))).await;
    let reason = app(&server).observe(None).await.unwrap_err();
    assert!(reason.contains("no ingress"), "{reason}");
}

fn replicas(restarts: u64) -> ScriptedReply {
    let container = json!({"name": "main", "ready": true, "restartCount": restarts});
    let replica = json!({"name": "r1", "properties": {"containers": [container]}});
    reply(200, &json!({"value": [replica]}))
}

fn one_revision(request: &ReceivedRequest, replicas_now: u32) -> ScriptedReply {
    let host = request.header("host").unwrap();
    let mut document = revision("web--b", "2026-11-22T00:00:00", host);
    document["properties"]["replicas"] = json!(replicas_now);
    reply(200, &document)
}

#[tokio::test]
async fn revision_whose_restarts_rise_between_two_reads_has_failed() {
    let server = ScriptedServer::start(|request| {
        if request.is("GET", "/replicas") {
            replicas(request.earlier as u64)
        } else {
            one_revision(request, 1)
        }
    })
    .await;
    let app = app(&server);
    assert_eq!(app.readiness("web--b").await, Readiness::Ready);
    let readiness = app.readiness("web--b").await;
    let Readiness::Failed(reason) = readiness else {
        panic!("{readiness:?}");
    };
    assert!(
        reason.contains("container main") && reason.contains("once"),
        "{reason}"
    );
}

#[tokio::test]
async fn revision_at_zero_replicas_is_woken_without_a_token_and_whatever_it_answers() {
    let server = ScriptedServer::start(|request| {
        let awake = request.earlier > 0;
        if request.target == "/" {
            reply(500, &json!("starting"))
        } else if !request.is("GET", "/replicas") {
            one_revision(request, u32::from(awake))
        } else if awake {
            replicas(0)
        } else {
            reply(200, &json!({"value": []}))
        }
    })
    .await;
    let app = app_with_short_budgets(&server);
    let readiness = app.readiness("web--b").await;
    let Readiness::NotYet(reason) = readiness else {
        panic!("{readiness:?}");
    };
    assert!(reason.contains("scaled to zero, warming"), "{reason}");
    assert!(reason.contains("status 500"), "{reason}");
    let mut requests = server.requests();
    let woken = requests.pop().unwrap();
    assert_eq!(
        (woken.target.as_str(), woken.header("authorization")),
        ("/", None)
    );
    assert_eq!(requests[0].header("authorization"), Some("Bearer azure"));
    assert_eq!(app.readiness("web--b").await, Readiness::Ready);
    assert_eq!(server.count("GET", "/"), 1);
}

#[tokio::test]
async fn revision_that_may_not_be_read_has_failed_and_one_that_cannot_be_is_not_ready_yet() {
    for (status, code) in [(404, "RevisionNotFound"), (403, "AuthorizationFailed")] {
        let server = ScriptedServer::start(move |_| refusal(status, code)).await;
        let readiness = app(&server).readiness("web--b").await;
        let Readiness::Failed(reason) = readiness else {
            panic!("{readiness:?}");
        };
        assert!(
            reason.contains(code) && reason.contains("web--b"),
            "{reason}"
        );
    }
    let server = ScriptedServer::start(|_| refusal(503, "Busy")).await;
    let readiness = app_with_short_budgets(&server).readiness("web--b").await;
    assert!(matches!(readiness, Readiness::NotYet(_)), "{readiness:?}");
}
