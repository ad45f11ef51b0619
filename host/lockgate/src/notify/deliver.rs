//! Delivers messages on a thread of its own: one after the other to each webhook, again where one may be taken later, and to
//! one webhook beside the others. Whoever hands a message over does not wait for it.

use std::sync::Arc;
use std::sync::mpsc as done;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::answer::{self, Answer};
use super::ledger::Ledger;
use super::message::CONTENT_TYPE;
use super::subscription::Subscription;
use crate::config::NotifyEvent;

/// The most messages that wait for one webhook. A run has one for each stage, and two or three more.
const QUEUE_MAX: usize = 128;
/// The longest that one request may take, to the last byte of its answer.
const REQUEST_MAX: Duration = Duration::from_secs(10);
/// The longest that one message is tried.
const MESSAGE_MAX: Duration = Duration::from_mins(2);

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    /// It goes on.
    Running,
    /// It has ended: there is little time left.
    Ended,
    /// Nothing more is delivered.
    Over,
}

/// The deliveries of one run.
pub(super) struct Deliveries {
    lines: Vec<Line>,
    course: watch::Sender<Course>,
    done: done::Receiver<()>,
}

/// What leads to one webhook.
struct Line {
    name: String,
    events: Vec<NotifyEvent>,
    queue: mpsc::Sender<Vec<u8>>,
    ledger: Arc<Ledger>,
}

impl Deliveries {
    /// Starts the thread. Where there can be none, nothing is delivered, which is said at the end.
    pub(super) fn start(subscriptions: Vec<Subscription>) -> Deliveries {
        let (course, follows) = watch::channel(Course::Running);
        let (is_done, done) = done::channel();
        let (mut lines, mut workers) = (Vec::new(), Vec::new());
        for subscription in subscriptions {
            let (queue, messages) = mpsc::channel(QUEUE_MAX);
            let ledger = Arc::<Ledger>::default();
            lines.push(Line {
                name: subscription.name.clone(),
                events: subscription.events.clone(),
                queue,
                ledger: Arc::clone(&ledger),
            });
            workers.push(Worker {
                subscription,
                messages,
                ledger,
                course: follows.clone(),
                quiet_until: None,
                gone: None,
            });
        }
        let ledgers: Vec<Arc<Ledger>> = lines.iter().map(|line| Arc::clone(&line.ledger)).collect();
        let thread = std::thread::Builder::new().name("notify".to_owned());
        let started = thread.spawn(move || {
            deliver_all(workers, follows);
            // Nobody listens any more where the end of the run did not wait for it.
            let _ = is_done.send(());
        });
        if let Err(error) = started {
            for ledger in ledgers {
                ledger.note_failure(format!("no thread for it: {error}"));
            }
        }
        Deliveries {
            lines,
            course,
            done,
        }
    }

    /// Returns whether a webhook learns of such an event.
    pub(super) fn are_wanted(&self, event: NotifyEvent) -> bool {
        self.lines.iter().any(|line| line.events.contains(&event))
    }

    /// Hands a message over to each webhook that learns of such an event.
    pub(super) fn send(&self, event: NotifyEvent, message: &[u8]) {
        let lines = self.lines.iter();
        for line in lines.filter(|line| line.events.contains(&event)) {
            line.ledger.note_made();
            if let Err(mpsc::error::TrySendError::Full(_)) = line.queue.try_send(message.to_vec()) {
                let why = format!("{QUEUE_MAX} others wait before it");
                line.ledger.note_failure(why);
            }
        }
    }

    /// Delivers what is left, within `limit`. Returns one sentence for each webhook that was not delivered everything.
    pub(super) fn finish(self, limit: Duration) -> Vec<String> {
        let Deliveries {
            lines,
            course,
            done,
        } = self;
        // A worker ends once its queue is empty and nobody can add to it.
        let ledgers: Vec<(String, Arc<Ledger>)> = lines
            .into_iter()
            .map(|line| (line.name, line.ledger))
            .collect();
        course.send_replace(Course::Ended);
        // The ledgers say what has become of the messages.
        let _ = done.recv_timeout(limit);
        course.send_replace(Course::Over);
        let sentences = ledgers.iter().map(|(name, ledger)| ledger.sentence(name));
        sentences.flatten().collect()
    }
}

/// Delivers to all webhooks, until everything is delivered or nothing more is to be.
fn deliver_all(workers: Vec<Worker>, mut course: watch::Receiver<Course>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            for worker in workers {
                worker.ledger.note_failure(error.to_string());
            }
            return;
        }
    };
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for worker in workers {
            tasks.spawn(worker.deliver());
        }
        tokio::select! {
            () = async { while tasks.join_next().await.is_some() {} } => {}
            // Also where the run is gone without a word.
            _ = course.wait_for(|course| *course == Course::Over) => {}
        }
    });
    // A look-up of a name must not keep the thread.
    runtime.shutdown_background();
}

/// Delivers to one webhook.
struct Worker {
    subscription: Subscription,
    messages: mpsc::Receiver<Vec<u8>>,
    ledger: Arc<Ledger>,
    course: watch::Receiver<Course>,
    /// Until when the receiver wants no request.
    quiet_until: Option<Instant>,
    /// Why the receiver takes nothing any more.
    gone: Option<String>,
}

impl Worker {
    async fn deliver(mut self) {
        while let Some(message) = self.messages.recv().await {
            self.deliver_one(message).await;
        }
    }

    /// Sends a message until it is taken, never will be, or has taken too long.
    async fn deliver_one(&mut self, message: Vec<u8>) {
        if self.gone.is_some() {
            return;
        }
        let until = Instant::now() + MESSAGE_MAX;
        for sent in 1.. {
            if let Some(quiet_until) = self.quiet_until {
                if quiet_until > until {
                    return;
                }
                tokio::time::sleep_until(quiet_until).await;
            }
            let left = until.saturating_duration_since(Instant::now());
            let webhook = &self.subscription.webhook;
            let exchange = webhook.post(CONTENT_TYPE, message.clone(), REQUEST_MAX.min(left));
            let (why, pause) = match Answer::of(&exchange.await, Timestamp::now()) {
                Answer::Taken => return self.ledger.note_taken(),
                Answer::Never(why) => return self.note_failure(&why),
                Answer::Gone(why) => {
                    self.note_failure(&why);
                    self.gone = Some(why);
                    return;
                }
                Answer::Later { why, pause } => (why, pause),
            };
            self.note_failure(&why);
            self.quiet_until = pause.map(|pause| Instant::now() + pause);
            let pause = pause.unwrap_or_else(|| answer::pause(sent));
            if Instant::now() + pause >= until {
                return;
            }
            if self.quiet_until.is_none() {
                self.wait(pause).await;
            }
        }
    }

    /// Waits before a message is sent again. At the end of the run there is no time for that: one more attempt is made at once,
    /// and what follows waits as before.
    async fn wait(&mut self, pause: Duration) {
        let ended = async {
            let is_running = *self.course.borrow_and_update() == Course::Running;
            let changed = self.course.wait_for(|course| *course != Course::Running);
            if !is_running || changed.await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let _ = tokio::time::timeout(pause, ended).await;
    }

    fn note_failure(&self, why: &str) {
        self.ledger.note_failure(self.subscription.shown(why));
    }
}
