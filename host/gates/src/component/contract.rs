//! The contract's version and the functions of its interfaces, as `build.rs` reads them out of the WIT.

include!(concat!(env!("OUT_DIR"), "/contract.rs"));

/// The package of the contract.
pub(crate) const PACKAGE: &str = "lockgate:plugin/";

/// The interfaces that a gate exports; it may import all others.
const EXPORTED: [&str; 3] = ["about", "health-checking", "promotion"];

/// Returns the functions of an interface that a gate may import; `None` for every other name.
pub(crate) fn functions(interface: &str) -> Option<&'static [&'static str]> {
    let found = INTERFACES.iter().find(|(name, _)| *name == interface)?;
    (!EXPORTED.contains(&interface)).then_some(found.1)
}
