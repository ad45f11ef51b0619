//! What of the changes is refused before an app is asked, each with the name of what was typed and what is right.

use super::super::read::UncheckedConfig;
use super::super::understand::understand;
use super::super::{EnvSettings, File};
use super::*;
use crate::mistake::Mistakes;

/// Returns the changes that a section of the file and flags of `--set-env` come to, or all mistakes.
fn changes(section: &str, set: &[&str], removed: &[&str]) -> Result<TemplateChanges, String> {
    let text = format!("rollout.image = \"r.io/web:2\"\n[deploy]\n{section}\n");
    let understood = understand::<File>("lockgate.toml", &text);
    assert!(understood.mistakes.is_empty(), "{:?}", understood.mistakes);
    let mut flags = File::default();
    flags.deploy.env = EnvSettings::of_flags(set.iter().copied());
    flags.deploy.remove_env = removed.iter().map(|&name| name.to_owned()).collect();
    let configuration = UncheckedConfig {
        file: understood.value.expect("a file"),
        source: understood.source,
        ..UncheckedConfig::default()
    }
    .with_flags(flags);
    let mut mistakes = Vec::new();
    let changes = super::changes(&configuration, &mut mistakes);
    if mistakes.is_empty() {
        return Ok(changes);
    }
    let placed = mistakes.into_iter().map(|one| configuration.placed(one));
    Err(Mistakes(placed.collect()).to_string())
}

fn text(value: &str) -> EnvValue {
    EnvValue::Text(value.to_owned())
}

