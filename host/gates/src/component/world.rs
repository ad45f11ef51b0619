//! Judges a component's world by its imports and exports, before anything is compiled.
//!
//! Reports every problem at once, each with a next step; the engine would stop at the first, in its own terms.

use std::cmp::Ordering;

use rollout::Kind;

use super::contract::{self, CONTRACT, PACKAGE};
use super::problem::Problem;
use super::toolchain::Toolchain;
use super::types::{ComponentTypes, Import};

/// What helps where the toolchain is not known.
const AGAINST_THE_CONTRACT: &str = "build it against the contract, which `lockgate wit` prints";

/// The imports of a component and the kinds of gate that it is.
#[derive(Debug)]
pub(crate) struct GateWorld {
    pub(crate) kinds: Vec<Kind>,
    pub(crate) imports: Vec<String>,
    pub(crate) exports: Vec<String>,
    /// The imports from `wasi:http`, which is linked only into components that import it.
    pub(crate) wasi_http: Vec<String>,
    /// The first interface that it has from a later patch of the contract than the host's.
    later: Option<String>,
}

impl GateWorld {
    /// Returns the problem of a component that the engine cannot link, which says why.
    pub(crate) fn unfit(&self, why: String) -> Problem {
        match &self.later {
            None => Problem::DoesNotFit(why),
            Some(interface) => Problem::NewerContract {
                needs: format!("{interface}, which differs ({why})"),
            },
        }
    }
}

/// Checks the imports and exports of a component, whose bytes tell its toolchain.
///
/// # Errors
/// Every problem of them.
pub(crate) fn examine(types: ComponentTypes, bytes: &[u8]) -> Result<GateWorld, Vec<Problem>> {
    let ComponentTypes {
        imports, exports, ..
    } = types;
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
    problems.extend(export_problems(&exports, &kinds, bytes));
    if !problems.is_empty() {
        return Err(problems);
    }
    let imports: Vec<String> = imports.into_iter().map(|import| import.name).collect();
    let later = imports.iter().chain(&exports).find(|name| is_later(name));
    let later = later.cloned();
    Ok(GateWorld {
        later,
        kinds,
        wasi_http: imports
            .iter()
            .filter(|name| name.starts_with("wasi:http/"))
            .cloned()
            .collect(),
        imports,
        exports,
    })
}

