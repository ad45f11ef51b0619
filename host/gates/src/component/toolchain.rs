//! The toolchain that a file comes from, by what it leaves in it, so that an error says what to do with that toolchain. The
//! marks of toolchains change, so this is advice and decides nothing.

use aho_corasick::AhoCorasick;

/// A toolchain that builds gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Toolchain {
    ComponentizeQjs,
    ComponentizeJs,
    ComponentizePy,
    Go,
    Rust,
    Clang,
}

/// A mark of each, those first that are built by means of another: the engines of JavaScript are made with Rust and clang.
const MARKS: [(&str, Toolchain); 7] = [
    ("componentize_qjs", Toolchain::ComponentizeQjs),
    ("componentize-qjs", Toolchain::ComponentizeQjs),
    ("StarlingMonkey", Toolchain::ComponentizeJs),
    ("componentize-py", Toolchain::ComponentizePy),
    ("Go cmd/compile", Toolchain::Go),
    ("clang version", Toolchain::Clang),
    ("rustc", Toolchain::Rust),
];

impl Toolchain {
    /// Recognises the toolchain of a file.
    pub(crate) fn of(bytes: &[u8]) -> Option<Toolchain> {
        let finder = AhoCorasick::new(MARKS.map(|(mark, _)| mark)).ok()?;
        let found = finder.find_overlapping_iter(bytes);
        let first = found.map(|mark| mark.pattern().as_usize()).min()?;
        MARKS.get(first).map(|(_, toolchain)| *toolchain)
    }

    /// Returns how a component is built for a world of the contract.
    pub(crate) fn world(self) -> &'static str {
        match self {
            Toolchain::ComponentizeQjs => {
                "componentize-qjs built it for another world: pass `-n health-check`, `-n promotion-gate` or `-n gate`"
            }
            Toolchain::ComponentizeJs => {
                "componentize-js built it for another world: pass `worldName: \"health-check\"`, `\"promotion-gate\"` or `\"gate\"`"
            }
            Toolchain::ComponentizePy => {
                "componentize-py built it for another world: pass `-w health-check`, `-w promotion-gate` or `-w gate`"
            }
            Toolchain::Go | Toolchain::Clang => {
                "another world was embedded: pass `--world health-check`, `promotion-gate` or `gate` to `wasm-tools component embed`"
            }
            Toolchain::Rust => {
                "the crate declares no gate: write `gate! { … check: check }` of the kit, or implement the exports of \
                 `generate!({ world: \"health-check\" })`"
            }
        }
    }

    /// Returns how a component is made of a core module.
    pub(crate) fn component(self) -> &'static str {
        match self {
            Toolchain::Rust => {
                "link it with `wasm-component-ld`, as the template of `gate new --lang rust` does, or build for wasm32-wasip2"
            }
            Toolchain::Go => {
                "make a component of it with `wasm-tools component embed` and `component new`, as the template of `gate new --lang go` does"
            }
            Toolchain::Clang => {
                "make a component of it with `wasm-tools component embed` and `component new`, as the template of `gate new --lang c` does"
            }
            Toolchain::ComponentizeQjs | Toolchain::ComponentizeJs | Toolchain::ComponentizePy => {
                "name the component that the tool writes, not a part of it"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toolchain_is_the_one_that_the_author_used() {
        for (bytes, toolchain) in [
            (
                "…rustc 1.96…componentize_qjs_runtime.wasm…",
                Some(Toolchain::ComponentizeQjs),
            ),
            (
                "clang version 20…StarlingMonkey",
                Some(Toolchain::ComponentizeJs),
            ),
            (
                "rustc libpython componentize-py",
                Some(Toolchain::ComponentizePy),
            ),
            ("Go cmd/compile 1.27", Some(Toolchain::Go)),
            ("Debian clang version 22.1.8 rustc", Some(Toolchain::Clang)),
            ("rustc 1.95", Some(Toolchain::Rust)),
            ("", None),
        ] {
            assert_eq!(Toolchain::of(bytes.as_bytes()), toolchain, "{bytes}");
        }
    }
}
