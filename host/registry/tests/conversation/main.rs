//! What is said to registries, and what is made of their answers: against a server on loopback that answers as a script says.

mod cut_off;
#[cfg(unix)]
mod helper;
mod hostile;
mod names;
mod pull;
mod push;
mod redirects;
mod repeats;
mod sign_in;
#[path = "../support/mod.rs"]
mod support;
mod tokens;
