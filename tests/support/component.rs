//! Gates built for one test: a core module in WebAssembly text, wrapped as a component of one of the contract's worlds.

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// Returns a promotion gate that always answers with this decision (0 hold, 1 promote, 2 roll back) and this reason.
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

/// Returns a promotion gate whose `decide` is this code, after these imports and functions. The code must leave the
/// address of a result<answer, string>.
pub(crate) fn promotion(imports: &str, decide: &str, text: &str) -> Vec<u8> {
    Guest {
        world: "lockgate:plugin/promotion-gate@0.1.0",
        export: "promotion@0.1.0#decide",
        imports,
        ..Guest::health(decide, text)
    }
    .component()
}

/// Returns a health check whose `check` is this code. The code must leave the address of a
/// result<health-report, string>.
pub(crate) fn health(check: &str, text: &str) -> Vec<u8> {
    Guest::health(check, text).component()
}

/// Returns a health check in the world `test:gates/made` of these further packages.
pub(crate) fn health_in(packages: &str, imports: &str, check: &str, text: &str) -> Vec<u8> {
    Guest {
        world: "test:gates/made",
        packages,
        imports,
        ..Guest::health(check, text)
    }
    .component()
}

/// Returns a component that is a health check and a promotion gate, and passes as both, as `fine`.
pub(crate) fn both() -> Vec<u8> {
    // A report and an answer begin alike: case 1 is healthy and promote, then the summary or the reason.
    const PASSES: &str = "(i32.store8 (i32.const 2048) (i32.const 0)) (i32.store8 (i32.const 2052) (i32.const 1))
        (i32.store (i32.const 2056) (i32.const 1024)) (i32.store (i32.const 2060) (i32.const 4)) (i32.const 2048)";
    both_with(PASSES, PASSES, "fine")
}

/// Returns a component that is a health check and a promotion gate, with these two bodies.
pub(crate) fn both_with(check: &str, decide: &str, text: &str) -> Vec<u8> {
    Guest {
        world: "lockgate:plugin/gate@0.1.0",
        imports: &format!(
            r#"(func (export "lockgate:plugin/promotion@0.1.0#decide") (param i32) (result i32) {decide})"#
        ),
        ..Guest::health(check, text)
    }
    .component()
}

/// Returns a health check that cannot tell until its third call and a minute after the canary got its weight. It counts
/// its calls in the length of its state.
pub(crate) fn remembering() -> Vec<u8> {
    // Of the context: weight-since-s at offset 88, now-s at 96, the length of the state at 124. Of the report at 2052: the
    // state's address and length at 2072 and 2076.
    const CHECK: &str = "(local $calls i32)
        (local.set $calls (i32.add (i32.const 1) (i32.load offset=124 (local.get 0))))
        (i32.store8 (i32.const 2048) (i32.const 0))
        (i32.store8 (i32.const 2052) (i32.and
            (i32.ge_u (local.get $calls) (i32.const 3))
            (f64.ge (f64.sub (f64.load offset=96 (local.get 0)) (f64.load offset=88 (local.get 0))) (f64.const 60))))
        (i32.store (i32.const 2056) (i32.const 1024)) (i32.store (i32.const 2060) (i32.const 9))
        (i32.store (i32.const 2072) (i32.const 1024)) (i32.store (i32.const 2076) (local.get $calls))
        (i32.const 2048)";
    Guest::health(CHECK, "it counts").component()
}

/// Returns a promotion gate that promotes after the last stage of four at its seventh call, with the summary of the first
/// report as its reason, and holds otherwise.
pub(crate) fn reading() -> Vec<u8> {
    // The parameters are in memory: the context, 128 bytes with the stage at offset 64, then the reports. A report is its
    // gate's name, then what the gate answered, whose summary is at offset 12.
    const DECIDE: &str = "(local $report i32)
        (local.set $report (i32.load offset=128 (local.get 0)))
        (i32.store8 (i32.const 2048) (i32.const 0))
        (i32.store8 (i32.const 2052) (i32.and
            (i32.and (i32.eq (i32.load offset=64 (local.get 0)) (i32.const 4))
                     (i32.eq (i32.load offset=68 (local.get 0)) (i32.const 4)))
            (i32.and (i32.eq (i32.load offset=72 (local.get 0)) (i32.const 100))
                     (i32.eq (i32.load offset=80 (local.get 0)) (i32.const 7)))))
        (i32.store (i32.const 2056) (i32.load offset=12 (local.get $report)))
        (i32.store (i32.const 2060) (i32.load offset=16 (local.get $report)))
        (i32.const 2048)";
    promotion("", DECIDE, "")
}

/// Returns a health check with these imports and functions, and debug information.
pub(crate) fn with_lines(imports: &str, check: &str) -> Vec<u8> {
    Guest {
        imports,
        lines: true,
        ..Guest::health(check, "")
    }
    .component()
}

