//! What lockgate writes for other programs about its own command line: completions, put to the real shells, and manual pages,
//! put to the programs that read them. Those that are not on every machine have to be fetched first, with
//! `tests/shells/install`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::support::Lockgate;

/// A line that is being typed, and what it becomes or what is offered when Tab is pressed.
const COMPLETED: [(&str, &str); 7] = [
    ("lockgate roll", "rollout"),
    ("lockgate gate backt", "backtest"),
    ("lockgate runs pr", "prune"),
    ("lockgate rollout --emerg", "--emergency"),
    ("lockgate rollout --output j", "json"),
    ("lockgate gate new my-gate --lang py", "python"),
    ("lockgate rollout --config lockg", "lockgate.toml"),
];

fn lockgate(args: &str) -> Lockgate {
    Lockgate::at("http://127.0.0.1:9", args)
}

/// Returns a folder with the script of a shell and a file to complete.
fn folder_of(shell: &str, script: &str) -> TempDir {
    let run = lockgate(&format!("completions {shell}")).run();
    run.exits(0);
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join(script), &run.stdout).expect("the script is written");
    std::fs::write(folder.path().join("lockgate.toml"), "").expect("the file is written");
    folder
}

/// Returns stdout, after the program has succeeded and written nothing to stderr.
#[track_caller]
fn text(output: Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}: {stderr}", output.status);
    assert_eq!(stderr, "");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Returns what bash offers for a line.
fn bash_offers(folder: &Path, line: &str) -> Vec<String> {
    let script = r#"
        source ./script
        # Only Tab may call the builtin.
        compopt() { :; }
        read -ra COMP_WORDS <<<"$0"
        [[ $0 != *' ' ]] || COMP_WORDS+=('')
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _lockgate lockgate "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let mut bash = Command::new("bash");
    bash.args(["-c", script, line]).current_dir(folder);
    let offered = text(bash.output().expect("bash starts"));
    offered.lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_options_values_and_files() {
    let folder = folder_of("bash", "script");
    for (line, expected) in COMPLETED {
        assert_eq!(bash_offers(folder.path(), line), [expected], "{line}");
    }
    assert_eq!(
        bash_offers(folder.path(), "lockgate rollout --output "),
        ["text", "json"]
    );
}

/// Returns what `tests/shells/install` has fetched.
fn fetched(path: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.cache/shells");
    let root = root.canonicalize().expect("run tests/shells/install first");
    root.join(path)
}

#[test]
#[ignore = "needs tests/shells/install"]
fn zsh_completes_commands_options_values_and_files() {
    let folder = folder_of("zsh", "_lockgate");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/shells/complete.zsh");
    let script = script.canonicalize().expect("the script");
    for (line, expected) in COMPLETED {
        let mut zsh = Command::new("timeout");
        zsh.arg("30")
            .arg(fetched("programs/zsh"))
            .arg("-f")
            .arg(&script)
            .args([fetched("").as_os_str(), line.as_ref()])
            .env("ZSH_PROGRAM", fetched("programs/zsh"))
            .env("HOME", folder.path())
            .env("TERM", "dumb")
            .current_dir(folder.path());
        let completed = text(zsh.output().expect("zsh starts"));
        let (begun, _) = line.rsplit_once(' ').expect("words");
        // An option with a value ends in =.
        let words = completed.trim().trim_start_matches('<');
        let words = words.trim_end_matches(['>', ' ', '=']);
        assert_eq!(words, format!("{begun} {expected}"), "{line}");
    }
}

#[test]
#[ignore = "needs tests/shells/install"]
fn fish_completes_commands_options_values_and_files() {
    let folder = folder_of("fish", "script.fish");
    for (line, expected) in COMPLETED {
        let mut fish = Command::new(fetched("programs/fish"));
        fish.args(["--no-config", "-c"])
            .arg("source script.fish; complete -C $argv[1]")
            .arg(line)
            .env("HOME", folder.path())
            .current_dir(folder.path());
        let offered = text(fish.output().expect("fish starts"));
        // A tab is between an offer and what it means.
        let offered: Vec<&str> = offered
            .lines()
            .map(|line| line.split('\t').next().unwrap_or_default())
            .collect();
        assert_eq!(offered, [expected], "{line}");
    }
}

#[test]
fn every_shell_has_a_script() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = lockgate(&format!("completions {shell}")).run();
        run.exits(0);
        assert!(run.stdout.contains("lockgate"), "{shell}");
        assert!(run.stdout.contains("backtest"), "{shell}");
    }
    lockgate("completions tcsh")
        .run()
        .exits(2)
        .says("possible values");
}

