//! Pages of a list, in ARM's envelope of `value` and `nextLink`.

use serde_json::{Value, json};

use super::call::HttpCall;

/// Returns the page of `items` that a call asks for, with the absolute link to the next page.
/// A `page_size` of 0 puts all items on one page.
pub(crate) fn page(items: Vec<Value>, page_size: usize, call: &HttpCall) -> Value {
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
    json!({"value": shown, "nextLink": next})
}
