//! Writes down which functions each interface of the contract has, out of the WIT, so that no list of them is kept by
//! hand. Generates nothing else: the bindings are wasmtime's.

use std::fmt::Write as _;
use std::path::Path;

use wit_parser::Resolve;

const WIT: &str = "../../wit/plugin-0.1";

fn main() {
    println!("cargo:rerun-if-changed={WIT}");
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(WIT).expect("the contract");
    let package = &resolve.packages[package];
    let version = package.name.version.as_ref().expect("a version");
    let mut text = format!("pub(crate) const CONTRACT: &str = \"{version}\";\n");
    text.push_str("pub(crate) const INTERFACES: &[(&str, &[&str])] = &[\n");
    for (name, interface) in &package.interfaces {
        let functions: Vec<&String> = resolve.interfaces[*interface].functions.keys().collect();
        writeln!(text, "    ({name:?}, &{functions:?}),").expect("a text has room");
    }
    text.push_str("];\n");
    let folder = std::env::var("OUT_DIR").expect("cargo says where");
    std::fs::write(Path::new(&folder).join("contract.rs"), text).expect("the list is written");
}
