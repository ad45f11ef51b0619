//! The plugins that are part of this executable.

/// A plugin that is part of this executable.
pub(crate) struct BuiltIn {
    /// The name that a configuration has for it.
    pub(crate) name: &'static str,
    /// The bytes of its component.
    pub(crate) component: &'static [u8],
}

/// Every built-in plugin.
pub(crate) const BUILT_IN: &[BuiltIn] = &[
    BuiltIn {
        name: "http-health",
        component: include_bytes!("../../../../plugins/http-health/http-health.wasm"),
    },
    BuiltIn {
        name: "compare",
        component: include_bytes!("../../../../plugins/compare/compare.wasm"),
    },
];
