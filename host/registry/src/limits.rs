//! How much a registry may send, and how long it may take.

use std::time::Duration;

/// How much a registry may send, and how long it may take.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The bytes of a component.
    pub component_bytes: usize,
    /// The bytes of a manifest: the most that the distribution specification asks registries to take is four times this.
    pub manifest_bytes: usize,
    /// The bytes of an answer with a token.
    pub answer_bytes: usize,
    /// The time to connect.
    pub connect: Duration,
    /// The time without a byte.
    pub silence: Duration,
    /// The time of a whole pull or push.
    pub whole: Duration,
    /// How often a read is sent in all when it is not answered, or answered with 429 or a server error.
    pub attempts: u32,
    /// The pause before the second attempt, doubled for each further one; a longer one that the registry asks for is kept up
    /// to `pause_max`.
    pub pause: Duration,
    /// The longest pause.
    pub pause_max: Duration,
    /// The redirects of one read.
    pub redirects: u32,
    /// The time of a program that keeps credentials.
    pub helper: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            component_bytes: 64 << 20,
            manifest_bytes: 1 << 20,
            answer_bytes: 64 << 10,
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(20),
            whole: Duration::from_mins(5),
            attempts: 3,
            pause: Duration::from_millis(500),
            pause_max: Duration::from_secs(10),
            redirects: 5,
            helper: Duration::from_secs(10),
        }
    }
}
