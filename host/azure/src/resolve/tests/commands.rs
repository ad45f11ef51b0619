//! Every refusal names a command that helps, complete, and long lists are cut.

use super::*;
use crate::deploy::refusals::{body, check_free, check_multiple, check_suffix};
use crate::deploy::{EnvValue, NewRevision, TemplateChanges};

fn entry(name: &str, weight: u32) -> Value {
    json!({"revisionName": name, "weight": weight})
}

fn latest(weight: u32) -> Value {
    json!({"latestRevision": true, "weight": weight})
}

fn labelled(mut entry: Value, label: &str) -> Value {
    entry["label"] = json!(label);
    entry
}

fn stable(name: &str) -> Selection {
    Selection {
        stable: Some(name.to_owned()),
        canary: None,
        ..Selection::default()
    }
}

/// Returns the commands in backquotes.
fn commands(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Returns apps that are refused for their state alone.
fn states() -> Vec<AppStatus> {
    let own_tags = |count| {
        let tags: serde_json::Map<String, Value> = (0..count)
            .map(|i| (format!("own-{i}"), json!("x")))
            .collect();
        with("/tags", Value::Object(tags))
    };
    let configuration = "/properties/configuration";
    let property = |pointer: &str, value: Value| with(&format!("{configuration}/{pointer}"), value);
    let mut no_address = revisions();
    no_address[2]["properties"]["fqdn"] = Value::Null;
    let mut alone = revisions();
    alone.retain(|revision| revision["name"] == "web--a");
    let mut inactive = revisions();
    inactive[2]["properties"]["active"] = json!(false);
    inactive.remove(0);
    let mut twins = revisions();
    twins.push(revision("web--d", "2026-11-22T00:00:00Z", "web:5"));
    let mut older = revisions();
    older.truncate(2);
    vec![
        property("ingress", Value::Null),
        property("activeRevisionsMode", json!("Single")),
        property("activeRevisionsMode", json!("Labels")),
        property("ingress/stickySessions", json!({"affinity": "sticky"})),
        with("/properties/provisioningState", json!("InProgress")),
        with("/properties/provisioningState", json!("Failed")),
        with("/tags", json!({"lockgate-run": "run-1"})),
        own_tags(45),
        status(document(), no_address),
        status(document(), alone),
        status(document(), inactive),
        status(document(), twins),
        status(document(), older),
    ]
}

/// Returns apps that are refused for their traffic.
fn traffics() -> Vec<AppStatus> {
    let long = (0..400).map(|i| labelled(entry(&format!("web--{i}-{}", "x".repeat(40)), 0), "l"));
    let long = [entry("web--a", 100)].into_iter().chain(long);
    [
        json!([]),
        json!([entry("web--a", 90)]),
        json!([entry("web--a", 90), entry("web--b", 10)]),
        json!([
            entry("web--a", 50),
            entry("web--b", 30),
            entry("web--old", 20)
        ]),
        json!([latest(100)]),
        json!([entry("web--a", 80), latest(20)]),
        json!([entry("web--a", 100), labelled(latest(0), "next")]),
        json!([entry("web--a", 100), labelled(entry("web--a", 0), "x")]),
        json!([
            labelled(entry("web--a", 100), "y"),
            labelled(entry("web--a", 0), "x")
        ]),
        json!([entry("web--gone", 100)]),
        json!([entry("web--c", 100)]),
        Value::Array(long.collect()),
    ]
    .into_iter()
    .map(with_traffic)
    .collect()
}

#[test]
fn every_refusal_names_a_complete_command() {
    let selections = [
        Selection::default(),
        named("web--a"),
        named("web--b"),
        named("web--c"),
        named("web--x"),
        by_image("proxy:9"),
        by_image("none"),
        stable("web--b"),
        stable("web--x"),
    ];
    let mut refusals = std::collections::BTreeSet::new();
    let mut collect = |app: &AppStatus| {
        for selection in &selections {
            refusals.extend(resolve(app, selection, NOW).err());
            refusals.extend(pin_of(app).err());
            let mut obstacles = examine(app, selection, None).obstacles.into_iter();
            refusals.extend(obstacles.by_ref().map(|obstacle| obstacle.why));
        }
    };
    collect(&plain());
    states().iter().for_each(&mut collect);
    traffics().iter().for_each(&mut collect);
    assert!(refusals.len() >= 40, "{}", refusals.len());
    let wrong: Vec<String> = refusals.into_iter().filter(|why| !helps(why)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_refusal_of_a_deployment_names_a_complete_command() {
    let new = |suffix: &str, container: Option<&str>| NewRevision {
        image: "r.io/web:9".to_owned(),
        container: container.map(str::to_owned),
        suffix: suffix.to_owned(),
        ensure_multiple: false,
        existing: crate::deploy::Existing::SameDigest,
        changes: TemplateChanges::default(),
    };
    let long = "x".repeat(60);
    let mut refusals: Vec<String> = ["-bad", &long]
        .iter()
        .filter_map(|suffix| check_suffix(&app_id(), &new(suffix, None)).err())
        .collect();
    let containers = json!([{"name": "one", "image": "a"}, {"name": "two", "image": "b"}]);
    let document = json!({"properties": {"template": {"containers": containers}}});
    for (document, container) in [
        (&document, None),
        (&document, Some("x")),
        (&json!({}), None),
    ] {
        refusals.extend(body(&app_id(), document, &new("new", container)).err());
    }
    let containers = json!([{"name": "one", "image": "a"}]);
    let asked = NewRevision {
        changes: TemplateChanges {
            set_env: [("DB_URL".to_owned(), EnvValue::Secret("db".to_owned()))].into(),
            min_replicas: Some(11),
            ..TemplateChanges::default()
        },
        ..new("new", None)
    };
    for secrets in [json!(null), json!([{"name": "x"}]), json!([{"name": "db"}])] {
        let document = json!({"properties": {
            "template": {"containers": containers}, "configuration": {"secrets": secrets},
        }});
        refusals.extend(body(&app_id(), &document, &asked).err());
    }
    for app in states().iter().chain(&traffics()) {
        refusals.extend(
            check_free(app)
                .and(check_multiple(app))
                .err()
                .map(|e| e.to_string()),
        );
    }
    assert!(refusals.len() >= 14, "{refusals:#?}");
    let wrong: Vec<&String> = refusals.iter().filter(|why| !helps(why)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Returns whether the sentence has a command and every one of them can be pasted as it is.
fn helps(why: &str) -> bool {
    let commands = commands(why);
    let is_complete = |command: &&str| {
        let of_app = "--resource-group group --subscription 00000000-0000-0000-0000-000000000001";
        command.contains(of_app) && !command.contains(['<', '>'])
    };
    !commands.is_empty() && commands.iter().all(is_complete)
}

#[test]
fn traffic_that_follows_the_latest_revision_is_pinned_as_it_is() {
    let app = with_traffic(json!([entry("web--a", 80), latest(20)]));
    for selection in [Selection::default(), named("web--old"), stable("web--a")] {
        let why = resolve(&app, &selection, NOW).unwrap_err();
        let pin = "lockgate pin --app web --resource-group group \
                   --subscription 00000000-0000-0000-0000-000000000001";
        assert_eq!(commands(&why), [pin], "{why}");
        assert!(why.contains("web--a 80 %, web--b 20 %"), "{why}");
    }
}

#[test]
fn two_entries_of_one_revision_are_joined_by_a_pin() {
    let app = with_traffic(json!([
        entry("web--a", 60),
        entry("web--b", 0),
        labelled(entry("web--a", 40), "live"),
    ]));
    let why = resolve(&app, &Selection::default(), NOW).unwrap_err();
    assert!(commands(&why)[0].starts_with("lockgate pin "), "{why}");
    let pin = pin_of(&app).unwrap().unwrap();
    assert_eq!(pin.traffic.to_string(), "web--a 100 % (label live)");
    assert_eq!(pin.traffic.0.len(), 2);
}

#[test]
fn leftover_entries_are_one_line_that_is_cut() {
    let mut entries = vec![entry("web--a", 100), entry("web--c", 0)];
    entries.extend((0..40).map(|i| entry(&format!("web--old{i}"), 0)));
    let app = with_traffic(Value::Array(entries));
    let any = Selection::default();
    let inspection = resolve(&app, &any, NOW).unwrap();
    let others = explain(&app, &any, &inspection, NOW).others;
    let gone: Vec<&String> = others.iter().filter(|o| o.contains("no longer")).collect();
    assert_eq!(gone.len(), 1, "{others:?}");
    assert!(gone[0].contains("web--old0, web--old1, "), "{}", gone[0]);
    assert!(gone[0].contains("and 30 more"), "{}", gone[0]);
}
