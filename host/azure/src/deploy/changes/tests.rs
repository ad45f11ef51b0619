//! What changes in a template, what of it is kept, and when a template counts as changed already.

use serde_json::{Value, json};

use super::*;

fn set(entries: &[(&str, EnvValue)]) -> TemplateChanges {
    let entries = entries.iter().cloned();
    TemplateChanges {
        set_env: entries
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        ..TemplateChanges::default()
    }
}

fn text(value: &str) -> EnvValue {
    EnvValue::Text(value.to_owned())
}

fn secret(name: &str) -> EnvValue {
    EnvValue::Secret(name.to_owned())
}

fn remove(names: &[&str]) -> TemplateChanges {
    TemplateChanges {
        remove_env: names.iter().map(|&name| name.to_owned()).collect(),
        ..TemplateChanges::default()
    }
}

fn container() -> Value {
    json!({
        "name": "web", "image": "web:1", "probes": [{"type": "Liveness"}], "later": {"x": null},
        "env": [
            {"name": "A", "value": "1"}, {"name": "B", "secretRef": "b"}, {"name": "C", "value": "3", "odd": 1},
        ],
        "resources": {"cpu": 0.5, "memory": "1Gi", "ephemeralStorage": "2Gi"},
    })
}

fn changed(changes: &TemplateChanges) -> Value {
    let mut container = container();
    changes.change(&mut container);
    container
}

#[test]
fn variable_is_replaced_in_its_place_and_a_new_one_comes_last() {
    let changes = set(&[
        ("A", secret("a")),
        ("B", text("b=c")),
        ("NEW", text("")),
        ("ANOTHER", text("x")),
    ]);
    let mut expected = container();
    expected["env"] = json!([
        {"name": "A", "secretRef": "a"}, {"name": "B", "value": "b=c"}, {"name": "C", "value": "3", "odd": 1},
        {"name": "ANOTHER", "value": "x"}, {"name": "NEW", "value": ""},
    ]);
    assert_eq!(changed(&changes), expected);
}

#[test]
fn removed_variable_is_gone_and_the_others_keep_their_order() {
    let expected = json!([{"name": "A", "value": "1"}, {"name": "C", "value": "3", "odd": 1}]);
    let changes = remove(&["B", "GONE"]);
    assert_eq!(changed(&changes)["env"], expected);
    assert_eq!(changes.not_there(&container()), ["GONE"]);
}

#[test]
fn container_without_variables_gets_some_and_stays_as_it_is_without_changes() {
    for env in [None, Some(Value::Null), Some(json!([]))] {
        let mut container = container();
        let members = container.as_object_mut().unwrap();
        members.remove("env");
        members.extend(env.map(|env| ("env".to_owned(), env)));
        let before = container.clone();
        TemplateChanges::default().change(&mut container);
        assert_eq!(container, before);
        set(&[("A", text("1"))]).change(&mut container);
        assert_eq!(container["env"], json!([{"name": "A", "value": "1"}]));
    }
}

#[test]
fn name_that_stands_twice_stands_once_once_it_is_set() {
    let twice =
        json!({"env": [{"name": "A", "value": "1"}, {"name": "B"}, {"name": "A", "value": "2"}]});
    let mut container = twice.clone();
    assert_eq!(
        set(&[("A", text("1"))]).lacking(&json!({}), &twice).len(),
        1,
        "the platform takes the last"
    );
    set(&[("A", text("3"))]).change(&mut container);
    assert_eq!(
        container["env"],
        json!([{"name": "A", "value": "3"}, {"name": "B"}])
    );
}

