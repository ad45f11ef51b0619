//! The identity that lockgate has on Azure: which credential is used and why, how long its token is valid, and what it
//! may do with the app. Judges what was read; never sees a token.

use std::time::Duration;

use rollout::human;

use super::check::Check;
use super::finding::Finding;
use crate::platform::{AppId, Identity, Need, Permissions, TokenLife};

/// Judges the credential and its token. `now` is in seconds since 1970.
pub(crate) fn credential(identity: &Identity, now: u64) -> Finding {
    let check = Check::Credential;
    let skipped = if identity.skipped.is_empty() {
        String::new()
    } else {
        format!(" (skipped: {})", identity.skipped.join("; "))
    };
    let chosen = format!("{}{skipped}", identity.reason);
    let left = match &identity.token {
        TokenLife::NotNeeded => return Finding::ok(check, chosen),
        TokenLife::Missing(why) => return Finding::refused(check, format!("{chosen}: {why}")),
        TokenLife::Unknown => {
            let detail = format!("{chosen}; how long the token is valid is not known");
            return Finding::ok(check, detail);
        }
        TokenLife::ExpiresAt(end) => Duration::from_secs(end.saturating_sub(now)),
    };
    if left.is_zero() && !identity.can_renew {
        return Finding::refused(check, format!("{chosen}; the token has expired"))
            .advise("get a fresh one");
    }
    let detail = format!("{chosen}; the token is valid for another {}", human(left));
    Finding::ok(check, detail)
}

/// Returns which permissions are missing. A list that cannot be read makes them unknown, never good. `counts` says whether a
/// gate decides by the platform's request counts.
pub(crate) fn permissions(
    app: &AppId,
    read: &anyhow::Result<Permissions>,
    counts: bool,
) -> Vec<Finding> {
    let check = Check::Permissions;
    let permissions = match read {
        Ok(permissions) => permissions,
        Err(error) => return vec![Finding::unknown(check, error.to_string())],
    };
    let is_missing = |need: &&Need| !permissions.allow(need.action);
    let (always, sometimes): (Vec<&Need>, Vec<&Need>) = Need::ALL
        .iter()
        .filter(is_missing)
        .partition(|need| need.only_for.is_none() || (counts && **need == Need::COUNTS));
    let mut findings = vec![match always.first() {
        None => Finding::ok(
            check,
            "everything that a rollout does to the app is allowed",
        ),
        Some(first) => {
            let actions: Vec<&str> = always.iter().map(|need| need.action).collect();
            let what = rollout::listed(actions);
            let why = match first.only_for {
                Some(only_for) => format!(", which is for {only_for}, and one of them decides"),
                None => String::new(),
            };
            Finding::refused(check, format!("the identity lacks {what}{why}"))
                .advise(assign(app, first.role))
        }
    }];
    findings.extend(sometimes.into_iter().map(|need| {
        let only_for = need.only_for.unwrap_or_default();
        let detail = format!(
            "the identity lacks {}, which is for {only_for}",
            need.action
        );
        Finding::warn(check, detail).advise(assign(app, need.role))
    }));
    findings
}

fn assign(app: &AppId, role: &str) -> String {
    format!(
        "if it is needed, type `az role assignment create --assignee IDENTITY --role \"{role}\" --scope {}`",
        app.resource_id()
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::finding::Grade;
    use super::*;
    use crate::exit::Exit;

    fn graded(list: Value) -> Vec<(Grade, String)> {
        graded_for(list, false)
    }

    fn graded_for(list: Value, counts: bool) -> Vec<(Grade, String)> {
        let app = AppId::new("sub", "group", "shop").unwrap();
        let read = serde_json::from_value(list).unwrap();
        let shown = |finding: Finding| {
            let advice = finding.advice.unwrap_or_default();
            (finding.grade, format!("{}; {advice}", finding.detail))
        };
        let found = permissions(&app, &Ok(read), counts);
        found.into_iter().map(shown).collect()
    }

    #[test]
    fn owner_lacks_nothing() {
        let found = graded(json!([{"actions": ["*"], "notActions": []}]));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, Grade::Ok);
    }

    #[test]
    fn reader_cannot_move_traffic() {
        let found = graded(json!([{"actions": ["*/read"], "notActions": []}]));
        assert_eq!(found[0].0, Grade::Refused(Exit::Refused), "{found:?}");
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
    fn missing_permission_for_counts_is_only_a_warning() {
        let found = graded(json!([{"actions": ["Microsoft.App/*"]}]));
        assert_eq!(found[0].0, Grade::Ok, "{found:?}");
        assert_eq!(found[1].0, Grade::Warn);
        assert!(
            found[1].1.contains("Microsoft.Insights/metrics/read"),
            "{found:?}"
        );
        assert!(found[1].1.contains("Monitoring Reader"), "{found:?}");
    }
    #[test]
    fn missing_permission_for_counts_refuses_a_gate_that_decides_by_them() {
        let found = graded_for(json!([{"actions": ["Microsoft.App/*"]}]), true);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, Grade::Refused(Exit::Refused));
        assert!(found[0].1.contains("and one of them decides"), "{found:?}");
        assert!(found[0].1.contains("Monitoring Reader"), "{found:?}");
    }
}
