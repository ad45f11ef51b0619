//! The plugins inside this executable.

/// The plugins inside this executable, by name.
pub(crate) const BUILT_IN: &[(&str, &[u8])] = &[(
    "http-health",
    include_bytes!("../../../../plugins/http-health/http-health.wasm"),
)];