#[test]
fn resources_and_replicas_change_alone() {
    let changes = TemplateChanges {
        cpu: Thousandths::new(0.25),
        memory: Thousandths::new(0.5),
        min_replicas: Some(2),
        ..TemplateChanges::default()
    };
    let mut expected = container();
    expected["resources"] = json!({"cpu": 0.25, "memory": "0.5Gi", "ephemeralStorage": "2Gi"});
    assert_eq!(changed(&changes), expected);
    let rules = json!([{"name": "http"}]);
    let template =
        json!({"scale": {"minReplicas": null, "maxReplicas": 5, "rules": rules, "later": 1}});
    assert_eq!(
        changes.scale(&template),
        Some(json!({"minReplicas": 2, "maxReplicas": 5, "rules": rules, "later": 1}))
    );
    assert_eq!(remove(&["A"]).scale(&template), None);
    let mut bare = json!({});
    changes.change(&mut bare);
    assert_eq!(bare, json!({"resources": {"cpu": 0.25, "memory": "0.5Gi"}}));
}

#[test]
fn replicas_that_exclude_each_other_are_found_with_those_of_the_template() {
    let changes = |min, max| TemplateChanges {
        min_replicas: min,
        max_replicas: max,
        ..TemplateChanges::default()
    };
    let template = json!({"scale": {"minReplicas": 2, "maxReplicas": 5}});
    for (min, max, at_odds) in [
        (Some(6), None, Some((6, 5))),
        (None, Some(1), Some((2, 1))),
        (Some(5), None, None),
        (Some(6), Some(6), None),
        (None, None, None),
    ] {
        assert_eq!(
            changes(min, max).replicas_at_odds(&template),
            at_odds,
            "{min:?} {max:?}"
        );
    }
    let default = changes(Some(11), None).replicas_at_odds(&json!({}));
    assert_eq!(default, Some((11, 10)), "the service's default");
}

#[test]
fn template_has_what_is_asked_for_or_says_what_it_lacks() {
    let template = json!({"scale": {"minReplicas": null, "maxReplicas": 5}});
    let lacking = |changes: &TemplateChanges| changes.lacking(&template, &container()).join("; ");
    let of = |changes: TemplateChanges| lacking(&changes);
    for held in [
        set(&[("A", text("1")), ("B", secret("b"))]),
        remove(&["GONE"]),
        TemplateChanges {
            min_replicas: Some(0),
            max_replicas: Some(5),
            cpu: Thousandths::new(0.5),
            memory: Thousandths::new(1.0),
            ..TemplateChanges::default()
        },
        TemplateChanges::default(),
    ] {
        assert_eq!(lacking(&held), "");
    }
    let empty = json!({"env": [{"name": "EMPTY"}]});
    let is_empty = set(&[("EMPTY", text(""))]).lacking(&template, &empty);
    assert_eq!(
        is_empty, [""; 0],
        "the service may leave an empty value out"
    );
    assert_eq!(
        of(set(&[
            ("A", text("2")),
            ("B", text("b")),
            ("NEW", text("1"))
        ])),
        "A is set to something else; B is set to something else; NEW is not set"
    );
    assert_eq!(of(remove(&["A"])), "A is set");
    let sizes = TemplateChanges {
        min_replicas: Some(1),
        max_replicas: Some(6),
        cpu: Thousandths::new(1.0),
        memory: Thousandths::new(2.0),
        ..TemplateChanges::default()
    };
    assert_eq!(
        lacking(&sizes),
        "min replicas 0; max replicas 5; cpu 0.5; memory 1Gi"
    );
}

#[test]
fn sizes_are_compared_by_what_they_mean() {
    for (read, gib) in [("1Gi", 1.0), ("1.0Gi", 1.0), ("512Mi", 0.5), ("0.5Gi", 0.5)] {
        assert_eq!(gibibytes(&json!(read)), Thousandths::new(gib), "{read}");
    }
    for read in [json!(0.5), json!("0.5"), json!("0.50")] {
        assert_eq!(cores(&read), Thousandths::new(0.5), "{read}");
    }
    for number in [-1.0, 0.0001, f64::NAN, f64::INFINITY, 1e7] {
        assert_eq!(Thousandths::new(number), None, "{number}");
    }
    assert_eq!(Thousandths::new(0.5).unwrap().to_string(), "0.5");
    assert_eq!(Thousandths::new(2.0).unwrap().to_string(), "2");
}

#[test]
fn debug_shows_no_value() {
    let changes = set(&[("API_KEY", text("hunter2"))]);
    assert!(!format!("{changes:?}").contains("hunter2"));
}
