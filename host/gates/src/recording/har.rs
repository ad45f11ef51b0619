//! The members of HAR 1.2 that are read or written here, with lockgate's own `_lockgate` members.
//!
//! Lenient with other tools: unknown members are ignored, and only those needed to answer a request are required.

use serde::{Deserialize, Serialize, Serializer};

use super::call::RecordedCall;
use crate::outside::exchange::ExchangeError;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct File {
    pub(super) log: Log,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Log {
    #[serde(default)]
    pub(super) version: String,
    #[serde(default)]
    pub(super) creator: Creator,
    #[serde(default)]
    pub(super) pages: Vec<Page>,
    pub(super) entries: Vec<HarEntry>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Creator {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) version: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    #[serde(default)]
    pub(super) started_date_time: String,
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    pub(super) title: String,
    #[serde(default)]
    pub(super) page_timings: EmptyObject,
    #[serde(default, rename = "_lockgate", skip_serializing_if = "Option::is_none")]
    pub(super) call: Option<RecordedCall>,
}

/// The value of a member that HAR requires and that has no content here.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct EmptyObject {}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HarEntry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pageref: Option<String>,
    #[serde(default)]
    pub(super) started_date_time: String,
    /// In milliseconds; some tools write -1 for a request that failed.
    #[serde(default)]
    pub(super) time: Option<f64>,
    pub(super) request: Request,
    #[serde(default)]
    pub(super) response: Response,
    #[serde(default)]
    pub(super) cache: EmptyObject,
    #[serde(default)]
    pub(super) timings: Timings,
    #[serde(default, rename = "_lockgate", skip_serializing_if = "Option::is_none")]
    pub(super) lockgate: Option<EntryDetails>,
}

/// What lockgate adds to an entry.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct EntryDetails {
    pub(super) began_ms: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<ExchangeError>,
    /// The call ended before the exchange did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) unfinished: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) url: String,
    #[serde(default)]
    pub(super) http_version: String,
    #[serde(default)]
    pub(super) cookies: Vec<EmptyObject>,
    #[serde(default)]
    pub(super) headers: Vec<Pair>,
    #[serde(default)]
    pub(super) query_string: Vec<Pair>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) post_data: Option<PostData>,
    #[serde(default = "unknown", serialize_with = "whole")]
    pub(super) headers_size: f64,
    #[serde(default = "unknown", serialize_with = "whole")]
    pub(super) body_size: f64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Response {
    /// 0 or less if there was no response.
    #[serde(default, serialize_with = "whole")]
    pub(super) status: f64,
    #[serde(default)]
    pub(super) status_text: String,
    #[serde(default)]
    pub(super) http_version: String,
    #[serde(default)]
    pub(super) cookies: Vec<EmptyObject>,
    #[serde(default)]
    pub(super) headers: Vec<Pair>,
    #[serde(default)]
    pub(super) content: Content,
    #[serde(default, rename = "redirectURL")]
    pub(super) redirect_url: String,
    #[serde(default = "unknown", serialize_with = "whole")]
    pub(super) headers_size: f64,
    #[serde(default = "unknown", serialize_with = "whole")]
    pub(super) body_size: f64,
    #[serde(
        default,
        rename = "_error",
        alias = "_failureText",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) error: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Pair {
    pub(super) name: String,
    #[serde(default)]
    pub(super) value: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostData {
    #[serde(default)]
    pub(super) mime_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
    /// Not in the specification; several tools write it for a body that is not text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) encoding: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) params: Vec<Pair>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Content {
    #[serde(default, serialize_with = "whole")]
    pub(super) size: f64,
    #[serde(default)]
    pub(super) mime_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) encoding: Option<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Timings {
    #[serde(default)]
    pub(super) send: f64,
    #[serde(default)]
    pub(super) wait: f64,
    #[serde(default)]
    pub(super) receive: f64,
}

fn unknown() -> f64 {
    -1.0
}

/// Writes a number without a fraction: some tools write `200.0`, and not all read it.
fn whole<S: Serializer>(number: &f64, to: S) -> Result<S::Ok, S::Error> {
    #[expect(clippy::cast_possible_truncation, reason = "sizes and codes")]
    to.serialize_i64(*number as i64)
}
