//! Azure Container Apps as the commands see it.

mod connect;
mod counts;

pub(crate) use connect::{app, choice, group};
pub(crate) use counts::PlatformCounts;
