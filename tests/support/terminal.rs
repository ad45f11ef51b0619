//! A terminal of its own for the executable under test: a real pseudo-terminal, which is its controlling one, read by a terminal
//! parser. Tests wait for what the screen shows.

use std::io::{Read as _, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use super::Lockgate;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long a test waits for the screen: far longer than anything takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// A command on a terminal.
pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    /// `None` once the terminal is closed.
    master: Option<(Box<dyn MasterPty + Send>, Box<dyn Write + Send>)>,
    shared: Arc<Shared>,
    /// Its folder goes with it.
    _lockgate: Lockgate,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    parser: vt100::Parser,
    /// All bytes that came.
    written: Vec<u8>,
    /// Whether the test closes the terminal.
    is_closing: bool,
    /// Whether nothing more comes.
    is_over: bool,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

impl Terminal {
    /// Starts a command on a terminal of this size, with `TERM` set unless the command sets it.
    pub(crate) fn start(lockgate: Lockgate, columns: u16, rows: u16) -> Terminal {
        let command = lockgate.command();
        let pty = native_pty_system()
            .openpty(size(columns, rows))
            .expect("a terminal");
        let mut prepared = CommandBuilder::new(command.get_program());
        prepared.args(command.get_args());
        prepared.env_clear();
        // A terminal that cuts rows when it is made narrower, as the parser does.
        prepared.env("TERM", "linux");
        for (name, value) in command.get_envs() {
            prepared.env(name, value.unwrap_or_default());
        }
        if let Some(folder) = command.get_current_dir() {
            prepared.cwd(folder);
        }
        let child = pty.slave.spawn_command(prepared).expect("it starts");
        drop(pty.slave);
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                parser: vt100::Parser::new(rows, columns, 1_000),
                written: Vec::new(),
                is_closing: false,
                is_over: false,
            }),
            changed: Condvar::new(),
        });
        let mut reader = pty.master.try_clone_reader().expect("a reader");
        let of_thread = Arc::clone(&shared);
        std::thread::spawn(move || {
            let mut bytes = [0; 4_096];
            loop {
                // A terminal whose process has ended is an error on Linux.
                let read = reader.read(&mut bytes).unwrap_or(0);
                let mut state = of_thread.state();
                state.parser.process(&bytes[..read]);
                state.written.extend_from_slice(&bytes[..read]);
                let ends = read == 0 || state.is_closing;
                if ends {
                    // It counts as closed once the reader is.
                    drop(std::mem::replace(&mut reader, Box::new(std::io::empty())));
                }
                state.is_over = ends;
                of_thread.changed.notify_all();
                if ends {
                    return;
                }
            }
        });
        let writer = pty.master.take_writer().expect("a writer");
        Terminal {
            child,
            master: Some((pty.master, writer)),
            shared,
            _lockgate: lockgate,
        }
    }

    /// Waits until the screen is so, and returns its rows.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        self.wait(what, |state| is_so(&state.parser.screen().contents()))
    }

    /// Waits until this text is on the screen, and returns its rows.
    #[track_caller]
    pub(crate) fn shows(&self, text: &str) -> String {
        self.until(text, |screen| screen.contains(text))
    }

    #[track_caller]
    fn wait(&self, what: &str, is_so: impl Fn(&State) -> bool) -> String {
        let state = self.shared.state();
        let is_open = |state: &mut State| !is_so(state) && !state.is_over;
        let waited = self
            .shared
            .changed
            .wait_timeout_while(state, PATIENCE, is_open);
        let (state, _) = waited.expect("the reader lives");
        let screen = state.parser.screen().contents();
        assert!(is_so(&state), "{what} is not on the screen:\n{screen}");
        screen
    }

    /// Types this.
    pub(crate) fn types(&mut self, keys: &[u8]) {
        let (_, writer) = self.master.as_mut().expect("it is open");
        writer.write_all(keys).expect("the keys are typed");
    }

    /// Makes the terminal wider or narrower.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        let mut state = self.shared.state();
        let (master, _) = self.master.as_ref().expect("it is open");
        master.resize(size(columns, rows)).expect("it is resized");
        state.parser.screen_mut().set_size(rows, columns);
    }

    /// Closes the terminal, as a window is closed. To be called while the command still draws.
    #[track_caller]
    pub(crate) fn close(&mut self) {
        self.shared.state().is_closing = true;
        self.wait("the end", |state| state.is_over);
        self.master = None;
    }

    /// Kills the command so that it can do nothing about it.
    pub(crate) fn kill(&mut self) {
        let id = self.child.process_id().expect("it runs");
        let id = nix::unistd::Pid::from_raw(id.try_into().expect("an id"));
        nix::sys::signal::kill(id, nix::sys::signal::SIGKILL).expect("it is killed");
    }

    /// Waits until the command has ended.
    pub(crate) fn finish(&mut self) -> Left {
        let status = self.child.wait().expect("it ends");
        if self.master.is_some() {
            self.wait("the end", |state| state.is_over);
        }
        let state = self.shared.state();
        let screen = state.parser.screen();
        Left {
            code: status.exit_code(),
            screen: screen.contents(),
            written: String::from_utf8_lossy(&state.written).into_owned(),
            cursor: screen.cursor_position(),
            is_as_it_was: !screen.hide_cursor()
                && !screen.alternate_screen()
                && !screen.bracketed_paste()
                && screen.fgcolor() == vt100::Color::Default
                && !screen.bold(),
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("the reader lives")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A failed assertion must not leave the process behind.
        let _ = self.child.kill();
    }
}

/// What a command has left on its terminal.
#[derive(Debug)]
pub(crate) struct Left {
    /// The exit code.
    pub(crate) code: u32,
    /// What the screen shows.
    pub(crate) screen: String,
    /// Everything that was written, with all sequences.
    pub(crate) written: String,
    /// The row and the column of the cursor, from 0.
    pub(crate) cursor: (u16, u16),
    /// Whether the cursor is shown and no mode or colour is left on.
    pub(crate) is_as_it_was: bool,
}
