//! The running emulator, and the handle through which its world is looked at and changed.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::watch;

use crate::admin;
use crate::data::Host;
use crate::refusal::Refusal;
use crate::scenario::{Behaviour, Scenario};
use crate::serve::{Server, Shared, Wire};
use crate::tls::{Tls, TlsError};
use crate::world::faults::Fault;
use crate::world::served::Served;
use crate::world::{ScenarioError, World};

/// Where the emulator listens.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address of the control plane; port 0 takes any free one. Apps and revisions listen at the
    /// same IP address, at the ports that the scenario gives them.
    pub control: SocketAddr,
    /// Port at which the same control plane answers over TLS; 0 takes any free one.
    pub tls: Option<u16>,
}

/// Why the emulator could not start; nothing is left running.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The scenario is no world.
    #[error("the scenario cannot be emulated")]
    Scenario(#[from] ScenarioError),
    /// A listener could not be opened.
    #[error("cannot listen for {whom}")]
    Listen {
        /// The control plane, an app or a revision.
        whom: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The client for upstreams could not be made.
    #[error("cannot set up the client for upstreams")]
    Client(#[from] reqwest::Error),
    /// The TLS listener has no certificate.
    #[error("cannot serve over TLS")]
    Tls(#[from] TlsError),
}

/// A change of a running world that was refused.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ChangeError(String);

impl From<Refusal> for ChangeError {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.message)
    }
}

/// A running emulator. Dropping it closes every listener and connection.
#[derive(Debug)]
pub struct Emulator {
    control: SocketAddr,
    secure: Option<Secure>,
    shared: Arc<Shared>,
    /// The servers run for as long as this is there.
    _running: watch::Sender<()>,
}

/// The TLS listener.
#[derive(Debug)]
struct Secure {
    address: SocketAddr,
    ca_pem: String,
}

/// Where an app and its revisions answer.
#[derive(Clone, Debug)]
pub struct Hosts {
    /// The app's name.
    pub app: String,
    /// The app's own URL, where requests are split by weight.
    pub url: String,
    /// The revisions by whole name, each with its own URL.
    pub revisions: Vec<(String, String)>,
}

/// A handle to the world of an emulator. Cheap to clone; outlives the servers, not the counts.
#[derive(Clone, Debug)]
pub struct State {
    shared: Arc<Shared>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            control: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tls: None,
        }
    }
}

impl Emulator {
    /// Opens all listeners and starts to serve; on return every one of them accepts connections.
    pub async fn start(scenario: Scenario, options: Options) -> Result<Self, StartError> {
        let world = World::new(scenario)?;
        // An upstream's redirect is for the caller, and a proxy of the environment is for nobody.
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        let (running, closing) = watch::channel(());
        let shared = Shared::new(world, client, options.control.ip(), closing);
        let listen = |whom: &str, source| StartError::Listen {
            whom: whom.to_owned(),
            source,
        };
        {
            let mut world = shared.world();
            for app in &mut world.apps {
                let host = Host::App(app.name.clone());
                app.address = shared
                    .open_host(host, app.port)
                    .map_err(|source| listen(&app.name, source))?;
                for revision in &mut app.revisions {
                    let host = Host::Revision {
                        app: app.name.clone(),
                        revision: revision.name.clone(),
                    };
                    revision.address = shared
                        .open_host(host, revision.port)
                        .map_err(|source| listen(&revision.name, source))?;
                }
            }
        }
        let control = shared
            .open(Server::Control, Wire::Plain, options.control.port())
            .map_err(|source| listen("the control plane", source))?;
        let mut secure = None;
        if let Some(port) = options.tls {
            let Tls { acceptor, ca_pem } = Tls::make(options.control.ip())?;
            let address = shared
                .open(Server::Control, Wire::Tls(acceptor), port)
                .map_err(|source| listen("the control plane over TLS", source))?;
            secure = Some(Secure { address, ca_pem });
        }
        Ok(Self {
            control,
            secure,
            shared,
            _running: running,
        })
    }

    /// The ARM endpoint: `http://host:port`, without a slash at the end.
    pub fn control_url(&self) -> String {
        format!("http://{}", self.control)
    }

    /// The same endpoint over TLS, `https://host:port`, if it was asked for.
    pub fn tls_url(&self) -> Option<String> {
        let secure = self.secure.as_ref()?;
        Some(format!("https://{}", secure.address))
    }

    /// The certificate, in PEM, of the authority that a client of [`Emulator::tls_url`] must trust.
    /// It is another one at each start.
    pub fn ca_pem(&self) -> Option<&str> {
        self.secure.as_ref().map(|secure| secure.ca_pem.as_str())
    }

    /// The app's own host, where every request is split by weight.
    pub fn app_url(&self, app: &str) -> Option<String> {
        let mut world = self.shared.world();
        world
            .find_app(app)
            .map(|app| format!("http://{}", app.address))
    }

    /// The own host of a revision, by whole name.
    pub fn revision_url(&self, app: &str, revision: &str) -> Option<String> {
        let mut world = self.shared.world();
        let revision = world.find_app(app)?.find_revision(revision)?;
        Some(format!("http://{}", revision.address))
    }

    /// Where everything answers, apps and revisions in the order of the scenario.
    pub fn hosts(&self) -> Vec<Hosts> {
        let world = self.shared.world();
        let url = |address: &String| format!("http://{address}");
        let hosts = world.apps.iter().map(|app| Hosts {
            app: app.name.clone(),
            url: url(&app.address),
            revisions: app
                .revisions
                .iter()
                .map(|revision| (revision.name.clone(), url(&revision.address)))
                .collect(),
        });
        hosts.collect()
    }

    /// A handle to the world.
    pub fn state(&self) -> State {
        State {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl State {
    /// Replaces the behaviour of a revision, by whole name; its share of errors starts anew.
    pub fn set_behaviour(
        &self,
        app: &str,
        revision: &str,
        behaviour: Behaviour,
    ) -> Result<(), ChangeError> {
        Ok(admin::set_behaviour(
            &mut self.shared.world(),
            app,
            revision,
            behaviour,
        )?)
    }

    /// Adds a fault behind those that are there; it counts calls from now on.
    pub fn add_fault(&self, fault: Fault) -> Result<(), ChangeError> {
        Ok(admin::add_fault(&mut self.shared.world(), fault)?)
    }

    /// Makes every write of an app get 409, until [`State::lift`].
    pub fn wedge(&self, app: &str) -> Result<(), ChangeError> {
        Ok(admin::wedge(&mut self.shared.world(), app)?)
    }

    /// Frees an app that is wedged; an operation that is stuck fails.
    pub fn lift(&self, app: &str) -> Result<(), ChangeError> {
        Ok(admin::lift(&mut self.shared.world(), app)?)
    }

    /// The whole state as JSON, as `GET /_emulator/snapshot` answers it. Counts as no poll.
    pub fn snapshot(&self) -> Value {
        admin::snapshot(&mut self.shared.world())
    }

    /// The calls of the control plane as JSON, in order of arrival: the last 10,000.
    pub fn request_log(&self) -> Value {
        admin::requests(&self.shared.world())
    }

    /// What a revision has served, by whole name.
    pub fn served(&self, app: &str, revision: &str) -> Option<Served> {
        let mut world = self.shared.world();
        Some(world.find_app(app)?.find_revision(revision)?.served)
    }

    /// Starts all counts since the mark from zero.
    pub fn mark(&self) {
        admin::mark(&mut self.shared.world());
    }
}
