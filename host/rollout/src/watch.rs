//! The watch: a look at the app every few seconds while a stage bakes or gates are asked, so that a change by another
//! writer, an abort from elsewhere and a stable revision that does not serve are acted on within seconds.
//!
//! Decides nothing: [`Rollout::look`] says when a look is due, [`Rollout::is_news`] whether the run must hear of it. A look
//! that fails is no verdict, and a platform that limits requests is looked at less often.

use std::future::Future;
use std::pin::Pin;

use crate::calls::observed;
use crate::decide::{Action, ReadStable, Rollout};
use crate::event::{Event, Fact, Timestamp};
use crate::ports::{Clock, Observation, Platform};

/// Every so many looks the stable revision is read too, and with the last look before a shift.
const STABLE_EVERY: u32 = 6;

/// After a look that failed the next one waits longer, at most so many times as long.
const STRETCH_MAX: u32 = 8;

type Looking<'p> = Pin<Box<dyn Future<Output = Result<Observation, String>> + Send + 'p>>;

/// The looks of one run. They go on from one action to the next.
pub(crate) struct Watch<'p, P> {
    platform: &'p P,
    /// When the last look ended; `None` before the first action with a watch.
    last: Option<Timestamp>,
    /// The look that is under way.
    under_way: Option<Looking<'p>>,
    /// The looks since the one that read the stable revision.
    looks: u32,
    /// When the state of the stable revision was last read.
    stable_read: Option<Timestamp>,
    /// How many times as long as usual the next look waits.
    stretch: u32,
}

impl<'p, P: Platform> Watch<'p, P> {
    pub(crate) fn new(platform: &'p P) -> Watch<'p, P> {
        Watch {
            platform,
            last: None,
            under_way: None,
            looks: 0,
            stable_read: None,
            stretch: 1,
        }
    }

    /// Takes note of a read of the stable revision by another action.
    pub(crate) fn note(&mut self, event: &Event) {
        let has_read = match &event.fact {
            Fact::Inspected { inspection } => inspection.stable_state.is_some(),
            Fact::Observed { stable, .. } => stable.is_some(),
            _ => false,
        };
        if has_read {
            self.has_read_stable(event.at);
        }
    }

    fn has_read_stable(&mut self, at: Timestamp) {
        self.stable_read = Some(at);
        self.looks = 0;
    }

    /// Returns whether an action that begins now reads the stable revision.
    pub(crate) fn reads_stable(&self, rollout: &Rollout, action: &Action, now: Timestamp) -> bool {
        let Action::Observe { stable, .. } = action else {
            return false;
        };
        let keeps = rollout.timing().watch_interval.saturating_mul(STABLE_EVERY);
        match stable {
            ReadStable::No => false,
            ReadStable::UnlessKnown => self.stable_read.is_none_or(|read| now >= read.after(keeps)),
            ReadStable::Yes => true,
        }
    }

    /// Completes when a look shows something that the run must hear of; never otherwise. Dropping the future keeps the
    /// look that is under way.
    pub(crate) async fn news(&mut self, rollout: &Rollout, clock: &impl Clock) -> Fact {
        loop {
            let Some(look) = rollout.look() else {
                return std::future::pending().await;
            };
            if self.under_way.is_none() {
                let last = *self.last.get_or_insert_with(|| clock.now());
                let stretch = if look.confirms { 1 } else { self.stretch };
                let due = last.after(look.after.saturating_mul(stretch));
                clock.sleep_until(due).await;
                self.begin(rollout, clock.now());
            }
            let Some(looking) = &mut self.under_way else {
                continue;
            };
            let seen = looking.await;
            self.under_way = None;
            let at = clock.now();
            self.last = Some(at);
            match seen {
                Ok(seen) => {
                    self.stretch = 1;
                    if seen.stable.is_some() {
                        self.has_read_stable(at);
                    }
                    let look = observed(seen);
                    if rollout.is_news(&look) {
                        return look;
                    }
                }
                Err(_) => self.stretch = (self.stretch * 2).min(STRETCH_MAX),
            }
        }
    }

    fn begin(&mut self, rollout: &Rollout, now: Timestamp) {
        self.looks += 1;
        let is_last = rollout
            .bakes_until()
            .is_some_and(|end| now.after(rollout.timing().watch_interval) >= end);
        let wants_stable = is_last || self.looks >= STABLE_EVERY;
        let stable = rollout.stable_to_read(wants_stable).map(str::to_owned);
        let platform = self.platform;
        self.under_way = Some(Box::pin(async move {
            platform.observe(stable.as_deref()).await
        }));
    }
}
