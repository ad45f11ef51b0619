//! Permissions of the caller: the action that each call needs, as role definitions name it, and the
//! list of permissions. The caller may do everything except what the scenario denies.

use serde_json::json;

use crate::http::{HttpCall, Reply};
use crate::refusal::Refusal;
use crate::world::World;

/// Refuses a call whose action the scenario denies.
pub(crate) fn check(world: &World, call: &HttpCall) -> Result<(), Refusal> {
    let Some(action) = action(call) else {
        return Ok(());
    };
    if !world.denied.iter().any(|denied| covers(denied, &action)) {
        return Ok(());
    }
    let who = &world.identity.object_id;
    let message = format!(
        "The client '{who}' with object id '{who}' does not have authorization to perform action \
         '{action}' over scope '{}' or the scope is invalid. If access was recently granted, \
         please refresh your credentials.",
        call.path
    );
    Err(Refusal::new(403, "AuthorizationFailed", message))
}

/// Lists the permissions of the caller, which are the same at every scope: one role without the
/// denied actions.
pub(crate) fn list(world: &World) -> Reply {
    let grant = json!({
        "actions": ["*"], "notActions": world.denied, "dataActions": [], "notDataActions": [],
    });
    Reply::json(200, json!({"value": [grant], "nextLink": null}))
}

/// Returns the action of a call, or `None` for a call that needs no permission.
fn action(call: &HttpCall) -> Option<String> {
    let segments = call.segments();
    let ["subscriptions", _, rest @ ..] = segments.as_slice() else {
        return None;
    };
    let reads = call.method == "GET";
    let action = match rest {
        [.., "providers", "microsoft.authorization", "permissions"] => {
            "Microsoft.Authorization/permissions/read"
        }
        [.., "providers", "microsoft.insights", "metrics"] => "Microsoft.Insights/metrics/read",
        ["resourcegroups"] | ["resourcegroups", _] => {
            "Microsoft.Resources/subscriptions/resourceGroups/read"
        }
        ["providers", "microsoft.app", "locations", _, kind, _] => {
            return Some(format!("Microsoft.App/locations/{kind}/read"));
        }
        ["providers", "microsoft.app", "containerapps", rest @ ..]
        | [
            "resourcegroups",
            _,
            "providers",
            "microsoft.app",
            "containerapps",
            rest @ ..,
        ] => {
            let (of_app, verb) = match (call.method.as_str(), rest) {
                (_, [_, "revisions", _, "replicas", ..]) => ("/revisions/replicas", "/read"),
                (_, [_, "revisions", _, verb]) if !reads => {
                    return Some(format!(
                        "Microsoft.App/containerApps/revisions/{verb}/action"
                    ));
                }
                (_, [_, "revisions", ..]) => ("/revisions", "/read"),
                (_, [_, "labelhistories", ..]) => ("/labelHistories", "/read"),
                (_, [_, verb]) => {
                    return Some(format!("Microsoft.App/containerApps/{verb}/action"));
                }
                ("PUT" | "PATCH", _) => ("", "/write"),
                ("DELETE", _) => ("", "/delete"),
                _ => ("", "/read"),
            };
            return Some(format!("Microsoft.App/containerApps{of_app}{verb}"));
        }
        _ => return None,
    };
    Some(action.to_owned())
}

/// Returns whether a pattern of a role definition, in which `*` matches any text, matches an
/// action.
fn covers(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut left) = action.strip_prefix(first) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return left.is_empty();
    };
    for part in parts {
        let Some(at) = left.find(part) else {
            return false;
        };
        left = &left[at + part.len()..];
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_pattern_covers_its_actions_in_any_case_and_no_others() {
        let write = "Microsoft.App/containerApps/write";
        for pattern in [
            "*",
            write,
            "microsoft.app/containerapps/WRITE",
            "Microsoft.App/*",
            "*/write",
            "Microsoft.App/*/write",
            "*containerApps*",
        ] {
            assert!(covers(pattern, write), "{pattern}");
        }
        for pattern in [
            "",
            "Microsoft.App/containerApps",
            "*/read",
            "Microsoft.App/*/*/write",
            "Microsoft.App/containerApps/write*write",
        ] {
            assert!(!covers(pattern, write), "{pattern}");
        }
    }
}
