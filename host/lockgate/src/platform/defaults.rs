//! Azure's own defaults, for the configuration to show beside its keys.

use std::time::Duration;

/// The base URL of Azure Resource Manager in the public cloud.
pub(crate) const ENDPOINT: &str = azure::Endpoint::DEFAULT_BASE;
/// The version of Azure Resource Manager's API.
pub(crate) const API_VERSION: &str = azure::Endpoint::DEFAULT_API_VERSION;
/// The environment variable that holds a token.
pub(crate) const TOKEN_VARIABLE: &str = azure::DEFAULT_TOKEN_VARIABLE;
/// How long after a request the platform has counted it.
pub(crate) const METRICS_LAG: Duration = azure::Metrics::DEFAULT_LAG;
/// The length of a slice of the platform's request counts.
pub(crate) const METRICS_SLICE: Duration = azure::Metrics::DEFAULT_SLICE;
