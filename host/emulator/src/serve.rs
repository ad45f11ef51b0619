//! Listeners and connections. Knows both planes, and routes each connection to the one that its
//! listener belongs to. Connections are served by hand, because web frameworks cannot withhold a
//! reply and close the connection instead. All tasks end when the emulator is dropped.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::http::{ConnectionReset, Transport};
use crate::shared::{Listener, Plane, Shared};
use crate::{data, dispatch};

/// Serves a listener in a task of its own until the emulator is dropped.
pub(crate) fn start(shared: Arc<Shared>, listener: Listener) {
    tokio::spawn(accept(shared, listener));
}

async fn accept(shared: Arc<Shared>, listener: Listener) {
    let Listener {
        socket,
        plane,
        transport,
    } = listener;
    loop {
        let accepted = tokio::select! {
            () = shared.closed() => return,
            accepted = socket.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let connection = serve(
                    Arc::clone(&shared),
                    stream,
                    plane.clone(),
                    transport.clone(),
                );
                tokio::spawn(connection);
            }
            // Most likely the process is out of file descriptors; others are closed soon.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn serve(shared: Arc<Shared>, stream: TcpStream, plane: Plane, transport: Transport) {
    // Without this option small replies wait for the client's delayed acknowledgement. Failing to
    // set it only makes the emulator slower.
    let _ = stream.set_nodelay(true);
    let scheme = transport.scheme();
    match transport {
        Transport::Plain => converse(shared, stream, plane, scheme).await,
        Transport::Tls(acceptor) => {
            let stream = tokio::select! {
                () = shared.closed() => return,
                stream = acceptor.accept(stream) => stream,
            };
            // A client that does not trust the certificate breaks off the handshake.
            if let Ok(stream) = stream {
                converse(shared, stream, plane, scheme).await;
            }
        }
    }
}

async fn converse(
    shared: Arc<Shared>,
    stream: impl AsyncRead + AsyncWrite + Unpin,
    plane: Plane,
    scheme: &'static str,
) {
    let requests = Arc::clone(&shared);
    let service =
        service_fn(move |request| answer(Arc::clone(&requests), request, plane.clone(), scheme));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    // An error here is a client that went away or a connection that was closed on purpose.
    tokio::select! {
        () = shared.closed() => {}
        _ = connection => {}
    }
}

async fn answer(
    shared: Arc<Shared>,
    request: Request<Incoming>,
    plane: Plane,
    scheme: &'static str,
) -> Result<Response<Body>, ConnectionReset> {
    let request = request.map(Body::new);
    match plane {
        Plane::Control { client } => {
            dispatch::answer(&shared, request, scheme, client.as_deref()).await
        }
        Plane::Data(host) => data::answer(&shared, request, &host).await,
    }
}
