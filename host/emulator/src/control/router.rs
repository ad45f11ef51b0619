//! The paths of the control plane. Matches segments in lower case, because ARM ignores their case.

use std::sync::Arc;

use serde_json::{Value, json};

use super::interference::Interference;
use super::{apps, metrics, operations, permissions, revisions};
use crate::http::{HttpCall, Reply};
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::world::World;

/// Answers a call that has passed the checks of token, version and permissions.
pub(crate) fn route(
    shared: &Arc<Shared>,
    world: &mut World,
    call: &HttpCall,
    interference: &Interference,
) -> Result<Reply, Refusal> {
    let segments = call.segments();
    if let ["tenants"] = segments.as_slice() {
        let all = [shown_tenant(world)];
        return only_get(call, || json!({"value": all, "nextLink": null}));
    }
    let ["subscriptions", rest @ ..] = segments.as_slice() else {
        return Err(call.unknown_path());
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
            in_group(shared, world, call, interference, rest)
        }
        _ => Err(call.unknown_path()),
    }
}

fn in_group(
    shared: &Arc<Shared>,
    world: &mut World,
    call: &HttpCall,
    interference: &Interference,
    rest: &[&str],
) -> Result<Reply, Refusal> {
    let rest = match rest {
        [] => return only_get(call, || shown_group(world)),
        ["providers", "microsoft.authorization", "permissions"] => {
            return Ok(permissions::list(world));
        }
        ["providers", "microsoft.app", "containerapps", rest @ ..] => rest,
        _ => return Err(call.unknown_path()),
    };
    match (call.method.as_str(), rest) {
        ("GET", []) => Ok(apps::list(world, call)),
        ("GET", [app]) => apps::get(world, app, interference),
        ("PATCH", [app]) => apps::patch(shared, world, call, app, interference),
        ("PUT", [app]) => apps::put(shared, world, call, app, interference),
        ("DELETE", [app]) => apps::delete(world, call, app, interference),
        ("GET", [app, "labelhistories"]) => apps::label_histories(world, call, app),
        ("GET", [app, "labelhistories", label]) => apps::label_history(world, app, label),
        ("POST", [app, "listsecrets"]) => apps::list_secrets(world, app),
        ("POST", [app, "start"]) => apps::start(world, call, app, interference),
        ("POST", [app, "stop"]) => apps::stop(world, call, app, interference),
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
        (_, [] | [_] | [_, "revisions", ..]) => Err(call.unsupported_method()),
        _ => Err(call.unknown_path()),
    }
}

fn only_get(call: &HttpCall, body: impl FnOnce() -> Value) -> Result<Reply, Refusal> {
    if call.method == "GET" {
        Ok(Reply::json(200, body()))
    } else {
        Err(call.unsupported_method())
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
