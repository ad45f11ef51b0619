//! Everything that keeps a rollout from beginning, aspect by aspect: the same refusals as of `roles`, all of them at
//! once, for a person who wants to mend them all. Knows no refusal of its own.

use rollout::Inspection;

use super::canary::{find_canary, is_promoted};
use super::checks::{
    canary_failed, check_ingress, check_lease, check_mode, check_provisioning, check_room,
    check_sessions, check_traffic,
};
use super::explain::{Reasons, explain};
use super::failed::check_image_not_marked;
use super::labels::{check_labels, moves};
use super::pin::pin_of;
use super::roles::resolve;
use super::selection::{CanaryChoice, Refusal, Selection};
use super::stable::find_stable;
use crate::deploy::{NewRevision, must_switch};
use crate::endpoint::AppId;
use crate::states::Mode;
use crate::status::AppStatus;
use crate::time::signed_now;

/// What a refusal is about, in the order in which a rollout looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// The lease of another run.
    Lease,
    /// Whether there is traffic.
    Ingress,
    /// The revision mode.
    Mode,
    /// The state of the app as a whole.
    App,
    /// Sticky sessions.
    Sessions,
    /// The traffic array.
    Traffic,
    /// Stable and canary.
    Revisions,
    /// The room for the lease among the app's tags.
    Tags,
}

/// One refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// What it is about.
    pub aspect: Aspect,
    /// The sentence with which a rollout is refused.
    pub why: String,
}

/// What one read of an app means for a rollout.
#[derive(Debug, Clone)]
pub struct Examination {
    /// In the order in which a rollout looks; the first one is its refusal.
    pub obstacles: Vec<Obstacle>,
    /// What a rollout would begin with; `None` where something is in the way, or the canary is yet to be deployed.
    pub choice: Option<(Inspection, Reasons)>,
    /// The revision that carries all traffic, where one does.
    pub stable: Option<String>,
    /// What becomes of labels where the canary is yet to be deployed; `choice` has it otherwise.
    pub labels: Vec<String>,
    /// The revision that is proven to run the chosen image and carries all traffic already, where nothing else is in the
    /// way: there is nothing to roll out then, and that is no refusal.
    pub promoted: Option<String>,
}

impl Examination {
    /// Adds that the canary which was chosen will not become ready by itself.
    pub fn refuse_canary(&mut self, app: &AppId, reason: &str) {
        if let Some((inspection, _)) = self.choice.take() {
            self.obstacles.push(Obstacle {
                aspect: Aspect::Revisions,
                why: canary_failed(app, &inspection.canary.name, reason),
            });
        }
    }
}