#[test]
fn file_says_everything_that_flags_say() {
    let found = changes(
        "min-replicas = 0\nmax-replicas = 10\ncpu = 0.5\nmemory = \"1Gi\"\nremove-env = [\"OLD\"]\n\
         [deploy.env]\nLEVEL = \"debug\"\n\"a.b-c\" = \"\"\nDB = \"secretref:db-url\"",
        &["LEVEL=info", "URL=https://x?a=b"],
        &[],
    );
    let expected = TemplateChanges {
        set_env: [
            ("LEVEL", text("info")),
            ("URL", text("https://x?a=b")),
            ("a.b-c", text("")),
            ("DB", EnvValue::Secret("db-url".to_owned())),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into(),
        remove_env: ["OLD".to_owned()].into(),
        min_replicas: Some(0),
        max_replicas: Some(10),
        cpu: Thousandths::new(0.5),
        memory: Thousandths::new(1.0),
    };
    assert_eq!(found, Ok(expected));
    let whole = changes("cpu = 2", &[], &[]).unwrap();
    assert_eq!(whole.cpu, Thousandths::new(2.0));
}

#[test]
fn flag_that_is_repeated_with_the_same_value_is_no_mistake() {
    assert!(changes("", &["A=1", "A=1"], &["B", "B"]).is_ok());
    let flags_win = changes("remove-env = [\"A\"]\nenv.B = \"1\"", &["A=1"], &["B"]);
    let found = flags_win.unwrap();
    assert_eq!(found.set_env.keys().collect::<Vec<_>>(), ["A"]);
    assert_eq!(found.remove_env, ["B".to_owned()].into());
}

#[test]
fn impossible_values_are_refused_with_what_is_right() {
    for (section, words) in [
        (
            "min-replicas = -1",
            "-1 is not a number of replicas: write 0 or more",
        ),
        (
            "max-replicas = 0",
            "0 is not a number of replicas: write 1 or more",
        ),
        (
            "min-replicas = 3\nmax-replicas = 2",
            "min replicas 3 are more than max replicas 2",
        ),
        ("cpu = 0", "0 is not a number of cores"),
        ("cpu = -0.5", "-0.5 is not a number of cores"),
        ("cpu = 0.0001", "at most three decimals"),
        ("memory = \"1GB\"", "\"1GB\" is not an amount of memory"),
        ("memory = \"0Gi\"", "such as 1Gi or 0.5Gi"),
        ("memory = \"Gi\"", "such as 1Gi or 0.5Gi"),
        (
            "env.1A = \"x\"",
            "\"1A\" is no name of an environment variable",
        ),
        (
            "env.\"a b\" = \"x\"",
            "letters, digits, underscores, dots and dashes",
        ),
        (
            "env.DB = \"secretref:DB_URL\"",
            "DB refers to a secret by what is no name of one \"DB_URL\"",
        ),
        ("env.DB = \"secretref:\"", "write secretref:NAME"),
        ("env.DB = \"SecretRef:db\"", "write secretref:NAME"),
        (
            "remove-env = [\"1A\"]",
            "\"1A\" is no name of an environment variable",
        ),
        (
            "remove-env = [\"A\"]\nenv.A = \"x\"",
            "A is both set and removed",
        ),
    ] {
        let error = changes(section, &[], &[]).unwrap_err();
        assert!(error.contains(words), "{section}: {error}");
        assert!(error.contains("--> lockgate.toml:"), "{section}: {error}");
    }
}

#[test]
fn mistake_of_a_flag_has_its_name_and_no_value() {
    for (set, removed, words) in [
        (
            vec!["API_KEY"],
            vec![],
            "LOCKGATE_SET_ENV: number 1 has no `=`",
        ),
        (vec!["A=1", "hunter2"], vec![], "number 2 has no `=`"),
        (vec!["1_KEY=hunter2"], vec![], "\"1_KEY\" is no name"),
        (
            vec!["API_KEY=hunter2", "API_KEY=x"],
            vec![],
            "API_KEY is set twice",
        ),
        (
            vec!["API_KEY=hunter2"],
            vec!["API_KEY"],
            "API_KEY is both set and removed",
        ),
        (
            vec!["API_KEY=secretref:hunter2!"],
            vec![],
            "API_KEY refers to a secret by what is no name of one\n",
        ),
        (
            vec![],
            vec!["API_KEY=hunter2"],
            "LOCKGATE_REMOVE_ENV: \"API_KEY\" and a `=` are no name",
        ),
    ] {
        let error = changes("", &set, &removed).unwrap_err();
        assert!(error.contains(words), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn line_of_the_file_is_shown_without_its_secret() {
    let error = changes("[deploy.env]\n1_KEY = \"hunter2\"", &[], &[]).unwrap_err();
    assert!(error.contains("1_KEY = \"*******\""), "{error}");
    for wrong in ["API_KEY = 1234567", "API_KEY = \"hunter2"] {
        let text = format!("[deploy.env]\n{wrong}\n");
        let error = Mistakes(understand::<File>("lockgate.toml", &text).mistakes).to_string();
        assert!(error.contains("API_KEY = "), "{error}");
        assert!(
            !error.contains("hunter2") && !error.contains("1234567"),
            "{error}"
        );
    }
}

#[test]
fn flags_that_change_a_revision_need_an_image() {
    let mut flags = File::default();
    flags.deploy.env = EnvSettings::of_flags(["A=1"]);
    flags.deploy.min_replicas = Some(1);
    let configuration = UncheckedConfig::default().with_flags(flags);
    let mut mistakes = Vec::new();
    super::changes(&configuration, &mut mistakes);
    let error = Mistakes(mistakes).to_string();
    for words in [
        "LOCKGATE_SET_ENV: ",
        "LOCKGATE_MIN_REPLICAS: ",
        "no image is given",
        "--image",
    ] {
        assert!(error.contains(words), "{error}");
    }
    let understood = understand::<File>("test", "[deploy.env]\nA = \"1\"\n");
    let of_file = UncheckedConfig {
        file: understood.value.unwrap(),
        ..UncheckedConfig::default()
    };
    let mut mistakes = Vec::new();
    super::changes(&of_file, &mut mistakes);
    assert!(mistakes.is_empty(), "{mistakes:?}");
}
