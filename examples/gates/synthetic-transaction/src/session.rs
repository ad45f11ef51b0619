//! One session at the canary: sends the steps with the token of the login, and measures each.
//!
//! Distinguishes a wrong answer (evidence against the canary) from no answer (no evidence) and from a
//! request that lockgate did not send (not allowed, or the machine that runs lockgate cannot see the canary).

use lockgate_gate::{Answer, NoAnswer, Request, Revision};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// One request of the transaction, and the expected status of its answer.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name in reports.
    pub name: &'static str,
    /// The method.
    pub method: &'static str,
    /// The path at the canary, from its first slash.
    pub path: String,
    /// The JSON body; null for none.
    pub body: Value,
    /// The expected status.
    pub expected: u16,
    /// What it creates at the canary, if anything; also the member of the answer with the id.
    pub creates: Option<&'static str>,
}

/// Why the transaction stopped at a step, with a sentence that names the step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The canary answered, but not as expected.
    Wrong(String),
    /// The canary did not answer.
    Silent(String),
    /// lockgate did not send the request.
    Refused(String),
}

/// A token or an id from an answer that becomes part of the next request. It has only characters that
/// need no escape in a URL and in a header field, so that an answer cannot choose another path.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct UrlSafe(String);

impl TryFrom<String> for UrlSafe {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if text.is_empty() || text.starts_with('.') || !text.bytes().all(plain) {
            return Err("a token or an id is not of letters, digits, '-', '.', '_' and '~'");
        }
        Ok(Self(text))
    }
}

impl std::fmt::Display for UrlSafe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A session.
pub struct Session<'a> {
    /// The revision that sells.
    pub canary: &'a Revision,
    /// The time for each step.
    pub budget_ms: u32,
    /// Sent with every step after the login.
    pub token: Option<UrlSafe>,
    /// The name and the milliseconds of every answered step.
    pub timings: Vec<(&'static str, f64)>,
}

impl Session<'_> {
    /// Sends a step and reads the JSON of its answer.
    pub fn read<T: DeserializeOwned>(&mut self, step: &Step) -> Result<T, Stop> {
        let answer = self.send(step)?;
        step.read(&answer)
    }

    /// Sends a step that creates something. Its id is kept before anything else can fail, also from a
    /// wrong answer, so that it can be deleted.
    pub fn create<T: DeserializeOwned>(
        &mut self,
        step: &Step,
        id: &mut Option<UrlSafe>,
    ) -> Result<T, Stop> {
        let answer = self.send(step)?;
        *id = step.id_in(&answer);
        step.read(&answer)
    }

    /// Sends a step and ignores the body of its answer.
    pub fn check(&mut self, step: &Step) -> Result<(), Stop> {
        let answer = self.send(step)?;
        step.check(&answer)
    }

    fn send(&mut self, step: &Step) -> Result<Answer, Stop> {
        let sent = self.request(step).send();
        let answer = sent
            .map_err(|error| Stop::Refused(format!("not sent: {}", error.text())))
            .and_then(|answer| match &answer.no_answer {
                Some(reason) => Err(self.unanswered(reason)),
                None => Ok(answer),
            })
            .map_err(|stop| step.named(stop))?;
        self.timings.push((step.name, answer.elapsed_ms));
        Ok(answer)
    }

    fn unanswered(&self, reason: &NoAnswer) -> Stop {
        match reason {
            NoAnswer::Timeout(_) => Stop::Silent(format!("no answer within {} ms", self.budget_ms)),
            NoAnswer::Unreachable(reason) => Stop::Silent(format!("no answer: {reason}")),
            NoAnswer::TooLarge(bytes) => {
                Stop::Wrong(format!("the answer is larger than {bytes} bytes"))
            }
        }
    }

    fn request(&self, step: &Step) -> Request {
        let mut request = self.canary.request(step.method, &step.path);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if !step.body.is_null() {
            request = request
                .header("content-type", "application/json")
                .body(step.body.to_string());
        }
        request.timeout_ms(self.budget_ms)
    }
}

impl Step {
    fn check(&self, answer: &Answer) -> Result<(), Stop> {
        if answer.status == self.expected {
            return Ok(());
        }
        let Step {
            name,
            method,
            path,
            expected,
            ..
        } = self;
        let status = answer.status;
        // An error most likely created nothing; a success or a redirect may have.
        let lost = if status < 400 {
            self.lost(Some(answer))
        } else {
            String::new()
        };
        Err(Stop::Wrong(format!(
            "{name}: {method} {path} answered {status}, {expected} was expected{lost}"
        )))
    }

    fn read<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, Stop> {
        self.check(answer)?;
        serde_json::from_slice(&answer.body).map_err(|error| {
            let (name, lost) = (self.name, self.lost(Some(answer)));
            Stop::Wrong(format!("{name}: the answer cannot be used: {error}{lost}"))
        })
    }

    fn id_in(&self, answer: &Answer) -> Option<UrlSafe> {
        let body: Value = serde_json::from_slice(&answer.body).ok()?;
        let id = body.get(self.creates?)?.as_str()?;
        UrlSafe::try_from(id.to_owned()).ok()
    }

    fn named(&self, stop: Stop) -> Stop {
        let (name, lost) = (self.name, self.lost(None));
        match stop {
            Stop::Wrong(reason) => Stop::Wrong(format!("{name}: {reason}{lost}")),
            Stop::Silent(reason) => Stop::Silent(format!("{name}: {reason}{lost}")),
            Stop::Refused(reason) => Stop::Refused(format!("{name}: {reason}")),
        }
    }

    /// Names what cannot be deleted because its id is not known; empty when there is nothing.
    fn lost(&self, answer: Option<&Answer>) -> String {
        let known = answer.is_some_and(|answer| self.id_in(answer).is_some());
        match self.creates {
            Some(what) if !known => {
                format!("; if it made the {what}, that is left behind: its id is not known")
            }
            _ => String::new(),
        }
    }
}

/// Compares a value from an answer with the expected one.
pub fn expect<T: PartialEq + std::fmt::Debug>(
    step: &Step,
    member: &str,
    seen: &T,
    expected: &T,
) -> Result<(), Stop> {
    if seen == expected {
        return Ok(());
    }
    let name = step.name;
    Err(Stop::Wrong(format!(
        "{name}: {member} is {seen:?}, {expected:?} was expected"
    )))
}
