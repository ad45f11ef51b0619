//! The API of a program that embeds the emulator: starts it, finds its URLs, and reads and changes
//! its world. Changes of the world are functions of `admin.rs`, so that both ways do the same.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::watch;

use crate::admin;
use crate::http::Transport;
use crate::refusal::Refusal;
use crate::scenario::{Behaviour, Fault, Scenario};
use crate::serve;
use crate::shared::{DataHost, Plane, Shared};
use crate::tls::{Tls, TlsError};
use crate::world::served::Served;
use crate::world::{ScenarioError, World};

/// The addresses of the listeners.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address of the control plane. Port 0 takes any free port. Apps and revisions listen at the
    /// same IP address, at the ports in the scenario.
    pub control: SocketAddr,
    /// Port of the control plane over TLS. 0 takes any free port. Absent: no TLS.
    pub tls: Option<u16>,
}

/// Why the emulator could not start. Nothing is left running.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The scenario is not valid.
    #[error("the scenario cannot be emulated")]
    Scenario(#[from] ScenarioError),
    /// A listener could not be opened.
    #[error("cannot listen for {name}")]
    Listen {
        /// The control plane, an app or a revision.
        name: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Making the client for upstreams failed.
    #[error("cannot set up the client for upstreams")]
    Client(#[from] reqwest::Error),
    /// Making the certificates failed.
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
    tls: Option<TlsEndpoint>,
    shared: Arc<Shared>,
    /// The listeners close when this is dropped.
    _running: watch::Sender<()>,
}

/// The TLS listener.
#[derive(Debug)]
struct TlsEndpoint {
    address: SocketAddr,
    ca_pem: String,
}

/// The URLs of an app and its revisions.
#[derive(Clone, Debug)]
pub struct AppHosts {
    /// The app's name.
    pub app: String,
    /// The app's URL, where requests are split by weight.
    pub url: String,
    /// The revisions, oldest first.
    pub revisions: Vec<RevisionHost>,
}

/// The URL of a revision.
#[derive(Clone, Debug)]
pub struct RevisionHost {
    /// Whole name.
    pub name: String,
    /// The revision's own URL.
    pub url: String,
}

/// A handle to the world of an emulator. Cheap to clone. Works after the emulator is dropped, too.
#[derive(Clone, Debug)]
pub struct WorldHandle {
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
    /// Opens all listeners and starts to serve. On return every listener accepts connections.
    pub async fn start(scenario: Scenario, options: Options) -> Result<Self, StartError> {
        let world = World::new(scenario)?;
        // Redirects of an upstream are forwarded to the caller, and proxy variables are ignored.
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        let (running, closing) = watch::channel(());
        let shared = Shared::new(world, client, options.control.ip(), closing, serve::start);
        let listen = |name: &str, source| StartError::Listen {
            name: name.to_owned(),
            source,
        };
        {
            let mut world = shared.world();
            for app in &mut world.apps {
                let host = DataHost::App(app.name.clone());
                app.address = shared
                    .open_data_host(host, app.port)
                    .map_err(|source| listen(&app.name, source))?;
                for revision in &mut app.revisions {
                    let host = DataHost::Revision {
                        app: app.name.clone(),
                        revision: revision.name.clone(),
                    };
                    revision.address = shared
                        .open_data_host(host, revision.port)
                        .map_err(|source| listen(&revision.name, source))?;
                }
            }
        }
        let control = shared
            .open(
                Plane::Control { client: None },
                Transport::Plain,
                options.control.port(),
            )
            .map_err(|source| listen("the control plane", source))?;
        let mut tls = None;
        if let Some(port) = options.tls {
            let Tls { acceptor, ca_pem } = Tls::make(options.control.ip())?;
            let address = shared
                .open(
                    Plane::Control { client: None },
                    Transport::Tls(acceptor),
                    port,
                )
                .map_err(|source| listen("the control plane over TLS", source))?;
            tls = Some(TlsEndpoint { address, ca_pem });
        }
        Ok(Self {
            control,
            tls,
            shared,
            _running: running,
        })
    }

    /// Returns the ARM endpoint: `http://host:port`, without a slash at the end.
    pub fn control_url(&self) -> String {
        format!("http://{}", self.control)
    }

    /// Opens a further listener of the control plane for one client, and returns its URL. The logs have every call
    /// that comes through it under this name, and a fault rule can name it. Must be called inside a tokio runtime.
    pub fn open_door(&self, client: &str) -> std::io::Result<String> {
        let plane = Plane::Control {
            client: Some(client.to_owned()),
        };
        let address = self.shared.open(plane, Transport::Plain, 0)?;
        Ok(format!("http://{address}"))
    }

    /// Returns the same endpoint over TLS, `https://host:port`, if the options have a TLS port.
    pub fn tls_url(&self) -> Option<String> {
        let tls = self.tls.as_ref()?;
        Some(format!("https://{}", tls.address))
    }

    /// Returns the certificate, in PEM, of the authority that a client of [`Emulator::tls_url`]
    /// must trust. Each start makes a new one.
    pub fn ca_pem(&self) -> Option<&str> {
        self.tls.as_ref().map(|tls| tls.ca_pem.as_str())
    }

    /// Returns the URL of an app, where requests are split by weight.
    pub fn app_url(&self, app: &str) -> Option<String> {
        let mut world = self.shared.world();
        world
            .find_app(app)
            .map(|app| format!("http://{}", app.address))
    }

    /// Returns the URL of a revision, by its whole name.
    pub fn revision_url(&self, app: &str, revision: &str) -> Option<String> {
        let mut world = self.shared.world();
        let revision = world.find_app(app)?.find_revision(revision)?;
        Some(format!("http://{}", revision.address))
    }

    /// Returns the URLs of all apps and revisions, in the order of the scenario.
    pub fn hosts(&self) -> Vec<AppHosts> {
        let world = self.shared.world();
        let url = |address: &String| format!("http://{address}");
        let hosts = world.apps.iter().map(|app| AppHosts {
            app: app.name.clone(),
            url: url(&app.address),
            revisions: app
                .revisions
                .iter()
                .map(|revision| RevisionHost {
                    name: revision.name.clone(),
                    url: url(&revision.address),
                })
                .collect(),
        });
        hosts.collect()
    }

    /// Returns a handle to the world.
    pub fn world(&self) -> WorldHandle {
        WorldHandle {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl WorldHandle {
    /// Replaces the behaviour of a revision, by its whole name, and counts its share of errors
    /// anew.
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

    /// Adds a fault rule after the existing ones. It counts calls from now on.
    pub fn add_fault(&self, fault: Fault) -> Result<(), ChangeError> {
        Ok(admin::add_fault(&mut self.shared.world(), fault)?)
    }

    /// Makes every write of an app get 409, until [`WorldHandle::lift`].
    pub fn wedge(&self, app: &str) -> Result<(), ChangeError> {
        Ok(admin::wedge(&mut self.shared.world(), app)?)
    }

    /// Frees a wedged app. A stuck operation fails.
    pub fn lift(&self, app: &str) -> Result<(), ChangeError> {
        Ok(admin::lift(&mut self.shared.world(), app)?)
    }

    /// Returns the whole state, as `GET /_emulator/snapshot` does. Does not count as a poll.
    pub fn snapshot(&self) -> Value {
        admin::snapshot(&mut self.shared.world())
    }

    /// Returns the last 10,000 calls of the control plane, in order of arrival.
    pub fn request_log(&self) -> Value {
        admin::requests(&self.shared.world())
    }

    /// Returns how many calls of a method, such as `PATCH`, are in the log. They may not have been performed yet.
    pub fn received(&self, method: &str) -> usize {
        let world = self.shared.world();
        let calls = world.log.calls().iter();
        calls.filter(|call| call.method == method).count()
    }

    /// Returns the accepted writes of an app, as `GET /_emulator/writes/<app>` does.
    pub fn writes(&self, app: &str) -> Result<Value, ChangeError> {
        Ok(admin::writes(&mut self.shared.world(), app)?)
    }

    /// Returns the counts of a revision, by its whole name.
    pub fn served(&self, app: &str, revision: &str) -> Option<Served> {
        let mut world = self.shared.world();
        Some(world.find_app(app)?.find_revision(revision)?.served)
    }

    /// Sets all counts since the mark to zero.
    pub fn mark(&self) {
        admin::mark(&mut self.shared.world());
    }
}
