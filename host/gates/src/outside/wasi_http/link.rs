//! What of `wasi:http` is linked, and into which components: only those that import it. What is not for sending is a wall:
//! a call of it fails with its name.

use wasmtime::component::types::{ComponentInstance, ComponentItem};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, format_err};

use crate::call::state::State;

/// The interfaces that are provided, with any version of 0.2.
const PROVIDED: [&str; 2] = ["wasi:http/types@", "wasi:http/outgoing-handler@"];

/// Links the named imports of a component, if there are any.
pub(crate) fn link(
    linker: &mut Linker<State>,
    component: &Component,
    engine: &Engine,
    names: &[String],
) -> wasmtime::Result<()> {
    let is_provided = |name: &str| PROVIDED.iter().any(|provided| name.starts_with(provided));
    if names.iter().any(|name| is_provided(name)) {
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)?;
    }
    for (name, item) in component.component_type().imports(engine) {
        if let ComponentItem::ComponentInstance(instance) = item.ty
            && names.iter().any(|wanted| wanted == name)
            && !is_provided(name)
        {
            wall(linker, engine, name, &instance)?;
        }
    }
    Ok(())
}

fn wall(
    linker: &mut Linker<State>,
    engine: &Engine,
    interface: &str,
    instance: &ComponentInstance,
) -> wasmtime::Result<()> {
    let mut linked = linker.instance(interface)?;
    for (name, item) in instance.exports(engine) {
        // The resources in it are those of the types, which are really there.
        if let ComponentItem::ComponentFunc(_) = item.ty {
            let full = format!("{interface}#{name}");
            linked.func_new(name, move |_, _, _, _| {
                Err(format_err!(
                    "{full} is not provided: a gate sends requests and receives none"
                ))
            })?;
        }
    }
    Ok(())
}
