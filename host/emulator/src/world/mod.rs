//! The emulated world: all apps with their revisions and operations, the faults and the counts.
//! Its transitions are plain functions of the state and a time. Must not open a socket or wait.
//! Callers that read it call [`World::settle`] first, which performs everything that is due.

use std::time::Duration;

use jiff::SignedDuration;

pub(crate) mod app;
pub(crate) mod change;
pub(crate) mod choice;
pub(crate) mod clock;
mod defaults;
pub(crate) mod document;
pub(crate) mod faults;
pub(crate) mod history;
pub(crate) mod instruments;
pub(crate) mod labels;
pub(crate) mod log;
mod merge;
pub(crate) mod meter;
pub(crate) mod operation;
pub(crate) mod revision;
mod seed;
pub(crate) mod served;
mod settle;
pub(crate) mod shop;
mod template;
pub(crate) mod traffic;
pub(crate) mod web_app_state;
pub(crate) mod write;

use app::App;
use choice::Chooser;
use clock::{WorldClock, WorldTime};
use faults::FaultRules;
use log::RequestLog;
use meter::Meter;
use operation::{Operation, OperationDuration};
pub use seed::ScenarioError;
pub(crate) use seed::entries;

use crate::refusal::Refusal;
use crate::scenario::{
    IdentityScenario, MetricsScenario, OperationScenario, RevisionChoice, Scenario,
};

/// Everything that is emulated.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) subscription: String,
    pub(crate) resource_group: String,
    pub(crate) token: Option<String>,
    pub(crate) require_token: bool,
    pub(crate) identity: IdentityScenario,
    pub(crate) denied: Vec<String>,
    pub(crate) page_size: usize,
    pub(crate) operation_duration: OperationDuration,
    pub(crate) apps: Vec<App>,
    /// Deleted apps, whose operations can still be polled.
    deleted: Vec<App>,
    pub(crate) faults: FaultRules,
    pub(crate) log: RequestLog,
    pub(crate) clock: WorldClock,
    pub(crate) meter: Meter,
    pub(crate) metrics: MetricsScenario,
    choice: RevisionChoice,
}

/// An operation that was found by its id.
pub(crate) struct FoundOperation<'a> {
    pub(crate) app: &'a mut App,
    /// Position in the operations of the app.
    pub(crate) index: usize,
}

impl World {
    /// Builds the world as the scenario describes its start. Apps and revisions have no address
    /// yet.
    pub(crate) fn new(scenario: Scenario) -> Result<Self, ScenarioError> {
        let OperationScenario { polls, settle_ms } = scenario.operation;
        let time = (settle_ms > 0).then(|| Duration::from_millis(settle_ms));
        let mut world = Self {
            subscription: scenario.subscription,
            resource_group: scenario.resource_group,
            token: scenario.token,
            require_token: scenario.require_token,
            identity: scenario.identity,
            denied: scenario.denied,
            page_size: scenario.page_size,
            operation_duration: OperationDuration { polls, time },
            apps: Vec::new(),
            deleted: Vec::new(),
            faults: FaultRules::default(),
            log: RequestLog::default(),
            meter: Meter::default(),
            metrics: scenario.metrics,
            clock: WorldClock::start(SignedDuration::from_secs(scenario.clock_skew_s)),
            choice: scenario.choice,
        };
        for app in &scenario.apps {
            if world.find_app(&app.name).is_some() {
                return Err(ScenarioError::Duplicate(app.name.clone()));
            }
            let blank = world.blank_app(&app.name, "East US");
            let seeded = seed::app(blank, world.clock.started(), app)?;
            world.apps.push(seeded);
        }
        for fault in scenario.faults {
            if let Some(reason) = fault.problem() {
                return Err(ScenarioError::Invalid {
                    name: "fault".to_owned(),
                    reason,
                });
            }
            world.faults.add(fault);
        }
        world.settle();
        Ok(world)
    }

    /// Performs everything that is due by now, and returns the current time.
    pub(crate) fn settle(&mut self) -> WorldTime {
        let now = self.clock.now();
        for app in &mut self.apps {
            app.settle(now);
        }
        let deleted = self.apps.extract_if(.., |app| app.deleted);
        self.deleted.extend(deleted);
        now
    }

    /// Finds an app by its name, in any case, as ARM does.
    pub(crate) fn find_app(&mut self, name: &str) -> Option<&mut App> {
        self.apps
            .iter_mut()
            .find(|app| app.name.eq_ignore_ascii_case(name))
    }

    /// As [`World::find_app`], or the refusal for an unknown app.
    pub(crate) fn app(&mut self, name: &str) -> Result<&mut App, Refusal> {
        let missing = Refusal::no_app(&self.resource_group, name);
        self.find_app(name).ok_or(missing)
    }

    /// Finds an operation by its id, of a deleted app too.
    pub(crate) fn find_operation(&mut self, id: &str) -> Option<FoundOperation<'_>> {
        let mut apps = self.apps.iter_mut().chain(&mut self.deleted);
        apps.find_map(|app| {
            let index = app
                .operations
                .iter()
                .position(|operation: &Operation| operation.id == id);
            index.map(|index| FoundOperation { app, index })
        })
    }

    /// Returns an app before its first write, which has no revisions.
    pub(crate) fn blank_app(&self, name: &str, location: &str) -> App {
        let started = self.clock.started();
        let scope = format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.App",
            self.subscription, self.resource_group
        );
        let environment = format!("{scope}/managedEnvironments/env");
        let document = defaults::blank(location, &environment);
        App::blank(name, scope, document, started, Chooser::new(&self.choice))
    }
}
