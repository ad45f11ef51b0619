//! Apps in a state in which no rollout begins, whichever revisions are chosen.

use super::*;

#[test]
fn app_that_cannot_split_traffic_is_refused_with_the_command_to_change_it() {
    let any = Selection::default();
    let ingress = "/properties/configuration/ingress";
    refused(
        &with(ingress, Value::Null),
        &any,
        &["no ingress", "ingress enable"],
    );
    let mode = "/properties/configuration/activeRevisionsMode";
    let words = ["Single", "revision set-mode", "--mode multiple"];
    refused(&with(mode, json!("single")), &any, &words);
    refused(&with(mode, json!("Labels")), &any, &["mode Labels"]);
    let sticky = "/properties/configuration/ingress/stickySessions";
    let words = ["sticky sessions", "--affinity none"];
    refused(&with(sticky, json!({"affinity": "Sticky"})), &any, &words);
    assert!(resolve(&with(sticky, json!({"affinity": "none"})), &any, NOW).is_ok());
}

#[test]
fn app_that_is_being_changed_or_is_broken_is_refused() {
    let state = "/properties/provisioningState";
    for word in ["InProgress", "Deleting", "Waiting"] {
        refused(
            &with(state, json!(word)),
            &Selection::default(),
            &["busy", word],
        );
    }
    for word in ["Failed", "Canceled"] {
        let words = ["ended as", word, "az containerapp show"];
        refused(&with(state, json!(word)), &Selection::default(), &words);
    }
}

#[test]
fn traffic_that_follows_the_latest_revision_must_be_pinned_first() {
    let follows = with_traffic(json!([{"latestRevision": true, "weight": 100}]));
    let words = ["latestRevision", "`lockgate pin --app web "];
    refused(&follows, &Selection::default(), &words);
    for chosen in [named("web--b"), by_image("sha256:abc")] {
        let words = ["the chosen canary, already carries 100 %", "web--a ("];
        refused(&follows, &chosen, &words);
    }
    let labelled = with_traffic(json!([
        {"revisionName": "web--a", "weight": 100},
        {"latestRevision": true, "weight": 0, "label": "next"},
    ]));
    refused(
        &labelled,
        &Selection::default(),
        &["label next", "`lockgate pin "],
    );
}

#[test]
fn traffic_that_is_not_all_of_one_active_revision_is_refused() {
    let any = Selection::default();
    let entry = |name: &str, weight: u32| json!({"revisionName": name, "weight": weight});
    let shared = with_traffic(json!([entry("web--a", 90), entry("web--b", 10)]));
    refused(
        &shared,
        &any,
        &[
            "2 revisions",
            "web--a 90 %",
            "web--b 10 %",
            "`lockgate abort --to REVISION ",
        ],
    );
    let words = ["web--b, the chosen canary, already carries 10 %"];
    refused(&shared, &named("web--b"), &words);
    refused(&shared, &by_image("sha256:abc"), &words);
    refused(
        &with_traffic(json!([])),
        &any,
        &["no revision of web carries traffic"],
    );
    refused(
        &with_traffic(Value::Null),
        &any,
        &["no revision of web carries traffic"],
    );
    let words = ["add up to 90"];
    refused(&with_traffic(json!([entry("web--a", 90)])), &any, &words);
    let twice = json!([entry("web--a", 100), {"revisionName": "web--a", "label": "x"}]);
    refused(
        &with_traffic(twice),
        &any,
        &["web--a is in the traffic of web twice"],
    );
    let unknown = with_traffic(json!([entry("web--gone", 100)]));
    refused(&unknown, &any, &["web--gone", "not among its revisions"]);
    let inactive = with_traffic(json!([entry("web--c", 100)]));
    refused(
        &inactive,
        &any,
        &["web--c, the stable revision, is not active"],
    );
}

#[test]
fn app_with_too_many_tags_for_the_lease_is_refused() {
    let tags: serde_json::Map<String, Value> =
        (0..42).map(|i| (format!("own-{i}"), json!("x"))).collect();
    let full = with("/tags", Value::Object(tags));
    refused(&full, &Selection::default(), &["42 tags", "remove 4"]);
}

#[test]
fn revision_without_an_address_is_refused() {
    let mut list = revisions();
    list[2]["properties"]["fqdn"] = Value::Null;
    let words = ["web--b has no address", "revision show"];
    refused(&status(document(), list), &Selection::default(), &words);
}
