//! The languages that gates are written in, and what differs between them beside the files.

use clap::ValueEnum;

/// A language with a template and a kit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// Rust
    Rust,
    /// JavaScript, on the QuickJS engine
    Js,
    /// TypeScript, on the QuickJS engine
    Ts,
    /// Python
    Python,
    /// Go
    Go,
    /// C
    C,
}

impl Language {
    /// Returns the name for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Language::Rust => "Rust",
            Language::Js => "JavaScript",
            Language::Ts => "TypeScript",
            Language::Python => "Python",
            Language::Go => "Go",
            Language::C => "C",
        }
    }

    /// Returns the name on the command line.
    pub(crate) fn flag(self) -> &'static str {
        match self {
            Language::Rust => "rust",
            Language::Js => "js",
            Language::Ts => "ts",
            Language::Python => "python",
            Language::Go => "go",
            Language::C => "c",
        }
    }

    /// Returns the file with the gate itself.
    pub(crate) fn source(self) -> &'static str {
        match self {
            Language::Rust => "src/lib.rs",
            Language::Js => "gate.js",
            Language::Ts => "gate.ts",
            Language::Python => "gate.py",
            Language::Go => "gate.go",
            Language::C => "gate.c",
        }
    }

    /// Returns the command that builds the component, in the gate's folder.
    pub(crate) fn build(self) -> &'static str {
        match self {
            Language::Rust => "cargo build --release",
            Language::Js | Language::Ts => "node build.mjs",
            Language::Python if cfg!(windows) => "py build.py",
            Language::Python => "python3 build.py",
            Language::Go => "go run ./build",
            Language::C => "sh build.sh",
        }
    }

    /// Returns what has to be installed before the first build.
    pub(crate) fn needs(self) -> &'static str {
        match self {
            Language::Rust => "rustup",
            Language::Js | Language::Ts => "Node.js 20",
            Language::Python => "Python 3.10",
            Language::Go => "Go 1.27, wasm-tools",
            Language::C => "clang with a WASI library, wasm-tools",
        }
    }
}
