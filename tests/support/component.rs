//! Gates made on the spot: a core module in text that does one thing, wrapped as a component of the contract's worlds.

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// Returns a promotion gate that always gives this decision (0 promote, 1 hold, 2 roll back), with this reason.
pub(crate) fn deciding(decision: u8, reason: &str) -> Vec<u8> {
    // The layout of result<answer, string> in memory, by the canonical ABI: the discriminant at 0, the answer at 4.
    let body = format!(
        "(i32.store8 (i32.const 2048) (i32.const 0))
         (i32.store8 (i32.const 2052) (i32.const {decision}))
         (i32.store (i32.const 2056) (i32.const 1024))
         (i32.store (i32.const 2060) (i32.const {}))
         (i32.const 2048)",
        reason.len()
    );
    promotion(&body, reason)
}

/// Returns a gate that wants to reach an origin and never answers.
pub(crate) fn wishing(origin: &str) -> Vec<u8> {
    let wish = format!(r#",\"origins\":[\"{origin}\"]"#);
    gate(
        "health-check",
        "health-checking@0.1.0#check",
        "unreachable",
        "",
        &wish,
    )
}

/// Returns a promotion gate whose `decide` is this code; it must leave the address of a result<answer, string>.
pub(crate) fn promotion(decide: &str, text: &str) -> Vec<u8> {
    gate("promotion-gate", "promotion@0.1.0#decide", decide, text, "")
}

/// Returns a health check whose `check` is this code; it must leave the address of a result<health-report, string>.
pub(crate) fn health(check: &str, text: &str) -> Vec<u8> {
    gate(
        "health-check",
        "health-checking@0.1.0#check",
        check,
        text,
        "",
    )
}

fn gate(world: &str, export: &str, body: &str, text: &str, more: &str) -> Vec<u8> {
    let about = format!(r#"{{\"name\":\"made-on-the-spot\",\"summary\":\"\"{more}}}"#);
    let about_length = about.replace('\\', "").len();
    let module = format!(
        r#"(module
            (memory (export "memory") 2)
            (global $next (mut i32) (i32.const 65536))
            (data (i32.const 512) "{about}")
            (data (i32.const 1024) "{text}")
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
              (local $at i32)
              (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
              (global.set $next (i32.add (local.get $at) (local.get 3)))
              (local.get $at))
            (func (export "lockgate:plugin/about@0.1.0#describe") (result i32)
              (i32.store (i32.const 256) (i32.const 512))
              (i32.store (i32.const 260) (i32.const {about_length}))
              (i32.const 256))
            (func (export "lockgate:plugin/{export}") (param i32) (result i32)
              {body}))"#
    );
    let mut module = wat::parse_str(module).expect("a core module");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/plugin-0.1");
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(folder).expect("the contract");
    let world = resolve
        .select_world(&[package], Some(world))
        .expect("a world of the contract");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .expect("the world is embedded");
    ComponentEncoder::default()
        .module(&module)
        .expect("the module fits the world")
        .validate(true)
        .encode()
        .expect("a component")
}
