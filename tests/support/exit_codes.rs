//! Every test also holds a command to its help: a command ends with a code that its help lists.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Mutex, OnceLock};

/// What the help of a command says.
#[derive(Clone)]
struct Help {
    /// The commands below it.
    commands: Vec<String>,
    codes: Vec<i32>,
}

/// Asserts that a command has ended with a code that its help lists.
pub(crate) fn check(args: &[String], code: i32) {
    // An argument that the program itself starts its processes with, or help.
    if args.first().is_none_or(|arg| arg.starts_with("__")) {
        return;
    }
    let mut path = Vec::new();
    let mut help = help(&path);
    for arg in args {
        if help.commands.contains(arg) {
            path.push(arg.clone());
            help = self::help(&path);
        }
    }
    assert!(
        help.codes.is_empty() || help.codes.contains(&code),
        "`lockgate {}` ended with {code}, and its help has {:?}",
        args.join(" "),
        help.codes
    );
}

/// Returns what the help of a command says; each is asked for once.
fn help(path: &[String]) -> Help {
    static SEEN: OnceLock<Mutex<BTreeMap<Vec<String>, Help>>> = OnceLock::new();
    let seen = SEEN.get_or_init(Mutex::default);
    let mut seen = seen.lock().unwrap_or_else(|error| error.into_inner());
    let help = seen.entry(path.to_vec()).or_insert_with(|| {
        let output = Command::new(env!("CARGO_BIN_EXE_lockgate"))
            .args(path)
            .arg("--help")
            .output()
            .expect("lockgate runs");
        read(&String::from_utf8(output.stdout).expect("UTF-8"))
    });
    help.clone()
}

fn read(help: &str) -> Help {
    let below = |heading: &str| {
        let (_, list) = help.split_once(heading)?;
        let end = list.find("\n\n").unwrap_or(list.len());
        Some(&list[..end])
    };
    let commands = below("\nCommands:\n").unwrap_or_default().lines();
    // A name is indented by two spaces; the lines that go on with its description by more.
    let names = commands.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let codes = below("\nExit codes:\n").unwrap_or_default().lines();
    let codes = codes.filter_map(|line| line.split_whitespace().next()?.parse().ok());
    Help {
        commands: names
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        codes: codes.collect(),
    }
}
