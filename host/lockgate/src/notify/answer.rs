//! What the answer to a message means: it was taken, it may be taken later, or it never will. Pure. The statuses are those of
//! <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md>, section 2.2.

use std::time::Duration;

use gates::{ExchangeError, HttpResponse};
use jiff::Timestamp;

/// The longest pause that a receiver may ask for: more would not come about in a run.
const PAUSE_MAX: Duration = Duration::from_hours(24);
/// The pauses before a message is sent again; the last one repeats.
const PAUSES: [Duration; 6] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(15),
];

/// What becomes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// It was taken.
    Taken,
    /// It may be taken later.
    Later {
        why: String,
        /// How long the receiver wants no request.
        pause: Option<Duration>,
    },
    /// This one is never taken.
    Never(String),
    /// No message is ever taken again.
    Gone(String),
}

impl Answer {
    /// Returns what an exchange that has just ended means.
    pub(super) fn of(exchange: &Result<HttpResponse, ExchangeError>, now: Timestamp) -> Answer {
        match exchange {
            Ok(response) => of_response(response, now),
            Err(
                error @ (ExchangeError::Denied(_)
                | ExchangeError::Invalid(_)
                | ExchangeError::Untrusted(_)
                | ExchangeError::TooLarge(_)
                | ExchangeError::Budget(_)),
            ) => Answer::Never(error.to_string()),
            Err(ExchangeError::Timeout) => Answer::Later {
                why: "no answer in time".to_owned(),
                pause: None,
            },
            Err(
                error @ (ExchangeError::Unreachable(_)
                | ExchangeError::Unresolved(_)
                | ExchangeError::ThisMachine(_)),
            ) => Answer::Later {
                why: error.to_string(),
                pause: None,
            },
        }
    }
}

/// Returns the pause before a message is sent again that was sent `sent` times, where the receiver asks for none.
pub(super) fn pause(sent: usize) -> Duration {
    let last = PAUSES.len() - 1;
    PAUSES[sent.saturating_sub(1).min(last)]
}

fn of_response(response: &HttpResponse, now: Timestamp) -> Answer {
    let status = response.status;
    let why = format!("status {status}");
    match status {
        200..=299 => Answer::Taken,
        300..=399 => Answer::Never(format!("{why}, and no redirect is followed")),
        410 => Answer::Gone(format!("{why}: the receiver is gone")),
        408 | 425 | 429 | 500..=599 => {
            let pause = retry_after(response, now);
            let asked = pause.map(|pause| format!(", with a pause of {} s", pause.as_secs()));
            Answer::Later {
                why: format!("{why}{}", asked.unwrap_or_default()),
                pause,
            }
        }
        _ => Answer::Never(why),
    }
}

/// Returns the pause that a receiver asks for: seconds, or a date of HTTP
/// (<https://www.rfc-editor.org/rfc/rfc9110#field.retry-after>).
fn retry_after(response: &HttpResponse, now: Timestamp) -> Option<Duration> {
    let mut fields = response.headers.iter();
    let (_, value) = fields.find(|(name, _)| name == "retry-after")?;
    let value = value.trim();
    let pause = match value.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
            Duration::try_from(now.duration_until(date)).unwrap_or_default()
        }
    };
    Some(pause.min(PAUSE_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, retry_after: Option<&str>) -> Answer {
        let headers = retry_after.map(|value| ("retry-after".to_owned(), value.to_owned()));
        let response = HttpResponse {
            status,
            headers: headers.into_iter().collect(),
            body: Vec::new(),
            elapsed_ms: 1.0,
        };
        let now = "2026-10-21T07:27:30Z".parse().unwrap();
        Answer::of(&Ok(response), now)
    }

    fn later(why: &str, pause: Option<u64>) -> Answer {
        Answer::Later {
            why: why.to_owned(),
            pause: pause.map(Duration::from_secs),
        }
    }

    #[test]
    fn message_is_sent_again_where_it_may_be_taken_then() {
        let never = |why: &str| Answer::Never(why.to_owned());
        for (status, answer) in [
            (200, Answer::Taken),
            (202, Answer::Taken),
            (204, Answer::Taken),
            (302, never("status 302, and no redirect is followed")),
            (400, never("status 400")),
            (401, never("status 401")),
            (408, later("status 408", None)),
            (
                410,
                Answer::Gone("status 410: the receiver is gone".to_owned()),
            ),
            (415, never("status 415")),
            (429, later("status 429", None)),
            (500, later("status 500", None)),
            (503, later("status 503", None)),
        ] {
            assert_eq!(answered(status, None), answer, "{status}");
        }
    }

    #[test]
    fn pause_is_the_one_that_the_receiver_asks_for() {
        for (value, pause) in [
            ("7", Some(7)),
            ("0", Some(0)),
            ("99999999999999", Some(86_400)),
            ("Wed, 21 Oct 2026 07:28:00 GMT", Some(30)),
            ("Wed, 21 Oct 2026 07:27:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            let why = pause.map_or("status 429".to_owned(), |pause| {
                format!("status 429, with a pause of {pause} s")
            });
            assert_eq!(answered(429, Some(value)), later(&why, pause), "{value}");
        }
    }

    #[test]
    fn what_this_machine_must_not_send_is_not_sent_again() {
        let now = Timestamp::UNIX_EPOCH;
        for error in [
            ExchangeError::Denied("x".to_owned()),
            ExchangeError::Untrusted("x".to_owned()),
        ] {
            let answer = Answer::of(&Err(error.clone()), now);
            assert_eq!(answer, Answer::Never(error.to_string()));
        }
        for error in [
            ExchangeError::Timeout,
            ExchangeError::Unreachable("x".to_owned()),
            ExchangeError::Unresolved("x".to_owned()),
            ExchangeError::ThisMachine("x".to_owned()),
        ] {
            let answer = Answer::of(&Err(error), now);
            assert!(
                matches!(answer, Answer::Later { pause: None, .. }),
                "{answer:?}"
            );
        }
    }

    #[test]
    fn pauses_grow_and_then_stay() {
        let pauses: Vec<u128> = (1..9).map(|sent| pause(sent).as_millis()).collect();
        assert_eq!(
            pauses,
            [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]
        );
    }
}