/// Examines an app for a rollout. `deploys` is the revision that the rollout deploys first, if it does: then the app is
/// judged as that deployment leaves it, with its mode switched and its traffic pinned.
pub fn examine(
    status: &AppStatus,
    selection: &Selection,
    deploys: Option<&NewRevision>,
) -> Examination {
    let now = signed_now();
    let mut found = Found(Vec::new());
    let status = &prepared(status, deploys, &mut found);
    found.note(Aspect::Lease, check_lease(status, now));
    found.note(Aspect::Ingress, check_ingress(status));
    found.note(Aspect::Mode, check_mode(status));
    found.note(Aspect::App, check_provisioning(status));
    found.note(Aspect::Sessions, check_sessions(status));
    // A run that holds the lease, an app without ingress, and one in which a single revision may be active have traffic
    // and revisions that say nothing about a rollout.
    let says_nothing = [Aspect::Lease, Aspect::Ingress, Aspect::Mode]
        .into_iter()
        .any(|aspect| found.has(aspect));
    if let Some(new) = deploys {
        let unmarked = check_image_not_marked(status, &new.image, selection);
        found.note(Aspect::Revisions, unmarked);
    }
    let resolved = match deploys {
        Some(_) => None,
        None => Some(resolve(status, selection, now)),
    };
    let mut stable = None;
    let mut choice = None;
    match &resolved {
        Some(Ok(inspection)) => {
            stable = Some(inspection.stable.name.clone());
            let reasons = explain(status, selection, inspection, now);
            choice = Some((inspection.clone(), reasons));
        }
        _ if says_nothing => {}
        Some(Err(_)) => stable = found.about_traffic(status, selection, now, true),
        None => stable = found.about_traffic(status, selection, now, false),
    }
    // Whatever else `resolve` may come to refuse is a refusal here too.
    if let Some(Err(why)) = resolved
        && !found.0.iter().any(|obstacle| obstacle.why == why)
    {
        found.note(Aspect::Revisions, Err(why));
    }
    let Found(mut obstacles) = found;
    let promoted = match deploys {
        Some(_) => None,
        None => promoted(status, selection, stable.as_ref(), &obstacles),
    };
    if promoted.is_some() {
        obstacles.clear();
    }
    obstacles.sort_by_key(|obstacle| obstacle.aspect);
    let labels = match (deploys, &stable) {
        (Some(new), Some(stable)) => {
            let canary = status.app.revision_name(&new.suffix);
            let moves = moves(&status.traffic, &selection.labels, stable, &canary);
            moves.iter().map(ToString::to_string).collect()
        }
        _ => Vec::new(),
    };
    Examination {
        labels,
        obstacles,
        choice,
        stable,
        promoted,
    }
}

/// Returns the stable revision where it runs the chosen image, and that is all that stands in the way of a rollout.
fn promoted(
    status: &AppStatus,
    selection: &Selection,
    stable: Option<&String>,
    obstacles: &[Obstacle],
) -> Option<String> {
    let Some(CanaryChoice::Image(image)) = &selection.canary else {
        return None;
    };
    let in_the_way = obstacles.iter().map(|obstacle| obstacle.aspect);
    let revision = status.revision(stable?)?;
    (in_the_way.eq([Aspect::Revisions]) && is_promoted(status, revision, image))
        .then(|| revision.name.clone())
}

/// Returns the app as the deployment leaves it before it creates the revision.
fn prepared(status: &AppStatus, deploys: Option<&NewRevision>, found: &mut Found) -> AppStatus {
    let mut prepared = status.clone();
    let Some(new) = deploys else {
        return prepared;
    };
    if must_switch(status, new) {
        prepared.mode = Mode::Multiple;
    }
    match pin_of(status) {
        Ok(Some(pin)) => prepared.traffic = pin.traffic,
        Ok(None) => {}
        Err(why) => found.note(Aspect::Traffic, Err(why)),
    }
    prepared
}

/// The obstacles so far.
struct Found(Vec<Obstacle>);

impl Found {
    fn note(&mut self, aspect: Aspect, result: Result<(), Refusal>) {
        if let Err(why) = result {
            self.0.push(Obstacle { aspect, why });
        }
    }

    fn has(&self, aspect: Aspect) -> bool {
        self.0.iter().any(|obstacle| obstacle.aspect == aspect)
    }

    /// Looks at the traffic and at the revisions that it leads to. Returns the stable revision.
    fn about_traffic(
        &mut self,
        status: &AppStatus,
        selection: &Selection,
        now: i64,
        has_canary: bool,
    ) -> Option<String> {
        self.note(Aspect::Tags, check_room(status));
        if self.has(Aspect::Traffic) {
            return None;
        }
        if let Err(why) = check_traffic(status, selection, now) {
            self.note(Aspect::Traffic, Err(why));
            return None;
        }
        if let Err(why) = check_labels(status, selection) {
            self.note(Aspect::Traffic, Err(why));
        }
        let stable = match find_stable(status, selection, now) {
            Ok(stable) => stable,
            Err(why) => {
                self.note(Aspect::Revisions, Err(why));
                return None;
            }
        };
        if has_canary {
            let canary = find_canary(status, stable, selection, now);
            self.note(Aspect::Revisions, canary.map(drop));
        }
        Some(stable.name.clone())
    }
}
