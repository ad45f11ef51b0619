//! Why a component is not pulled or pushed. No message quotes a secret, or the body of an answer.

use crate::reference::Reference;

/// Why a component was not pulled, looked up or pushed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {task} {reference}: {problem}")]
pub struct RegistryError {
    /// What was tried.
    pub task: Task,
    /// The component.
    pub reference: Reference,
    /// What went wrong, with the next step.
    pub problem: Problem,
}

/// What is asked of a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// A component is fetched.
    Pull,
    /// The digest behind a tag is looked up.
    LookUp,
    /// A component is written.
    Push,
}

impl std::fmt::Display for Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Task::Pull => "pull",
            Task::LookUp => "look up",
            Task::Push => "push",
        })
    }
}

/// Returns how much was sent, and how much there is where that is known.
fn sent(got: usize, what: &str, expected: Option<usize>) -> String {
    match expected {
        Some(expected) => format!("{got} of {expected} bytes of {what}"),
        None => format!("{got} bytes of {what}, and not its end"),
    }
}

/// What went wrong, with the next step. `host` is the registry's, or that of another server that it named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// No connection, or none that lasted.
    #[error("{host} does not answer: {reason}; check the name, the network and HTTPS_PROXY")]
    Unreachable {
        /// Its host and port.
        host: String,
        /// The reason, without secrets.
        reason: String,
    },
    /// The certificate is not trusted.
    #[error(
        "{host} is not trusted: {reason}; if an authority of your own signs its certificate, name that with \
         SSL_CERT_FILE"
    )]
    Untrusted {
        /// Its host and port.
        host: String,
        /// The reason, without secrets.
        reason: String,
    },
    /// The TLS library cannot start.
    #[error("TLS cannot be set up: {reason}; check the machine's root certificates")]
    Tls {
        /// The reason, without secrets.
        reason: String,
    },
    /// 401, also with credentials, where there are any; or 400 to a token that is exchanged.
    #[error(
        "{host} answered {status} {with}; sign in with `docker login {registry}`, or correct DOCKER_CONFIG"
    )]
    Unauthenticated {
        /// Its host and port.
        host: String,
        /// The status.
        status: u16,
        /// The credentials that were sent, such as `without credentials`.
        with: String,
        /// The registry that was named.
        registry: String,
    },
    /// 403.
    #[error(
        "{host} answered 403 {with}: it does not let you {right} {repository}; ask for that right"
    )]
    Forbidden {
        /// Its host and port.
        host: String,
        /// The credentials that were sent, such as `without credentials`.
        with: String,
        /// What was wanted.
        right: &'static str,
        /// The repository.
        repository: String,
    },
    /// 404.
    #[error("{host} answered 404: it has no {what}; check the repository and the version")]
    NotFound {
        /// Its host and port.
        host: String,
        /// The thing that was asked for.
        what: String,
    },
    /// 429.
    #[error(
        "{host} answered 429, too many requests{after}; try again later, or sign in for a higher limit"
    )]
    Busy {
        /// Its host and port.
        host: String,
        /// How long it asks to wait, if it says so.
        after: String,
    },
    /// A server error.
    #[error("{host} answered {status}, an error of its own; try again later")]
    Broken {
        /// Its host and port.
        host: String,
        /// The status.
        status: u16,
    },
    /// Any other status.
    #[error("{host} answered {status} to a request for {what}; check that it is an OCI registry")]
    Unexpected {
        /// Its host and port.
        host: String,
        /// The status.
        status: u16,
        /// The thing that was asked for.
        what: String,
    },
    /// A redirect that is not followed.
    #[error(
        "{host} redirects {what} {why}; no redirect like that is followed: look at proxies on the way"
    )]
    Redirect {
        /// Its host and port.
        host: String,
        /// The thing that was asked for.
        what: String,
        /// Where it leads, or what is wrong with it.
        why: String,
    },
    /// An upload to another place than the registry.
    #[error(
        "{host} wants the upload of {what} {why}; uploads go to the registry itself alone: look at proxies on the way"
    )]
    Upload {
        /// Its host and port.
        host: String,
        /// The thing that is sent.
        what: String,
        /// Where it is to go, or what is wrong with it.
        why: String,
    },
    /// A way to sign in that is not known, or not safe.
    #[error("{host} asks for a way to sign in that cannot be used: {reason}; {next}")]
    Challenge {
        /// Its host and port.
        host: String,
        /// The reason, without secrets.
        reason: String,
        /// The next step.
        next: &'static str,
    },
    /// Docker's configuration, or a program that it names, cannot be used.
    #[error("the credentials for {registry} cannot be read: {reason}")]
    Credentials {
        /// The registry that was named.
        registry: String,
        /// The reason, without secrets.
        reason: String,
    },
    /// More bytes than are taken.
    #[error("{what} has more than the {max} bytes that are taken; {next}")]
    TooLarge {
        /// The thing that was asked for.
        what: String,
        /// In bytes.
        max: usize,
        /// The next step.
        next: &'static str,
    },
    /// The connection ended early.
    #[error(
        "{host} sent {}; try again, and look at proxies on the way", sent(*got, what, *expected)
    )]
    Truncated {
        /// Its host and port.
        host: String,
        /// The thing that was asked for.
        what: String,
        /// In bytes.
        got: usize,
        /// What it has to be, where that is known.
        expected: Option<usize>,
    },
    /// More bytes than the manifest names.
    #[error(
        "{host} sent {what} with more than the {expected} bytes that its manifest names; nothing of it was kept: ask who \
         changed it, the registry or a proxy on the way"
    )]
    WrongSize {
        /// Its host and port.
        host: String,
        /// The thing that was asked for.
        what: String,
        /// In bytes.
        expected: usize,
    },
    /// A time limit.
    #[error("{host} took longer than {seconds} s; try again, and look at proxies on the way")]
    TooSlow {
        /// Its host and port.
        host: String,
        /// The limit.
        seconds: u64,
    },
    /// The bytes are not those that were asked for.
    #[error(
        "{host} sent {what} with the digest {actual}, and {expected} was asked for; nothing of it was kept: ask \
         who changed it, the registry or a proxy on the way"
    )]
    WrongDigest {
        /// Its host and port.
        host: String,
        /// The thing that was asked for.
        what: String,
        /// What it is.
        actual: String,
        /// What it has to be.
        expected: String,
    },
    /// The registry gives what was pushed another digest.
    #[error(
        "{host} says that {what} has the digest {actual}, and not {expected}; look up the tag, and ask who changed it, the \
         registry or a proxy on the way"
    )]
    OtherDigest {
        /// Its host and port.
        host: String,
        /// The thing that was sent.
        what: String,
        /// What the registry says.
        actual: String,
        /// What was sent.
        expected: String,
    },
    /// The manifest names other manifests.
    #[error(
        "its manifest is an index of several, not one component; name the digest of one of them"
    )]
    Index,
    /// The manifest is of another kind.
    #[error(
        "its manifest has the media type {media_type:?}, and a component has {expected:?}; push it with `lockgate gate push`"
    )]
    MediaType {
        /// As the registry has it.
        media_type: String,
        /// What it has to be.
        expected: &'static str,
    },
    /// The manifest has no layer, or several.
    #[error(
        "its manifest has {count} layers, and a component is one; push it with `lockgate gate push`"
    )]
    Layers {
        /// How many.
        count: usize,
    },
    /// The layer is something else.
    #[error(
        "its layer has the media type {media_type:?}, and that of a component is {expected:?}; push it with `lockgate gate push`"
    )]
    Layer {
        /// As the registry has it.
        media_type: String,
        /// What it has to be.
        expected: &'static str,
    },
    /// An answer that cannot be understood.
    #[error("{what} cannot be understood: {reason}; check that it is an OCI registry")]
    Malformed {
        /// The thing that was asked for.
        what: String,
        /// The reason, without secrets.
        reason: String,
    },
    /// A task that needs another kind of reference.
    #[error("{0}")]
    Reference(&'static str),
}
