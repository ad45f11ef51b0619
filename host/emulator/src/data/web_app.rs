//! The web app of every revision without an upstream: a small JSON service with a shop. Its
//! behaviour makes it slow, fails a share of its replies or some of its paths, or lets it break
//! under load. Its own counts are at `/metrics`, whatever the behaviour is. Pure: changes only the revision that it is called with.

use serde_json::{Value, json};

use crate::world::instruments;
use crate::world::revision::Revision;
use crate::world::shop::AppRequest;

/// The path of the web app's own counts.
pub(crate) const METRICS_PATH: &str = "/metrics";

/// A reply of the web app.
#[derive(Debug, PartialEq)]
pub(crate) struct AppReply {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

impl AppReply {
    fn json(status: u16, body: String) -> Self {
        Self {
            status,
            content_type: "application/json".to_owned(),
            body,
        }
    }

    fn status(status: u16, revision: &Revision, text: &str) -> Self {
        let body = json!({"revision": revision.name, "status": text});
        Self::json(status, body.to_string())
    }
}

/// Returns whether a user sent a request of this path. Others are the observers': of the health, and of the counts.
pub(crate) fn is_users(path: &str) -> bool {
    path != "/health" && path != METRICS_PATH
}

/// Returns the page of the web app's own counts.
pub(crate) fn metrics(revision: &Revision) -> AppReply {
    AppReply {
        status: 200,
        content_type: instruments::CONTENT_TYPE.to_owned(),
        body: revision.web_app.instruments.exposition(&revision.name),
    }
}

/// Replies to one request. `weight` is the revision's own share of the traffic in per cent.
pub(crate) fn reply(revision: &mut Revision, weight: u32, request: &AppRequest) -> AppReply {
    revision.web_app.replies += 1;
    let behaviour = &revision.behaviour;
    if behaviour
        .fails_from_weight
        .is_some_and(|limit| weight >= limit)
    {
        return AppReply::status(503, revision, "overloaded");
    }
    let fails = |part: &String| request.path.contains(part.as_str());
    if behaviour.fails_paths.iter().any(fails) {
        return AppReply::status(500, revision, "error");
    }
    if is_error(revision.web_app.replies, behaviour.error_share) {
        return AppReply::status(behaviour.error_status, revision, "error");
    }
    let is_users = is_users(request.path);
    if is_users && revision.web_app.fails(behaviour.fails_share) {
        return AppReply::status(500, revision, "error");
    }
    match &behaviour.body {
        Some(body) if is_users => AppReply {
            status: 200,
            content_type: behaviour
                .content_type
                .clone()
                .unwrap_or("application/json".to_owned()),
            body: body.clone(),
        },
        Some(_) => AppReply::status(200, revision, "ok"),
        None => match revision.shop.reply(request) {
            Some(reply) => AppReply::json(reply.status, json_text(&reply.body)),
            None => AppReply::status(200, revision, "ok"),
        },
    }
}

/// Spreads errors evenly: returns whether the number of errors due grows with the `nth` reply.
/// Computed from the count alone, so rounding errors do not add up.
fn is_error(nth: u64, share: f64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 replies")]
    let due = |replies: u64| (replies as f64 * share + 1e-9).floor();
    due(nth) > due(nth - 1)
}

fn json_text(body: &Value) -> String {
    if body.is_null() {
        String::new()
    } else {
        body.to_string()
    }
}
