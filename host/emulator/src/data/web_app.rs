//! The web app of every revision without an upstream: a small JSON service with a shop. Its
//! behaviour makes it slow, fails a share of its replies or some of its paths, or lets it break
//! under load. Pure: changes only the revision that it is called with.

use serde_json::{Value, json};

use crate::world::revision::Revision;
use crate::world::shop::AppRequest;

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

/// Replies to one request. `weight` is the revision's own share of the traffic in per cent.
pub(crate) fn reply(revision: &mut Revision, weight: u32, request: &AppRequest) -> AppReply {
    revision.replies += 1;
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
    if is_error(revision.replies, behaviour.error_share) {
        return AppReply::status(behaviour.error_status, revision, "error");
    }
    match &behaviour.body {
        Some(body) if request.path != "/health" => AppReply {
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
