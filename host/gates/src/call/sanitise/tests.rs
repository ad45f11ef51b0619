//! Texts of guests that try to control a terminal or a pipeline.

use super::{printable, sanitise};

#[test]
fn commands_of_pipelines_are_broken_where_a_runner_would_take_them() {
    for text in [
        "::set-output name=x::y",
        "  ::add-mask::e",
        "fine\n::error::boom",
        "fine\r::stop-commands::x",
        "a ##[group]b",
        "a ##vso[task.setvariable]b",
        "\u{2028}::warning::x",
        "\u{1b}[0m::notice::x",
        ":\u{200b}:debug::x",
        "#\u{0}#[x]",
        "#\u{feff}#vso[x]",
    ] {
        let line = sanitise(text, 1_000);
        assert!(!line.starts_with("::"), "{line:?}");
        assert!(
            !line.contains("##[") && !line.contains("##vso["),
            "{line:?}"
        );
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
}

#[test]
fn terminal_escapes_leave_only_their_text() {
    assert_eq!(sanitise("\u{1b}[31mred\u{1b}[0m", 100), "red");
    assert_eq!(sanitise("\u{1b}]8;;http://x\u{7}link", 100), "link");
    assert_eq!(sanitise("\u{1b}]8;;never ended", 100), "]8;;never ended");
    assert_eq!(sanitise("a\u{9b}31mb", 100), "a31mb");
    assert_eq!(sanitise("a\u{202e}b", 100), "ab");
}

#[test]
fn long_text_is_cut_with_a_note_of_how_much() {
    assert_eq!(sanitise("abcdef", 4), "abcd… (2 more characters)");
    assert_eq!(sanitise("abcd", 4), "abcd");
}

#[test]
fn ordinary_text_stays_as_it_is() {
    let text = "GET /health answered 503 (wanted 200-299), größer: 12 ms";
    assert_eq!(sanitise(text, 1_000), text);
}

#[test]
fn two_colons_are_a_command_at_the_beginning_alone() {
    let panic = "called `Result::unwrap()` on an `Err` value";
    assert_eq!(sanitise(panic, 100), panic);
    for (text, sanitised) in [
        ("::error::b", ": :error::b"),
        (" \n\t::error::b", ": :error::b"),
        ("\u{200b}::error::b", ": :error::b"),
        ("a\n::error::b", "a ::error::b"),
    ] {
        assert_eq!(sanitise(text, 100), sanitised, "{text:?}");
    }
}

#[test]
fn printable_text_keeps_its_lines_and_loses_commands_and_escapes() {
    for (text, printed) in [
        ("a  b\n   c", "a  b\n   c"),
        ("http://[::1]:80 and a::b", "http://[::1]:80 and a::b"),
        ("a\n  ::error::b", "a\n  : :error::b"),
        ("\u{1b}[0m::error::b", ": :error::b"),
        ("\u{200b}::error::b", ": :error::b"),
        ("x\r::error::b", "x ::error::b"),
        ("a ##vso[x]b ##[c]", "a # #vso[x]b # #[c]"),
        ("#\u{1b}[1m#[x]", "# #[x]"),
        ("a\u{9b}31m\u{202e}b\u{7f}", "a31mb"),
    ] {
        assert_eq!(printable(text), printed, "{text:?}");
    }
}
