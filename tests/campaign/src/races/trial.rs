//! One trial: an emulator, the processes and the operator of a story, and the logs of the emulator at the end. Performs a
//! story; the judge alone says what was wrong.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use emulator::{Emulator, Options, Scenario, StartError, WorldHandle};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

use super::bench::Bench;
use super::operator;
use super::process::{Start, arguments};
use super::steps::{Act, Step, When};
use super::story::{CLIENTS, Story};
use crate::judge::course::{Course, Ended, Process, Role};
use crate::judge::reading::read;

const APP: &str = "shop";

/// The longest that a process may run.
const PROCESS_MAX: Duration = Duration::from_secs(120);

/// The longest that a step waits for what it waits for; then it happens all the same.
const STEP_MAX: Duration = Duration::from_secs(10);

/// The longest that writes are waited for which are still under way when every process has ended.
const LANDING_MAX: Duration = Duration::from_secs(10);

/// The time between two looks at the emulator's world.
const LOOK: Duration = Duration::from_millis(10);

/// Why a trial could not be performed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TrialError {
    #[error(transparent)]
    Emulator(#[from] StartError),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("the scenario or a fault is not one: {0}")]
    Scenario(#[from] serde_json::Error),
    #[error(transparent)]
    Change(#[from] emulator::ChangeError),
    #[error(transparent)]
    Client(#[from] reqwest::Error),
    #[error("{0} did not run a rollout where nothing disturbed it")]
    WarmUp(String),
}

/// A trial that has been performed.
pub(crate) struct Trial {
    pub(crate) story: Story,
    pub(crate) course: Course,
    /// The faults that hit a call, by name.
    pub(crate) faults: BTreeMap<String, usize>,
    /// What happened, a line for each call of the app, for a person to read.
    pub(crate) lines: Vec<String>,
}

/// What the steps of a trial share.
struct Scene<'a> {
    story: &'a Story,
    bench: &'a Bench,
    folder: &'a Path,
    emulator: Emulator,
    doors: BTreeMap<&'static str, String>,
    client: Client,
    processes: Mutex<Vec<Process>>,
    /// The processes that are to be killed, and those that have ended.
    killed: watch::Sender<Vec<&'static str>>,
    ended: watch::Sender<Vec<&'static str>>,
}

/// Performs a rollout that nothing disturbs, so that every later process finds its gates compiled.
pub(crate) async fn warm_up(bench: &Bench) -> Result<(), TrialError> {
    let folder = tempfile::tempdir()?;
    let emulator = Emulator::start(scenario(10)?, Options::default()).await?;
    let start = Start {
        lockgate: &bench.lockgate,
        cache: bench.cache(),
        folder: folder.path(),
        name: "a",
        endpoint: &emulator.control_url(),
        story: &Story::undisturbed(),
        args: arguments("a", Role::Rollout),
    };
    let status = start.start()?.wait().await?;
    if status.success() {
        return Ok(());
    }
    let said = std::fs::read_to_string(folder.path().join("a/stderr")).unwrap_or_default();
    Err(TrialError::WarmUp(format!(
        "{} ({status}: {said})",
        bench.lockgate.display()
    )))
}

/// Performs a story to its end, and waits until no write is under way.
pub(crate) async fn perform(story: Story, bench: &Bench) -> Result<Trial, TrialError> {
    let (folder, _removes) = bench.folder(story.seed)?;
    let emulator = Emulator::start(scenario(story.operation_ms)?, Options::default()).await?;
    for fault in &story.faults {
        let fault = serde_json::from_value(fault.clone())?;
        emulator.world().add_fault(fault)?;
    }
    let mut doors = BTreeMap::new();
    for client in CLIENTS {
        doors.insert(client, emulator.open_door(client)?);
    }
    let start = emulator.world().snapshot()["apps"][0].clone();
    let scene = Scene {
        story: &story,
        bench,
        folder: &folder,
        emulator,
        doors,
        client: Client::builder().no_proxy().build()?,
        processes: Mutex::default(),
        killed: watch::channel(Vec::new()).0,
        ended: watch::channel(Vec::new()).0,
    };
    let mut steps = Vec::new();
    for step in &story.steps {
        steps.push(scene.perform(step));
    }
    for done in join_all(steps).await {
        done?;
    }
    let world = scene.emulator.world();
    wait_for_landing(&world).await;
    let processes = std::mem::take(&mut *scene.processes());
    let (requests, writes) = (world.request_log(), world.writes(APP)?);
    let course = read(processes, &requests, &writes, &start);
    drop(scene);
    Ok(Trial {
        story,
        course,
        faults: faults(&requests),
        lines: lines(&requests, &writes),
    })
}

/// Runs futures together, each polled whenever one of them wakes: a trial has at most a handful.
async fn join_all<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut outputs: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(move |context| {
        for (future, output) in futures.iter_mut().zip(&mut outputs) {
            if output.is_none()
                && let std::task::Poll::Ready(ready) = future.as_mut().poll(context)
            {
                *output = Some(ready);
            }
        }
        if outputs.iter().all(Option::is_some) {
            return std::task::Poll::Ready(outputs.drain(..).flatten().collect());
        }
        std::task::Poll::Pending
    })
    .await
}

impl Scene<'_> {
    fn processes(&self) -> std::sync::MutexGuard<'_, Vec<Process>> {
        self.processes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    async fn perform(&self, step: &Step) -> Result<(), TrialError> {
        // A step whose moment never comes happens late, and is a story as well.
        let _ = tokio::time::timeout(STEP_MAX, self.wait_for(step.when)).await;
        tokio::time::sleep(Duration::from_millis(step.after_ms)).await;
        match &step.act {
            Act::Lockgate(name, role) => self.run(name, *role).await?,
            Act::Kill(name) => self.killed.send_modify(|killed| killed.push(name)),
            Act::Operator(change) => {
                let url = self.app_url("operator");
                operator::write(&self.client, &url, *change).await;
            }
            Act::Behave(revision, behaviour) => {
                let behaviour = serde_json::from_value(behaviour.clone())?;
                let world = self.emulator.world();
                world.set_behaviour(APP, revision, behaviour)?;
            }
        }
        Ok(())
    }

    async fn wait_for(&self, when: When) {
        match when {
            When::Start => {}
            When::Sent(count) => {
                let world = self.emulator.world();
                while world.received("PATCH") < count {
                    tokio::time::sleep(LOOK).await;
                }
            }
            When::Writes(count) => {
                let world = self.emulator.world();
                let accepted = || world.writes(APP).map_or(0, |writes| length(&writes));
                while accepted() < count {
                    tokio::time::sleep(LOOK).await;
                }
            }
            When::Ended(name) => noted(&self.ended, name).await,
        }
    }

    /// Runs a lockgate to its end, or until the story kills it.
    async fn run(&self, name: &'static str, role: Role) -> Result<(), TrialError> {
        let start = Start {
            lockgate: &self.bench.lockgate,
            cache: self.bench.cache(),
            folder: self.folder,
            name,
            endpoint: &self.doors[name],
            story: self.story,
            args: arguments(name, role),
        };
        let mut child = start.start()?;
        let ended = tokio::select! {
            status = child.wait() => match status?.code() {
                Some(code) => Ended::Code(code),
                None => Ended::Killed,
            },
            () = noted(&self.killed, name) => {
                child.kill().await?;
                Ended::Killed
            }
            () = tokio::time::sleep(PROCESS_MAX) => {
                child.kill().await?;
                Ended::Never
            }
        };
        self.processes().push(Process {
            name: name.to_owned(),
            role,
            ended,
        });
        self.ended.send_modify(|all| all.push(name));
        Ok(())
    }

    fn app_url(&self, client: &str) -> String {
        format!(
            "{}/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/demo/providers/\
             Microsoft.App/containerApps/{APP}?api-version=2025-07-01",
            self.doors[client]
        )
    }
}

