//! A canary that is found by its image has to have what comes with the image, and only then is it promoted already.

use super::*;
use crate::deploy::{EnvValue, TemplateChanges};

const IMAGE: &str = "r.io:5000/web:2@sha256:aaa";

/// Returns a choice by digest that asks for `LEVEL` with this value.
fn with_level(value: &str) -> Selection {
    let level = ("LEVEL".to_owned(), EnvValue::Text(value.to_owned()));
    Selection {
        stable: None,
        canary: Some(CanaryChoice::Image(ImageChoice {
            image: "sha256:aaa".to_owned(),
            container: None,
            changes: TemplateChanges {
                set_env: [level].into(),
                ..TemplateChanges::default()
            },
        })),
        ..Selection::default()
    }
}

/// Returns the app in which these revisions run the image, with this value of `LEVEL` each.
fn with_levels(levels: &[(&str, Option<&str>)]) -> AppStatus {
    let mut revisions = revisions();
    for (name, level) in levels {
        let found = revisions.iter_mut().find(|one| one["name"] == *name);
        let container = &mut found.unwrap()["properties"]["template"]["containers"][0];
        container["image"] = json!(IMAGE);
        container["env"] = match level {
            Some(level) => json!([{"name": "LEVEL", "value": level}]),
            None => Value::Null,
        };
    }
    status(document(), revisions)
}

#[test]
fn revision_with_the_image_alone_is_not_the_one_that_is_asked_for() {
    let app = with_levels(&[("web--b", None)]);
    let words =
        ["no revision of web is proven to run image sha256:aaa with what is to come with it"];
    refused(&app, &with_level("debug"), &words);
    let found = resolve(&app, &by_image("sha256:aaa"), NOW).unwrap();
    assert_eq!(found.canary.name, "web--b", "without changes it is");
}

#[test]
fn of_several_revisions_with_the_image_the_one_that_has_the_rest_is_the_canary() {
    let app = with_levels(&[("web--old", Some("info")), ("web--b", Some("debug"))]);
    for (level, canary) in [("info", "web--old"), ("debug", "web--b")] {
        let found = resolve(&app, &with_level(level), NOW).unwrap();
        assert_eq!(found.canary.name, canary);
    }
}

#[test]
fn stable_revision_is_promoted_already_only_with_what_is_asked_for() {
    let app = with_levels(&[("web--a", Some("debug"))]);
    let promoted = |level: &str| examine(&app, &with_level(level), None).promoted;
    assert_eq!(promoted("debug").as_deref(), Some("web--a"));
    assert_eq!(promoted("info"), None);
    // A newer revision with the image and something else beside it is no canary.
    let app = with_levels(&[("web--a", Some("debug")), ("web--b", None)]);
    let found = examine(&app, &with_level("debug"), None);
    assert_eq!(found.promoted.as_deref(), Some("web--a"));
}

#[test]
fn container_that_is_named_has_to_be_the_one() {
    let mut app = with_levels(&[("web--b", Some("debug"))]);
    for revision in &mut app.revisions {
        revision.template.0["containers"][0]["name"] = json!("web");
    }
    let mut selection = with_level("debug");
    for (name, is_found) in [("web", true), ("side", false)] {
        if let Some(CanaryChoice::Image(image)) = &mut selection.canary {
            image.container = Some(name.to_owned());
        }
        assert_eq!(resolve(&app, &selection, NOW).is_ok(), is_found, "{name}");
    }
}
