//! The permissions of the identity on the app, as the service lists them, and the actions that lockgate needs.
//!
//! Advice only: the list shows neither deny assignments nor locks, so a listed action may still be refused.

use serde::Deserialize;

use crate::app::App;
use crate::arm::{ArmError, Subject};

/// The version of the authorization API, which is a service of its own.
const API_VERSION: &str = "2022-04-01";

/// An action that lockgate performs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// Its name in role definitions.
    pub action: &'static str,
    /// What lockgate needs it for, as the end of a sentence; `None` when every rollout needs it.
    pub only_for: Option<&'static str>,
    /// A built-in role that has it.
    pub role: &'static str,
}

/// The actions of one identity on one app.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Permissions(Vec<Grant>);

/// What one role allows: `actions` except for `not_actions`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Grant {
    actions: Vec<String>,
    not_actions: Vec<String>,
}

impl Need {
    /// The action of reading the platform's request counts.
    pub const COUNTS: Need = Need::only_for(
        "Microsoft.Insights/metrics/read",
        "gates that ask for the platform's request counts",
        "Monitoring Reader",
    );

    /// Every action that lockgate performs on an app. Those that every rollout needs come first.
    pub const ALL: [Need; 8] = [
        Need::always("Microsoft.App/containerApps/read"),
        Need::always("Microsoft.App/containerApps/write"),
        Need::always("Microsoft.App/containerApps/revisions/read"),
        Need::always("Microsoft.App/containerApps/revisions/replicas/read"),
        Need::only_for(
            "Microsoft.App/containerApps/revisions/activate/action",
            "activating a revision by hand, as lockgate may advise",
            "Contributor",
        ),
        Need::only_for(
            "Microsoft.App/containerApps/revisions/deactivate/action",
            "retiring the revision that was replaced",
            "Contributor",
        ),
        Need::only_for(
            "Microsoft.App/containerApps/revisions/restart/action",
            "restarting a revision by hand",
            "Contributor",
        ),
        Need::COUNTS,
    ];

    const fn always(action: &'static str) -> Need {
        Need {
            action,
            only_for: None,
            role: "Contributor",
        }
    }

    const fn only_for(action: &'static str, purpose: &'static str, role: &'static str) -> Need {
        Need {
            action,
            only_for: Some(purpose),
            role,
        }
    }
}

impl Permissions {
    /// Returns whether a role of the identity allows this action and does not except it.
    pub fn allow(&self, action: &str) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, action));
        let mut grants = self.0.iter();
        grants.any(|grant| any(&grant.actions) && !any(&grant.not_actions))
    }
}

impl App {
    /// Reads the permissions of the identity on this app.
    ///
    /// # Errors
    /// When they cannot be read. Then nothing is known about them.
    pub async fn permissions(&self) -> Result<Permissions, ArmError> {
        let below = ["providers", "Microsoft.Authorization", "permissions"];
        let connection = self.connection();
        let mut call = connection.call(self.id(), &below, Subject::Permissions);
        let version = format!("api-version={API_VERSION}");
        call.url.set_query(Some(&version));
        Ok(Permissions(connection.read_all(call).await?))
    }
}

/// Returns whether an action matches a pattern, in which `*` stands for any characters, slashes included. Case
/// does not matter.
fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == action;
    };
    let Some(mut left) = action.strip_prefix(first) else {
        return false;
    };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let last = pieces.pop().unwrap_or_default();
    for piece in pieces {
        match left.find(piece) {
            Some(at) => left = &left[at + piece.len()..],
            None => return false,
        }
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::credential::Credential;
    use crate::resolve::Selection;
    use crate::scripted::{ScriptedServer, app_id, refusal, reply};

    fn permissions(list: serde_json::Value) -> Permissions {
        serde_json::from_value(list).unwrap()
    }

    #[test]
    fn action_matches_a_pattern_with_stars_anywhere_and_in_any_case() {
        let action = "Microsoft.App/containerApps/revisions/read";
        for pattern in [
            "*",
            "*/read",
            "microsoft.app/*",
            "Microsoft.App/containerApps/*/read",
            "MICROSOFT.APP/CONTAINERAPPS/REVISIONS/READ",
            "Microsoft.App/*/revisions/*",
            "Microsoft.App/containerApps/revisions/read*",
        ] {
            assert!(matches(pattern, action), "{pattern}");
        }
        for pattern in [
            "",
            "*/write",
            "Microsoft.App/containerApps/read",
            "Microsoft.App/containerApps/*/*/read",
            "Microsoft.Apps/*",
            "read*",
            "Microsoft.App/containerApps/revisions/read*read",
        ] {
            assert!(!matches(pattern, action), "{pattern}");
        }
    }

    #[test]
    fn exception_applies_to_its_own_role_only() {
        let owner_but =
            json!({"actions": ["*"], "notActions": ["Microsoft.App/containerApps/write"]});
        let write = "Microsoft.App/containerApps/write";
        let one = permissions(json!([owner_but]));
        assert!(!one.allow(write));
        assert!(one.allow("Microsoft.App/containerApps/read"));
        let writer = json!({"actions": ["Microsoft.App/containerApps/*"], "dataActions": []});
        assert!(permissions(json!([owner_but, writer])).allow(write));
        assert!(!permissions(json!([])).allow(write));
    }

    #[tokio::test]
    async fn permissions_are_read_page_by_page() {
        let server = ScriptedServer::start(|request| {
            if request.target.contains("page=2") {
                return reply(200, &json!({"value": [{"actions": ["*/read"]}]}));
            }
            let link = format!("{}/permissions?page=2", request.base());
            let page = json!({"value": [{"actions": ["a/b"]}], "nextLink": link});
            reply(200, &page)
        })
        .await;
        let connection = server.connection(Credential::Anonymous);
        let app = App::new(connection, app_id(), Selection::default());
        let permissions = app.permissions().await.unwrap();
        assert!(permissions.allow("A/B") && permissions.allow("any/read"));
        let target = &server.requests()[0].target;
        let end = "/web/providers/Microsoft.Authorization/permissions?api-version=2022-04-01";
        assert!(target.ends_with(end), "{target}");
    }

    #[tokio::test]
    async fn permissions_that_may_not_be_read_are_an_error() {
        let server = ScriptedServer::start(|_| refusal(403, "AuthorizationFailed")).await;
        let connection = server.connection(Credential::Anonymous);
        let app = App::new(connection, app_id(), Selection::default());
        let error = app.permissions().await.unwrap_err().to_string();
        assert!(
            error.contains("Microsoft.Authorization/permissions/read"),
            "{error}"
        );
    }
}