/// Waits until a name is among those that are noted.
async fn noted(names: &watch::Sender<Vec<&'static str>>, name: &str) {
    // The sender lives as long as the scene.
    let _ = names
        .subscribe()
        .wait_for(|names| names.contains(&name))
        .await;
}

/// An app with an older third revision, and a label on it and on the one that serves, where an operation ends by time alone.
fn scenario(operation_ms: u64) -> Result<Scenario, serde_json::Error> {
    serde_json::from_value(json!({
        "operation": {"polls": 1_000_000, "settle-ms": operation_ms},
        "apps": [{
            "name": APP,
            "revisions": [{"suffix": "v0"}, {"suffix": "v1"}, {"suffix": "v2"}],
            "traffic": [
                {"revision": "v1", "weight": 100, "label": "live"},
                {"revision": "v0", "weight": 0, "label": "old"},
            ],
        }],
    }))
}

fn length(list: &Value) -> usize {
    list.as_array().map_or(0, Vec::len)
}

/// Waits until every call was performed and no operation is running.
async fn wait_for_landing(world: &WorldHandle) {
    let end = Instant::now() + LANDING_MAX;
    let waits = |requests: &Value| {
        let calls = requests.as_array().into_iter().flatten();
        calls.clone().any(|call| call["performed-ms"].is_null())
    };
    while Instant::now() < end {
        let idle = world.snapshot()["apps"][0]["operation"].is_null();
        if idle && !waits(&world.request_log()) {
            return;
        }
        tokio::time::sleep(LOOK * 5).await;
    }
}

fn faults(requests: &Value) -> BTreeMap<String, usize> {
    let mut faults = BTreeMap::new();
    for call in requests.as_array().into_iter().flatten() {
        if let Some(fault) = call["fault"].as_str() {
            *faults.entry(fault.to_owned()).or_default() += 1;
        }
    }
    faults
}

/// Renders the calls of the app and the writes, by time.
fn lines(requests: &Value, writes: &Value) -> Vec<String> {
    let mut lines: Vec<(u64, String)> = Vec::new();
    for call in requests.as_array().into_iter().flatten() {
        let path = call["path"].as_str().unwrap_or_default();
        if !path.to_ascii_lowercase().ends_with(APP) {
            continue;
        }
        let at = call["at-ms"].as_u64().unwrap_or_default();
        let traffic = call["body"].pointer("/properties/configuration/ingress/traffic");
        let text = format!(
            "{at:>7}  {:<8} {:<5} {} shown {} fault {} performed {} traffic {}",
            call["client"].as_str().unwrap_or_default(),
            call["method"].as_str().unwrap_or_default(),
            call["status"],
            call["shown"],
            call["fault"],
            call["performed-ms"],
            traffic.cloned().unwrap_or_default()
        );
        lines.push((at, text));
    }
    for write in writes.as_array().into_iter().flatten() {
        let at = write["ended"]["at-ms"].as_u64().unwrap_or(u64::MAX);
        let text = format!(
            "{at:>7}  {:<8} write {} took effect: {} lease {}",
            write["client"].as_str().unwrap_or_default(),
            write["n"],
            write["ended"]["traffic"],
            write["ended"]["tags"]["lockgate-holder"]
        );
        lines.push((at, text));
    }
    lines.sort();
    lines.into_iter().map(|(_, text)| text).collect()
}
