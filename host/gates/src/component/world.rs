//! Our own look at a component before it is linked: what it is, what it wants, what it offers. Finds every problem at
//! once, each with a next step, where the engine would name the first one only and in its own words.

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

/// One thing that keeps a file from being a gate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Not WebAssembly at all.
    #[error("it is not WebAssembly but {what}; {next}")]
    NotWasm {
        /// What it looks like.
        what: &'static str,
        /// What to do.
        next: &'static str,
    },
    /// A core module.
    #[error(
        "it is a core module, not a component; build for wasm32-wasip2, or wrap it with `wasm-tools component new`"
    )]
    CoreModule,
    /// Native code made by some wasmtime.
    #[error("it is precompiled native code, which is never run; give the .wasm it was made from")]
    Precompiled,
    /// Too large.
    #[error(
        "it has {bytes} bytes and may have {max}; strip it, or build it without debug information"
    )]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// The engine does not take it.
    #[error(
        "it cannot be compiled: {0}; was it cut short, or built by a tool newer than this lockgate?"
    )]
    CannotCompile(String),
    /// It offers neither of the two worlds.
    #[error(
        "it exports neither lockgate:plugin/health-checking@{CONTRACT} (world health-check) nor \
         lockgate:plugin/promotion@{CONTRACT} (world promotion-gate); it exports {exports}; build it against \
         wit/plugin-0.1"
    )]
    WrongWorld {
        /// What it exports.
        exports: String,
    },
    /// It does not describe itself.
    #[error(
        "it does not export lockgate:plugin/about@{CONTRACT}, which every gate must; build it against a whole world"
    )]
    NoAbout,
    /// It was built against a newer contract.
    #[error(
        "it wants {wanted}, and this lockgate speaks lockgate:plugin@{CONTRACT}; update lockgate, or build the \
             gate against wit/plugin-0.1"
    )]
    NewerContract {
        /// The interface with its version.
        wanted: String,
    },
    /// It imports what nobody provides.
    #[error("it imports {names}, which lockgate does not provide; {hint}")]
    UnknownImports {
        /// The imports of one package.
        names: String,
        /// What to do about them.
        hint: &'static str,
    },
    /// The engine cannot link it.
    #[error("it does not fit the contract: {0}; build it against wit/plugin-0.1 unchanged")]
    DoesNotFit(String),
    /// It describes itself badly.
    #[error("its description of itself cannot be used: {0}")]
    Describe(String),
}

/// Tells by the first bytes what a file is, without parsing it.
pub(crate) fn look(bytes: &[u8], max: usize) -> Result<(), Problem> {
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
        [] => not_wasm("an empty file", "was it built?"),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => Err(Problem::CoreModule),
        [0, b'a', b's', b'm', ..] => Ok(()),
        [0x7f, b'E', b'L', b'F', ..] => {
            not_wasm("a native executable", "build it for a wasm target")
        }
        bytes if std::str::from_utf8(bytes).is_ok() => not_wasm(
            "a text file",
            "translate WAT with `wasm-tools parse`, and source code with its compiler",
        ),
        _ => not_wasm("some other binary file", "give the path of a component"),
    }
}

/// What a component wants and offers.
#[derive(Debug)]
pub(crate) struct GateWorld {
    pub(crate) kinds: Vec<Kind>,
    pub(crate) imports: Vec<String>,
    /// Imports of `wasi:http`, which is linked only where it is wanted.
    pub(crate) wasi_http: Vec<String>,
}

/// Looks at a compiled component's imports and exports.
pub(crate) fn examine(component: &Component, engine: &Engine) -> Result<GateWorld, Vec<Problem>> {
    let ty = component.component_type();
    let imports: Vec<(String, bool)> = ty
        .imports(engine)
        .map(|(name, item)| {
            let is_instance = matches!(item.ty, ComponentItem::ComponentInstance(_));
            (name.to_owned(), is_instance)
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
    match problems.is_empty() {
        true => Ok(GateWorld {
            kinds,
            wasi_http: imports
                .iter()
                .map(|(name, _)| name)
                .filter(|name| name.starts_with("wasi:http/"))
                .cloned()
                .collect(),
            imports: imports.into_iter().map(|(name, _)| name).collect(),
        }),
        false => Err(problems),
    }
}

fn import_problems(imports: &[(String, bool)]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut unknown: Vec<(&str, &'static str)> = Vec::new();
    for (name, is_instance) in imports {
        let ours = IMPORTS.iter().any(|interface| is_ours(name, interface));
        if ours || (is_provided_wasi(name) && *is_instance) {
            continue;
        }
        match name.strip_prefix(PACKAGE) {
            Some(rest) if is_newer(rest) => problems.push(Problem::NewerContract {
                wanted: name.clone(),
            }),
            Some(_) => unknown.push((name, "the contract has no such interface; build it against wit/plugin-0.1")),
            None if name.starts_with("wasi:") => unknown.push((
                name,
                "lockgate provides WASI 0.2 and grants nothing of it; build for another WASI version or without it",
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
            names: names.join(", "),
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
            wanted: name.clone(),
        })
        .collect();
    if kinds.is_empty() && problems.is_empty() {
        let exports = match exports {
            [] => "nothing".to_owned(),
            exports => exports.join(", "),
        };
        problems.push(Problem::WrongWorld { exports });
    } else if !exports.iter().any(|name| is_ours(name, "about")) && problems.is_empty() {
        problems.push(Problem::NoAbout);
    }
    problems
}

/// `lockgate:plugin/<interface>@0.1.x`.
fn is_ours(name: &str, interface: &str) -> bool {
    let rest = name.strip_prefix(PACKAGE);
    let version = rest.and_then(|rest| rest.strip_prefix(interface)?.strip_prefix('@'));
    version.is_some_and(|version| version.starts_with("0.1."))
}

/// `<interface>@<version>` with a version above 0.1.
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
