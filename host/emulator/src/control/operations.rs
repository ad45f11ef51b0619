//! Long-running operations: the two URLs that an accepted write is answered with, and their reads.

use serde_json::Value;

use super::router;
use crate::http::{Answer, Call};
use crate::refusal::Refusal;
use crate::world::World;
use crate::world::app::App;
use crate::world::document;
use crate::world::operation::{Operation, Status, random_text};

/// Length of the certificate in a real operation URL: such URLs have about 4 KB, which a client
/// has to be able to send back.
const CERTIFICATE_LENGTH: usize = 3000;

/// The `azure-asyncoperation` URL and the `location` URL of an operation.
pub(crate) fn urls(app: &App, operation: &Operation, call: &Call) -> (String, String) {
    let region = document::region(app.document["location"].as_str().unwrap_or_default());
    let scope = app
        .scope
        .split("/resourceGroups/")
        .next()
        .unwrap_or_default();
    let version = call.parameter("api-version").unwrap_or_default();
    // Ticks of 100 ns since the year 1, as in the recordings.
    let ticks = operation.started.as_nanosecond() / 100 + 621_355_968_000_000_000;
    let url = |kind: &str, middle: &str| {
        format!(
            "{}{scope}/providers/Microsoft.App/locations/{region}/{kind}/{}?api-version={version}\
             {middle}&t={ticks}&c={}&s={}&h={}",
            call.origin,
            operation.id,
            random_text(CERTIFICATE_LENGTH),
            random_text(342),
            operation.signature
        )
    };
    (
        url("containerappOperationStatuses", "&azureAsyncOperation=true"),
        url("containerappOperationResults", ""),
    )
}

/// Reads an operation, at its status URL or its result URL. Counts as a poll.
pub(crate) fn read(
    world: &mut World,
    call: &Call,
    kind: &str,
    id: &str,
) -> Result<Answer, Refusal> {
    let now = world.settle();
    let missing = router::no_path(call);
    let Some((app, index)) = world.find_operation(id) else {
        return Err(missing);
    };
    // The URLs are to be used as they were given; one that a client has rebuilt is not signed.
    if call.parameter("h") != Some(app.operations[index].signature.as_str()) {
        let message = "The signature of the operation URL is missing or wrong.".to_owned();
        return Err(Refusal::new(401, "InvalidAsyncOperationSignature", message));
    }
    if index + 1 == app.operations.len() {
        app.poll(now);
    }
    let operation = &app.operations[index];
    let status = document::operation(operation, &call.path);
    match (kind, &operation.status) {
        ("containerappoperationstatuses", _) => Ok(Answer::json(200, status)),
        ("containerappoperationresults", Status::InProgress) => Ok(Answer::empty(202)),
        ("containerappoperationresults", Status::Succeeded) => {
            Ok(Answer::json(200, document::app(app, now.instant)))
        }
        ("containerappoperationresults", Status::Failed { code, message }) => {
            let error = Refusal::new(400, code, message.clone());
            Ok(Answer::json(400, error.body()))
        }
        _ => Err(missing),
    }
}

/// Adds the headers of an accepted write to its answer.
pub(crate) fn accepted(answer: Answer, app: &App, call: &Call) -> Answer {
    let Some(operation) = app.operations.back() else {
        return answer;
    };
    let (status_url, result_url) = urls(app, operation, call);
    answer
        .with("azure-asyncoperation", &status_url)
        .with("location", &result_url)
        .with(
            "x-ms-ratelimit-remaining-subscription-resource-requests",
            "699",
        )
}

/// A page of a list, with the absolute link to the next one.
pub(crate) fn page(items: Vec<Value>, page_size: usize, call: &Call) -> Value {
    let start = call
        .parameter("$skiptoken")
        .and_then(|token| token.parse().ok())
        .unwrap_or(0);
    let size = if page_size == 0 {
        items.len()
    } else {
        page_size
    };
    let end = items.len().min(start + size);
    let next = (end < items.len()).then(|| {
        let version = call.parameter("api-version").unwrap_or_default();
        format!(
            "{}{}?api-version={version}&%24skiptoken={end}",
            call.origin, call.path
        )
    });
    let shown: Vec<Value> = items.into_iter().skip(start).take(size).collect();
    serde_json::json!({"value": shown, "nextLink": next})
}
