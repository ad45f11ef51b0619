//! The state that all tasks of one emulator share: the world behind a lock, the client for
//! upstreams, and the opening of listeners. Must not import a plane: it gets the function that
//! serves a listener (`serve::start`) as a value, so that a plane can open a listener without
//! importing the other planes.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::http::Transport;
use crate::world::World;

/// The app, revision or label that a host of the data plane leads to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum DataHost {
    App(String),
    Revision { app: String, revision: String },
    Label { app: String, label: String },
}

/// The plane that a listener belongs to.
#[derive(Clone, Debug)]
pub(crate) enum Plane {
    Control {
        /// The name of the client that the listener was opened for.
        client: Option<String>,
    },
    Data(DataHost),
}

/// An open listener.
pub(crate) struct Listener {
    pub(crate) socket: tokio::net::TcpListener,
    pub(crate) plane: Plane,
    pub(crate) transport: Transport,
}

/// Starts to serve a listener and returns at once.
pub(crate) type StartServing = fn(Arc<Shared>, Listener);

/// What all tasks of one emulator share.
pub(crate) struct Shared {
    world: Mutex<World>,
    /// The client for revisions with an upstream.
    pub(crate) client: reqwest::Client,
    ip: IpAddr,
    closing: watch::Receiver<()>,
    start_serving: StartServing,
}

impl Shared {
    /// All listeners bind to `ip`. The emulator closes when the sender of `closing` is dropped.
    pub(crate) fn new(
        world: World,
        client: reqwest::Client,
        ip: IpAddr,
        closing: watch::Receiver<()>,
        start_serving: StartServing,
    ) -> Arc<Self> {
        Arc::new(Self {
            world: Mutex::new(world),
            client,
            ip,
            closing,
            start_serving,
        })
    }

    /// Locks the world. The guard must not be held across an await.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when the emulator has been dropped.
    pub(crate) async fn closed(&self) {
        // The channel carries no values: the only change is its end.
        let _ = self.closing.clone().changed().await;
    }

    /// Opens a listener, starts to serve it and returns its address. Port 0 takes any free port.
    /// Must be called inside a tokio runtime.
    pub(crate) fn open(
        self: &Arc<Self>,
        plane: Plane,
        transport: Transport,
        port: u16,
    ) -> io::Result<SocketAddr> {
        let socket = TcpListener::bind((self.ip, port))?;
        socket.set_nonblocking(true)?;
        let socket = tokio::net::TcpListener::from_std(socket)?;
        let mut address = socket.local_addr()?;
        if address.ip().is_unspecified() {
            address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
        }
        let listener = Listener {
            socket,
            plane,
            transport,
        };
        (self.start_serving)(Arc::clone(self), listener);
        Ok(address)
    }

    /// Opens the listener of an app or revision and returns its `host:port`.
    pub(crate) fn open_data_host(
        self: &Arc<Self>,
        host: DataHost,
        port: u16,
    ) -> io::Result<String> {
        self.open(Plane::Data(host), Transport::Plain, port)
            .map(|address| address.to_string())
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Shared").finish_non_exhaustive()
    }
}
