//! The web app that runs in every revision without an upstream: a small JSON service with a shop in
//! it, that can be told to be slow, to fail a share of its answers or some of its paths, or to break
//! under load.

use serde_json::{Value, json};

use crate::world::revision::Revision;
use crate::world::shop::Ask;

/// What it answers.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

/// Answers one request; `weight` is the revision's own share of the traffic.
pub(crate) fn answer(revision: &mut Revision, weight: u32, ask: &Ask) -> Answer {
    revision.answered += 1;
    let behaviour = &revision.behaviour;
    if behaviour
        .fails_from_weight
        .is_some_and(|limit| weight >= limit)
    {
        return json_answer(503, revision, "overloaded");
    }
    let fails = |part: &String| ask.path.contains(part.as_str());
    if behaviour.fails_paths.iter().any(fails) {
        return json_answer(500, revision, "error");
    }
    if is_error(revision.answered, behaviour.error_share) {
        return json_answer(behaviour.error_status, revision, "error");
    }
    match &behaviour.body {
        Some(body) if ask.path != "/health" => Answer {
            status: 200,
            content_type: behaviour
                .content_type
                .clone()
                .unwrap_or("application/json".to_owned()),
            body: body.clone(),
        },
        Some(_) => json_answer(200, revision, "ok"),
        None => match revision.shop.answer(ask) {
            Some((status, body)) => shop_answer(status, &body),
            None => json_answer(200, revision, "ok"),
        },
    }
}

/// Spreads errors evenly: the `nth` answer is one when the number of errors due grows with it.
/// Derived from the count, so that no rounding error adds up.
fn is_error(nth: u64, share: f64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 answers")]
    let due = |answers: u64| (answers as f64 * share + 1e-9).floor();
    due(nth) > due(nth - 1)
}

fn shop_answer(status: u16, body: &Value) -> Answer {
    Answer {
        status,
        content_type: "application/json".to_owned(),
        body: if body.is_null() {
            String::new()
        } else {
            body.to_string()
        },
    }
}

fn json_answer(status: u16, revision: &Revision, text: &str) -> Answer {
    Answer {
        status,
        content_type: "application/json".to_owned(),
        body: json!({"revision": revision.name, "status": text}).to_string(),
    }
}
