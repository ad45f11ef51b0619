//! Follows a run, and says which event of it is when: what webhooks learn. The thread of `deliver.rs` posts it.

use std::time::Duration;

use rollout::{Cause, Event, Fact, Intent, Outcome, Phase, Rollout};

use super::deliver::Deliveries;
use super::message::{End, Happening, Said, message};
use super::subscription::Subscription;
use super::words;
use crate::config::NotifyEvent;
use crate::platform::AppId;
use crate::report::{Ending, Reporter, Update, What};

/// Returns the one who tells webhooks of a run; `None` where there are none.
pub(crate) fn reporter(subscriptions: Vec<Subscription>) -> Option<Box<dyn Reporter>> {
    if subscriptions.is_empty() {
        return None;
    }
    Some(Box::new(Follower {
        deliveries: Deliveries::start(subscriptions),
        app: None,
        has_begun: false,
        number: 0,
        weight: None,
        stage: None,
        verifies: None,
    }))
}

/// Follows one run.
struct Follower {
    deliveries: Deliveries,
    app: Option<AppId>,
    /// Whether it has been said that the run began.
    has_begun: bool,
    /// How many events there were so far, wanted or not.
    number: u64,
    /// The canary's weight, as it was last read.
    weight: Option<u32>,
    /// The last stage that had its weight, from 0.
    stage: Option<usize>,
    /// The stage whose weight is being read back, from 0.
    verifies: Option<usize>,
}

impl Reporter for Follower {
    fn report(&mut self, update: &Update<'_>) {
        match &update.what {
            What::Began(beginning) => self.app = Some(beginning.app.clone()),
            What::Happened(event, _) => {
                self.note_weight(update.rollout, event);
                self.begin(update);
                self.reach_stage(update);
            }
            What::Ended(ending) => self.end(update, ending),
            What::Begins(_) | What::Remarked(_) => {}
        }
    }

    fn finish(self: Box<Self>, limit: Duration) -> Option<String> {
        let missing = self.deliveries.finish(limit);
        (!missing.is_empty()).then(|| missing.join("\n"))
    }
}

impl Follower {
    /// Takes note of the weight that a settled read shows.
    fn note_weight(&mut self, rollout: &Rollout, event: &Event) {
        let Some(found) = rollout.inspection() else {
            return;
        };
        let read = match &event.fact {
            Fact::Observed {
                traffic,
                settled: true,
                ..
            } => traffic,
            Fact::Inspected { inspection } => &inspection.now,
            _ => return,
        };
        self.weight = Some(read.weight_of(&found.canary.name));
    }

    /// Says that the run began, once the app was read and the run goes on.
    fn begin(&mut self, update: &Update<'_>) {
        let rollout = update.rollout;
        let Some(found) = rollout.inspection() else {
            return;
        };
        if self.has_begun || matches!(rollout.phase(), Phase::Ended(_)) {
            return;
        }
        self.has_begun = true;
        self.stage = stage_of_lease(rollout);
        let sentence = words::began(rollout, found);
        self.say(NotifyEvent::Began, update, self.said(sentence));
    }

    /// Says that a stage has its weight, once that was read back.
    fn reach_stage(&mut self, update: &Update<'_>) {
        let (verified, is_verified) = match update.rollout.phase() {
            Phase::Verifying { stage, .. } => {
                self.verifies = Some(*stage);
                return;
            }
            Phase::Baking(_) | Phase::Gating(_) | Phase::Promoting(_) | Phase::Held { .. } => {
                (self.verifies.take(), true)
            }
            _ => (self.verifies.take(), false),
        };
        let Some(stage) = verified.filter(|_| is_verified) else {
            return;
        };
        self.stage = Some(stage);
        let sentence = words::stage(update.rollout, stage);
        self.say(NotifyEvent::Stage, update, self.said(sentence));
    }

    /// Says how the run ended.
    fn end(&mut self, update: &Update<'_>, ending: &Ending<'_>) {
        let Some(event) = event_of(ending.outcome) else {
            return;
        };
        let is_left_alone = matches!(update.rollout.intent(), Intent::Recover { .. })
            && !self.has_begun
            && matches!(event, NotifyEvent::Held | NotifyEvent::Refused);
        // What a schedule starts would say the same each time.
        if is_left_alone {
            return;
        }
        let canary = update.rollout.inspection().map(|found| &found.canary.name);
        let read = ending.event.traffic.as_ref();
        let weight = canary
            .zip(read)
            .map(|(canary, traffic)| traffic.weight_of(canary));
        let conclusion = ending.conclusion;
        let end = End {
            cause: ending.outcome.cause().map(Cause::name),
            exit_code: ending.exit.code(),
            serves: conclusion.serves.clone(),
            next: conclusion.next.clone(),
        };
        let said = Said {
            sentence: conclusion.result.clone(),
            weight: weight.filter(|_| event != NotifyEvent::Unverified),
            stage: self.stage,
            end: Some(end),
        };
        self.say(event, update, said);
    }

    fn said(&self, sentence: String) -> Said {
        Said {
            sentence,
            weight: self.weight,
            stage: self.stage,
            end: None,
        }
    }

    fn say(&mut self, event: NotifyEvent, update: &Update<'_>, said: Said) {
        self.number += 1;
        let Some(app) = &self.app else {
            return;
        };
        if !self.deliveries.are_wanted(event) {
            return;
        }
        let happening = Happening {
            event,
            number: self.number,
            time: update.time.timestamp(),
            app,
            rollout: update.rollout,
        };
        // A message of strings and numbers can always be written.
        if let Ok(message) = message(&happening, said) {
            self.deliveries.send(event, &message);
        }
    }
}

/// Returns the stage that a lease says the run is in, from 0; `None` where the run follows none.
fn stage_of_lease(rollout: &Rollout) -> Option<usize> {
    let follows = matches!(
        rollout.intent(),
        Intent::Resume | Intent::Abort { .. } | Intent::Recover { .. }
    );
    let lease = rollout.inspection().filter(|_| follows)?.lease.as_ref()?;
    usize::try_from(lease.stage).ok()
}

/// Returns the event that the end of a run is; `None` where nothing was to be done, or nothing was read.
fn event_of(outcome: &Outcome) -> Option<NotifyEvent> {
    Some(match outcome {
        Outcome::Promoted | Outcome::PromotedWithLease(_) => NotifyEvent::Promoted,
        Outcome::RolledBack(Cause::Undone(_)) => NotifyEvent::Undone,
        Outcome::RolledBack(_) => NotifyEvent::RolledBack,
        Outcome::Held { .. } => NotifyEvent::Held,
        Outcome::Unverified { .. } => NotifyEvent::Unverified,
        Outcome::Stuck { .. } => NotifyEvent::Stuck,
        Outcome::Refused(_) => NotifyEvent::Refused,
        Outcome::Superseded(_) => NotifyEvent::Superseded,
        Outcome::Cancelled(_) | Outcome::Idle => return None,
    })
}
