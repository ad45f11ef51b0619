//! From an error of wasmtime to what the gate's author needs: the cause, the gate's own functions, what it said, and a hint
//! where the trap is one that is known. Everything is a guest's text: it is sanitised here.

use rollout::{Frame, Trap};
use wasmtime::{FrameInfo, FrameSymbol, WasmBacktrace};

use super::hints::hint;
use super::sanitise::sanitise;
use super::state::CallState;

/// The most of an error's text that is kept, in characters.
const ERROR_CHARS_MAX: usize = 1_000;
/// The most frames that are kept.
const FRAMES_MAX: usize = 12;
/// The most lines of stderr that are kept.
const STDERR_LINES_MAX: usize = 20;
/// The most of a line of stderr, or of the gate's own words, that is kept, in characters.
const LINE_CHARS_MAX: usize = 500;
/// The most of a function's name or of a place that is kept, in characters.
const NAME_CHARS_MAX: usize = 200;

/// What the names of functions begin with that run between a mistake and its trap: they say nothing about the mistake.
const MACHINERY: [&str; 16] = [
    "__rust_start_panic",
    "__rust_abort",
    "__rustc::",
    "abort",
    "core::panicking::",
    "core::option::expect_failed",
    "core::option::unwrap_failed",
    "core::result::unwrap_failed",
    "panic_abort::",
    "rust_begin_unwind",
    "rust_panic",
    "runtime.fatal",
    "runtime.throw",
    "std::panicking::",
    "std::process::abort",
    "std::sys::",
];

/// Returns what is known of a trap.
pub(super) fn trap(error: &wasmtime::Error, state: &CallState) -> Trap {
    let cause = match (
        error.downcast_ref::<wasmtime_wasi::I32Exit>(),
        error.downcast_ref::<wasmtime::Trap>(),
    ) {
        (Some(exit), _) => format!("it called exit({})", exit.0),
        (None, Some(trap)) => plain(&trap.to_string()),
        (None, None) => {
            // Masked before it is cut: what is left of a secret that was cut through would not be found.
            sanitise(&state.secrets.mask(&chain(error)), ERROR_CHARS_MAX)
        }
    };
    let text = state.stderr.text();
    let stderr = tail(&text);
    let mut trap = Trap {
        cause,
        message: exception(&text)
            .or_else(|| words(&stderr))
            .or_else(|| state.last_error().map(str::to_owned))
            .unwrap_or_default(),
        frames: frames(error),
        stderr,
        hint: String::new(),
    };
    trap.hint = hint(&trap).unwrap_or_default().to_owned();
    trap
}

/// Returns an error of wasmtime with its causes, sanitised: it may quote the guest.
pub(crate) fn error_text(error: &wasmtime::Error) -> String {
    sanitise(&chain(error), ERROR_CHARS_MAX)
}

fn chain(error: &wasmtime::Error) -> String {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    causes.join(": ")
}

/// Returns the engine's cause without the words that stand before each.
fn plain(cause: &str) -> String {
    let cause = cause.strip_prefix("wasm trap: ").unwrap_or(cause);
    let cause = cause.strip_prefix("wasm ").unwrap_or(cause);
    sanitise(cause, NAME_CHARS_MAX)
}

/// Returns the gate's functions, innermost first, without those that only carry a panic to its trap.
fn frames(error: &wasmtime::Error) -> Vec<Frame> {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else {
        return Vec::new();
    };
    let frames = backtrace.frames().iter().flat_map(frames_of);
    let mut frames: Vec<Frame> = frames.collect();
    let is_machinery = |frame: &Frame| {
        let name = frame.function.trim_start_matches('<');
        MACHINERY.iter().any(|prefix| name.starts_with(prefix))
    };
    let carried = frames
        .iter()
        .take_while(|frame| is_machinery(frame))
        .count();
    // A gate that is nothing but machinery shows it.
    if carried < frames.len() {
        frames.drain(..carried);
    }
    frames.truncate(FRAMES_MAX);
    frames
}

/// Returns the functions of one frame: several where some were inlined, and debug information says so.
fn frames_of(info: &FrameInfo) -> Vec<Frame> {
    let inlined: Vec<Frame> = info
        .symbols()
        .iter()
        .filter_map(|one| symbol(one, info))
        .collect();
    if !inlined.is_empty() {
        return inlined;
    }
    vec![Frame {
        function: function(info.func_name(), info),
        place: None,
    }]
}

fn symbol(symbol: &FrameSymbol, info: &FrameInfo) -> Option<Frame> {
    let place = symbol.file().map(|file| {
        let line = symbol.line().map(|line| format!(":{line}"));
        sanitise(
            &format!("{file}{}", line.unwrap_or_default()),
            NAME_CHARS_MAX,
        )
    });
    (symbol.name().is_some() || place.is_some()).then(|| Frame {
        function: function(symbol.name().or(info.func_name()), info),
        place,
    })
}

/// Returns a function's name as its author wrote it, or its number.
fn function(name: Option<&str>, info: &FrameInfo) -> String {
    match name.filter(|name| !name.starts_with("wasm-function[")) {
        Some(name) => sanitise(
            &format!("{:#}", rustc_demangle::demangle(name)),
            NAME_CHARS_MAX,
        ),
        None => format!("function {}", info.func_index()),
    }
}

/// Returns the last lines of a text that are not empty, sanitised.
fn tail(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let last = lines.len().saturating_sub(STDERR_LINES_MAX);
    let line = |line: &&str| sanitise(line.trim_end(), LINE_CHARS_MAX);
    lines[last..].iter().map(line).collect()
}

/// Returns the exception of the last traceback that Python wrote, with its place. What stands behind it is of the runtime,
/// which panics because of it.
fn exception(stderr: &str) -> Option<String> {
    let mut traceback = stderr
        .rsplit_once("Traceback (most recent call last):")?
        .1
        .lines();
    let (mut place, mut exception) = ("", None);
    // What led to the exception is indented.
    for line in traceback.by_ref().skip_while(|line| line.trim().is_empty()) {
        if !line.starts_with(' ') {
            exception = Some(line);
            break;
        }
        if line.trim_start().starts_with("File \"") {
            place = line.trim();
        }
    }
    let exception = exception.filter(|line| !line.trim().is_empty())?;
    let text = match place {
        "" => exception.to_owned(),
        place => format!("{exception} ({place})"),
    };
    Some(sanitise(&text, LINE_CHARS_MAX))
}

/// Returns the line of stderr that says what happened: that of a panic in Rust or Go, else the last one, which is where
/// JavaScript puts the exception.
fn words(stderr: &[String]) -> Option<String> {
    let is_note =
        |line: &&String| line.trim_start().starts_with("note: ") || line.starts_with("goroutine ");
    if let Some(at) = stderr.iter().position(|line| line.contains("panicked at ")) {
        // Rust writes the place on one line and the text on the next.
        let said = stderr[at..].iter().filter(|line| !is_note(line)).take(2);
        let said: Vec<&str> = said.map(|line| line.trim()).collect();
        return Some(sanitise(&said.join(" "), LINE_CHARS_MAX));
    }
    let panic = stderr
        .iter()
        .find(|line| line.starts_with("panic: ") || line.starts_with("fatal error: "));
    panic
        .or_else(|| stderr.iter().rev().find(|line| !is_note(line)))
        .cloned()
}
