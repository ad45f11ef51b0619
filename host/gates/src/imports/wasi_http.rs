//! `wasi:http` as a wall: components of toolchains that import it unasked load, and a call of it fails with its name.

use wasmtime::component::types::{ComponentInstance, ComponentItem};
use wasmtime::component::{Component, Linker, ResourceType};
use wasmtime::{Engine, format_err};

use super::State;

/// Stands for every resource of `wasi:http`; there is never one.
struct Nothing;

/// Resources that `wasi:http` only passes on from `wasi:io`, which is really there.
const PASSED_ON: [&str; 4] = ["input-stream", "output-stream", "pollable", "io-error"];

/// Links the named imports of a component so that they fail.
pub(crate) fn link(
    linker: &mut Linker<State>,
    component: &Component,
    engine: &Engine,
    names: &[String],
) -> wasmtime::Result<()> {
    let ty = component.component_type();
    for (name, item) in ty.imports(engine) {
        if let ComponentItem::ComponentInstance(instance) = item.ty
            && names.iter().any(|wanted| wanted == name)
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
        match item.ty {
            ComponentItem::ComponentFunc(_) => {
                let full = format!("{interface}#{name}");
                linked.func_new(name, move |_, _, _, _| {
                    Err(format_err!(
                        "{full} is not provided: a gate's way out is lockgate:plugin/http"
                    ))
                })?;
            }
            ComponentItem::Resource(_) if !PASSED_ON.contains(&name) => {
                linked.resource(name, ResourceType::host::<Nothing>(), |_, _| Ok(()))?;
            }
            _ => {}
        }
    }
    Ok(())
}
