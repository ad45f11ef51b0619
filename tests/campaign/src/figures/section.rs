//! Replaces one section of a Markdown file, and nothing else in it.

use std::path::{Path, PathBuf};

/// The heading of the section.
pub(crate) const HEADING: &str = "## Figures";

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SectionError {
    /// It has no such section.
    #[error("{} has no line `{HEADING}`, so it was left as it is; add the line where the tables shall stand", .0.display())]
    NoHeading(PathBuf),
    /// It could not be read or written.
    #[error("{}: {error}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// The reason.
        error: std::io::Error,
    },
}

/// Replaces what stands in a file between [`HEADING`] and the next heading of the same level.
pub(crate) fn write(file: &Path, tables: &str) -> Result<(), SectionError> {
    let io = |error| SectionError::Io {
        file: file.to_owned(),
        error,
    };
    let text = std::fs::read_to_string(file).map_err(io)?;
    let text = replaced(&text, tables).ok_or_else(|| SectionError::NoHeading(file.to_owned()))?;
    std::fs::write(file, text).map_err(io)
}

/// Refuses a file that [`write()`] would refuse, before hours of work are done for it.
pub(crate) fn check(file: &Path) -> Result<(), SectionError> {
    let text = std::fs::read_to_string(file).map_err(|error| SectionError::Io {
        file: file.to_owned(),
        error,
    })?;
    let found = replaced(&text, "").map(drop);
    found.ok_or_else(|| SectionError::NoHeading(file.to_owned()))
}

/// Returns the text with the section replaced; `None` where it has none. Lines within code fences are no headings.
fn replaced(text: &str, tables: &str) -> Option<String> {
    let mut fenced = false;
    let mut place = 0;
    let mut section = None;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if bare.starts_with("```") {
            fenced = !fenced;
        }
        match section {
            None if !fenced && bare == HEADING => section = Some((place + line.len(), text.len())),
            Some((begin, _)) if !fenced && bare.starts_with("## ") => {
                section = Some((begin, place));
                break;
            }
            _ => {}
        }
        place += line.len();
    }
    let (begin, end) = section?;
    let mut head = text[..begin].to_owned();
    if !head.ends_with('\n') {
        head.push('\n');
    }
    let rest = &text[end..];
    let gap = if rest.is_empty() { "" } else { "\n" };
    Some(format!("{head}\n{}\n{gap}{rest}", tables.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::{replaced, write};

    const FILE: &str = "# compare\n\n## Settings\n\nsome\n\n## Figures\n\nold\n\n### Table\n\nold\n\n## After\n\nmore\n";

    #[test]
    fn only_its_section_is_replaced() {
        let text = replaced(FILE, "new\n\n").expect("the section is there");
        assert_eq!(
            text,
            "# compare\n\n## Settings\n\nsome\n\n## Figures\n\nnew\n\n## After\n\nmore\n"
        );
        assert_eq!(
            replaced(&text, "new\n"),
            Some(text.clone()),
            "twice is once"
        );
    }

    #[test]
    fn last_section_ends_with_the_file() {
        let text = replaced("## Figures", "new").expect("the section is there");
        assert_eq!(text, "## Figures\n\nnew\n");
    }

    #[test]
    fn heading_in_a_code_fence_is_none() {
        let text = "## Figures\n\n```\n## After\n```\n\n## After\n";
        assert_eq!(
            replaced(text, "new").as_deref(),
            Some("## Figures\n\nnew\n\n## After\n")
        );
        assert_eq!(replaced("```\n## Figures\n```\n", "new"), None);
    }

    #[test]
    fn file_without_the_heading_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("README.md");
        std::fs::write(&file, "# compare\n\n### Figures\n").expect("written");
        let error = write(&file, "new").expect_err("refused").to_string();
        assert!(
            error.contains("README.md") && error.contains("## Figures"),
            "{error}"
        );
        let text = std::fs::read_to_string(&file).expect("read");
        assert_eq!(text, "# compare\n\n### Figures\n");
    }
}
