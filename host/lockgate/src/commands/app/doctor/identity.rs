//! Who lockgate is to Azure: which credential was chosen and why, how long its token lives, and what it may do.

use std::time::Duration;

use azure::{AppId, ArmError, Connection, Credential, Need, Permissions};
use rollout::human;

use crate::config::AzureSection;
use crate::platform;
use crate::run::clock;

use super::finding::Finding;

/// A default rollout takes longer than what is left below this.
const LIFE_WARN: Duration = Duration::from_mins(30);

/// Gets a token, and says from where.
pub(super) async fn credential(section: &AzureSection, connection: &Connection) -> Finding {
    let check = "credential";
    let choice = match platform::choice(section, connection.endpoint()) {
        Ok(choice) => choice,
        Err(error) => return Finding::fail(check, format!("{error:#}"), None),
    };
    let passed_over = match choice.passed_over.is_empty() {
        true => String::new(),
        false => format!(" (passed over: {})", choice.passed_over.join("; ")),
    };
    let chosen = format!("{}{passed_over}", choice.because);
    let left = match connection.authenticate().await {
        Err(error) => return Finding::fail(check, format!("{chosen}: {error}"), None),
        Ok(None) if choice.credential == Credential::Anonymous => {
            return Finding::ok(check, chosen);
        }
        Ok(None) => {
            let detail = format!("{chosen}; how long the token lives is not known");
            return Finding::ok(check, detail);
        }
        Ok(Some(end)) => Duration::from_secs(end.saturating_sub(clock::unix_seconds())),
    };
    let detail = format!("{chosen}; the token lives for another {}", human(left));
    match left < LIFE_WARN && !choice.credential.can_renew() {
        true => Finding::warn(
            check,
            detail,
            Some("get a fresh one before a rollout".to_owned()),
        ),
        false => Finding::ok(check, detail),
    }
}

/// Says what the identity lacks. A list that cannot be read says nothing, and above all not that all is well.
pub(super) fn permissions(app: &AppId, read: Result<Permissions, ArmError>) -> Vec<Finding> {
    let check = "permissions";
    let permissions = match read {
        Ok(permissions) => permissions,
        Err(error) => return vec![Finding::unknown(check, error.to_string())],
    };
    let lacking = |need: &&Need| !permissions.allow(need.action);
    let (always, sometimes): (Vec<&Need>, Vec<&Need>) = Need::ALL
        .iter()
        .filter(lacking)
        .partition(|need| need.only_for.is_none());
    let mut findings = vec![match always.first() {
        None => Finding::ok(
            check,
            "everything that a rollout does to the app is allowed".to_owned(),
        ),
        Some(first) => {
            let actions: Vec<&str> = always.iter().map(|need| need.action).collect();
            let detail = format!("the identity lacks {}", actions.join(", "));
            Finding::fail(check, detail, Some(assign(app, first.role)))
        }
    }];
    findings.extend(sometimes.into_iter().map(|need| {
        let only_for = need.only_for.unwrap_or_default();
        let detail = format!(
            "the identity lacks {}, which is for {only_for}",
            need.action
        );
        Finding::warn(check, detail, Some(assign(app, need.role)))
    }));
    findings
}

fn assign(app: &AppId, role: &str) -> String {
    format!(
        "if it is needed, type `az role assignment create --assignee <identity> --role \"{role}\" --scope {}`",
        app.resource_id()
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::finding::State;
    use super::*;

    fn states(list: Value) -> Vec<(State, String)> {
        let app = AppId::new("sub", "group", "shop").unwrap();
        let read = serde_json::from_value(list).unwrap();
        let findings = permissions(&app, Ok(read));
        let shown = |finding: Finding| {
            let next = finding.next.unwrap_or_default();
            (finding.state, format!("{}; {next}", finding.detail))
        };
        findings.into_iter().map(shown).collect()
    }

    #[test]
    fn owner_lacks_nothing() {
        let found = states(json!([{"actions": ["*"], "notActions": []}]));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, State::Ok);
    }

    #[test]
    fn reader_cannot_move_traffic() {
        let found = states(json!([{"actions": ["*/read"], "notActions": []}]));
        assert_eq!(found[0].0, State::Fail, "{found:?}");
        let text = &found[0].1;
        assert!(
            text.contains("lacks Microsoft.App/containerApps/write;"),
            "{text}"
        );
        assert!(text.contains("--role \"Contributor\""), "{text}");
        let scope =
            "/subscriptions/sub/resourceGroups/group/providers/Microsoft.App/containerApps/shop";
        assert!(text.contains(scope), "{text}");
    }

    #[test]
    fn counts_are_needed_by_those_who_ask_for_them_alone() {
        let found = states(json!([{"actions": ["Microsoft.App/*"]}]));
        assert_eq!(found[0].0, State::Ok, "{found:?}");
        assert_eq!(found[1].0, State::Warn);
        assert!(
            found[1].1.contains("Microsoft.Insights/metrics/read"),
            "{found:?}"
        );
        assert!(found[1].1.contains("Monitoring Reader"), "{found:?}");
    }
}
