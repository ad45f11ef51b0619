//! From a scenario to the apps of a new world: checks names and values, and fills in names, times,
//! templates and states. Opens no listener: addresses are set later.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::app::App;
use super::clock::WorldTime;
use super::defaults;
use super::merge::merge_patch;
use super::revision::{Revision, ShownStates};
use super::served::Served;
use super::shop::Shop;
use super::traffic::{TrafficEntry, TrafficTarget};
use super::web_app_state::WebAppState;
use crate::ids::random_uuid;
use crate::scenario::{AppScenario, RevisionScenario, TrafficScenario};

/// A scenario that cannot be emulated.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// Two apps, or two revisions of one app, have the same name.
    #[error("the name {0:?} occurs twice; apps, and revisions of one app, need different names")]
    Duplicate(String),
    /// A value that cannot be emulated.
    #[error("{name}: {reason}")]
    Invalid {
        /// The app, revision or image, or `fault`.
        name: String,
        /// The mistake.
        reason: String,
    },
}

/// Fills in a blank app from its scenario. The world started at `started`.
pub(crate) fn app(
    mut app: App,
    started: WorldTime,
    scenario: &AppScenario,
) -> Result<App, ScenarioError> {
    check_name(&scenario.name)?;
    app.provisioning_state = scenario.provisioning_state.clone();
    app.images = scenario.images.clone();
    app.port = scenario.port;
    app.secrets = scenario
        .secrets
        .iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    app.wedged = scenario.wedged.then(random_uuid);
    for (image, behaviour) in &scenario.images {
        check(image, behaviour.problem())?;
    }
    for (index, revision) in scenario.revisions.iter().enumerate() {
        let built = self::revision(started, scenario, index, revision)?;
        if app.find_revision(&built.name).is_some() {
            return Err(ScenarioError::Duplicate(built.name));
        }
        app.revisions.push(built);
    }
    let ingress = json!({
        "external": true,
        "targetPort": 80,
        "stickySessions": scenario.sticky_sessions.then(|| json!({"affinity": "sticky"})),
    });
    let configuration = json!({
        "activeRevisionsMode": scenario.revisions_mode,
        "maxInactiveRevisions": scenario.max_inactive_revisions,
        "ingress": scenario.ingress.then_some(ingress),
    });
    let mut template = app
        .latest()
        .map_or(Value::Null, |latest| latest.template.clone());
    if template.is_object() {
        template["revisionSuffix"] = json!("");
    }
    merge_patch(
        &mut app.document,
        &json!({"properties": {"configuration": configuration, "template": template}}),
    );
    if !scenario.tags.is_empty() {
        app.document["tags"] = json!(scenario.tags);
    }
    app.document = defaults::complete(&app.document);
    let traffic = if scenario.ingress {
        entries(&scenario.name, &scenario.traffic)
    } else {
        vec![]
    };
    app.set_traffic(traffic, app.created_at);
    Ok(app)
}

/// Converts the traffic array of a scenario. Checks nothing.
pub(crate) fn entries(app: &str, traffic: &[TrafficScenario]) -> Vec<TrafficEntry> {
    let entry = |item: &TrafficScenario| TrafficEntry {
        target: match &item.revision {
            Some(revision) => TrafficTarget::Named(whole_name(app, revision)),
            None => TrafficTarget::Latest,
        },
        weight: item.weight,
        label: item.label.clone(),
    };
    traffic.iter().map(entry).collect()
}

fn whole_name(app: &str, revision: &str) -> String {
    if revision.contains("--") {
        revision.to_owned()
    } else {
        format!("{app}--{revision}")
    }
}

fn revision(
    started: WorldTime,
    app: &AppScenario,
    index: usize,
    scenario: &RevisionScenario,
) -> Result<Revision, ScenarioError> {
    let position = index + 1;
    let name = match (&scenario.name, &scenario.suffix) {
        (None, None) => format!("{}--v{position}", app.name),
        (Some(name), None) => name.clone(),
        (None, Some(suffix)) => format!("{}--{suffix}", app.name),
        (Some(name), Some(suffix)) => {
            let reason = format!("has both a name and the suffix {suffix:?}; leave one out");
            return Err(ScenarioError::Invalid {
                name: name.clone(),
                reason,
            });
        }
    };
    check_name(&name)?;
    let default_image = || format!("registry.example/{}:{position}", app.name);
    let image = scenario.image.clone().unwrap_or_else(default_image);
    let by_image = || app.images.get(&image).cloned().unwrap_or_default();
    let behaviour = scenario.behaviour.clone().unwrap_or_else(by_image);
    check(&name, behaviour.problem())?;
    let upstream = scenario
        .upstream
        .as_ref()
        .map(|upstream| upstream.trim_end_matches('/'));
    if let Some(upstream) = upstream {
        check(
            &name,
            url::Url::parse(upstream)
                .err()
                .map(|error| format!("{upstream}: {error}")),
        )?;
    }
    let mut template = json!({
        "containers": [{"image": image, "name": app.name}],
        "scale": {"minReplicas": scenario.min_replicas, "maxReplicas": scenario.max_replicas},
    });
    if let Some(members) = &scenario.template {
        merge_patch(&mut template, members);
    }
    let mut template = defaults::complete_template(&template);
    // A revision shows null where the app's template shows an empty text.
    template["revisionSuffix"] = Value::Null;
    let created = created(scenario, app.revisions.len() - index, started.wall, &name)?;
    let shown = ShownStates {
        health: scenario.health_state.clone(),
        provisioning: scenario.provisioning_state.clone(),
        running: scenario.running_state.clone(),
    };
    Ok(Revision {
        name,
        template,
        created,
        active: scenario.active,
        last_active: (!scenario.active).then_some(created),
        web_app: WebAppState::new(&behaviour),
        behaviour,
        upstream: upstream.map(str::to_owned),
        replicas: scenario.replicas,
        shown,
        started: started.instant,
        generation: 1,
        restarts: 0,
        was_ready: false,
        address: String::new(),
        port: scenario.port,
        served: Served::default(),
        shop: Shop::default(),
    })
}

/// Returns the creation time. By default the newest revision is a minute old, and each earlier one
/// a minute older.
fn created(
    scenario: &RevisionScenario,
    minutes_ago: usize,
    now: Timestamp,
    name: &str,
) -> Result<Timestamp, ScenarioError> {
    match &scenario.created {
        Some(text) => text.parse().map_err(|_| ScenarioError::Invalid {
            name: name.to_owned(),
            reason: format!("created {text:?} is not an RFC 3339 time"),
        }),
        None => {
            let minutes = i64::try_from(minutes_ago).unwrap_or(i64::MAX);
            Ok(now - SignedDuration::from_mins(minutes))
        }
    }
}

fn check_name(name: &str) -> Result<(), ScenarioError> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let sound = !name.is_empty() && name.bytes().all(good);
    let reason = "a name is made of letters, digits and dashes".to_owned();
    check(name, (!sound).then_some(reason))
}

fn check(name: &str, problem: Option<String>) -> Result<(), ScenarioError> {
    match problem {
        Some(reason) => Err(ScenarioError::Invalid {
            name: name.to_owned(),
            reason,
        }),
        None => Ok(()),
    }
}
