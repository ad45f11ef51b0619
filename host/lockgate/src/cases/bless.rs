//! Writes what happened into a case file as what is to happen. All else in the file stays as it is.

use anyhow::Context as _;
use toml_edit::{Array, DocumentMut, Item, Table, value};

use super::judge;
use super::run::Verdict;

/// Blesses what a case's gate did.
///
/// # Errors
/// When something was never recorded (which nothing can be learned from), or the file cannot be written.
pub(crate) fn bless(verdict: &Verdict) -> anyhow::Result<()> {
    if let Some(miss) = verdict.replayed.misses.first() {
        anyhow::bail!("cannot be blessed: {miss}");
    }
    let text = std::fs::read_to_string(&verdict.path).context("cannot read the case")?;
    let mut document: DocumentMut = text.parse().context("the case is not TOML")?;
    let expect = document
        .entry("expect")
        .or_insert_with(|| Item::Table(Table::new()));
    let expect = expect
        .as_table_like_mut()
        .context("`expect` is not a table")?;
    let (word, reason) = judge::said(&verdict.replayed);
    match word.strip_prefix("failure ") {
        Some(failure) => {
            expect.insert("failure", value(failure));
            expect.remove("verdict");
        }
        None => {
            expect.insert("verdict", value(word));
            expect.remove("failure");
        }
    }
    expect.insert("reason-contains", value(reason));
    let mut requests = Array::from_iter(&verdict.requests);
    if requests.len() > 1 {
        for request in requests.iter_mut() {
            request.decor_mut().set_prefix("\n    ");
        }
        requests.set_trailing("\n");
        requests.set_trailing_comma(true);
    }
    expect.insert("requests", value(requests));
    std::fs::write(&verdict.path, document.to_string()).context("cannot write the case")
}
