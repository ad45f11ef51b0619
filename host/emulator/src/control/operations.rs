//! Long-running operations: the two URLs that the reply to an accepted write carries, and the reads
//! of those URLs.

use crate::http::{HttpCall, Reply};
use crate::ids::random_text;
use crate::refusal::Refusal;
use crate::world::app::App;
use crate::world::document;
use crate::world::operation::{Operation, OperationStatus};
use crate::world::{FoundOperation, World};

/// Length of the certificate in an operation URL. Real URLs have about 4 KB, which a client must be
/// able to send back.
const CERTIFICATE_LENGTH: usize = 3000;

/// Where an operation can be read.
struct OperationUrls {
    /// Sent as `azure-asyncoperation`.
    status: String,
    /// Sent as `location`.
    result: String,
}

impl OperationUrls {
    fn of(app: &App, operation: &Operation, call: &HttpCall) -> Self {
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
                "{}{scope}/providers/Microsoft.App/locations/{region}/{kind}/{}?api-version=\
                 {version}{middle}&t={ticks}&c={}&s={}&h={}",
                call.origin,
                operation.id,
                random_text(CERTIFICATE_LENGTH),
                random_text(342),
                operation.signature
            )
        };
        Self {
            status: url("containerappOperationStatuses", "&azureAsyncOperation=true"),
            result: url("containerappOperationResults", ""),
        }
    }
}

/// Reads an operation at its status URL or its result URL. Counts as a poll.
pub(crate) fn read(
    world: &mut World,
    call: &HttpCall,
    kind: &str,
    id: &str,
) -> Result<Reply, Refusal> {
    let now = world.settle();
    let Some(FoundOperation { app, index }) = world.find_operation(id) else {
        return Err(call.unknown_path());
    };
    // Clients must use the URLs unchanged: a rebuilt URL lacks the signature.
    if call.parameter("h") != Some(app.operations[index].signature.as_str()) {
        let message = "The signature of the operation URL is missing or wrong.".to_owned();
        return Err(Refusal::new(401, "InvalidAsyncOperationSignature", message));
    }
    if index + 1 == app.operations.len() {
        app.poll(now);
    }
    let operation = &app.operations[index];
    match (kind, &operation.status) {
        ("containerappoperationstatuses", _) => {
            let status = document::operation(operation, &call.path);
            Ok(Reply::json(200, status))
        }
        ("containerappoperationresults", OperationStatus::InProgress) => Ok(Reply::empty(202)),
        ("containerappoperationresults", OperationStatus::Succeeded) => {
            Ok(Reply::json(200, document::app(app, now.instant)))
        }
        ("containerappoperationresults", OperationStatus::Failed { code, message }) => {
            let error = Refusal::new(400, code, message.clone());
            Ok(Reply::json(400, error.body()))
        }
        _ => Err(call.unknown_path()),
    }
}

/// Adds the headers of an accepted write to its reply.
pub(crate) fn accepted(reply: Reply, app: &App, call: &HttpCall) -> Reply {
    let Some(operation) = app.operations.back() else {
        return reply;
    };
    let urls = OperationUrls::of(app, operation, call);
    reply
        .with("azure-asyncoperation", &urls.status)
        .with("location", &urls.result)
        .with(
            "x-ms-ratelimit-remaining-subscription-resource-requests",
            "699",
        )
}
