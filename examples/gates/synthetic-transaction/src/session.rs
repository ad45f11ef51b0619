//! One visit to the canary: sends a step, carries the token from one to the next, times each, and
//! tells a wrong answer (evidence against the canary) from no answer (no evidence) and from a
//! request that lockgate did not send (this gate's or its configuration's fault).

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// One request of the transaction, and what its answer must be.
#[derive(Debug, Clone)]
pub struct Step {
    /// What it does, in the words of a report.
    pub name: &'static str,
    /// The method.
    pub method: &'static str,
    /// The path at the canary, from its first slash.
    pub path: String,
    /// The JSON body; null for none.
    pub body: Value,
    /// The only status that is right.
    pub expected: u16,
    /// What it makes at the canary, if anything: also the member of the answer that has its id.
    pub makes: Option<&'static str>,
}

/// A request, as the contract's `http` takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: &'static str,
    /// The absolute URL.
    pub url: String,
    /// The header fields.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// The time for the whole exchange.
    pub timeout_ms: u32,
}

/// An answer, as far as the gate looks at it.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// How long it took, measured by lockgate.
    pub elapsed_ms: f64,
}

/// Why a step did not lead to the next one; each with a sentence that names the step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The canary answered, and not as it should.
    Wrong(String),
    /// The canary did not answer.
    Silent(String),
    /// lockgate did not send the request.
    Refused(String),
}

/// The way out of the gate: `http.send` of the contract, or a script in a test. An error is a
/// [`Stop`] whose sentence is still without the step.
pub trait Outside {
    /// Sends one request and waits for its answer.
    fn send(&mut self, request: &Request) -> Result<Answer, Stop>;
}

/// A token or an id out of an answer that becomes part of the next request. Only characters that
/// stand for themselves in a URL and in a header field: an answer must not choose another path.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Word(String);

impl TryFrom<String> for Word {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if text.is_empty() || text.starts_with('.') || !text.bytes().all(plain) {
            return Err("a token or an id is not of letters, digits, '-', '.', '_' and '~'");
        }
        Ok(Self(text))
    }
}

impl std::fmt::Display for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A visit.
pub struct Session<'a, O> {
    /// The way out.
    pub outside: &'a mut O,
    /// Where the canary answers, without a trailing slash.
    pub origin: &'a str,
    /// The time for each step.
    pub budget_ms: u32,
    /// Sent with every step, once there is one.
    pub token: Option<Word>,
    /// Every step that was answered, and how many milliseconds it took.
    pub timings: Vec<(&'static str, f64)>,
}

impl<O: Outside> Session<'_, O> {
    /// Sends a step and reads the JSON of its answer.
    pub fn read<T: DeserializeOwned>(&mut self, step: &Step) -> Result<T, Stop> {
        let answer = self.send(step)?;
        step.read(&answer)
    }

    /// Sends a step that makes something. Its id is noted before anything else can fail: also of an
    /// answer that is wrong, so that it can be cleaned up.
    pub fn make<T: DeserializeOwned>(
        &mut self,
        step: &Step,
        made: &mut Option<Word>,
    ) -> Result<T, Stop> {
        let answer = self.send(step)?;
        *made = step.id_in(&answer);
        step.read(&answer)
    }

    /// Sends a step whose answer has no body that matters.
    pub fn check(&mut self, step: &Step) -> Result<(), Stop> {
        let answer = self.send(step)?;
        step.check(&answer)
    }

    fn send(&mut self, step: &Step) -> Result<Answer, Stop> {
        let sent = self.outside.send(&self.request(step));
        let answer = sent.map_err(|stop| step.named(stop))?;
        self.timings.push((step.name, answer.elapsed_ms));
        Ok(answer)
    }

    fn request(&self, step: &Step) -> Request {
        let mut headers = Vec::new();
        if let Some(token) = &self.token {
            headers.push(("authorization".to_owned(), format!("Bearer {token}")));
        }
        let body = (!step.body.is_null()).then(|| step.body.to_string().into_bytes());
        if body.is_some() {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        Request {
            method: step.method,
            url: format!("{}{}", self.origin, step.path),
            headers,
            body,
            timeout_ms: self.budget_ms,
        }
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
        // An error made nothing, most likely; a success or a redirect may have.
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

    fn id_in(&self, answer: &Answer) -> Option<Word> {
        let body: Value = serde_json::from_slice(&answer.body).ok()?;
        let id = body.get(self.makes?)?.as_str()?;
        Word::try_from(id.to_owned()).ok()
    }

    fn named(&self, stop: Stop) -> Stop {
        let (name, lost) = (self.name, self.lost(None));
        match stop {
            Stop::Wrong(reason) => Stop::Wrong(format!("{name}: {reason}{lost}")),
            Stop::Silent(reason) => Stop::Silent(format!("{name}: {reason}{lost}")),
            Stop::Refused(reason) => Stop::Refused(format!("{name}: {reason}")),
        }
    }

    /// Says what cannot be cleaned up because no answer told its id.
    fn lost(&self, answer: Option<&Answer>) -> String {
        let known = answer.is_some_and(|answer| self.id_in(answer).is_some());
        match self.makes {
            Some(what) if !known => {
                format!("; if it made the {what}, that is left behind: its id is not known")
            }
            _ => String::new(),
        }
    }
}

/// Compares a value out of an answer with what it must be.
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
