//! Which traffic arrays are accepted, and how they are shown.

use super::*;

fn known() -> Vec<String> {
    vec!["shop--v1".to_owned(), "shop--v2".to_owned()]
}

fn normalised(array: Value) -> Result<Value, String> {
    read(&array, &known())
        .map(|entries| render(&entries))
        .map_err(|refusal| refusal.message)
}

#[test]
fn recorded_array_is_shown_with_numbers_and_without_false() {
    let sent = json!([
        {"weight": "50", "latestRevision": true},
        {"revisionName": "shop--v1", "weight": 50, "latestRevision": false},
    ]);
    let shown = json!([
        {"weight": 50, "latestRevision": true},
        {"revisionName": "shop--v1", "weight": 50},
    ]);
    assert_eq!(normalised(sent), Ok(shown));
}

#[test]
fn null_members_are_dropped_and_labels_and_order_kept() {
    let sent = json!([
        {"revisionName": "shop--v2", "weight": 0, "label": "green"},
        {"revisionName": "shop--v1", "weight": 100, "label": null},
        {"revisionName": null, "latestRevision": true},
    ]);
    let shown = json!([
        {"revisionName": "shop--v2", "weight": 0, "label": "green"},
        {"revisionName": "shop--v1", "weight": 100},
        {"weight": 0, "latestRevision": true},
    ]);
    assert_eq!(normalised(sent), Ok(shown));
}

#[test]
fn arrays_that_the_service_refuses_are_refused_with_400() {
    let one = |entry: Value| json!([entry]);
    let table = [
        (
            one(json!({"revisionName": "shop--v1", "weight": 99})),
            "sum to 100, not 99",
        ),
        (
            one(json!({"revisionName": "shop--v1", "weight": 101})),
            "from 0 to 100, not 101",
        ),
        (
            one(json!({"revisionName": "shop--v1", "weight": -1})),
            "from 0 to 100, not -1",
        ),
        (
            one(json!({"revisionName": "shop--v1", "weight": 10.5})),
            "not 10.5",
        ),
        (
            one(json!({"revisionName": "shop--v1", "weight": "all"})),
            "not \"all\"",
        ),
        (
            one(json!({"revisionName": "shop--v9", "weight": 100})),
            "'shop--v9', which does not",
        ),
        (
            one(json!({"weight": 100})),
            "neither latestRevision nor revisionName",
        ),
        (
            one(json!({"revisionName": "shop--v1", "latestRevision": true, "weight": 100})),
            "both latestRevision and revisionName",
        ),
        (
            json!([{"latestRevision": true, "weight": 50}, {"latestRevision": true, "weight": 50}]),
            "only one traffic entry",
        ),
        (
            json!([
                {"revisionName": "shop--v1", "weight": 50, "label": "blue"},
                {"revisionName": "shop--v2", "weight": 50, "label": "blue"},
            ]),
            "'blue' is used by two",
        ),
        (json!([]), "sum to 100, not 0"),
        (json!({"latestRevision": true}), "not an array"),
    ];
    for (array, expected) in table {
        let refusal = read(&array, &known()).expect_err(expected);
        assert_eq!(refusal.status, 400);
        assert!(
            refusal.message.contains(expected),
            "{array} was refused with {refusal:?}"
        );
    }
}
