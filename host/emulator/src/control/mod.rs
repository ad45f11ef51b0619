//! The control plane: ARM's paths for container apps. Answers the calls that have passed the token
//! check. `dispatch` reads calls from the wire, logs them and performs faults. Start at `router`.

use std::sync::Arc;

mod apps;
mod interference;
mod metrics;
mod operations;
mod permissions;
mod revisions;
mod router;

pub(crate) use interference::Interference;

use crate::http::{HttpCall, Reply};
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::world::World;

/// Answers one call, as far as its version and the caller's permissions allow.
pub(crate) fn answer(
    shared: &Arc<Shared>,
    world: &mut World,
    call: &HttpCall,
    interference: &Interference,
) -> Reply {
    let replied = check_version(call)
        .and_then(|()| permissions::check(world, call))
        .and_then(|()| {
            world.settle();
            router::route(shared, world, call, interference)
        });
    replied.unwrap_or_else(|refusal| Reply::refused(&refusal))
}

fn check_version(call: &HttpCall) -> Result<(), Refusal> {
    if call
        .parameter("api-version")
        .is_some_and(|version| !version.is_empty())
    {
        return Ok(());
    }
    let message = "The api-version query parameter (?api-version=) is required for all requests.";
    Err(Refusal::new(
        400,
        "MissingApiVersionParameter",
        message.to_owned(),
    ))
}
