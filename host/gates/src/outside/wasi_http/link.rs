//! Links `wasi:http` into components that import it: types and outgoing requests.
//!
//! Every other interface of the package is linked as functions that fail with their name, so that such components load.

use wasmtime::component::types::{ComponentInstance, ComponentItem};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, format_err};
use wasmtime_wasi_http::WasiHttpView;

/// The interfaces that are provided, with any version of 0.2.
const PROVIDED: [&str; 2] = ["wasi:http/types@", "wasi:http/outgoing-handler@"];

/// Links these imports of a component.
pub(crate) fn link<T: WasiHttpView + 'static>(
    linker: &mut Linker<T>,
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
            && names.iter().any(|imported| imported == name)
            && !is_provided(name)
        {
            link_failing(linker, engine, name, &instance)?;
        }
    }
    Ok(())
}

fn link_failing<T: 'static>(
    linker: &mut Linker<T>,
    engine: &Engine,
    interface: &str,
    instance: &ComponentInstance,
) -> wasmtime::Result<()> {
    let mut linked = linker.instance(interface)?;
    for (name, item) in instance.exports(engine) {
        // Resources need no stand-in: they are those of the types interface, which is linked.
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
