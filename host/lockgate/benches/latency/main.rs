//! `cargo bench -p lockgate`: how soon a cancelled run gives traffic back, what a shift costs, how long a recovery
//! takes, how fast recordings are replayed. The executable against the emulator on this machine, undelayed. Prints figures, asserts none.

#[cfg(unix)]
mod measure;
#[cfg(unix)]
mod offline;
#[cfg(unix)]
mod show;
#[cfg(unix)]
mod world;

fn main() {
    // Anything but `cargo bench` only wants to know that this builds.
    #[cfg(unix)]
    if std::env::args().any(|arg| arg == "--bench") {
        show::all();
    }
}
