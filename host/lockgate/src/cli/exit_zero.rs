//! What `--exit-zero` of `abort` and `recover` makes of an exit code: 0 where the baseline is restored and verified,
//! because that is what the command was asked for. Changes no other code.

use crate::exit::Exit;

/// Returns the code that the process exits with.
pub(crate) fn exit_zero(is_asked: bool, exit: Exit) -> Exit {
    match exit {
        Exit::Cancelled | Exit::Failed if is_asked => Exit::Success,
        _ => exit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_verified_baseline_becomes_zero_and_only_where_asked() {
        for exit in Exit::ALL {
            let is_restored = matches!(exit.code(), 11 | 12);
            let expected = if is_restored { 0 } else { exit.code() };
            assert_eq!(exit_zero(true, exit).code(), expected);
            assert_eq!(exit_zero(false, exit), exit);
        }
    }
}
