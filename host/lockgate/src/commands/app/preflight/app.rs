//! The app and its revisions, as one read shows them: what a rollout would be refused for, each in the sentence of the
//! refusal, and what is as it should be. Judges what was read; sends nothing.

use super::check::Check;
use super::finding::Finding;
use crate::platform::{AppDescription, Aspect, Examined, RevisionStatus, Running};

/// The checks that one read of the app answers, with the aspect of each.
const CHECKS: [(Check, Aspect); 8] = [
    (Check::Lease, Aspect::Lease),
    (Check::Ingress, Aspect::Ingress),
    (Check::Mode, Aspect::Mode),
    (Check::App, Aspect::App),
    (Check::Sessions, Aspect::Sessions),
    (Check::Traffic, Aspect::Traffic),
    (Check::Revisions, Aspect::Revisions),
    (Check::Tags, Aspect::Tags),
];

/// Returns what of the app stands in the way of a rollout, and what does not.
pub(crate) fn findings(examined: &Examined) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (check, aspect) in CHECKS {
        let about = examined.obstacles.iter();
        let mut about = about
            .filter(|obstacle| obstacle.aspect == aspect)
            .peekable();
        if about.peek().is_none() {
            findings.push(unobstructed(check, examined));
        }
        findings.extend(about.map(|obstacle| Finding::refused(check, &obstacle.why)));
        if check == Check::Revisions {
            findings.extend(capacity(examined));
        }
    }
    findings
}

/// Returns what was seen where nothing is in the way.
fn unobstructed(check: Check, examined: &Examined) -> Finding {
    let app = &examined.description;
    let refused = |aspects: &[Aspect]| {
        let mut obstacles = examined.obstacles.iter();
        obstacles.any(|obstacle| aspects.contains(&obstacle.aspect))
    };
    match check {
        Check::Lease => Finding::ok(check, "no run has a lease"),
        Check::Ingress => ingress(app),
        Check::Mode => Finding::ok(check, format!("revision mode {}", app.mode)),
        Check::App => Finding::ok(check, format!("{} is {}", app.app.name(), app.provisioning)),
        Check::Sessions => Finding::ok(check, "not sticky"),
        Check::Traffic => Finding::ok(check, app.traffic.to_string()),
        Check::Revisions if refused(&[Aspect::Lease]) => {
            Finding::not_checked(check, "this needs an app without a lease")
        }
        Check::Revisions if refused(&[Aspect::Ingress, Aspect::Mode, Aspect::Traffic]) => {
            Finding::not_checked(check, "this needs an app that can split its traffic")
        }
        Check::Tags => Finding::ok(check, "there is room for the lease"),
        _ => Finding::ok(check, roles(examined)),
    }
}

fn ingress(app: &AppDescription) -> Finding {
    match &app.host {
        Some(host) => Finding::ok(Check::Ingress, host),
        None => Finding::warn(Check::Ingress, "it has no host yet"),
    }
}

fn roles(examined: &Examined) -> String {
    let stable = examined.stable.as_deref().unwrap_or_default();
    if examined.promoted.is_some() {
        return format!("{stable} runs the image and carries 100 %: there is nothing to roll out");
    }
    match &examined.choice {
        Some(choice) if choice.inspection.is_first() => {
            format!("{stable} is the app's first revision")
        }
        Some(choice) => format!("stable {stable}, canary {}", choice.inspection.canary.name),
        None => format!("stable {stable}, and the canary is deployed first"),
    }
}

/// Returns why the canary may not carry what stable carries; nothing where both are not known.
fn capacity(examined: &Examined) -> Vec<Finding> {
    let named = |name: &str| {
        let mut revisions = examined.description.revisions.iter();
        revisions.find(|revision| revision.name == name)
    };
    let Some(stable) = examined.stable.as_deref().and_then(named) else {
        return Vec::new();
    };
    let choice = examined.choice.as_ref();
    let canary = choice.and_then(|choice| named(&choice.inspection.canary.name));
    let canary = canary.filter(|canary| canary.name != stable.name);
    let mut findings: Vec<Finding> = [
        canary.and_then(|canary| lower(stable, canary)),
        busy(stable),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let (true, Some(canary)) = (findings.is_empty(), canary)
        && canary.replicas_max.is_some()
        && stable.replicas_max.is_some()
    {
        let (canary, stable) = (&canary.name, &stable.name);
        let detail = format!("{canary} may run as many replicas as {stable}");
        findings.push(Finding::ok(Check::Capacity, detail));
    }
    findings
}

fn lower(stable: &RevisionStatus, canary: &RevisionStatus) -> Option<Finding> {
    let (of_stable, of_canary) = (stable.replicas_max?, canary.replicas_max?);
    (of_canary < of_stable).then(|| {
        let detail = format!(
            "{} may run at most {of_canary} replicas and {} at most {of_stable}, so the canary may not carry what \
             stable carries",
            canary.name, stable.name
        );
        Finding::warn(Check::Capacity, detail).advise("make a revision with a higher maxReplicas")
    })
}

fn busy(stable: &RevisionStatus) -> Option<Finding> {
    let most = stable.replicas_max?;
    let is_full = stable.replicas.is_some_and(|replicas| replicas >= most);
    let says_so = stable.running == Running::RunningAtMaxScale;
    // A revision that may run one replica is always at its maximum.
    (most > 1 && (is_full || says_so)).then(|| {
        let detail = format!(
            "{} runs at its maximum of {most} replicas now, so the canary may need more than it may have",
            stable.name
        );
        Finding::warn(Check::Capacity, detail)
            .advise("roll out when there is less traffic, or raise maxReplicas")
    })
}