fn import_problems(imports: &[Import]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut wasi_0_3: Vec<&str> = Vec::new();
    let mut unknown: Vec<(&str, &'static str)> = Vec::new();
    for import in imports {
        let name = import.name.as_str();
        if is_provided_wasi(name) && import.is_instance {
            continue;
        }
        match name.strip_prefix(PACKAGE) {
            Some(rest) => match needs_of_the_contract(rest, import) {
                Needs::NothingMore => {}
                Needs::Newer(needs) => problems.push(Problem::NewerContract { needs }),
                Needs::Unknown(hint) => unknown.push((name, hint)),
            },
            None if is_wasi_0_3(name) => wasi_0_3.push(name),
            None if name.starts_with("wasi:") => unknown.push((
                name,
                "lockgate provides WASI 0.2 without files, sockets or environment; build for WASI 0.2 or without WASI",
            )),
            None => unknown.push((name, "a gate may import lockgate:plugin and WASI 0.2 only")),
        }
    }
    if !wasi_0_3.is_empty() {
        let names = rollout::listed(wasi_0_3);
        problems.push(Problem::Wasi3 { names });
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

fn export_problems(exports: &[String], kinds: &[Kind], bytes: &[u8]) -> Vec<Problem> {
    let mut problems: Vec<Problem> = exports
        .iter()
        .filter(|name| name.strip_prefix(PACKAGE).is_some_and(is_newer))
        .map(|name| Problem::NewerContract {
            needs: name.clone(),
        })
        .collect();
    if kinds.is_empty() && problems.is_empty() {
        let exports = match exports {
            [] => "nothing".to_owned(),
            exports => rollout::listed(exports),
        };
        let next = Toolchain::of(bytes).map_or(AGAINST_THE_CONTRACT, Toolchain::world);
        problems.push(Problem::WrongWorld { exports, next });
    } else if !exports.iter().any(|name| is_ours(name, "about")) && problems.is_empty() {
        problems.push(Problem::NoAbout);
    }
    problems
}

/// What an import needs of the contract beyond what this host has.
enum Needs {
    NothingMore,
    /// What only a newer contract has.
    Newer(String),
    /// What no contract has, with the next step.
    Unknown(&'static str),
}

/// Judges an import `lockgate:plugin/<rest>`. A later patch version may add functions and interfaces, so only what is
/// imported decides.
fn needs_of_the_contract(rest: &str, import: &Import) -> Needs {
    let (interface, version) = rest.split_once('@').unwrap_or((rest, ""));
    match Version::parse(version).map(|version| version.compared()) {
        Some(Compared::Newer) => Needs::Newer(import.name.clone()),
        Some(Compared::Patch { is_later }) => {
            let Some(known) = contract::functions(interface) else {
                return if is_later {
                    Needs::Newer(import.name.clone())
                } else {
                    Needs::Unknown(NO_SUCH_INTERFACE)
                };
            };
            let wanted = import
                .functions
                .iter()
                .flat_map(|functions| functions.iter());
            let missing: Vec<&str> = wanted
                .map(String::as_str)
                .filter(|function| !known.contains(function))
                .collect();
            match (missing.is_empty(), is_later) {
                (true, _) => Needs::NothingMore,
                (false, true) => {
                    Needs::Newer(format!("{} of {}", rollout::listed(missing), import.name))
                }
                (false, false) => Needs::Unknown(NO_SUCH_FUNCTION),
            }
        }
        Some(Compared::Older) | None => Needs::Unknown(NO_SUCH_INTERFACE),
    }
}

const NO_SUCH_INTERFACE: &str =
    "the contract has no such interface; build it against wit/plugin-0.1";
const NO_SUCH_FUNCTION: &str =
    "the contract's interface has other functions; build it against wit/plugin-0.1 unchanged";

/// A version of the contract.
struct Version([u64; 3]);

/// A version against the one that this host speaks.
#[derive(PartialEq, Eq)]
enum Compared {
    Older,
    /// The same but for the last number.
    Patch {
        is_later: bool,
    },
    Newer,
}

impl Version {
    fn parse(text: &str) -> Option<Version> {
        let mut numbers = text.split('.').map(|number| number.parse().ok());
        let version = Version([numbers.next()??, numbers.next()??, numbers.next()??]);
        numbers.next().is_none().then_some(version)
    }

    fn compared(&self) -> Compared {
        let ours = Version::parse(CONTRACT).map(|version| version.0);
        let ours = ours.unwrap_or_default();
        let minor = |version: &[u64; 3]| [version[0], version[1]];
        match minor(&self.0).cmp(&minor(&ours)) {
            Ordering::Less => Compared::Older,
            Ordering::Equal => Compared::Patch {
                is_later: self.0[2] > ours[2],
            },
            Ordering::Greater => Compared::Newer,
        }
    }
}

/// Returns whether a name is `lockgate:plugin/<interface>` of a version that only differs in its patch number.
fn is_ours(name: &str, interface: &str) -> bool {
    let rest = name.strip_prefix(PACKAGE);
    let version = rest.and_then(|rest| rest.strip_prefix(interface)?.strip_prefix('@'));
    let version = version.and_then(Version::parse);
    version.is_some_and(|version| matches!(version.compared(), Compared::Patch { .. }))
}

/// Returns whether a name is one of the contract's in a later patch than the host's.
fn is_later(name: &str) -> bool {
    let version = name
        .strip_prefix(PACKAGE)
        .and_then(|rest| Version::parse(rest.split_once('@')?.1));
    let later = Compared::Patch { is_later: true };
    version.is_some_and(|version| version.compared() == later)
}

/// Returns whether a name is `<interface>@<version>` with a newer version than its patches.
fn is_newer(rest: &str) -> bool {
    let version = rest.split_once('@').map(|(_, version)| version);
    let version = version.and_then(Version::parse);
    version.is_some_and(|version| matches!(version.compared(), Compared::Newer))
}

/// Returns whether a name is that of an interface of WASI 0.3, a release candidate included.
fn is_wasi_0_3(name: &str) -> bool {
    let version = name.split_once('@').map(|(_, version)| version);
    name.starts_with("wasi:") && version.is_some_and(|version| version.starts_with("0.3."))
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
