//! `cargo bench -p lockgate`: how soon a cancelled run sends its rollback, what a shift costs, how long a recovery takes, and
//! how fast recordings are replayed. Runs the executable against an emulator without delays on this machine. Prints
//! figures and asserts none of them.

#[cfg(unix)]
mod measure;
#[cfg(unix)]
mod offline;
#[cfg(unix)]
mod processes;
#[cfg(unix)]
mod show;

fn main() {
    // `cargo test --benches` only checks that this builds and starts.
    #[cfg(unix)]
    if std::env::args().any(|arg| arg == "--bench") {
        show::all();
    }
}
