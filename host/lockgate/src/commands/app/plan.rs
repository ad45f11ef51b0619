//! `lockgate plan`: what a rollout would do. Reads only.

use azure::Reasons;
use rollout::ports::InspectError;
use rollout::{Inspection, Kind, OnDeadline, Plan, human};
use serde_json::{Value, json};

use super::deploy;
use crate::assemble::{Forward, ReadyGate};
use crate::cli::RolloutArgs;
use crate::config::Resolved;
use crate::output::{Format, Output};
use crate::{assemble, exit};

/// Shows it. Exits 0 when a rollout could begin, 30 when it would be refused.
///
/// # Errors
/// Usage and configuration errors, gates that cannot be used included.
pub(in crate::commands) async fn plan(args: &RolloutArgs, output: &Output) -> anyhow::Result<u8> {
    let resolved = crate::commands::resolved(&args.run.target, args.run.overrides())?;
    let Forward {
        app, ready, plan, ..
    } = assemble::forward(&resolved, output).await?;
    if let Some(code) = would_deploy(args, &resolved, &app, output).await? {
        return Ok(code);
    }
    let inspected = app.choose().await;
    match output.format() {
        Format::Json => output.json(&as_json(&plan, &ready, &inspected)),
        Format::Text => output.document(&as_text(&plan, &ready, &inspected)),
    }
    Ok(match refusal(&inspected) {
        None => 0,
        Some(_) => exit::REFUSED,
    })
}

/// Where the image is not deployed yet there is no canary to speak of: says what would be deployed first.
async fn would_deploy(
    args: &RolloutArgs,
    resolved: &Resolved,
    app: &azure::App,
    output: &Output,
) -> anyhow::Result<Option<u8>> {
    let Some(image) = &resolved.image else {
        return Ok(None);
    };
    if app.is_deployed(image).await.unwrap_or(true) {
        return Ok(None);
    }
    let order = deploy::order(&args.new_revision, resolved)?;
    let refused = app.check_deployable(&order).await.err();
    let words = match &refused {
        None => format!(
            "no active revision runs {image}: a rollout would deploy it as {}--{} first, then begin; nothing was \
             written",
            resolved.app.name(),
            order.suffix
        ),
        Some(why) => format!("a rollout would be refused: {why}"),
    };
    output.document(&match output.format() {
        Format::Text => words,
        Format::Json => json!({
            "deploys": {"image": image, "suffix": order.suffix},
            "refused": refused.as_ref().map(ToString::to_string),
        })
        .to_string(),
    });
    Ok(Some(match refused {
        None => 0,
        Some(_) => exit::REFUSED,
    }))
}

/// Who would be who, and why.
type Chosen = Result<(Inspection, Reasons), InspectError>;

/// Why a rollout would be refused, if it would.
fn refusal(inspected: &Chosen) -> Option<String> {
    inspected.as_ref().err().map(InspectError::to_string)
}

fn as_text(plan: &Plan, ready: &[ReadyGate], inspected: &Chosen) -> String {
    let mut lines = Vec::new();
    if let Ok((found, reasons)) = inspected {
        lines.push(format!("app      {}: {}", found.app, found.now));
        for (role, revision, why) in [
            ("stable", &found.stable, &reasons.stable),
            ("canary", &found.canary, &reasons.canary),
        ] {
            lines.push(format!(
                "{role}   {} ({}) at {}",
                revision.name, revision.image, revision.url
            ));
            lines.push(format!("         it {why}"));
        }
        lines.extend(
            reasons
                .others
                .iter()
                .map(|other| format!("         {other}")),
        );
    }
    lines.push("stages".to_owned());
    for stage in plan.stages() {
        let gates = match stage.gates.is_empty() {
            true => "no promotion gate".to_owned(),
            false => format!("after {}", stage.gates.join(", ")),
        };
        let weight = stage.weight.to_string();
        lines.push(format!(
            "  {weight:>5}  bakes {}, {gates}",
            human(stage.bake)
        ));
    }
    lines.push("gates".to_owned());
    lines.extend(ready.iter().map(gate));
    let timing = plan.timing();
    lines.push(format!(
        "times    promotion takes at least {}; the run ends within {}, a rollback included",
        human(plan.best_case()),
        human(plan.worst_case())
    ));
    lines.push(format!(
        "checks   every {} during a bake; a gate may hold for {}, then the run is {}",
        human(timing.check_interval),
        human(timing.gate_deadline),
        match plan.on_deadline() {
            OnDeadline::RollBack => "rolled back",
            OnDeadline::Freeze => "frozen",
        }
    ));
    lines.push(match refusal(inspected) {
        None => "a rollout could begin; nothing was written".to_owned(),
        Some(why) => format!("a rollout would be refused: {why}"),
    });
    lines.join("\n")
}

fn gate(ready: &ReadyGate) -> String {
    let kinds: Vec<String> = ready.kinds.iter().map(Kind::to_string).collect();
    let mut reach = vec!["the two revisions".to_owned()];
    reach.extend(ready.config.allow.iter().map(|origin| {
        let headers = ready.config.headers.iter();
        let here = headers.filter(|rule| rule.origin == *origin);
        here.fold(origin.clone(), |shown, rule| {
            format!("{shown} with {} from {}", rule.field, rule.variable)
        })
    }));
    format!(
        "  {} ({}): {} {}, sha256 {}; may reach {}; {} a call",
        ready.config.name,
        kinds.join(", "),
        ready.gate.description().name,
        ready.gate.description().version,
        ready.gate.digest(),
        reach.join(", "),
        human(ready.config.limits.wall_clock)
    )
}

fn as_json(plan: &Plan, ready: &[ReadyGate], inspected: &Chosen) -> Value {
    let gates: Vec<Value> = ready
        .iter()
        .map(|ready| {
            json!({
                "name": ready.config.name,
                "kinds": ready.kinds,
                "plugin": ready.gate.description().name,
                "version": ready.gate.description().version,
                "sha256": ready.gate.digest(),
                "allow": ready.config.allow,
                "settings": ready.config.settings,
            })
        })
        .collect();
    json!({
        "inspection": inspected.as_ref().ok().map(|(found, _)| found),
        "reasons": inspected.as_ref().ok().map(|(_, reasons)| json!({
            "stable": reasons.stable,
            "canary": reasons.canary,
            "others": reasons.others,
        })),
        "plan": plan,
        "gates": gates,
        "shortest-ms": u64::try_from(plan.best_case().as_millis()).unwrap_or(u64::MAX),
        "longest-ms": u64::try_from(plan.worst_case().as_millis()).unwrap_or(u64::MAX),
        "refused": refusal(inspected),
    })
}
