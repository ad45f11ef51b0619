//! Templates: what a PATCH changes and keeps of them, and what of them is refused.

use serde_json::{Value, json};

use super::*;

/// An app with two containers, a probe, a volume, a scale rule, and a secret.
fn scenario() -> Value {
    json!({"apps": [{"secrets": {"db-url": "hunter2"}, "revisions": [{"name": V1, "template": {
        "containers": [
            {"name": "shop", "image": "registry.example/shop:1", "env": [{"name": "A", "value": "1"}],
             "probes": [{"type": "Liveness"}]},
            {"name": "side", "image": "registry.example/side:1"},
        ],
        "initContainers": [{"name": "init", "image": "registry.example/init:1"}],
        "scale": {"minReplicas": 1, "maxReplicas": 5, "rules": [{"name": "http"}]},
        "volumes": [{"name": "data", "storageType": "EmptyDir"}],
    }}], "traffic": [{"revision": V1, "weight": 100}]}]})
}

fn body(template: Value) -> Value {
    json!({"properties": {"template": template}})
}

/// Returns the template with an environment variable of the only container.
fn env(entry: Value) -> Value {
    json!({"containers": [{"name": "shop", "image": "registry.example/shop:2", "env": [entry]}]})
}

#[tokio::test]
async fn members_that_a_patch_does_not_send_are_kept_and_arrays_are_replaced() {
    let bench = Bench::with(scenario()).await;
    let patch = body(json!({
        "revisionSuffix": "v2",
        "containers": [
            {"name": "shop", "image": "registry.example/shop:2", "env": [{"name": "B", "secretRef": "db-url"}],
             "resources": {"cpu": 0.75, "memory": "1.5Gi"}},
            {"name": "side", "image": "registry.example/side:1", "resources": {"cpu": 0.25, "memory": "0.5Gi"}},
        ],
        "scale": {"minReplicas": 2},
    }));
    let accepted = bench.patch(&patch).await;
    bench.follow(accepted).await;
    let revision = bench.revision(V2).await;
    let template = &revision["template"];
    let of_shop = &template["containers"][0];
    assert_eq!(
        of_shop["env"],
        json!([{"name": "B", "secretRef": "db-url"}])
    );
    assert_eq!(of_shop.get("probes"), None);
    assert_eq!(of_shop["resources"]["memory"], "1.5Gi");
    assert_eq!(template["initContainers"][0]["name"], "init");
    assert_eq!(template["volumes"][0]["name"], "data");
    let scale = json!({"minReplicas": 2, "maxReplicas": 5, "rules": [{"name": "http"}]});
    assert_eq!(template["scale"], scale);
    assert_eq!(revision["replicas"], 2);
}

#[tokio::test]
async fn template_that_cannot_run_is_refused_with_the_reason() {
    let sized = |cpu: f64, memory: &str| {
        let resources = json!({"cpu": cpu, "memory": memory});
        json!({"containers": [{"name": "shop", "image": "registry.example/shop:2", "resources": resources}]})
    };
    for (template, code) in [
        (
            env(json!({"name": "B", "secretRef": "none"})),
            "ContainerAppSecretRefNotFound",
        ),
        (
            env(json!({"name": "1B", "value": "x"})),
            "ContainerAppInvalidEnvVarName",
        ),
        (sized(0.5, "2Gi"), "ContainerAppInvalidResourceTotal"),
        (sized(0.3, "0.6Gi"), "ContainerAppInvalidResourceTotal"),
        (
            json!({"scale": {"minReplicas": 6}}),
            "InvalidParameterValueInContainerTemplate",
        ),
        (
            json!({"scale": {"minReplicas": 0, "maxReplicas": 0}}),
            "InvalidParameterValueInContainerTemplate",
        ),
    ] {
        let bench = Bench::with(scenario()).await;
        let refused = bench.patch(&body(template)).await;
        assert_eq!(refused.status(), 400, "{code}");
        let error: Value = refused.json().await.unwrap();
        assert_eq!(error["error"]["code"], code);
    }
}

#[tokio::test]
async fn template_is_checked_only_where_one_is_sent() {
    let mut scenario = scenario();
    scenario["apps"][0]["secrets"] = json!({});
    scenario["apps"][0]["revisions"][0]["template"]["containers"][0]["env"] =
        json!([{"name": "B", "secretRef": "gone"}]);
    let bench = Bench::with(scenario).await;
    let traffic = json!([{"revisionName": V1, "weight": 100}]);
    assert_eq!(bench.patch_traffic(traffic).await.status(), 202);
}
