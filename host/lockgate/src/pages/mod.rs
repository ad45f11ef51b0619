//! A story as a file: a page for people, JSON, JUnit for build services, or Markdown. Pure: from the story to a text.

mod html;
mod junit;
mod markdown;
mod words;

use std::path::Path;

use crate::story::Story;

/// The kind of a report, by the ending of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageKind {
    Html,
    Json,
    Junit,
    Markdown,
}

/// A file whose ending is none of a report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no report: its name has to end in .html, .json, .xml (JUnit) or .md")]
pub(crate) struct UnknownKind(String);

impl PageKind {
    /// Returns the kind of a report.
    ///
    /// # Errors
    /// When the name ends in something else.
    pub(crate) fn of(path: &Path) -> Result<PageKind, UnknownKind> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        Ok(match ending.map(str::to_ascii_lowercase).as_deref() {
            Some("html" | "htm") => PageKind::Html,
            Some("json") => PageKind::Json,
            Some("xml") => PageKind::Junit,
            Some("md") => PageKind::Markdown,
            _ => return Err(UnknownKind(path.display().to_string())),
        })
    }

    /// Returns the text of a report.
    ///
    /// # Errors
    /// When a text cannot be written in the format, such as a character that XML does not allow.
    pub(crate) fn render(self, story: &Story) -> anyhow::Result<String> {
        Ok(match self {
            PageKind::Html => html::html(story)?,
            PageKind::Json => serde_json::to_string_pretty(story)? + "\n",
            PageKind::Junit => junit::junit(story)?,
            PageKind::Markdown => markdown::markdown(story),
        })
    }
}

#[cfg(test)]
mod tests;
