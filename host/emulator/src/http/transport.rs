//! How the connections of a listener are encrypted.

use tokio_rustls::TlsAcceptor;

/// The transport of a listener's connections.
#[derive(Clone)]
pub(crate) enum Transport {
    Plain,
    Tls(TlsAcceptor),
}

impl Transport {
    /// Returns the scheme of the listener's URLs.
    pub(crate) fn scheme(&self) -> &'static str {
        match self {
            Self::Plain => "http",
            Self::Tls(_) => "https",
        }
    }
}
