//! Tells a component from every other file by its size and its first bytes, so that the error names what the file is.

use wasmtime::Engine;

use super::problem::Problem;
use super::toolchain::Toolchain;

/// What helps where the toolchain is not known.
const WRAP_IT: &str = "build for wasm32-wasip2, or wrap it with `wasm-tools component new`";

/// Checks by size and first bytes that a file is a component, without parsing it.
pub(crate) fn recognise(bytes: &[u8], max: usize) -> Result<(), Problem> {
    let not_wasm = |what, next| Err(Problem::NotWasm { what, next });
    if Engine::detect_precompiled(bytes).is_some() {
        return Err(Problem::Precompiled);
    }
    if bytes.len() > max {
        return Err(Problem::TooLarge {
            bytes: bytes.len(),
            max,
        });
    }
    match bytes {
        [] => not_wasm("an empty file", "check that the build succeeded"),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => Err(Problem::CoreModule {
            next: Toolchain::of(bytes).map_or(WRAP_IT, Toolchain::component),
        }),
        [0, b'a', b's', b'm', ..] => Ok(()),
        [0x7f, b'E', b'L', b'F', ..] => {
            not_wasm("a native executable", "build it for a wasm target")
        }
        bytes if std::str::from_utf8(bytes).is_ok() => not_wasm(
            "a text file",
            "translate WAT with `wasm-tools parse`, and source code with its compiler",
        ),
        _ => not_wasm("another binary file", "name the path of a component"),
    }
}
