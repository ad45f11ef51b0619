//! A table with the goals that it has to reach, and how it is printed.

use std::io::{self, Write};

/// One number that must not be exceeded.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Goal {
    /// What is measured, as a sentence without its end.
    pub(crate) what: String,
    /// The number.
    pub(crate) measured: f64,
    /// The largest that reaches the goal.
    pub(crate) at_most: f64,
    /// The unit.
    pub(crate) unit: &'static str,
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table {
    /// What it shows.
    pub(crate) heading: &'static str,
    /// How it was made, and how to read it: paragraphs in Markdown.
    pub(crate) about: String,
    /// The names of the columns.
    pub(crate) columns: Vec<String>,
    /// The cells.
    pub(crate) rows: Vec<Vec<String>>,
    /// What has to hold.
    pub(crate) goals: Vec<Goal>,
}

impl Goal {
    /// Returns whether it was missed. A number that could not be measured is a miss.
    pub(crate) fn is_missed(&self) -> bool {
        self.measured.is_nan() || self.measured > self.at_most
    }

    /// Returns the miss as a line for people.
    pub(crate) fn sentence(&self) -> String {
        let Goal {
            what,
            measured,
            at_most,
            unit,
        } = self;
        let measured = (measured * 100.0).round() / 100.0;
        format!("missed: {what}: {measured} {unit}, and at most {at_most} {unit} is the goal")
    }
}

impl Table {
    /// Prints it as Markdown, under a heading of the third level.
    pub(crate) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "### {}\n\n{}\n", self.heading, self.about)?;
        print_row(&self.columns, out)?;
        writeln!(out, "|{}", "---|".repeat(self.columns.len()))?;
        for row in &self.rows {
            print_row(row, out)?;
        }
        writeln!(out)
    }
}

fn print_row(cells: &[String], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "| {} |", cells.join(" | "))
}