/// Returns a health check that declares an origin and traps when it is called.
pub(crate) fn declaring(origin: &str) -> Vec<u8> {
    Guest {
        about: format!(r#",\"origins\":[\"{origin}\"]"#),
        ..Guest::health("unreachable", "")
    }
    .component()
}

/// Returns a health check with this schema of its settings, which traps when it is called.
pub(crate) fn with_settings(schema: &str) -> Vec<u8> {
    Guest {
        about: format!(",\"settings\":{schema}").replace('"', "\\\""),
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
    health_in(WASI, STDERR, &check, text)
}

/// Returns a health check that writes these texts to stderr, one after the other, and traps.
pub(crate) fn complaining_in_two(first: &str, second: &str) -> Vec<u8> {
    let (middle, rest) = (1024 + first.len(), second.len());
    let check = format!(
        "(local $to i32)
         (local.set $to (call $stderr))
         (call $write (local.get $to) (i32.const 1024) (i32.const {}) (i32.const 256))
         (call $write (local.get $to) (i32.const {middle}) (i32.const {rest}) (i32.const 256))
         unreachable",
        first.len()
    );
    health_in(WASI, STDERR, &check, &format!("{first}{second}"))
}

/// Returns a health check that sends one request to the canary and reads every clock and source of randomness. Its
/// summary is a hash of everything that it read.
pub(crate) fn spying() -> Vec<u8> {
    health_in(ENVIRONMENT_WIT, ENVIRONMENT, SPY, "................")
}

/// Returns a health check that sleeps for so many milliseconds and then answers healthy.
pub(crate) fn waiting(ms: u32) -> Vec<u8> {
    let check = format!(
        "(call $sleep (i32.const {ms}))
         (i32.store8 (i32.const 2048) (i32.const 0))
         (i32.store8 (i32.const 2052) (i32.const 1))
         (i32.store (i32.const 2056) (i32.const 1024))
         (i32.store (i32.const 2060) (i32.const 6))
         (i32.const 2048)"
    );
    Guest {
        imports: r#"(import "lockgate:plugin/clock@0.1.0" "sleep-ms" (func $sleep (param i32)))"#,
        ..Guest::health(&check, "waited")
    }
    .component()
}

/// Returns a health check that sends a request to this URL and repeats the body of the response wherever it can: in the
/// log and in its summary. It answers unhealthy, so that every output shows the summary.
pub(crate) fn echoing(url: &str) -> Vec<u8> {
    let length = url.len();
    let check = format!(
        "(i32.store (i32.const 2940) (i32.const 0x544547))
         (call $send (i32.const 2940) (i32.const 3) (i32.const 1024) (i32.const {length})
           (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
           (i32.const 3000))
         (call $write (i32.const 2) (i32.load (i32.const 3020)) (i32.load (i32.const 3024)) (i32.const 0) (i32.const 0))
         (i32.store8 (i32.const 2048) (i32.const 0))
         (i32.store8 (i32.const 2052) (i32.const 2))
         (i32.store (i32.const 2056) (i32.load (i32.const 3020)))
         (i32.store (i32.const 2060) (i32.load (i32.const 3024)))
         (i32.const 2048)"
    );
    Guest {
        imports: r#"
            (import "lockgate:plugin/http@0.1.0" "send"
              (func $send (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
            (import "lockgate:plugin/log@0.1.0" "write" (func $write (param i32 i32 i32 i32 i32)))"#,
        ..Guest::health(&check, url)
    }
    .component()
}

/// The clocks and the randomness of WASI.
const ENVIRONMENT_WIT: &str = "
    package test:gates;
    world made {
        include lockgate:plugin/health-check@0.1.0;
        import wasi:clocks/monotonic-clock@0.2.0;
        import wasi:clocks/wall-clock@0.2.0;
        import wasi:random/random@0.2.0;
        import wasi:random/insecure@0.2.0;
        import wasi:random/insecure-seed@0.2.0;
    }
    package wasi:clocks@0.2.0 {
        interface monotonic-clock { now: func() -> u64; }
        interface wall-clock { record datetime { seconds: u64, nanoseconds: u32 } now: func() -> datetime; }
    }
    package wasi:random@0.2.0 {
        interface random { get-random-u64: func() -> u64; }
        interface insecure { get-insecure-random-u64: func() -> u64; }
        interface insecure-seed { insecure-seed: func() -> tuple<u64, u64>; }
    }";

/// Imports of everything that a gate can read, and a hash to mix the values into.
const ENVIRONMENT: &str = r#"
    (import "lockgate:plugin/clock@0.1.0" "now-ms" (func $now (result f64)))
    (import "lockgate:plugin/http@0.1.0" "send"
        (func $send (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
    (import "wasi:clocks/monotonic-clock@0.2.0" "now" (func $monotonic (result i64)))
    (import "wasi:clocks/wall-clock@0.2.0" "now" (func $wall (param i32)))
    (import "wasi:random/random@0.2.0" "get-random-u64" (func $random (result i64)))
    (import "wasi:random/insecure@0.2.0" "get-insecure-random-u64" (func $insecure (result i64)))
    (import "wasi:random/insecure-seed@0.2.0" "insecure-seed" (func $seed (param i32)))
    (global $hash (mut i64) (i64.const -3750763034362895579))
    (func $mix (param $value i64)
      (global.set $hash (i64.mul (i64.xor (global.get $hash) (local.get $value)) (i64.const 1099511628211)))
      (global.set $hash (i64.xor (global.get $hash) (i64.shr_u (global.get $hash) (i64.const 29)))))
    (func $mix_bytes (param $at i32) (param $length i32)
      (loop $more
        (if (local.get $length) (then
          (call $mix (i64.load8_u (local.get $at)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (local.set $length (i32.sub (local.get $length) (i32.const 1)))
          (br $more)))))"#;

/// Parameter 0 is the address of the context: the run's id at offset 0, the canary's URL at 48. The response is at 3000:
/// status at offset 8, body at 20, elapsed-ms at 32.
const SPY: &str = "
    (local $digit i32)
    (call $mix_bytes (i32.load (local.get 0)) (i32.load offset=4 (local.get 0)))
    (call $mix (i64.reinterpret_f64 (call $now)))
    (call $mix (call $monotonic))
    (call $wall (i32.const 2880))
    (call $mix (i64.load (i32.const 2880)))
    (call $mix (i64.load32_u (i32.const 2888)))
    (call $mix (call $random))
    (call $mix (call $insecure))
    (call $seed (i32.const 2920))
    (call $mix (i64.load (i32.const 2920)))
    (call $mix (i64.load (i32.const 2928)))
    (i32.store (i32.const 2940) (i32.const 0x544547))
    (call $send (i32.const 2940) (i32.const 3)
      (i32.load offset=48 (local.get 0)) (i32.load offset=52 (local.get 0))
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 3000))
    (call $mix (i64.load8_u (i32.const 3000)))
    (call $mix (i64.load16_u (i32.const 3008)))
    (call $mix_bytes (i32.load (i32.const 3020)) (i32.load (i32.const 3024)))
    (call $mix (i64.load (i32.const 3032)))
    (call $mix (i64.reinterpret_f64 (call $now)))
    (call $mix (call $monotonic))
    (call $wall (i32.const 2880))
    (call $mix (i64.load32_u (i32.const 2888)))
    (loop $more
      (i32.store8 (i32.add (i32.const 1024) (local.get $digit))
        (i32.add (i32.const 97) (i32.and (i32.wrap_i64 (global.get $hash)) (i32.const 15))))
      (global.set $hash (i64.shr_u (global.get $hash) (i64.const 4)))
      (local.set $digit (i32.add (local.get $digit) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $digit) (i32.const 16))))
    (i32.store8 (i32.const 2048) (i32.const 0))
    (i32.store8 (i32.const 2052) (i32.const 1))
    (i32.store (i32.const 2056) (i32.const 1024))
    (i32.store (i32.const 2060) (i32.const 16))
    (i32.const 2048)";

/// The imports that a guest of any toolchain uses to write to stderr.
const STDERR: &str = r#"
    (import "wasi:cli/stderr@0.2.0" "get-stderr" (func $stderr (result i32)))
    (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush"
        (func $write (param i32 i32 i32 i32)))"#;

/// The part of WASI that declares them.
const WASI: &str = "
    package test:gates;
    world made { include lockgate:plugin/health-check@0.1.0; import wasi:cli/stderr@0.2.0; }
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
    /// WIT packages beside the contract.
    packages: &'a str,
    imports: &'a str,
    export: &'a str,
    body: &'a str,
    /// Placed at address 1024 of the memory.
    text: &'a str,
    /// Further members of the description, as JSON.
    about: String,
    /// Whether it has debug information, which names the lines of `gate.wat`.
    lines: bool,
}

impl<'a> Guest<'a> {
    fn health(body: &'a str, text: &'a str) -> Guest<'a> {
        Guest {
            world: "lockgate:plugin/health-check@0.1.0",
            packages: WASI,
            imports: "",
            export: "health-checking@0.1.0#check",
            body,
            text,
            about: String::new(),
            lines: false,
        }
    }

    fn component(&self) -> Vec<u8> {
        let mut parser = wat::Parser::new();
        if self.lines {
            parser.generate_dwarf(wat::GenerateDwarf::Full);
        }
        let module = parser.parse_str(Some(Path::new("gate.wat")), self.module());
        let mut module = module.expect("a core module");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/plugin-0.1");
        let mut resolve = Resolve::default();
        resolve.push_dir(folder).expect("the contract");
        let tests = resolve
            .push_str("more.wit", self.packages)
            .expect("more worlds");
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
            (memory (export "memory") 16)
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
