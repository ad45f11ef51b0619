//! The elements of the timeline. Positions along the time are in per cent of the width, so that a drawing fits every screen without
//! being scaled; heights are in pixels.

use std::fmt::Write as _;

/// A drawing that grows by elements.
#[derive(Debug, Default)]
pub(super) struct Svg {
    text: String,
}

/// A position along the time, 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(super) struct Across(pub(super) f64);

/// A position from the top, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(super) struct Down(pub(super) f64);

impl Svg {
    /// Adds a line from one point to another.
    pub(super) fn line(&mut self, class: &str, from: (Across, Down), to: (Across, Down)) {
        let _ = write!(
            self.text,
            r#"<line class="{class}" x1="{}" y1="{}" x2="{}" y2="{}"/>"#,
            from.0, from.1, to.0, to.1
        );
    }

    /// Adds a rectangle between two corners.
    pub(super) fn rect(&mut self, class: &str, from: (Across, Down), to: (Across, Down)) {
        let width = Across(to.0.0 - from.0.0);
        let height = Down(to.1.0 - from.1.0);
        let _ = write!(
            self.text,
            r#"<rect class="{class}" x="{}" y="{}" width="{width}" height="{height}"/>"#,
            from.0, from.1
        );
    }

    /// Adds a dot.
    pub(super) fn dot(&mut self, class: &str, at: (Across, Down), radius: f64) {
        let _ = write!(
            self.text,
            r#"<circle class="{class}" cx="{}" cy="{}" r="{radius}"/>"#,
            at.0, at.1
        );
    }

    /// Adds a mark of the page's own symbols, with a text that shows when it is pointed at, and a link where it has one.
    pub(super) fn mark(&mut self, mark: &Symbol<'_>) {
        let title = escaped(mark.title);
        if let Some(target) = mark.link {
            let _ = write!(self.text, r##"<a href="#{target}" aria-label="{title}">"##);
        }
        let _ = write!(
            self.text,
            r##"<use class="{}" href="#{}" x="{}" y="{}"><title>{title}</title></use>"##,
            mark.class, mark.symbol, mark.at.0, mark.at.1
        );
        if mark.link.is_some() {
            self.text.push_str("</a>");
        }
    }

    /// Adds a text; `class` says how it is aligned.
    pub(super) fn label(&mut self, class: &str, at: (Across, Down), text: &str) {
        let text = escaped(text);
        let _ = write!(
            self.text,
            r#"<text class="{class}" x="{}" y="{}">{text}</text>"#,
            at.0, at.1
        );
    }

    /// Returns the drawing's elements.
    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// A mark on the timeline.
#[derive(Debug, Clone, Copy)]
pub(super) struct Symbol<'a> {
    pub(super) symbol: &'a str,
    pub(super) class: &'a str,
    pub(super) at: (Across, Down),
    pub(super) title: &'a str,
    /// The id of what it leads to.
    pub(super) link: Option<&'a str>,
}

impl std::fmt::Display for Across {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}%", (self.0 * 100.0).round() / 100.0)
    }
}

impl std::fmt::Display for Down {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", (self.0 * 10.0).round() / 10.0)
    }
}

/// Escapes a text for an element or a quoted attribute.
fn escaped(text: &str) -> String {
    let text = gates::printable(text);
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
