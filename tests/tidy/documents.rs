//! What the documents say of the code: a path that they name exists, and a table of places is true.

use regex::Regex;

use super::files::{read, root, texts};

/// Where a change is made, as CONTRIBUTING.md says: what, the file, and what to look for in it.
fn changes() -> Vec<[String; 3]> {
    let text = read("CONTRIBUTING.md");
    let (_, rest) = text
        .split_once("## Where a change is made")
        .expect("CONTRIBUTING.md says where changes are made");
    let (table, _) = rest.split_once("\n## ").expect("another section follows");
    let rows = table.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [change, file, symbol] = cells[..] else {
            return None;
        };
        let code = |cell: &str| Some(cell.strip_prefix('`')?.strip_suffix('`')?.to_owned());
        Some([change.to_owned(), code(file)?, code(symbol)?])
    });
    rows.collect()
}

#[test]
fn changes_are_made_where_contributing_says() {
    let changes = changes();
    assert!(changes.len() >= 10, "{} changes", changes.len());
    for [change, file, symbol] in changes {
        let text = read(&file);
        assert!(text.contains(&symbol), "{change}: {file} has no `{symbol}`");
    }
}

#[test]
fn paths_that_documents_name_exist() {
    let code = Regex::new(r"`([^`\s]+)`|\]\(([^)\s]+)\)").expect("a pattern");
    let mut seen = 0;
    for document in texts().iter().filter(|file| file.path.ends_with(".md")) {
        let folder = document
            .path
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder);
        for found in code.captures_iter(&document.text) {
            let (named, base) = match (found.get(1), found.get(2)) {
                (Some(code), _) => (code.as_str(), ""),
                (None, Some(link)) => (link.as_str(), folder),
                (None, None) => continue,
            };
            let path = named
                .split('#')
                .next()
                .unwrap_or_default()
                .trim_end_matches('/');
            // In code, a path of ours begins with a folder of the top level; a link goes anywhere.
            let is_ours = if found.get(1).is_some() {
                [
                    "host/",
                    "plugins/",
                    "wit/",
                    "tests/",
                    "examples/",
                    ".ci/",
                    ".github/",
                    ".cargo/",
                ]
                .iter()
                .any(|top| path.starts_with(top))
            } else {
                !path.is_empty() && !path.contains("://")
            };
            if is_ours && !path.contains(['*', '{', '<', '…']) {
                let full = root().join(base).join(path);
                assert!(
                    full.exists(),
                    "{} names {named}, which is not there",
                    document.path
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "only {seen} paths were found");
}
