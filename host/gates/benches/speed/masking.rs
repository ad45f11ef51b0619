//! Measures the search for secrets in a large answer that holds none: the most work, as nothing ends it early.

use std::hint::black_box;
use std::time::{Duration, Instant};

use gates::{Secret, Secrets};

const SEARCHES: usize = 50;
const SECRETS: usize = 10;
const SECRET_CHARS: usize = 2_000;
/// The largest body that a gate receives by default, in bytes.
const BODY_BYTES: usize = 4 << 20;
/// An entry with most kinds of escapes, and a digest.
const ENTRY: &str = r#"{"id": 12345, "name": "Kürbissuppe \"große\"\n", "url": "https:\/\/shop.example\/a%20b?c=d&amp;e", "digest": "4bf92f3577b34da6a3ce929d0e0e4736", "ok": true},"#;

/// Returns the duration of each search through JSON.
pub(crate) fn searches() -> Vec<Duration> {
    let secrets: Vec<Secret> = (0..SECRETS)
        .map(|index| Secret::new("TOKEN", &secret(index)).expect("a secret"))
        .collect();
    let secrets = Secrets::new(&secrets, &[]).expect("secrets");
    let body = ENTRY.repeat(BODY_BYTES / ENTRY.len());
    (0..SEARCHES)
        .map(|_| {
            let began = Instant::now();
            assert_eq!(secrets.found_in(black_box(&body)), None);
            began.elapsed()
        })
        .collect()
}

/// Returns characters like those of a token, the same ones each time.
fn secret(index: usize) -> String {
    const CHARACTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut state = index as u64 + 1;
    (0..SECRET_CHARS)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            char::from(CHARACTERS[(state >> 58) as usize])
        })
        .collect()
}
