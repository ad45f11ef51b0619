//! `lockgate man`: the manual pages, from the command line's own definition. They say what `--help` says, no more.

use std::io;
use std::path::Path;

use anyhow::Context as _;
use clap::Command;
use clap_mangen::Man;
use jiff::Timestamp;

use crate::cli::parse;
use crate::exit::Exit;
use crate::output::Output;

/// The section of the manual with the commands of users.
const SECTION: &str = "1";

/// Prints the page of lockgate, or writes one page of each command into a folder.
///
/// # Errors
/// When the folder cannot be made or written.
pub(in crate::commands) fn man(out: Option<&Path>, output: &Output) -> anyhow::Result<Exit> {
    let mut command = parse::command().disable_help_subcommand(true);
    command.build();
    match out {
        None => output.script(&page(&command, "lockgate")?),
        Some(folder) => {
            let shown = folder.display();
            let written = std::fs::create_dir_all(folder).and_then(|()| {
                let mut count = 0;
                write_pages(&command, "lockgate", folder, &mut count).map(|()| count)
            });
            let count = written.with_context(|| {
                format!("cannot write the pages into {shown}; name a folder that can be written")
            })?;
            output.text(&format!(
                "{count} pages, one of each command, are in {shown}"
            ));
        }
    }
    Ok(Exit::Success)
}

fn write_pages(command: &Command, name: &str, folder: &Path, count: &mut u32) -> io::Result<()> {
    let file = format!("{name}.{SECTION}");
    std::fs::write(folder.join(file), page(command, name)?)?;
    *count += 1;
    for below in command.get_subcommands() {
        let name = format!("{name}-{}", below.get_name());
        write_pages(below, &name, folder, count)?;
    }
    Ok(())
}

/// Returns the page of a command, whose name has hyphens between its words.
fn page(command: &Command, name: &str) -> io::Result<String> {
    let man = Man::new(command.clone())
        .title(name)
        .section(SECTION)
        // A page without a date draws a warning of `mandoc`.
        .date(Timestamp::now().strftime("%Y-%m-%d").to_string())
        .source(concat!("lockgate ", env!("CARGO_PKG_VERSION")))
        .manual("lockgate");
    let mut page = Vec::new();
    man.render(&mut page)?;
    let page = tidied(&String::from_utf8_lossy(&page));
    let after = command.get_after_long_help().map(ToString::to_string);
    let after = sections(&after.unwrap_or_default());
    let above = name.rsplit_once('-').map(|(above, _)| above);
    Ok(format!("{page}{after}{}", see_also(above)))
}

/// Returns a page up to the sections that are written here, without spaces at the ends of lines and without the empty
/// paragraphs between a text and the values of its option, of which `mandoc` warns.
fn tidied(page: &str) -> String {
    let lines: Vec<&str> = page
        .lines()
        .map(str::trim_end)
        .take_while(|line| *line != ".SH EXTRA" && *line != ".SH VERSION")
        .collect();
    let page = format!("{}\n", lines.join("\n"));
    page.replace("\n.br\n\n.br\n", "\n\n")
}

/// Returns what stands after the help of a command, as sections: notes, examples and exit codes.
fn sections(after: &str) -> String {
    let (rest, codes) = after.split_once("Exit codes:\n").unwrap_or((after, ""));
    let (notes, examples) = rest
        .split_once("Example:\n")
        .or_else(|| rest.split_once("Examples:\n"))
        .unwrap_or((rest, ""));
    let mut page = String::new();
    if !notes.trim().is_empty() {
        page.push_str(&format!(".SH NOTES\n{}\n", escaped(notes.trim())));
    }
    for (title, text) in [("EXAMPLES", examples), ("EXIT STATUS", codes)] {
        if !text.trim().is_empty() {
            let text = escaped(text.trim_end());
            page.push_str(&format!(".SH \"{title}\"\n.nf\n{text}\n.fi\n"));
        }
    }
    page
}

fn see_also(above: Option<&str>) -> String {
    let page = above.map_or_else(String::new, |above| {
        format!(".BR {} ({SECTION}),\n", escaped(above))
    });
    format!(".SH \"SEE ALSO\"\n{page}.B lockgate help topics\n")
}

/// Returns a text in which nothing is a command of the page's own language.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    let lines = text.lines().map(|line| match line.chars().next() {
        Some('.' | '\'') => format!("\\&{line}"),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_command_of_the_page() {
        assert_eq!(
            escaped("a \\ b-c\n.TH d\n'e"),
            "a \\e b\\-c\n\\&.TH d\n\\&'e"
        );
    }

    #[test]
    fn what_stands_after_a_help_becomes_sections() {
        let after = "A note.\n\nExamples:\n  lockgate a\n\nExit codes:\n   0  done";
        assert_eq!(
            sections(after),
            ".SH NOTES\nA note.\n.SH \"EXAMPLES\"\n.nf\n  lockgate a\n.fi\n.SH \"EXIT STATUS\"\n.nf\n   0  done\n.fi\n"
        );
    }
}
