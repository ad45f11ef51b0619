//! Listeners, connections and the state that their tasks share. Connections are served by hand,
//! so that an answer can be withheld and the connection closed, which no web framework offers.
//! Everything ends when the emulator is dropped: the tasks wait on a channel that it holds.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::data::Host;
use crate::world::World;
use crate::{control, data};

/// Withholds the answer: the connection is closed instead.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed on purpose")]
pub(crate) struct Reset;

/// Which server a connection belongs to.
#[derive(Clone, Debug)]
pub(crate) enum Server {
    Control,
    Data(Host),
}

/// How a listener's connections are spoken on.
#[derive(Clone)]
pub(crate) enum Wire {
    Plain,
    Tls(TlsAcceptor),
}

impl Wire {
    /// How a URL of it begins, before the colon.
    pub(crate) fn scheme(&self) -> &'static str {
        match self {
            Self::Plain => "http",
            Self::Tls(_) => "https",
        }
    }
}

/// What all tasks of one emulator share.
#[derive(Debug)]
pub(crate) struct Shared {
    world: Mutex<World>,
    /// For revisions with an upstream.
    pub(crate) client: reqwest::Client,
    ip: IpAddr,
    closing: watch::Receiver<()>,
}

impl Shared {
    pub(crate) fn new(
        world: World,
        client: reqwest::Client,
        ip: IpAddr,
        closing: watch::Receiver<()>,
    ) -> Arc<Self> {
        Arc::new(Self {
            world: Mutex::new(world),
            client,
            ip,
            closing,
        })
    }

    /// The world, exclusively; never held across an await.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when the emulator has been dropped.
    pub(crate) async fn closed(&self) {
        // The channel carries no values: the only change is its end.
        let _ = self.closing.clone().changed().await;
    }

    /// Opens a listener (port 0: any free one) and serves it; returns where it can be reached.
    /// Must be called inside a tokio runtime.
    pub(crate) fn open(
        self: &Arc<Self>,
        server: Server,
        wire: Wire,
        port: u16,
    ) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind((self.ip, port))?;
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let mut address = listener.local_addr()?;
        if address.ip().is_unspecified() {
            address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
        }
        tokio::spawn(Arc::clone(self).accept(listener, server, wire));
        Ok(address)
    }

    /// Opens the listener of an app or revision and returns its `host:port`.
    pub(crate) fn open_host(self: &Arc<Self>, host: Host, port: u16) -> io::Result<String> {
        self.open(Server::Data(host), Wire::Plain, port)
            .map(|address| address.to_string())
    }

    async fn accept(
        self: Arc<Self>,
        listener: tokio::net::TcpListener,
        server: Server,
        wire: Wire,
    ) {
        loop {
            let accepted = tokio::select! {
                () = self.closed() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    tokio::spawn(Arc::clone(&self).serve(stream, server.clone(), wire.clone()));
                }
                // Out of file descriptors, most likely: some will be given back.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }

    async fn serve(self: Arc<Self>, stream: TcpStream, server: Server, wire: Wire) {
        // Small answers must not wait for the client's delayed acknowledgement; without this
        // option the emulator is slower, and nothing else.
        let _ = stream.set_nodelay(true);
        let scheme = wire.scheme();
        match wire {
            Wire::Plain => self.converse(stream, server, scheme).await,
            Wire::Tls(acceptor) => {
                // A client that does not trust the certificate breaks the handshake off.
                let stream = tokio::select! {
                    () = self.closed() => return,
                    stream = acceptor.accept(stream) => stream,
                };
                if let Ok(stream) = stream {
                    self.converse(stream, server, scheme).await;
                }
            }
        }
    }

    async fn converse(
        self: Arc<Self>,
        stream: impl AsyncRead + AsyncWrite + Unpin,
        server: Server,
        scheme: &'static str,
    ) {
        let shared = Arc::clone(&self);
        let service =
            service_fn(move |request| Arc::clone(&shared).answer(request, server.clone(), scheme));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service);
        // An error here is a client that went away or a connection closed on purpose.
        tokio::select! {
            () = self.closed() => {}
            _ = connection => {}
        }
    }

    async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        server: Server,
        scheme: &'static str,
    ) -> Result<Response<Body>, Reset> {
        let request = request.map(Body::new);
        match server {
            Server::Control => control::answer(&self, request, scheme).await,
            Server::Data(host) => data::answer(&self, request, &host).await,
        }
    }
}
