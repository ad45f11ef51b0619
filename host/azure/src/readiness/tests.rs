//! What one read of a revision shows, alone and together with the read before.

use serde_json::{Value, json};

use super::*;
use crate::endpoint::Endpoint;
use crate::scripted::app_id;

fn revision(changes: Value) -> RevisionStatus {
    let mut properties = json!({
        "active": true, "fqdn": "web--b.io", "replicas": 1, "healthState": "Healthy",
        "provisioningState": "Provisioned", "runningState": "Running",
        "template": {"containers": [{"image": "web:2"}], "scale": {"minReplicas": 0}},
    });
    for (key, value) in changes.as_object().unwrap() {
        properties[key] = value.clone();
    }
    let document = json!({"name": "web--b", "properties": properties});
    let document = serde_json::from_value(document).unwrap();
    RevisionStatus::new(document, &Endpoint::default())
}

fn replica(name: &str, ready: bool, restarts: i64) -> Replica {
    let document = json!({"name": name, "properties": {"containers": [
        {"name": "side", "ready": true, "restartCount": 0},
        {"name": "main", "ready": ready, "restartCount": restarts,
         "runningState": if ready { "Running" } else { "Waiting" },
         "runningStateDetails": if ready { "" } else { "CrashLoopBackOff" }},
    ]}});
    serde_json::from_value(document).unwrap()
}

fn first_read(changes: Value, replicas: &[Replica]) -> Assessment {
    assess(&app_id(), &revision(changes), replicas, None)
}

fn reason_not_yet(assessment: Assessment) -> String {
    match assessment {
        Assessment::Known(Readiness::NotYet(reason)) => reason,
        other => panic!("not yet was expected, not {other:?}"),
    }
}

fn reason_failed(assessment: Assessment) -> String {
    match assessment {
        Assessment::Known(Readiness::Failed(reason)) => reason,
        other => panic!("failed was expected, not {other:?}"),
    }
}

const READY: Assessment = Assessment::Known(Readiness::Ready);

#[test]
fn healthy_running_revision_with_a_ready_replica_is_ready() {
    let replicas = [replica("r1", true, 0)];
    for changes in [
        json!({}),
        json!({"healthState": "None"}),
        json!({"healthState": "healthy", "runningState": "runningAtMaxScale"}),
        json!({"replicas": null}),
    ] {
        assert_eq!(first_read(changes.clone(), &replicas), READY, "{changes}");
    }
}

#[test]
fn state_that_is_not_known_to_be_good_is_not_yet_ready_and_named() {
    let replicas = [replica("r1", true, 0)];
    for (changes, word) in [
        (json!({"runningState": "Processing"}), "Processing"),
        (json!({"runningState": "Degraded"}), "Degraded"),
        (json!({"runningState": "Dreaming"}), "Dreaming"),
        (json!({"runningState": null}), "not given"),
        (json!({"healthState": "Unhealthy"}), "Unhealthy"),
        (json!({"healthState": "Curious"}), "Curious"),
        (json!({"healthState": null}), "not given"),
        (json!({"provisioningState": "Provisioning"}), "Provisioning"),
        (json!({"provisioningState": "Elsewhere"}), "Elsewhere"),
    ] {
        let reason = reason_not_yet(first_read(changes, &replicas));
        assert!(
            reason.contains(word) && reason.contains("web--b"),
            "{reason}"
        );
    }
}

#[test]
fn revision_that_cannot_be_provisioned_has_failed_with_the_platforms_reason() {
    for state in ["Failed", "Deprovisioning", "Deprovisioned"] {
        let changes = json!({"provisioningState": state, "provisioningError": "no such image"});
        let reason = reason_failed(first_read(changes, &[]));
        assert!(
            reason.contains(state) && reason.contains("no such image"),
            "{reason}"
        );
    }
    let reason = reason_failed(first_read(json!({"runningState": "Failed"}), &[]));
    assert!(reason.contains("runningState is Failed"), "{reason}");
}

#[test]
fn inactive_revision_has_failed_with_the_command_to_run() {
    let reason = reason_failed(first_read(json!({"active": false}), &[]));
    assert!(
        reason.contains("az containerapp revision activate --name web --resource-group group"),
        "{reason}"
    );
}

#[test]
fn replica_that_is_not_ready_is_reported_with_its_state() {
    let changes = json!({"replicas": 1});
    let reason = reason_not_yet(first_read(changes, &[replica("r1", false, 0)]));
    assert!(reason.contains("0 of 1 replicas are ready"), "{reason}");
    assert!(
        reason.contains("main is Waiting (CrashLoopBackOff)"),
        "{reason}"
    );
}

#[test]
fn revision_is_ready_with_the_smallest_number_of_ready_replicas() {
    let changes = json!({"replicas": 2, "template": {"scale": {"minReplicas": 2}}});
    let starting = [replica("r1", true, 0), replica("r2", false, 0)];
    let reason = reason_not_yet(first_read(changes.clone(), &starting));
    assert!(reason.contains("1 of 2"), "{reason}");
    let ready = [replica("r1", true, 0), replica("r2", true, 0)];
    assert_eq!(first_read(changes, &ready), READY);
    // A further replica that is not ready does not matter while enough others serve.
    assert_eq!(first_read(json!({"replicas": 2}), &starting), READY);
}

#[test]
fn replica_without_containers_is_not_ready() {
    let empty: Replica = serde_json::from_value(json!({"name": "r1"})).unwrap();
    let reason = reason_not_yet(first_read(json!({}), &[empty]));
    assert!(reason.contains("0 of 1"), "{reason}");
}

#[test]
fn container_that_crashed_often_has_failed_with_name_and_count() {
    for state in ["Running", "Degraded", "Processing"] {
        let changes = json!({"runningState": state});
        let reason = reason_failed(first_read(changes, &[replica("r1", false, 3)]));
        assert!(reason.contains("container main of replica r1"), "{reason}");
        assert!(
            reason.contains("restarted 3 times (CrashLoopBackOff)"),
            "{reason}"
        );
    }
}

#[test]
fn restarts_that_rise_between_two_reads_are_a_failure() {
    let before = restarts(&[replica("r1", true, 1)]);
    let read = |count| {
        let replicas = [replica("r1", true, count)];
        assess(&app_id(), &revision(json!({})), &replicas, Some(&before))
    };
    assert_eq!(read(1), READY);
    assert!(reason_failed(read(2)).contains("restarted 2 times"));
}

#[test]
fn restart_at_the_first_read_is_checked_once_more() {
    let reason = reason_not_yet(first_read(json!({}), &[replica("r1", true, 1)]));
    assert!(reason.contains("main was restarted once"), "{reason}");
}

#[test]
fn new_replica_is_not_compared_with_another_replica() {
    let before = restarts(&[replica("r1", true, 0)]);
    let replicas = [replica("r2", true, 1)];
    let assessment = assess(&app_id(), &revision(json!({})), &replicas, Some(&before));
    assert_eq!(assessment, READY);
}

#[test]
fn revision_without_replicas_is_scaled_to_zero_only_if_its_scale_allows() {
    let asleep = json!({"replicas": 0, "runningState": "ScaledToZero"});
    assert_eq!(first_read(asleep, &[]), Assessment::ScaledToZero);
    let unset = json!({"replicas": 0, "template": {"scale": {"minReplicas": null}}});
    assert_eq!(first_read(unset, &[]), Assessment::ScaledToZero);
    let needed = json!({"replicas": 0, "template": {"scale": {"minReplicas": 1}}});
    let reason = reason_not_yet(first_read(needed, &[]));
    assert!(reason.contains("no replica"), "{reason}");
}
