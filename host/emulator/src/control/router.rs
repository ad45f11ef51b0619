//! The paths of the control plane. They come in lower case, so that any case of them matches.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{apps, metrics, operations, permissions, revisions};
use crate::http::{Answer, Call};
use crate::refusal::Refusal;
use crate::serve::Shared;
use crate::world::World;

/// Answers a call that may be answered.
pub(crate) fn route(
    shared: &Arc<Shared>,
    world: &mut World,
    call: &Call,
) -> Result<Answer, Refusal> {
    let segments = call.segments();
    if let ["tenants"] = segments.as_slice() {
        let all = [shown_tenant(world)];
        return only_get(call, || json!({"value": all, "nextLink": null}));
    }
    let ["subscriptions", rest @ ..] = segments.as_slice() else {
        return Err(no_path(call));
    };
    let [subscription, rest @ ..] = rest else {
        let all = [shown_subscription(world)];
        return only_get(call, || json!({"value": all, "nextLink": null}));
    };
    if !subscription.eq_ignore_ascii_case(&world.subscription) {
        let message = format!("The subscription '{subscription}' could not be found.");
        return Err(Refusal::new(404, "SubscriptionNotFound", message));
    }
    match rest {
        [] => only_get(call, || shown_subscription(world)),
        ["providers", "microsoft.app"] => only_get(call, || shown_provider(world)),
        ["providers", "microsoft.app", "containerapps"] => Ok(apps::list(world, call)),
        ["providers", "microsoft.app", "locations", _, kind, id] => {
            operations::read(world, call, kind, id)
        }
        ["resourcegroups"] => {
            let all = [shown_group(world)];
            only_get(call, || json!({"value": all, "nextLink": null}))
        }
        ["resourcegroups", group, rest @ ..] => {
            if !group.eq_ignore_ascii_case(&world.resource_group) {
                let message = format!("Resource group '{group}' could not be found.");
                return Err(Refusal::new(404, "ResourceGroupNotFound", message));
            }
            in_group(shared, world, call, rest)
        }
        _ => Err(no_path(call)),
    }
}

fn in_group(
    shared: &Arc<Shared>,
    world: &mut World,
    call: &Call,
    rest: &[&str],
) -> Result<Answer, Refusal> {
    let rest = match rest {
        [] => return only_get(call, || shown_group(world)),
        ["providers", "microsoft.authorization", "permissions"] => {
            return Ok(permissions::list(world));
        }
        ["providers", "microsoft.app", "containerapps", rest @ ..] => rest,
        _ => return Err(no_path(call)),
    };
    match (call.method.as_str(), rest) {
        ("GET", []) => Ok(apps::list(world, call)),
        ("GET", [app]) => apps::get(world, call, app),
        ("PATCH", [app]) => apps::patch(shared, world, call, app),
        ("PUT", [app]) => apps::put(shared, world, call, app),
        ("DELETE", [app]) => apps::delete(world, call, app),
        ("GET", [app, "labelhistories"]) => apps::label_histories(world, call, app, None),
        ("GET", [app, "labelhistories", label]) => {
            apps::label_histories(world, call, app, Some(label))
        }
        ("POST", [app, "listsecrets"]) => apps::list_secrets(world, app),
        ("POST", [app, "start"]) => apps::start(world, call, app),
        ("POST", [app, "stop"]) => apps::stop(world, call, app),
        ("GET", [app, "providers", "microsoft.authorization", "permissions"]) => {
            world.app(app)?;
            Ok(permissions::list(world))
        }
        ("GET", [app, "revisions"]) => revisions::list(world, call, app),
        ("GET", [app, "revisions", revision]) => revisions::get(world, app, revision),
        ("GET", [app, "revisions", revision, "replicas"]) => {
            revisions::replicas(world, app, revision)
        }
        ("GET", [app, "revisions", revision, "replicas", replica]) => {
            revisions::replica(world, app, revision, replica)
        }
        ("GET", [app, "providers", "microsoft.insights", "metrics"]) => {
            metrics::read(world, call, app)
        }
        ("POST", [app, "revisions", revision, action]) => {
            revisions::act(world, call, app, revision, action)
        }
        (_, [] | [_] | [_, "revisions", ..]) => Err(no_method(call)),
        _ => Err(no_path(call)),
    }
}

fn only_get(call: &Call, body: impl FnOnce() -> Value) -> Result<Answer, Refusal> {
    if call.method == "GET" {
        Ok(Answer::json(200, body()))
    } else {
        Err(no_method(call))
    }
}

fn shown_subscription(world: &World) -> Value {
    json!({
        "id": format!("/subscriptions/{}", world.subscription),
        "subscriptionId": world.subscription,
        "displayName": "emulated",
        "state": "Enabled",
        "tenantId": world.identity.tenant,
    })
}

fn shown_tenant(world: &World) -> Value {
    json!({
        "id": format!("/tenants/{}", world.identity.tenant),
        "tenantId": world.identity.tenant,
        "displayName": "emulated",
    })
}

fn shown_group(world: &World) -> Value {
    json!({
        "id": format!("/subscriptions/{}/resourceGroups/{}", world.subscription, world.resource_group),
        "name": world.resource_group,
        "type": "Microsoft.Resources/resourceGroups",
        "location": "eastus",
        "properties": {"provisioningState": "Succeeded"},
    })
}

fn shown_provider(world: &World) -> Value {
    json!({
        "id": format!("/subscriptions/{}/providers/Microsoft.App", world.subscription),
        "namespace": "Microsoft.App",
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": [],
        "registrationState": "Registered",
    })
}

pub(crate) fn no_path(call: &Call) -> Refusal {
    let message = format!("The resource at '{}' was not found.", call.path);
    Refusal::new(404, "ResourceNotFound", message)
}

fn no_method(call: &Call) -> Refusal {
    let message = format!(
        "The method '{}' is not supported at '{}'.",
        call.method, call.path
    );
    Refusal::new(405, "MethodNotAllowed", message)
}
