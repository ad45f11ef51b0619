//! Examines a component before it is linked: its file type, its imports and its exports.
//!
//! Reports every problem at once, each with a next step; the engine would stop at the first, in its own terms.

use rollout::Kind;
use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

/// The package of the contract.
const PACKAGE: &str = "lockgate:plugin/";
/// The version of the contract that this host speaks.
pub(crate) const CONTRACT: &str = "0.1.0";
/// The interfaces of the contract that a gate may import.
const IMPORTS: [&str; 5] = ["types", "http", "clock", "log", "traffic"];

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
    #[error(
        "it is a core module, not a component; build for wasm32-wasip2, or wrap it with `wasm-tools component new`"
    )]
    CoreModule,
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
    /// The component implements neither of the two worlds.
    #[error(
        "it exports neither lockgate:plugin/health-checking@{CONTRACT} (world health-check) nor \
         lockgate:plugin/promotion@{CONTRACT} (world promotion-gate); it exports {exports}; build it against \
         wit/plugin-0.1"
    )]
    WrongWorld {
        /// The names of its exports.
        exports: String,
    },
    /// The component does not export `about`.
    #[error(
        "it does not export lockgate:plugin/about@{CONTRACT}, which every gate must export; build it against a whole world of wit/plugin-0.1"
    )]
    NoAbout,
    /// The component was built against a newer contract.
    #[error(
        "it needs {interface}, and this lockgate implements lockgate:plugin@{CONTRACT}; update lockgate, or build the \
         gate against wit/plugin-0.1"
    )]
    NewerContract {
        /// The interface with its version.
        interface: String,
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
    #[error("it does not fit the contract: {0}; build it against wit/plugin-0.1 unchanged")]
    DoesNotFit(String),
    /// The component's description of itself is invalid.
    #[error("its description of itself cannot be used: {0}")]
    Describe(String),
}

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
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => Err(Problem::CoreModule),
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

/// The imports of a component and the kinds of gate that it is.
#[derive(Debug)]
pub(crate) struct GateWorld {
    pub(crate) kinds: Vec<Kind>,
    pub(crate) imports: Vec<String>,
    /// The imports from `wasi:http`, which is linked only into components that import it.
    pub(crate) wasi_http: Vec<String>,
}

/// One import of a component.
struct Import {
    name: String,
    is_instance: bool,
}

/// Checks the imports and exports of a compiled component.
pub(crate) fn examine(component: &Component, engine: &Engine) -> Result<GateWorld, Vec<Problem>> {
    let ty = component.component_type();
    let imports: Vec<Import> = ty
        .imports(engine)
        .map(|(name, item)| Import {
            name: name.to_owned(),
            is_instance: matches!(item.ty, ComponentItem::ComponentInstance(_)),
        })
        .collect();
    let exports: Vec<String> = ty
        .exports(engine)
        .map(|(name, _)| name.to_owned())
        .collect();
    let mut problems = import_problems(&imports);
    let mut kinds = Vec::new();
    for (interface, kind) in [
        ("health-checking", Kind::HealthCheck),
        ("promotion", Kind::PromotionGate),
    ] {
        if exports.iter().any(|name| is_ours(name, interface)) {
            kinds.push(kind);
        }
    }
    problems.extend(export_problems(&exports, &kinds));
    if !problems.is_empty() {
        return Err(problems);
    }
    let imports: Vec<String> = imports.into_iter().map(|import| import.name).collect();
    Ok(GateWorld {
        kinds,
        wasi_http: imports
            .iter()
            .filter(|name| name.starts_with("wasi:http/"))
            .cloned()
            .collect(),
        imports,
    })
}

fn import_problems(imports: &[Import]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut unknown: Vec<(&str, &'static str)> = Vec::new();
    for Import { name, is_instance } in imports {
        let ours = IMPORTS.iter().any(|interface| is_ours(name, interface));
        if ours || (is_provided_wasi(name) && *is_instance) {
            continue;
        }
        match name.strip_prefix(PACKAGE) {
            Some(rest) if is_newer(rest) => problems.push(Problem::NewerContract {
                interface: name.clone(),
            }),
            Some(_) => unknown.push((name, "the contract has no such interface; build it against wit/plugin-0.1")),
            None if name.starts_with("wasi:") => unknown.push((
                name,
                "lockgate provides WASI 0.2 without files, sockets or environment; build for WASI 0.2 or without WASI",
            )),
            None => unknown.push((name, "a gate may import lockgate:plugin and WASI 0.2 only")),
        }
    }
    let mut hints: Vec<&'static str> = unknown.iter().map(|(_, hint)| *hint).collect();
    hints.dedup();
    for hint in hints {
        let names: Vec<&str> = unknown
            .iter()
            .filter(|(_, other)| *other == hint)
            .map(|(name, _)| *name)
            .collect();
        problems.push(Problem::UnknownImports {
            names: rollout::listed(names),
            hint,
        });
    }
    problems
}

fn export_problems(exports: &[String], kinds: &[Kind]) -> Vec<Problem> {
    let mut problems: Vec<Problem> = exports
        .iter()
        .filter(|name| name.strip_prefix(PACKAGE).is_some_and(is_newer))
        .map(|name| Problem::NewerContract {
            interface: name.clone(),
        })
        .collect();
    if kinds.is_empty() && problems.is_empty() {
        let exports = match exports {
            [] => "nothing".to_owned(),
            exports => rollout::listed(exports),
        };
        problems.push(Problem::WrongWorld { exports });
    } else if !exports.iter().any(|name| is_ours(name, "about")) && problems.is_empty() {
        problems.push(Problem::NoAbout);
    }
    problems
}

/// Returns whether a name is `lockgate:plugin/<interface>@0.1.x`.
fn is_ours(name: &str, interface: &str) -> bool {
    let rest = name.strip_prefix(PACKAGE);
    let version = rest.and_then(|rest| rest.strip_prefix(interface)?.strip_prefix('@'));
    version.is_some_and(|version| version.starts_with("0.1."))
}

/// Returns whether a name is `<interface>@<version>` with a version above 0.1.
fn is_newer(rest: &str) -> bool {
    let version = rest.split_once('@').map(|(_, version)| version);
    version.is_some_and(|version| !version.starts_with("0.1.") && !version.starts_with("0.0."))
}

fn is_provided_wasi(name: &str) -> bool {
    const PACKAGES: [&str; 6] = [
        "wasi:cli/",
        "wasi:clocks/",
        "wasi:filesystem/",
        "wasi:io/",
        "wasi:random/",
        "wasi:sockets/",
    ];
    let version = name.split_once('@').map(|(_, version)| version);
    let is_0_2 = version.is_some_and(|version| version.starts_with("0.2."));
    let known = PACKAGES.iter().any(|package| name.starts_with(package));
    is_0_2 && (known || name.starts_with("wasi:http/"))
}
