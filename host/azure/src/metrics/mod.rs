//! What Azure Monitor counted: requests by revision and class of status.
//!
//! Responsible for one question ("how many, in this window, of these two revisions") and for never
//! answering it with a guess: what the service has not counted yet is absent, not zero. Knows
//! nothing of gates, and decides nothing. A question that was answered a moment ago is not sent
//! again, because reads of metrics are the commonest cause of a throttled subscription.

mod timespan;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use url::form_urlencoded::byte_serialize;

use crate::app::App;
use crate::arm::{ArmError, Subject};

use timespan::Timespan;

/// The version of Azure Monitor's API; it is another service than the apps', with versions of its
/// own.
const API_VERSION: &str = "2024-02-01";
/// The series of one answer. The service's own default of 10 is what two revisions can just reach.
const SERIES_MAX: u32 = 100;
/// Gates that ask the same within this time share an answer.
const KEEP: Duration = Duration::from_secs(15);
/// A gate has half a minute by default and may want to do something else, too.
const BUDGET: Duration = Duration::from_secs(5);

/// The counts of one app.
#[derive(Debug)]
pub struct Metrics {
    app: Arc<App>,
    lag: Duration,
    budget: Duration,
    kept: Mutex<Vec<Kept>>,
}

/// Requests of one revision with one class of status.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestCount {
    /// The revision, as the question spelled it.
    pub revision: String,
    /// `2xx`, `3xx`, `4xx` or `5xx`.
    pub status_class: String,
    /// How many, as a sum over the window.
    pub requests: f64,
}

/// Why there are no counts. None of these means that there were no requests.
#[derive(Debug, Clone, thiserror::Error)]
pub enum MetricsError {
    /// The read failed.
    #[error(transparent)]
    Arm(Arc<ArmError>),
    /// The service answered that it cannot say.
    #[error("Azure Monitor has no counts: {code}: {message}; ask again in a minute")]
    Refused {
        /// Its code.
        code: String,
        /// Its message.
        message: String,
    },
    /// It said nothing in time.
    #[error("Azure Monitor did not answer within {} s; ask again in a minute", BUDGET.as_secs())]
    Silent,
    /// It answered, and had counted nothing of these revisions.
    #[error(
        "no data yet for {revisions} from {start} to {end}; counts appear minutes after \
         the requests (azure.metrics-lag is {}), and none appear where no request came: ask again \
         later or for a longer window", rollout::human(*lag)
    )]
    NoData {
        /// Of which revisions.
        revisions: String,
        /// The first moment of the window.
        start: Timestamp,
        /// The moment after the window.
        end: Timestamp,
        /// How long the service is given to count.
        lag: Duration,
    },
}

type Answer = Result<Vec<RequestCount>, MetricsError>;

#[derive(Debug)]
struct Kept {
    question: Question,
    at: Instant,
    answer: Answer,
}

#[derive(Debug, Clone, PartialEq)]
struct Question {
    revisions: [String; 2],
    timespan: Timespan,
}

impl Metrics {
    /// How late counts are complete on Azure. Others who read them wait 2 to 5 minutes.
    pub const DEFAULT_LAG: Duration = Duration::from_mins(3);

    /// Prepares the counts of an app. Nothing is sent. `lag` is how late counts are complete; zero
    /// means at once, so that the minute under way is counted too.
    pub fn new(app: Arc<App>, lag: Duration) -> Metrics {
        Metrics {
            app,
            lag,
            budget: BUDGET,
            kept: Mutex::default(),
        }
    }

    /// Returns what was counted of two revisions in a window of this length that ends `lag` ago, in
    /// the service's time. The service counts by the minute, so the window is widened to whole ones.
    ///
    /// # Errors
    /// When the service cannot be read within 5 s, or has no data for either of the revisions. A
    /// revision or class that is merely absent from the result is unknown.
    pub async fn counts(&self, window: Duration, revisions: [&str; 2]) -> Answer {
        let question = Question {
            revisions: revisions.map(str::to_owned),
            timespan: Timespan::ending_before(self.now(), self.lag, window),
        };
        let answered = timeout(self.budget, self.answer(question));
        answered.await.unwrap_or(Err(MetricsError::Silent))
    }

    /// The service's time where it is known: a window in ours could lie in its future.
    fn now(&self) -> Timestamp {
        let skew = self.app.connection().skew().unwrap_or_default();
        Timestamp::now()
            .saturating_add(skew)
            .unwrap_or_else(|_| Timestamp::now())
    }

    async fn answer(&self, question: Question) -> Answer {
        let came = Instant::now();
        // Held while the question is under way, so that those who ask the same meanwhile wait for
        // one answer.
        let mut kept = self.kept.lock().await;
        kept.retain(|kept| kept.serves(came));
        if let Some(same) = kept.iter().find(|kept| kept.question == question) {
            return same.answer.clone();
        }
        let answer = self.ask(&question).await;
        kept.push(Kept {
            question,
            at: Instant::now(),
            answer: answer.clone(),
        });
        answer
    }

    async fn ask(&self, question: &Question) -> Answer {
        let below = ["providers", "Microsoft.Insights", "metrics"];
        let connection = self.app.connection();
        let mut call = connection.call(self.app.id(), &below, Subject::Metrics);
        call.url.set_query(Some(&question.query()));
        let read: Result<wire::Answer, ArmError> = connection.read(&call).await;
        let answer = read.map_err(|error| MetricsError::Arm(Arc::new(error)))?;
        let counts = answer.counts(&question.revisions)?;
        if !counts.is_empty() {
            return Ok(counts);
        }
        Err(MetricsError::NoData {
            revisions: question.names().join(" and "),
            start: question.timespan.start,
            end: question.timespan.end,
            lag: self.lag,
        })
    }
}

impl Kept {
    /// A failure serves only those who were waiting for it.
    fn serves(&self, came: Instant) -> bool {
        match self.answer {
            Ok(_) => came < self.at + KEEP,
            Err(_) => came <= self.at,
        }
    }
}

impl Question {
    /// An app's first revision is its stable one and its canary.
    fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.revisions.iter().map(String::as_str).collect();
        names.dedup();
        names
    }

    fn query(&self) -> String {
        // `or` may stand between values of one dimension only, and binds tighter than `and`; `*`
        // splits by a dimension.
        let quoted = |name: &&str| format!("revisionName eq '{}'", name.replace('\'', "''"));
        let names: Vec<String> = self.names().iter().map(quoted).collect();
        let filter = format!("{} and statusCodeCategory eq '*'", names.join(" or "));
        [
            ("api-version", API_VERSION),
            ("metricnames", "Requests"),
            ("aggregation", "Total"),
            ("interval", "PT1M"),
            ("timespan", &self.timespan.to_string()),
            ("top", &SERIES_MAX.to_string()),
            ("$filter", &filter),
        ]
        .map(|(name, value)| format!("{name}={}", escaped(value)))
        .join("&")
    }
}

/// A plus sign for a space is understood in forms; in a filter it may be taken as a plus sign.
fn escaped(value: &str) -> String {
    byte_serialize(value.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

#[cfg(test)]
mod tests;
