//! The reasons why a file is not a gate, each with the next step. Finds none of them.

use super::contract::CONTRACT;

/// One reason why a file is not a gate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The file is not WebAssembly.
    #[error("it is not WebAssembly but {what}; {next}")]
    NotWasm {
        /// What the file looks like.
        what: &'static str,
        /// The next step.
        next: &'static str,
    },
    /// The file is a core module.
    #[error("it is a core module, not a component; {next}")]
    CoreModule {
        /// How a component is made of it.
        next: &'static str,
    },
    /// The file is native code, precompiled by some version of wasmtime.
    #[error(
        "it is precompiled native code, which is never run; name the .wasm file that it was made from"
    )]
    Precompiled,
    /// The file is too large.
    #[error(
        "it has {bytes} bytes, more than the limit of {max}; strip it, or build it without debug information"
    )]
    TooLarge {
        /// The size in bytes.
        bytes: usize,
        /// The limit in bytes.
        max: usize,
    },
    /// The engine cannot compile the component.
    #[error(
        "it cannot be compiled: {0}; the file may be truncated, or built by a tool newer than this lockgate"
    )]
    CannotCompile(String),
    /// Compiling the component takes more than it may.
    #[error(
        "it cannot be compiled within bounds: {0}; build it with optimisation, and leave out what it does not use"
    )]
    TooMuchToCompile(String),
    /// What is kept of compiled components cannot be used.
    #[error("what is kept of compiled gates cannot be used: {0}")]
    Cache(String),
    /// The component implements neither of the two worlds.
    #[error(
        "it exports neither lockgate:plugin/health-checking@{CONTRACT} (world health-check) nor \
         lockgate:plugin/promotion@{CONTRACT} (world promotion-gate); it exports {exports}; {next}"
    )]
    WrongWorld {
        /// The names of its exports.
        exports: String,
        /// How it is built for one of the worlds.
        next: &'static str,
    },
    /// The component does not export `about`.
    #[error(
        "it does not export lockgate:plugin/about@{CONTRACT}, which every gate must export; build it against a whole world of the contract, which `lockgate wit` prints"
    )]
    NoAbout,
    /// The component was built against a newer contract, and needs what only that has.
    #[error(
        "it needs {needs}, and this lockgate implements lockgate:plugin@{CONTRACT}; whoever runs lockgate updates it, or \
         the gate's author builds against the contract of this lockgate"
    )]
    NewerContract {
        /// The interface with its version, or functions of one.
        needs: String,
    },
    /// The component is built for WASI 0.3.
    #[error(
        "it imports {names}: WASI 0.3, which lockgate does not run yet; build the gate for WASI 0.2, such as with Rust's \
         target wasm32-wasip2, or without WASI"
    )]
    Wasi3 {
        /// The names of the imports.
        names: String,
    },
    /// The component holds more of something than can be compiled in bounded time.
    #[error(
        "it has {value} {what}, more than the limit of {max}; a gate needs far less: build it with optimisation, and \
         leave out what it does not use"
    )]
    TooMuch {
        /// What there is too much of, in the plural.
        what: &'static str,
        /// How much there is.
        value: usize,
        /// How much there may be.
        max: usize,
    },
    /// The component imports interfaces that the host does not provide.
    #[error("it imports {names}, which lockgate does not provide; {hint}")]
    UnknownImports {
        /// The names of the imports that share this hint.
        names: String,
        /// The next step.
        hint: &'static str,
    },
    /// The engine cannot link the component.
    #[error(
        "it does not fit the contract: {0}; build it against the contract that `lockgate wit` prints, unchanged"
    )]
    DoesNotFit(String),
    /// The component's description of itself is invalid.
    #[error("its description of itself cannot be used: {0}")]
    Describe(String),
}
