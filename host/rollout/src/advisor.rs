//! Gates that decide nothing: asked beside the steps of a run, heard when they answer, and dropped with the run. No step
//! waits for them, and none is interrupted by them.
//!
//! Decides nothing: [`Rollout::occasion`] says what may be asked. A gate has one call at a time. One that is still under way
//! when the gate has a question about another weight is stopped for it, and so is every call when the run turns back or ends.

use std::collections::{BTreeMap, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use crate::calls::sleep_until;
use crate::decide::Rollout;
use crate::decide::advice::{Occasion, Place};
use crate::event::{Event, Fact, Timestamp};
use crate::ports::{Clock, Gates, Platform};
use crate::question::question;
use crate::traffic::Weight;
use crate::verdict::{GateAnswer, GateFailure, Kind, Verdict};

/// The shortest time before a gate is asked again, whatever it asks for.
const SHORTEST_ASK_AGAIN: Duration = Duration::from_millis(100);

/// A gate's health check comes before its decision, as with gates that decide.
const KINDS: [Kind; 2] = [Kind::HealthCheck, Kind::PromotionGate];

/// A question that is under way.
struct Call<'g> {
    kind: Kind,
    place: Place,
    weight: Weight,
    began: Timestamp,
    answering: Pin<Box<dyn Future<Output = Vec<GateAnswer>> + Send + 'g>>,
}

/// What one gate was asked of one kind.
struct Asked {
    place: Place,
    /// How often it was asked at this place.
    times: u32,
    /// When it is asked again at this place; `None` while a question is under way, and where one is enough.
    due: Option<Timestamp>,
}

/// The questions of one run to gates that decide nothing.
pub(crate) struct Advisor<'g, G> {
    gates: &'g G,
    calls: BTreeMap<String, Call<'g>>,
    asked: BTreeMap<(Kind, String), Asked>,
    /// Since when the run is at a place, of each kind.
    places: BTreeMap<Kind, (Place, Timestamp)>,
    /// What has become of questions and was not returned yet.
    heard: VecDeque<Event>,
}

