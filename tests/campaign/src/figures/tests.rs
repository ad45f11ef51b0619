//! The same seed prints the same tables on any number of threads, and a goal that is missed is counted.

use super::table::{Goal, Table};
use super::tables::TableName;
use super::{FiguresArgs, missed, run};

fn args(threads: usize) -> FiguresArgs {
    FiguresArgs {
        seed: 7,
        quick: false,
        only: vec![TableName::Late, TableName::GoingOn],
        rollouts: Some(12),
        threads,
        write: None,
    }
}

/// Returns the tables, without the line of times at the end.
fn tables(args: &FiguresArgs) -> String {
    let mut out = Vec::new();
    run(args, &mut out).expect("the figures are made");
    let text = String::from_utf8(out).expect("text");
    let (tables, _times) = text.rsplit_once("\n\n").expect("tables, and a line");
    tables.to_owned()
}

#[test]
fn same_seed_prints_the_same_tables_on_any_number_of_threads() {
    let one = tables(&args(1));
    assert_eq!(one, tables(&args(3)));
    let other = tables(&FiguresArgs { seed: 8, ..args(3) });
    assert_ne!(one, other, "another seed has other numbers");
}

#[test]
fn row_of_a_seed_is_the_same_in_every_version() {
    let tables = tables(&args(2));
    let row = tables
        .lines()
        .find(|line| line.starts_with("| 0.2 % | 10 → 25 % |"))
        .expect("the row");
    assert_eq!(
        row,
        "| 0.2 % | 10 → 25 % | 4 | 960 / 1\u{202f}480 | 96 | 480 s | 50 s | 10 s |"
    );
}

#[test]
fn what_is_written_is_what_is_printed() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("README.md");
    std::fs::write(&file, "# Gate\n\n## Figures\n\nold\n\n## After\n").expect("written");
    let args = FiguresArgs {
        write: Some(file.clone()),
        ..args(0)
    };
    let printed = tables(&args);
    let written = std::fs::read_to_string(&file).expect("read");
    assert_eq!(
        written,
        format!(
            "# Gate\n\n## Figures\n\n{}\n\n## After\n",
            printed.trim_end()
        )
    );
}

#[test]
fn goal_that_is_missed_is_counted_and_named() {
    let goal = |measured: f64| Goal {
        what: "false alarms, 2 req/s".to_owned(),
        measured,
        at_most: 1.0,
        unit: "%",
    };
    let table = Table {
        heading: "False alarms",
        about: String::new(),
        columns: Vec::new(),
        rows: Vec::new(),
        goals: vec![goal(0.5), goal(1.0), goal(1.01), goal(f64::NAN)],
    };
    let tables = [table];
    let missed = missed(&tables);
    assert_eq!(missed.len(), 2);
    assert_eq!(
        missed[0].sentence(),
        "missed: false alarms, 2 req/s: 1.01 %, and at most 1 % is the goal"
    );
}
