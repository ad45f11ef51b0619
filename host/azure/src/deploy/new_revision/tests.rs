//! The request that creates a revision: what it changes, what it keeps, and what is refused before it.

use serde_json::{Value, json};

use super::super::changes::{EnvValue, Thousandths};
use super::*;
use crate::scripted::app_id;

/// An app with two containers, variables, probes, a scale rule and a secret; with members that nobody knows yet.
fn document() -> Value {
    json!({"properties": {
        "configuration": {"secrets": [{"name": "db-url"}, {"name": "tls"}]},
        "template": {
            "revisionSuffix": "old", "terminationGracePeriodSeconds": 30, "later": 1,
            "containers": [
                {"name": "side", "image": "proxy:1", "env": [{"name": "A", "value": "of side"}]},
                {"name": "web", "image": "web:1", "command": ["serve"], "probes": [{"type": "Readiness"}],
                 "volumeMounts": [{"volumeName": "data"}], "resources": {"cpu": 0.5, "memory": "1Gi", "gpu": 0},
                 "env": [{"name": "A", "value": "1"}, {"name": "OLD", "value": "x"}, {"name": "Z", "secretRef": "tls"}]},
            ],
            "initContainers": [{"name": "init", "image": "init:1"}],
            "scale": {"minReplicas": null, "maxReplicas": 5, "rules": [{"name": "http"}], "cooldownPeriod": 300},
            "volumes": [{"name": "data"}],
        },
    }})
}

fn new(changes: TemplateChanges) -> NewRevision {
    NewRevision {
        image: "web:2".to_owned(),
        container: None,
        suffix: "new".to_owned(),
        ensure_multiple: false,
        existing: Existing::SameDigest,
        changes,
    }
}

fn set(name: &str, value: EnvValue) -> TemplateChanges {
    TemplateChanges {
        set_env: [(name.to_owned(), value)].into(),
        ..TemplateChanges::default()
    }
}

#[test]
fn without_changes_only_suffix_and_image_change() {
    let body = body(&app_id(), &document(), &new(TemplateChanges::default())).unwrap();
    let mut containers = document()["properties"]["template"]["containers"].clone();
    containers[1]["image"] = json!("web:2");
    let expected = json!({"properties": {"template": {
        "revisionSuffix": "new", "containers": containers,
    }}});
    assert_eq!(body, expected);
}

#[test]
fn changes_are_made_in_the_container_that_gets_the_image_and_the_rest_is_sent_as_it_was_read() {
    let changes = TemplateChanges {
        set_env: [
            ("A".to_owned(), EnvValue::Secret("db-url".to_owned())),
            ("NEW".to_owned(), EnvValue::Text("y".to_owned())),
        ]
        .into(),
        remove_env: ["OLD".to_owned()].into(),
        min_replicas: Some(1),
        cpu: Thousandths::new(1.0),
        memory: Thousandths::new(2.0),
        ..TemplateChanges::default()
    };
    let body = body(&app_id(), &document(), &new(changes)).unwrap();
    let mut containers = document()["properties"]["template"]["containers"].clone();
    containers[1]["image"] = json!("web:2");
    containers[1]["resources"] = json!({"cpu": 1.0, "memory": "2Gi", "gpu": 0});
    containers[1]["env"] = json!([
        {"name": "A", "secretRef": "db-url"}, {"name": "Z", "secretRef": "tls"}, {"name": "NEW", "value": "y"},
    ]);
    let scale = json!({
        "minReplicas": 1, "maxReplicas": 5, "rules": [{"name": "http"}], "cooldownPeriod": 300,
    });
    let expected = json!({"properties": {"template": {
        "revisionSuffix": "new", "containers": containers, "scale": scale,
    }}});
    assert_eq!(body, expected);
}

#[test]
fn secret_that_the_app_does_not_have_is_refused_with_those_that_it_has() {
    let asked = new(set("DB_URL", EnvValue::Secret("db".to_owned())));
    let why = body(&app_id(), &document(), &asked).unwrap_err();
    let words =
        "DB_URL refers to the secret db, and web has the secrets db-url, tls; make it with `az ";
    assert!(why.starts_with(words), "{why}");
    for none in [Value::Null, json!([])] {
        let mut document = document();
        document["properties"]["configuration"]["secrets"] = none;
        let why = body(&app_id(), &document, &asked).unwrap_err();
        assert!(why.contains("web has no secret;"), "{why}");
    }
}

#[test]
fn replicas_that_exclude_each_other_are_refused_with_both_numbers() {
    let asked = new(TemplateChanges {
        min_replicas: Some(6),
        ..TemplateChanges::default()
    });
    let why = body(&app_id(), &document(), &asked).unwrap_err();
    let words = "min replicas 6, more than its max replicas 5; pass both";
    assert!(why.contains(words), "{why}");
    assert!(why.ends_with("with your other flags"), "{why}");
}

#[test]
fn variable_to_remove_that_is_not_there_is_worth_a_note_with_those_that_are() {
    let asked = |name: &str| {
        new(TemplateChanges {
            remove_env: [name.to_owned()].into(),
            ..TemplateChanges::default()
        })
    };
    assert_eq!(not_there(&document(), &asked("OLD")), None);
    assert_eq!(
        not_there(&document(), &asked("OLDER")).as_deref(),
        Some("there is no environment variable OLDER to remove; the container has A, OLD, Z")
    );
}

#[test]
fn no_refusal_shows_a_value() {
    let mut changes = set("API_KEY", EnvValue::Text("hunter2".to_owned()));
    let db = EnvValue::Secret("none".to_owned());
    changes.set_env.insert("DB".to_owned(), db);
    let why = body(&app_id(), &document(), &new(changes)).unwrap_err();
    assert!(!why.contains("hunter2"), "{why}");
}