impl<'g, G: Gates> Advisor<'g, G> {
    pub(crate) fn new(gates: &'g G) -> Advisor<'g, G> {
        Advisor {
            gates,
            calls: BTreeMap::new(),
            asked: BTreeMap::new(),
            places: BTreeMap::new(),
            heard: VecDeque::new(),
        }
    }

    /// Asks what is due, lets the gates go on, and returns what becomes of a question as soon as that is known. Dropping the
    /// future loses nothing.
    pub(crate) async fn next(
        &mut self,
        rollout: &Rollout,
        clock: &impl Clock,
        platform: &impl Platform,
    ) -> Event {
        loop {
            if let Some(event) = self.heard.pop_front() {
                return event;
            }
            let due = self.follow(rollout, clock.now(), platform.unix_seconds());
            tokio::select! {
                biased;
                (gate, answers) = answered(&mut self.calls) => {
                    self.has_answered(rollout, gate, answers, clock.now());
                }
                // Only now, so that a question that takes the place of another one is put before anything else.
                () = std::future::ready(()), if !self.heard.is_empty() => {}
                () = sleep_until(clock, due) => {}
            }
        }
    }

    /// Stops every call, and returns what has become of questions and was not returned yet.
    pub(crate) fn close(&mut self, now: Timestamp) -> Vec<Event> {
        while let Some((gate, call)) = self.calls.pop_first() {
            self.heard.push_back(unanswered(gate, &call, now));
        }
        self.heard.drain(..).collect()
    }

    /// Stops the calls that nobody waits for and begins those that are due. Returns when the next one is.
    fn follow(&mut self, rollout: &Rollout, now: Timestamp, unix: u64) -> Option<Timestamp> {
        if !rollout.hears_advice() {
            let stopped = self.close(now);
            self.heard.extend(stopped);
            return None;
        }
        let mut next = None;
        for kind in KINDS {
            let Some(occasion) = rollout.occasion(kind) else {
                continue;
            };
            let since = self.at_place_since(kind, occasion.place, now);
            for gate in rollout.advisory_for(kind, occasion.place.stage()) {
                let Some(due) = self.due(kind, gate, occasion.place, since, rollout) else {
                    continue;
                };
                if self
                    .calls
                    .get(gate)
                    .is_some_and(|call| call.weight == occasion.weight)
                {
                    continue;
                }
                if due > now {
                    next = next.into_iter().chain([due]).min();
                    continue;
                }
                if let Some(call) = self.calls.remove(gate) {
                    self.heard.push_back(unanswered(gate.clone(), &call, now));
                }
                self.begin(rollout, kind, gate, occasion, now, unix);
            }
        }
        next
    }

    fn at_place_since(&mut self, kind: Kind, place: Place, now: Timestamp) -> Timestamp {
        let (known, since) = self.places.entry(kind).or_insert((place, now));
        if *known != place {
            (*known, *since) = (place, now);
        }
        *since
    }

    /// Returns when a gate is to be asked at this place; `None` when it is not asked again.
    fn due(
        &self,
        kind: Kind,
        gate: &str,
        place: Place,
        since: Timestamp,
        rollout: &Rollout,
    ) -> Option<Timestamp> {
        match self.asked.get(&(kind, gate.to_owned())) {
            Some(asked) if asked.place == place => asked.due,
            _ => Some(match place {
                Place::Bake(_) => since.after(rollout.timing().check_interval),
                Place::Before(_) | Place::Round(..) => since,
            }),
        }
    }

    fn begin(
        &mut self,
        rollout: &Rollout,
        kind: Kind,
        gate: &str,
        occasion: Occasion,
        now: Timestamp,
        unix: u64,
    ) {
        let place = occasion.place;
        let asked = self.asked.entry((kind, gate.to_owned()));
        let asked = asked.or_insert(Asked {
            place,
            times: 0,
            due: None,
        });
        if asked.place != place {
            (asked.place, asked.times) = (place, 0);
        }
        asked.times = asked.times.saturating_add(1);
        asked.due = None;
        let action = occasion.action(kind, asked.times);
        let (gates, snapshot, names) = (self.gates, rollout.clone(), [gate.to_owned()]);
        let answering = Box::pin(async move {
            match question(&snapshot, &action, &names, unix) {
                Some(question) => gates.advise(question).await,
                None => Vec::new(),
            }
        });
        let call = Call {
            kind,
            place,
            weight: occasion.weight,
            began: now,
            answering,
        };
        self.calls.insert(gate.to_owned(), call);
    }

    fn has_answered(
        &mut self,
        rollout: &Rollout,
        gate: String,
        answers: Vec<GateAnswer>,
        at: Timestamp,
    ) {
        let Some(call) = self.calls.remove(&gate) else {
            return;
        };
        let answer = answers.into_iter().next().unwrap_or_else(|| GateAnswer {
            gate: gate.clone(),
            result: Err(GateFailure::Host("the gate was not asked".to_owned())),
            took_ms: 0,
        });
        if let Some(asked) = self.asked.get_mut(&(call.kind, gate))
            && asked.place == call.place
        {
            asked.due =
                asked_again_after(&answer, call.place, rollout).map(|pause| at.after(pause));
        }
        let fact = Fact::Advised {
            kind: call.kind,
            stage: number(call.place),
            weight: call.weight,
            answer,
        };
        self.heard.push_back(Event { at, fact });
    }
}

/// Returns how long after its answer a gate is asked again at the same place.
fn asked_again_after(answer: &GateAnswer, place: Place, rollout: &Rollout) -> Option<Duration> {
    if let Place::Round(..) = place {
        return None;
    }
    let wanted = match &answer.result {
        Ok(report) => match report.verdict {
            Verdict::Hold { ask_again_ms } => ask_again_ms,
            Verdict::Pass | Verdict::Fail => None,
        },
        Err(_) => None,
    };
    let wanted = wanted.map(|ms| Duration::from_millis(u64::from(ms)));
    let pause = wanted.unwrap_or(rollout.timing().check_interval);
    Some(pause.max(SHORTEST_ASK_AGAIN))
}

fn unanswered(gate: String, call: &Call<'_>, at: Timestamp) -> Event {
    let after = call.began.until(at).as_millis();
    let fact = Fact::Unanswered {
        kind: call.kind,
        stage: number(call.place),
        weight: call.weight,
        gate,
        after_ms: u64::try_from(after).unwrap_or(u64::MAX),
    };
    Event { at, fact }
}

fn number(place: Place) -> u32 {
    u32::try_from(place.stage()).unwrap_or(u32::MAX)
}

/// Completes when a gate has answered. Never without a call.
async fn answered(calls: &mut BTreeMap<String, Call<'_>>) -> (String, Vec<GateAnswer>) {
    poll_fn(|context| {
        for (gate, call) in &mut *calls {
            if let Poll::Ready(answers) = call.answering.as_mut().poll(context) {
                return Poll::Ready((gate.clone(), answers));
            }
        }
        Poll::Pending
    })
    .await
}
