//! `lockgate status --watch`: shows the run that holds an app until it ends, from looks at the app alone. Writes nothing to the
//! app, so whatever ends it ends nothing else.

use std::time::Duration;

use anyhow::ensure;
use serde_json::Value;
use tokio::sync::mpsc::{Receiver, channel};

use super::watched::{at, changes, end, view};
use crate::exit::Exit;
use crate::output::{Format, Output};
use crate::platform::{Administration, AppDescription};
use crate::report::Screen;
use crate::run::signals::{self, CancelChannel};

/// The shortest time between two looks, so that a person cannot use up the calls that the run needs.
const SHORTEST: Duration = Duration::from_millis(500);

/// How a run is watched.
pub(super) struct Watching<'a> {
    /// The time between two looks.
    pub(super) interval: Duration,
    /// A look for machines.
    pub(super) as_json: fn(&AppDescription) -> Value,
    pub(super) output: &'a Output,
}

impl Watching<'_> {
    /// Watches from this look on. Exits 0, however the run ends.
    ///
    /// # Errors
    /// When the interval is too short, or the system refuses a handler of signals.
    pub(super) async fn run(
        &self,
        app: &impl Administration,
        first: AppDescription,
    ) -> anyhow::Result<Exit> {
        ensure!(
            self.interval >= SHORTEST,
            "--interval {:?} is too short: it would use up the calls that the run itself needs; write --interval 4s",
            self.interval
        );
        // Before anything is shown that says what Ctrl-C does.
        let mut signals = signals::install_detached()?;
        let (broken, mut closed) = channel(1);
        self.output.cancel_when_broken(broken);
        self.say(
            &format!(
                "{}: watching",
                jiff::ZonedDateTime::now().strftime("%Y-%m-%d")
            ),
            None,
        );
        let screen = is_held(&first).then(|| Screen::on(self.output)).flatten();
        tokio::select! {
            () = self.until_it_ends(app, first, screen.as_ref()) => {}
            () = asked_to_end(&mut signals, &mut closed) => {
                self.say("stopped watching; nothing was changed, and the run goes on", None);
            }
        }
        Ok(Exit::Success)
    }

    async fn until_it_ends(
        &self,
        app: &impl Administration,
        first: AppDescription,
        screen: Option<&Screen>,
    ) {
        let mut seen = first;
        self.changed(None, &seen);
        let mut lease = match &seen.lease {
            Ok(Some(lease)) => lease.clone(),
            Ok(None) => return self.say("no run holds a lease", None),
            // It is said above.
            Err(_) => return,
        };
        let mut failure = None;
        loop {
            if let Some(screen) = screen {
                let shown = view(&seen, &lease, failure.as_deref());
                screen.show(shown, at(seen.read_at));
            }
            tokio::time::sleep(self.interval).await;
            match app.describe().await {
                Ok(now) => {
                    failure = None;
                    self.changed(Some(&seen), &now);
                    seen = now;
                    match &seen.lease {
                        Ok(Some(found)) if found.run == lease.run => lease = found.clone(),
                        Ok(_) => return self.say(&end(&lease.run, &seen), None),
                        Err(error) => failure = Some(error.to_string()),
                    }
                }
                Err(error) => {
                    let why = format!("the app could not be read: {error:#}");
                    if failure.as_ref() != Some(&why) {
                        self.say(&why, None);
                    }
                    failure = Some(why);
                }
            }
        }
    }

    /// Says what has changed.
    fn changed(&self, before: Option<&AppDescription>, now: &AppDescription) {
        let found = changes(before, now);
        if found.is_empty() {
            return;
        }
        if self.output.format() == Format::Json {
            self.output.json(&(self.as_json)(now));
        }
        let weight = match &now.lease {
            Ok(Some(lease)) => Some(lease.weight.per_cent()),
            _ => None,
        };
        for sentence in found {
            self.say(&sentence, weight);
        }
    }

    /// Writes a line as a run does: the time of day, the canary's weight, and a sentence.
    fn say(&self, sentence: &str, weight: Option<u32>) {
        let time = jiff::ZonedDateTime::now().strftime("%H:%M:%S").to_string();
        let weight = weight.map_or_else(|| "    -".to_owned(), |weight| format!("{weight:3} %"));
        self.output
            .sentence(&format!("{time} {weight}  "), sentence);
    }
}

/// Returns whether a run holds the app.
fn is_held(description: &AppDescription) -> bool {
    matches!(description.lease, Ok(Some(_)))
}

/// Waits for a signal, or for a reader that goes away.
async fn asked_to_end(signals: &mut CancelChannel, closed: &mut Receiver<String>) {
    tokio::select! {
        _ = signals.receiver.recv() => {}
        _ = closed.recv() => {}
    }
}
