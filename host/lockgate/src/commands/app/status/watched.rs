//! What is known from outside of a run that goes on somewhere: from its lease and the app's traffic. Sentences, and the view of
//! it. Reads nothing.

use rollout::{Lease, LeaseState, Timestamp};

use super::holder::state;
use crate::platform::AppDescription;
use crate::report::{Commands, NextView, RunView, SplitView, StageState, StageView};

/// Returns what has changed since another look, in sentences; without an earlier look, all that is known.
pub(super) fn changes(before: Option<&AppDescription>, now: &AppDescription) -> Vec<String> {
    let commands = Commands::about(&now.app);
    let known = before.map(|before| facts(before, &commands));
    let facts = facts(now, &commands).into_iter();
    let is_new = |fact: &String| known.as_ref().is_none_or(|known| !known.contains(fact));
    facts.filter(is_new).collect()
}

/// Returns the facts that stay the same while nothing happens, so that each is said once.
fn facts(description: &AppDescription, commands: &Commands) -> Vec<String> {
    let traffic = format!("traffic {}", description.traffic);
    let lease = match &description.lease {
        Ok(Some(lease)) => lease,
        Ok(None) => return vec![traffic],
        Err(error) => return vec![format!("the lease cannot be read: {error}"), traffic],
    };
    let stage = format!(
        "run {}: canary {} at {}, stage {} of {}",
        lease.run,
        lease.canary,
        lease.weight,
        lease.stage + 1,
        lease.stages.len()
    );
    let holder = format!("held by {} (epoch {})", lease.place, lease.epoch);
    let mut facts = vec![stage, holder, traffic];
    if lease.state != LeaseState::Running || is_dead(lease, description.read_at) {
        // Without the times, which would make it another fact at each look.
        facts.push(match lease.state {
            LeaseState::Running => format!(
                "its holder has given no sign in time: it counts as dead; {} restores the baseline",
                commands.lockgate("recover")
            ),
            LeaseState::Held => state(lease, description.read_at, commands),
            LeaseState::Paused => format!(
                "paused for an approval: {} continues it, {} restores the baseline",
                commands.lockgate("resume"),
                commands.lockgate("abort")
            ),
        });
    }
    facts.extend(
        (lease.emergency.iter())
            .map(|why| format!("EMERGENCY, promotion gates decide nothing: {why}")),
    );
    facts
}

fn is_dead(lease: &Lease, now: u64) -> bool {
    lease.expires_at <= now
}

/// Returns how a run has ended whose lease is gone, as far as the app says.
pub(super) fn end(run: &str, description: &AppDescription) -> String {
    let traffic = &description.traffic;
    if let Some(promotion) = description
        .promotion
        .as_ref()
        .filter(|note| note.run == run)
    {
        return format!("run {run} has promoted {}: {traffic}", promotion.promoted);
    }
    if let Some(ended) = description.ended.as_ref().filter(|ended| ended.run == run) {
        return format!(
            "run {run} was ended by {} from {}: {traffic}",
            ended.by, ended.place
        );
    }
    format!("run {run} has ended, and its lease is gone: {traffic}")
}

/// Returns the view of a run, on the platform's clock; `failure` is what failed last.
pub(super) fn view(description: &AppDescription, lease: &Lease, failure: Option<&str>) -> RunView {
    let commands = Commands::about(&description.app);
    let app = description.app.name();
    let (canary, stable, run) = (&lease.canary, &lease.stable, &lease.run);
    let is_running = lease.state == LeaseState::Running && !is_dead(lease, description.read_at);
    RunView {
        title: format!("{app}: canary {canary}, stable {stable}, run {run}"),
        began: Some(at(lease.begun_at)),
        turned: None,
        stages: stages(lease),
        split: SplitView {
            wanted: Some(lease.weight.per_cent()),
            read: Some(description.traffic.weight_of(canary)),
            measured: None,
        },
        gates: Vec::new(),
        holder: Some(format!("{} (epoch {})", lease.place, lease.epoch)),
        failure: failure.map(str::to_owned),
        next: if is_running {
            next(lease)
        } else {
            NextView {
                what: state(lease, description.read_at, &commands),
                ..NextView::default()
            }
        },
        ctrl_c: "Ctrl-C ends this view and changes nothing; the run goes on".to_owned(),
    }
}

/// Returns a time of the platform's clock.
pub(super) fn at(unix_seconds: u64) -> Timestamp {
    Timestamp(unix_seconds.saturating_mul(1_000))
}

fn stages(lease: &Lease) -> Vec<StageView> {
    let current = usize::try_from(lease.stage).unwrap_or(usize::MAX);
    let each = lease.stages.iter().enumerate();
    each.map(|(index, weight)| StageView {
        weight: weight.per_cent(),
        bake: None,
        pauses: false,
        state: match lease.state {
            _ if index < current => StageState::Baked,
            _ if index > current => StageState::Ahead,
            LeaseState::Running => StageState::Baking(at(lease.weight_since)),
            LeaseState::Held => StageState::Now("held"),
            LeaseState::Paused => StageState::Now("waits for an approval"),
        },
    })
    .collect()
}

fn next(lease: &Lease) -> NextView {
    let current = usize::try_from(lease.stage).unwrap_or(usize::MAX);
    let next = lease.stages.get(current.saturating_add(1));
    NextView {
        what: next.map_or_else(|| "promotion".to_owned(), ToString::to_string),
        when: "when its bake is over and its gates pass".to_owned(),
        or_else: Some((at(lease.expires_at), "it counts as dead")),
        ..NextView::default()
    }
}
