//! The emulated world: the one place that holds apps, revisions, operations, faults and counts.
//! Its transitions are plain functions of the state and a moment; it opens no socket and waits
//! for nothing. Whoever looks at it calls `settle` first, which lets time pass.

use std::time::Duration;

use jiff::SignedDuration;

pub(crate) mod app;
mod busy;
pub(crate) mod choice;
pub(crate) mod clock;
pub(crate) mod document;
pub(crate) mod faults;
pub(crate) mod labels;
pub(crate) mod log;
mod merge;
pub(crate) mod metered;
pub(crate) mod operation;
pub(crate) mod revision;
mod seed;
pub(crate) mod served;
pub(crate) mod shop;
pub(crate) mod traffic;
pub(crate) mod write;

use app::App;
use clock::{Clock, Moment};
use log::RequestLog;
use operation::{Operation, Pace};
pub(crate) use seed::entries;

use crate::refusal::Refusal;
use crate::scenario::{Choice, IdentityScenario, MetricsScenario, OperationScenario, Scenario};
use crate::world::choice::Chooser;
use crate::world::faults::Rules;
use crate::world::metered::Metered;

/// A scenario that cannot be emulated.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// Two apps, or two revisions of one app, have the same name.
    #[error("{0:?} is there twice")]
    Duplicate(String),
    /// A name or a time that the service would not show.
    #[error("{name}: {reason}")]
    Invalid {
        /// The app, revision or fault.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
}

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
    pub(crate) pace: Pace,
    pub(crate) apps: Vec<App>,
    /// Apps that were deleted, for those who still poll for that.
    gone: Vec<App>,
    pub(crate) faults: Rules,
    pub(crate) log: RequestLog,
    pub(crate) clock: Clock,
    pub(crate) metered: Metered,
    pub(crate) metrics: MetricsScenario,
    choice: Choice,
}

impl World {
    /// Builds the world at its start. No app or revision has an address yet.
    pub(crate) fn new(scenario: Scenario) -> Result<Self, ScenarioError> {
        let OperationScenario { polls, settle_ms } = scenario.operation;
        let settle = (settle_ms > 0).then(|| Duration::from_millis(settle_ms));
        let mut world = Self {
            subscription: scenario.subscription,
            resource_group: scenario.resource_group,
            token: scenario.token,
            require_token: scenario.require_token,
            identity: scenario.identity,
            denied: scenario.denied,
            page_size: scenario.page_size,
            pace: Pace { polls, settle },
            apps: Vec::new(),
            gone: Vec::new(),
            faults: Rules::default(),
            log: RequestLog::default(),
            metered: Metered::default(),
            metrics: scenario.metrics,
            clock: Clock::start(SignedDuration::from_secs(scenario.clock_skew_s)),
            choice: scenario.choice,
        };
        for app in &scenario.apps {
            if world.find_app(&app.name).is_some() {
                return Err(ScenarioError::Duplicate(app.name.clone()));
            }
            let seeded = seed::app(&world, app)?;
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

    /// Lets everything happen that is due by now.
    pub(crate) fn settle(&mut self) -> Moment {
        let now = self.clock.now();
        for app in &mut self.apps {
            app.settle(now);
        }
        let gone = self.apps.extract_if(.., |app| app.deleted);
        self.gone.extend(gone);
        now
    }

    /// Names are compared without case, as ARM does.
    pub(crate) fn find_app(&mut self, name: &str) -> Option<&mut App> {
        self.apps
            .iter_mut()
            .find(|app| app.name.eq_ignore_ascii_case(name))
    }

    /// As [`World::find_app`], with the answer for an app that is not there.
    pub(crate) fn app(&mut self, name: &str) -> Result<&mut App, Refusal> {
        let missing = Refusal::no_app(&self.resource_group, name);
        self.find_app(name).ok_or(missing)
    }

    pub(crate) fn find_operation(&mut self, id: &str) -> Option<(&mut App, usize)> {
        let mut apps = self.apps.iter_mut().chain(&mut self.gone);
        apps.find_map(|app| {
            let index = app
                .operations
                .iter()
                .position(|operation: &Operation| operation.id == id);
            index.map(|index| (app, index))
        })
    }

    /// Returns an app without revisions, as it is before its first write.
    pub(crate) fn blank_app(&self, name: &str, location: &str) -> App {
        let started = self.clock.started().wall;
        let scope = format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.App",
            self.subscription, self.resource_group
        );
        let environment = format!("{scope}/managedEnvironments/env");
        let document = document::blank(location, &environment);
        App::blank(name, scope, document, started, Chooser::new(&self.choice))
    }
}
