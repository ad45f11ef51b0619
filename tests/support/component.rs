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
    promotion("", &body, reason)
}

/// Returns a promotion gate whose `decide` is this code, after these imports and functions; it must leave the address of
/// a result<answer, string>.
pub(crate) fn promotion(imports: &str, decide: &str, text: &str) -> Vec<u8> {
    Guest {
        world: "lockgate:plugin/promotion-gate@0.1.0",
        export: "promotion@0.1.0#decide",
        imports,
        ..Guest::health(decide, text)
    }
    .component()
}

/// Returns a health check whose `check` is this code; it must leave the address of a result<health-report, string>.
pub(crate) fn health(check: &str, text: &str) -> Vec<u8> {
    Guest::health(check, text).component()
}

/// Returns a health check that wants to reach an origin and never answers.
pub(crate) fn wishing(origin: &str) -> Vec<u8> {
    Guest {
        about: format!(r#",\"origins\":[\"{origin}\"]"#),
        ..Guest::health("unreachable", "")
    }
    .component()
}

/// Returns a health check that writes this text to stderr and traps.
pub(crate) fn complaining(text: &str) -> Vec<u8> {
    let length = text.len();
    let check = format!(
        "(call $write (call $stderr) (i32.const 1024) (i32.const {length}) (i32.const 256)) unreachable"
    );
    Guest {
        world: "test:gates/complaining",
        imports: STDERR,
        ..Guest::health(&check, text)
    }
    .component()
}

/// What a guest of any toolchain needs to write to stderr.
const STDERR: &str = r#"
    (import "wasi:cli/stderr@0.2.0" "get-stderr" (func $stderr (result i32)))
    (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush"
        (func $write (param i32 i32 i32 i32)))"#;

/// As much of WASI as that is.
const WASI: &str = "
    package test:gates;
    world complaining { include lockgate:plugin/health-check@0.1.0; import wasi:cli/stderr@0.2.0; }
    package wasi:cli@0.2.0 {
        interface stderr { use wasi:io/streams@0.2.0.{output-stream}; get-stderr: func() -> output-stream; }
    }
    package wasi:io@0.2.0 {
        interface error { resource error; }
        interface streams {
            use error.{error};
            variant stream-error { last-operation-failed(error), closed }
            resource output-stream {
                blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>;
            }
        }
    }";

struct Guest<'a> {
    world: &'a str,
    imports: &'a str,
    export: &'a str,
    body: &'a str,
    /// At 1024 in memory.
    text: &'a str,
    /// More members of the description.
    about: String,
}

impl<'a> Guest<'a> {
    fn health(body: &'a str, text: &'a str) -> Guest<'a> {
        Guest {
            world: "lockgate:plugin/health-check@0.1.0",
            imports: "",
            export: "health-checking@0.1.0#check",
            body,
            text,
            about: String::new(),
        }
    }

    fn component(&self) -> Vec<u8> {
        let mut module = wat::parse_str(self.module()).expect("a core module");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/plugin-0.1");
        let mut resolve = Resolve::default();
        resolve.push_dir(folder).expect("the contract");
        let tests = resolve.push_str("wasi.wit", WASI).expect("more worlds");
        let world = resolve
            .select_world(&[tests], Some(self.world))
            .expect("a world");
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
            .expect("the world is embedded");
        ComponentEncoder::default()
            .module(&module)
            .expect("the module fits the world")
            .validate(true)
            .encode()
            .expect("a component")
    }

    fn module(&self) -> String {
        let Guest {
            imports,
            export,
            body,
            text,
            about,
            ..
        } = self;
        let about = format!(r#"{{\"name\":\"made-on-the-spot\",\"summary\":\"\"{about}}}"#);
        let about_length = about.replace('\\', "").len();
        format!(
            r#"(module
            {imports}
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
        )
    }
}
