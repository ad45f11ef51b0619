//! The identity that lockgate has on Azure: which credential is used and why, how long its token is valid, and what it
//! may do with the app. Judges what was read; never sees a token.

use std::time::Duration;

use rollout::human;

use super::diagnosis::Diagnosis;
use crate::platform::{AppId, Identity, Need, Permissions, TokenLife};

/// A default rollout takes longer than this.
const LIFE_WARN: Duration = Duration::from_mins(30);

/// Judges the credential and its token. `now` is in seconds since 1970.
pub(super) fn credential(identity: &Identity, now: u64) -> Diagnosis {
    let check = "credential";
    let skipped = if identity.skipped.is_empty() {
        String::new()
    } else {
        format!(" (skipped: {})", identity.skipped.join("; "))
    };
    let chosen = format!("{}{skipped}", identity.reason);
    let left = match &identity.token {
        TokenLife::NotNeeded => return Diagnosis::ok(check, chosen),
        TokenLife::Missing(why) => return Diagnosis::fail(check, format!("{chosen}: {why}")),
        TokenLife::Unknown => {
            let detail = format!("{chosen}; how long the token is valid is not known");
            return Diagnosis::ok(check, detail);
        }
        TokenLife::ExpiresAt(end) => Duration::from_secs(end.saturating_sub(now)),
    };
    let detail = format!("{chosen}; the token is valid for another {}", human(left));
    if left < LIFE_WARN && !identity.can_renew {
        Diagnosis::warn(check, detail).advise("get a fresh one before a rollout")
    } else {
        Diagnosis::ok(check, detail)
    }
}

/// Returns which permissions are missing. A list that cannot be read makes them unknown, never good.
pub(super) fn permissions(app: &AppId, read: anyhow::Result<Permissions>) -> Vec<Diagnosis> {
    let check = "permissions";
    let permissions = match read {
        Ok(permissions) => permissions,
        Err(error) => return vec![Diagnosis::unknown(check, error.to_string())],
    };
    let is_missing = |need: &&Need| !permissions.allow(need.action);
    let (always, sometimes): (Vec<&Need>, Vec<&Need>) = Need::ALL
        .iter()
        .filter(is_missing)
        .partition(|need| need.only_for.is_none());
    let mut diagnoses = vec![match always.first() {
        None => Diagnosis::ok(
            check,
            "everything that a rollout does to the app is allowed",
        ),
        Some(first) => {
            let actions: Vec<&str> = always.iter().map(|need| need.action).collect();
            let detail = format!("the identity lacks {}", actions.join(", "));
            Diagnosis::fail(check, detail).advise(assign(app, first.role))
        }
    }];
    diagnoses.extend(sometimes.into_iter().map(|need| {
        let only_for = need.only_for.unwrap_or_default();
        let detail = format!(
            "the identity lacks {}, which is for {only_for}",
            need.action
        );
        Diagnosis::warn(check, detail).advise(assign(app, need.role))
    }));
    diagnoses
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

    use super::super::diagnosis::Grade;
    use super::*;

    fn graded(list: Value) -> Vec<(Grade, String)> {
        let app = AppId::new("sub", "group", "shop").unwrap();
        let read = serde_json::from_value(list).unwrap();
        let shown = |diagnosis: Diagnosis| {
            let advice = diagnosis.advice.unwrap_or_default();
            (diagnosis.grade, format!("{}; {advice}", diagnosis.detail))
        };
        permissions(&app, Ok(read)).into_iter().map(shown).collect()
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
        assert_eq!(found[0].0, Grade::Fail, "{found:?}");
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
}
