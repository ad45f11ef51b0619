//! What is known to help against traps that every toolchain is known for. Pure; the texts of the toolchains change, so a hint
//! is advice and decides nothing.

use rollout::{Frame, Trap};

/// A known trap.
struct Known {
    /// A part of the cause, of what the gate said, of a function's name, or of stderr.
    sign: &'static str,
    /// What helps.
    hint: &'static str,
}

const KNOWN: [Known; 9] = [
    Known {
        sign: "cannot leave component instance",
        hint: "Go: its collector ran while the host handed over a response; call debug.SetGCPercent(-1) in init()",
    },
    Known {
        sign: "expected a string, received [object",
        hint: "JavaScript: throw a string, such as `throw String(error)`; a thrown Error loses its text",
    },
    Known {
        sign: "console is not defined",
        hint: "JavaScript on QuickJS has no console; the kit of `gate new --lang js` has one, or write to `log` of the contract",
    },
    Known {
        sign: "TextEncoder is not defined",
        hint: "JavaScript on QuickJS has no TextEncoder; the kit of `gate new --lang js` has one",
    },
    Known {
        sign: "TextDecoder is not defined",
        hint: "JavaScript on QuickJS has no TextDecoder; the kit of `gate new --lang js` has one",
    },
    Known {
        sign: "cabi_realloc",
        hint: "the allocator failed while the host handed over a value; Zig and C: never return the address of an empty \
               allocation",
    },
    Known {
        sign: "call stack exhausted",
        hint: "a recursion that does not end, or that goes deeper than 512 KiB of stack",
    },
    Known {
        sign: "exit(",
        hint: "a gate returns err to say that it cannot answer; it does not exit",
    },
    Known {
        sign: "integer divide by zero",
        hint: "check that there is something to divide by before a share is taken",
    },
];

/// A panic of Rust without any words: the target has no stderr.
const SILENT_PANIC: &str = "a panic without its text: use the kit of `gate new --lang rust`, whose panic hook writes it to `log`, or \
     build for wasm32-wasip2";
/// A trap in functions without names.
const NO_NAMES: &str = "keep the names of functions in the component (no `strip`) to see where";

/// Returns the hint for the text of an `err`: some engines return one for an exception, where others trap.
pub(super) fn hint_of_error(text: &str) -> Option<&'static str> {
    // An author's own text may hold any other sign.
    let is_of_engine = |known: &&Known| known.sign.ends_with("is not defined");
    let mut known = KNOWN.iter().filter(is_of_engine);
    known
        .find(|known| text.ends_with(known.sign))
        .map(|known| known.hint)
}

/// Returns the hint for a trap.
pub(super) fn hint(trap: &Trap) -> Option<&'static str> {
    let functions = trap.frames.iter().map(|frame| &frame.function);
    let texts: Vec<&String> = [&trap.cause, &trap.message]
        .into_iter()
        .chain(functions)
        .chain(&trap.stderr)
        .collect();
    let shows = |sign: &str| texts.iter().any(|text| text.contains(sign));
    if let Some(known) = KNOWN.iter().find(|known| shows(known.sign)) {
        return Some(known.hint);
    }
    let is_silent = trap.message.is_empty();
    if !trap.frames.iter().any(Frame::is_named) {
        return is_silent.then_some(NO_NAMES);
    }
    // Other languages name their functions without a path, and have no panic.
    let is_rust = trap
        .frames
        .iter()
        .any(|frame| frame.function.contains("::"));
    (is_rust && is_silent && trap.cause.contains("unreachable")).then_some(SILENT_PANIC)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(cause: &str, message: &str) -> Trap {
        Trap {
            message: message.to_owned(),
            ..Trap::of(cause)
        }
    }

    /// Texts of the toolchains as they were seen: componentize-js 0.23, componentize-qjs 0.4.5, Go 1.27, C, Rust.
    #[test]
    fn every_known_trap_has_its_hint() {
        let seen = [
            ("cannot leave component instance", "", "debug.SetGCPercent"),
            (
                "unreachable",
                "TypeError: expected a string, received [object Object]",
                "throw a string",
            ),
            (
                "unreachable",
                "ReferenceError: console is not defined",
                "no console",
            ),
            (
                "unreachable",
                "ReferenceError: TextEncoder is not defined",
                "no TextEncoder",
            ),
            (
                "unreachable",
                "ReferenceError: TextDecoder is not defined",
                "no TextDecoder",
            ),
            ("call stack exhausted", "", "recursion"),
            ("it called exit(1)", "", "returns err"),
            ("integer divide by zero", "", "divide by"),
        ];
        for (cause, message, expected) in seen {
            let found = hint(&said(cause, message)).unwrap_or_default();
            assert!(found.contains(expected), "{cause} {message}: {found}");
        }
        let allocator = Trap {
            frames: vec![Frame {
                function: "cabi_realloc".to_owned(),
                place: None,
            }],
            ..Trap::of("out of bounds memory access")
        };
        assert!(hint(&allocator).unwrap().contains("empty allocation"));
    }

    #[test]
    fn exception_that_an_engine_returns_has_its_hint_too() {
        let hint = hint_of_error("console is not defined").unwrap_or_default();
        assert!(hint.contains("no console"), "{hint}");
        let of_author = "the service said: cabi_realloc, exit(1)";
        assert_eq!(hint_of_error(of_author), None);
    }

    #[test]
    fn trap_without_words_says_how_to_get_some() {
        let named = Trap {
            frames: vec![Frame {
                function: "gate::check".to_owned(),
                place: None,
            }],
            ..Trap::of("unreachable")
        };
        assert_eq!(hint(&named), Some(SILENT_PANIC));
        let of_c = Trap {
            frames: vec![Frame {
                function: "check".to_owned(),
                place: None,
            }],
            ..Trap::of("unreachable")
        };
        assert_eq!(hint(&of_c), None);
        let numbered = Trap {
            frames: vec![Frame {
                function: "function 7".to_owned(),
                place: None,
            }],
            ..Trap::of("unreachable")
        };
        assert_eq!(hint(&numbered), Some(NO_NAMES));
        assert_eq!(hint(&said("unreachable", "index out of bounds")), None);
    }
}
