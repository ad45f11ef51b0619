//! `cargo bench -p lockgate`: how soon a cancelled run sends its rollback, what a shift costs, how long a recovery takes,
//! how fast recordings are replayed, and what reports cost. Runs the executable against an emulator without delays on this machine. Prints
//! figures and asserts none of them. With `-- reports` it measures reports alone.

// Gates in the text form, as the tests make them.
#[cfg(unix)]
#[path = "../../../../tests/support/component.rs"]
#[expect(dead_code, reason = "the tests need more of them")]
mod component;
#[cfg(unix)]
mod measure;
#[cfg(unix)]
mod offline;
#[cfg(unix)]
mod processes;
#[cfg(unix)]
mod reports;
#[cfg(unix)]
mod show;

fn main() {
    // `cargo test --benches` only checks that this builds and starts.
    #[cfg(unix)]
    if std::env::args().any(|arg| arg == "--bench") {
        if !std::env::args().any(|arg| arg == "reports") {
            show::runs();
        }
        show::reports();
    }
}
