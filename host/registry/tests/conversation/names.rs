//! Names of registries: hosts are the same in capitals, and the machine itself may speak TLS.

use std::sync::Arc;

use registry::{Problem, Reference};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::support::{Reply, Server, Stored, basic, error_text, password, registries, signed_in};

#[tokio::test]
async fn credential_of_a_host_is_found_in_capitals() {
    let stored = Stored::new();
    let version = stored.version();
    let expected = basic("ann", "s3cret");
    let server = Server::start(move |request| {
        if request.authorization() == Some(&expected) {
            stored.answer(request)
        } else {
            Reply::new(401, &[("www-authenticate", "Basic realm=\"x\"")], "")
        }
    })
    .await;
    let port = server.address.rsplit(':').next().unwrap();
    for (named, entry) in [
        ("LOCALHOST", "localhost"),
        ("localhost", "LocalHost"),
        ("127.0.0.1", "http://127.0.0.1"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let entry = format!("{entry}:{port}");
        let registries = signed_in(folder.path(), &entry, &password("ann", "s3cret"));
        let reference = format!("oci://{named}:{port}/team/gate{version}");
        let reference = Reference::parse(&reference).unwrap();
        let pulled = registries.pull(&reference).await;
        assert!(pulled.is_ok(), "{named}: {pulled:?}");
    }
}

#[tokio::test]
async fn machine_that_speaks_tls_is_not_asked_in_clear_text() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut first = [0];
            stream.peek(&mut first).await.unwrap();
            assert_eq!(first, [0x16], "a hello of TLS");
            let _ = acceptor.accept(stream).await;
        }
    });
    let reference = Reference::parse(&format!("oci://localhost:{port}/team/gate:1")).unwrap();
    let result = registries().look_up(&reference).await;
    let problem = result.as_ref().err().map(|error| error.problem.clone());
    let error = error_text(result);
    assert!(
        matches!(problem, Some(Problem::Untrusted { .. })),
        "{error}"
    );
}

#[tokio::test]
async fn machine_that_refuses_our_tls_is_not_asked_in_clear_text() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut some = [0; 4096];
            let _ = stream.read(&mut some).await;
            let answer: &[u8] = if some[0] == 0x16 {
                // An alert: handshake failure.
                &[0x15, 3, 3, 0, 2, 2, 40]
            } else {
                b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"
            };
            let _ = stream.write_all(answer).await;
        }
    });
    let reference = Reference::parse(&format!("oci://localhost:{port}/team/gate:1")).unwrap();
    let result = registries().look_up(&reference).await;
    let problem = result.as_ref().err().map(|error| error.problem.clone());
    let error = error_text(result);
    assert!(
        matches!(problem, Some(Problem::Unreachable { .. })),
        "{error}"
    );
    assert!(error.contains("HandshakeFailure"), "{error}");
}

#[tokio::test]
async fn registry_at_an_address_of_ipv6_is_asked() {
    let Ok(listener) = TcpListener::bind("[::1]:0").await else {
        // This machine has no IPv6.
        return;
    };
    let stored = Stored::new();
    let version = stored.version();
    let server = Server::on(listener, move |request| stored.answer(request));
    assert!(server.address.starts_with("[::1]:"));
    let pulled = registries().pull(&server.reference(&version)).await;
    pulled.unwrap();
}
