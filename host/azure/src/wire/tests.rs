//! The service's JSON: as recorded from the live service, and in its unusual forms.

use super::*;
use crate::time::unix_seconds;

fn recorded() -> Value {
    serde_json::from_str(include_str!("../recorded.json")).unwrap()
}

fn parsed<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn ingress(traffic: Value) -> Ingress {
    parsed(json!({"fqdn": "web.io", "traffic": traffic}))
}

#[test]
fn recorded_app_is_read() {
    let app: App = parsed(recorded()["get_app_200"]["body"].clone());
    let properties = &app.properties;
    assert_eq!(properties.provisioning_state, Provisioning::Succeeded);
    assert_eq!(
        properties.configuration.active_revisions_mode,
        Mode::Multiple
    );
    assert_eq!(
        properties.latest_ready_revision_name.as_deref(),
        Some("containerapp000002--7ut2i6c")
    );
    let ingress = properties.configuration.ingress.as_ref().unwrap();
    assert!(ingress.sticky_sessions.is_none());
    assert_eq!(
        ingress.shares().unwrap().to_string(),
        "latestRevision 100 %"
    );
}

#[test]
fn recorded_revision_is_read() {
    let revision: Revision = parsed(recorded()["get_revision_200"]["body"].clone());
    let properties = revision.properties;
    assert_eq!(revision.name, "containerapp000002--532gcah");
    assert_eq!(properties.active, Some(true));
    assert_eq!(properties.replicas, Some(1));
    assert_eq!(properties.health_state, Health::Healthy);
    assert_eq!(properties.running_state, Running::Running);
    assert_eq!(
        properties.provisioning_state,
        RevisionProvisioning::Provisioned
    );
    let created = unix_seconds(&properties.created_time.unwrap());
    assert_eq!(created, unix_seconds("2024-10-14T07:05:19Z"));
}

#[test]
fn recorded_traffic_with_a_weight_as_string_is_read() {
    let body = &recorded()["patch_traffic"]["request_body"];
    let entries = body["properties"]["configuration"]["ingress"]["traffic"].clone();
    let traffic = ingress(entries).shares().unwrap();
    assert_eq!(
        traffic.to_string(),
        "containerapp000002--532gcah 50 %, latestRevision 50 %"
    );
}

#[test]
fn every_field_may_be_null_or_missing() {
    for app in [
        json!({}),
        json!({"tags": null, "properties": null}),
        json!({"properties": {"provisioningState": null, "configuration": null}}),
    ] {
        let app: App = parsed(app);
        assert!(!app.properties.provisioning_state.is_settled());
        assert!(app.properties.configuration.ingress.is_none());
    }
    let revision: Revision = parsed(json!({"name": "a", "properties": {
        "template": {"containers": null, "scale": {"minReplicas": null}}, "replicas": null,
        "healthState": null, "runningState": null, "createdTime": null,
    }}));
    assert_eq!(revision.properties.replicas, None);
    assert!(matches!(revision.properties.health_state, Health::Other(_)));
    let page: Page<Revision> = parsed(json!({"value": null, "nextLink": null}));
    assert!(page.value.is_none());
    assert!(ingress(Value::Null).shares().unwrap().0.is_empty());
}

#[test]
fn states_are_read_in_any_case_and_unknown_ones_are_kept() {
    let mode = |text: &str| Mode::from(text.to_owned());
    assert_eq!(mode("multiple"), Mode::Multiple);
    assert_eq!(mode("SINGLE"), Mode::Single);
    assert_eq!(mode("Labels"), Mode::Other("Labels".to_owned()));
    let running = |text: &str| Running::from(text.to_owned());
    assert_eq!(running("runningatmaxscale"), Running::RunningAtMaxScale);
    assert_eq!(running("Scale to 0"), Running::ScaledToZero);
    assert_eq!(running("Dreaming").to_string(), "Dreaming");
}

#[test]
fn unknown_provisioning_state_counts_as_busy() {
    for (word, settled) in [
        ("succeeded", true),
        ("Failed", true),
        ("Canceled", true),
        ("InProgress", false),
        ("Deleting", false),
        ("Waiting", false),
    ] {
        let state = Provisioning::from(word.to_owned());
        assert_eq!(state.is_settled(), settled, "{word}");
    }
}

#[test]
fn weight_that_is_not_valid_is_an_error_that_names_it() {
    for (weight, shown) in [
        (json!(101), "101"),
        (json!(-1), "-1"),
        (json!("150"), "150"),
    ] {
        let traffic = ingress(json!([{"revisionName": "web--a", "weight": weight}]));
        let error = traffic.shares().unwrap_err();
        assert!(error.contains("web--a") && error.contains(shown), "{error}");
    }
    let nameless = ingress(json!([{"weight": 100, "latestRevision": false}]));
    assert!(nameless.shares().unwrap_err().contains("no revision"));
    let wordy = serde_json::from_value::<Ingress>(json!({"traffic": [{"weight": "half"}]}));
    assert!(wordy.unwrap_err().to_string().contains("half"));
}

#[test]
fn patch_has_traffic_and_tags_and_nothing_else() {
    let traffic = ingress(json!([
        {"revisionName": "web--a", "weight": 75, "label": "blue"},
        {"latestRevision": true, "weight": 0},
        {"revisionName": "web--b", "weight": 25},
    ]));
    let tags = BTreeMap::from([
        ("team".to_owned(), Some("shop".to_owned())),
        ("old".to_owned(), None),
    ]);
    assert_eq!(
        patch(&traffic.shares().unwrap(), &tags),
        json!({
            "properties": {"configuration": {"ingress": {"traffic": [
                {"revisionName": "web--a", "weight": 75, "label": "blue"},
                {"revisionName": "web--b", "weight": 25},
            ]}}},
            "tags": {"team": "shop", "old": null},
        })
    );
}
