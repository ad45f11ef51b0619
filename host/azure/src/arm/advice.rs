//! What a person can do about a refusal of the management API. It goes by the error code where the service gives one: one
//! status stands for a missing role, a policy, a lock and a deny assignment, and each has another cure.

use std::time::Duration;

use super::subject::Subject;
use crate::endpoint::AppId;

const NEW_TOKEN: &str = "the token is missing, has expired or is for a different service; run `az \
     login`, or set the token variable to the output of `az account get-access-token --resource \
     https://management.azure.com/ --query accessToken --output tsv`";

/// A refusal.
pub(super) struct Refused<'a> {
    pub(super) status: u16,
    pub(super) code: &'a str,
    pub(super) message: &'a str,
    /// Whether another operation on the app is under way.
    pub(super) is_busy: bool,
    pub(super) retry_after: Option<Duration>,
    pub(super) app: &'a AppId,
    pub(super) subject: &'a Subject,
}

/// Returns the next step, as the end of a sentence.
pub(super) fn advice(refused: &Refused<'_>) -> String {
    of_code(refused).unwrap_or_else(|| of_status(refused))
}

fn of_code(refused: &Refused<'_>) -> Option<String> {
    let app = refused.app;
    Some(match refused.code {
        "AuthorizationFailed" => role(refused),
        "LinkedAuthorizationFailed" => {
            let linked = quoted_after(refused.message, "linked scope")
                .map_or_else(String::new, |scope| format!(" {scope}"));
            format!(
                "the identity may write {app}, but not use what the app is linked to{linked}: give it a role there \
                 (for a managed identity, Managed Identity Operator)"
            )
        }
        "RequestDisallowedByPolicy" => {
            let policy = quoted_after(refused.message, "policy assignment")
                .or_else(|| quoted_after(refused.message, "\"name\":"))
                .map_or_else(String::new, |name| format!(" {name}"));
            format!(
                "an Azure policy{policy} forbids it, which no role changes: make {app} fit the policy, or ask for an \
                 exemption"
            )
        }
        "ScopeLocked" => format!(
            "remove the lock that is set in Azure, then try again; {} shows it",
            app.list_locks()
        ),
        "DenyAssignmentAuthorizationFailed" => format!(
            "a deny assignment on {app} forbids it, which no role changes: ask whoever manages it (a managed application \
             or a deployment stack sets such ones)"
        ),
        "SubscriptionNotFound" | "InvalidSubscriptionId" => {
            format!("check the subscription: {}", app.subscription())
        }
        "ResourceGroupNotFound" => format!("check the resource group: {}", app.resource_group()),
        _ if refused.is_busy => format!(
            "another operation on the app is still under way: wait until {} says Succeeded, then try again",
            app.show_state()
        ),
        _ => return None,
    })
}

fn of_status(refused: &Refused<'_>) -> String {
    match refused.status {
        401 => NEW_TOKEN.to_owned(),
        403 => role(refused),
        404 => refused.subject.when_not_found(refused.app),
        409 => format!(
            "it conflicts with the state of the app: see {} and {}",
            refused.app.az("show", "--query properties"),
            refused.app.lockgate("status")
        ),
        429 => match refused.retry_after {
            Some(pause) => format!("the service asks to wait {}", rollout::human(pause)),
            None => "too many requests with this identity; wait a minute".to_owned(),
        },
        500.. => "the service failed; try again, and see https://azure.status.microsoft".to_owned(),
        300..=399 => "redirects are never followed; check the endpoint's address".to_owned(),
        _ => "check that nobody has changed the app or its revisions meanwhile, and that the API version is right"
            .to_owned(),
    }
}

fn role(refused: &Refused<'_>) -> String {
    format!(
        "the identity needs a role with {} on {}, such as {}; a new assignment takes some minutes to work",
        refused.subject.action(),
        refused.app,
        refused.subject.role()
    )
}

/// Returns the first text in quotes after some words of a message of the service.
fn quoted_after<'a>(message: &'a str, words: &str) -> Option<&'a str> {
    let lower = message.to_ascii_lowercase();
    let rest = &message[lower.find(&words.to_ascii_lowercase())? + words.len()..];
    let open = rest.find(['\'', '"'])?;
    let quote = rest[open..].chars().next()?;
    let inner = &rest[open + 1..];
    let text = &inner[..inner.find(quote)?];
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::app_id;

    fn of(status: u16, code: &str, message: &str, is_busy: bool) -> String {
        advice(&Refused {
            status,
            code,
            message,
            is_busy,
            retry_after: None,
            app: &app_id(),
            subject: &Subject::Traffic,
        })
    }

    #[test]
    fn advice_goes_by_the_code_where_there_is_one() {
        for (status, code, message, words) in [
            (
                403,
                "AuthorizationFailed",
                "The client 'x' does not have authorization to perform action 'Microsoft.App/containerApps/write'.",
                ["Microsoft.App/containerApps/write", "Contributor"],
            ),
            (
                403,
                "LinkedAuthorizationFailed",
                "The client has permission to perform action 'join' on scope 'a', however it does not have permission \
                 on the linked scope(s) '/subscriptions/s/userAssignedIdentities/shop' or the linked scope(s) are invalid.",
                [
                    "/subscriptions/s/userAssignedIdentities/shop",
                    "Managed Identity Operator",
                ],
            ),
            (
                403,
                "RequestDisallowedByPolicy",
                "Resource 'web' was disallowed by policy. Policy identifiers: '[{\"policyAssignment\":{\"name\":\"Require \
                 a cost tag\",\"id\":\"/p\"}}]'.",
                ["policy Require a cost tag", "exemption"],
            ),
            (
                403,
                "DenyAssignmentAuthorizationFailed",
                "The client has permission, however the access is denied because of the deny assignment.",
                ["deny assignment", "no role changes"],
            ),
            (
                409,
                "ScopeLocked",
                "The scope cannot perform write operation.",
                ["lock", "try again"],
            ),
        ] {
            let advice = of(status, code, message, false);
            for word in words {
                assert!(advice.contains(word), "{code}: {advice}");
            }
        }
    }

    #[test]
    fn busy_app_and_another_conflict_are_told_apart() {
        let busy = of(409, "ContainerAppOperationInProgress", "", true);
        assert!(busy.contains("still under way"), "{busy}");
        let conflict = of(409, "Conflict", "", false);
        assert!(!conflict.contains("under way"), "{conflict}");
    }
}