/// Writes the manual pages, and returns their folder and their paths.
fn pages() -> (Lockgate, Vec<PathBuf>) {
    let prepared = lockgate("man --out share/man/man1");
    prepared.run().exits(0).says("one of each command");
    let folder = prepared.folder().join("share/man/man1");
    let entries = std::fs::read_dir(folder).expect("the folder is made");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a page").path()).collect();
    paths.sort();
    assert!(paths.len() > 25, "{paths:?}");
    (prepared, paths)
}

#[test]
fn every_command_has_a_manual_page() {
    let (prepared, paths) = pages();
    for path in &paths {
        let page = std::fs::read_to_string(path).expect("a page");
        let name = path.file_stem().expect("a name").to_string_lossy();
        assert!(page.contains(&format!(".TH {name} 1")), "{name}: {page}");
        assert!(page.contains("\n.SH \"EXAMPLES\"\n"), "{name}: {page}");
        let only_holds_others = name == "lockgate-gate";
        assert_eq!(
            page.contains("\n.SH \"EXIT STATUS\"\n"),
            !only_holds_others,
            "{name}: {page}"
        );
    }
    for name in ["lockgate", "lockgate-gate-backtest", "lockgate-runs-prune"] {
        let is_there = paths.iter().any(|path| path.ends_with(format!("{name}.1")));
        assert!(is_there, "{name}: {paths:?}");
    }
    // A second time, over those of before.
    prepared.run().exits(0);
    let main = std::fs::read_to_string(paths[0].with_file_name("lockgate.1")).expect("a page");
    let printed = lockgate("man").run();
    // The date is that of the day.
    let dateless = |page: &str| {
        let lines = page.lines().filter(|line| !line.starts_with(".TH "));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(dateless(&printed.exits(0).stdout), dateless(&main));
}

#[test]
fn folder_of_manual_pages_that_cannot_be_made_is_one_clear_error() {
    let prepared = lockgate("man --out lockgate.toml/pages");
    prepared
        .run()
        .exits(2)
        .says("cannot write the pages into lockgate.toml/pages; name a folder that can be written");
}

#[test]
#[ignore = "needs tests/shells/install"]
fn programs_that_read_manual_pages_warn_of_none() {
    let (_prepared, paths) = pages();
    let mut mandoc = Command::new(fetched("programs/mandoc"));
    mandoc.args(["-T", "lint", "-W", "warning"]).args(&paths);
    let output = mandoc.output().expect("mandoc starts");
    let warnings = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && warnings.is_empty(), "{warnings}");
    // groff is what `man` shows pages with; it is on every machine of Debian's with man.
    for path in &paths {
        let mut man = Command::new("man");
        man.args(["--warnings", "--local-file"]).arg(path);
        let shown = text(man.output().expect("man starts"));
        assert!(shown.contains("EXAMPLES"), "{shown}");
    }
}

#[test]
fn topics_are_listed_and_printed() {
    let list = lockgate("help topics").run();
    let topics = list.exits(0).stdout.lines();
    let topics = topics.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let topics: Vec<&str> = topics.collect();
    assert!(topics.len() >= 8, "{list}");
    for topic in topics {
        let run = lockgate(&format!("help {topic}")).run();
        assert!(run.exits(0).stdout.lines().count() > 10, "{topic}: {run}");
        assert_eq!(run.stderr, "");
    }
    lockgate("help recovery")
        .run()
        .exits(0)
        .says("lockgate abort");
    lockgate("help rollout")
        .run()
        .exits(0)
        .says("Usage: lockgate rollout");
    lockgate("help nothing").run().exits(2).says("help topics");
}
