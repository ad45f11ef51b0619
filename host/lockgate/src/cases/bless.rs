//! Writes the actual result of a case into its file as the expected one. The rest of the file stays as it is.

use anyhow::Context as _;
use toml_edit::{Array, DocumentMut, Item, Table, TableLike, value};

use super::differences::{AnswerText, answer_text};
use super::prepare::CASE_BYTES_MAX;
use super::run::CaseResult;
use super::sequence::CallResult;
use crate::bounded_file;
use crate::store::whole_file::{Readers, WholeFile};

/// Blesses a result: the case expects it from now on, of each of its calls.
///
/// # Errors
/// When a request had no recorded response, because then the answer means nothing; or when the file cannot be written.
pub(crate) fn bless(result: &CaseResult) -> anyhow::Result<()> {
    for (number, call) in (1..).zip(&result.calls) {
        if let Some(miss) = call.replayed.misses.first() {
            anyhow::bail!("cannot be blessed: {}{miss}", result.prefix(number));
        }
    }
    let text = bounded_file::read_text(&result.path, CASE_BYTES_MAX);
    let text = text.context("cannot read the case")?;
    let mut document: DocumentMut = text.parse().context("the case is not TOML")?;
    match document.get_mut("call") {
        None => expect(document.as_table_mut(), &result.calls[0])?,
        Some(calls) => {
            for (index, call) in result.calls.iter().enumerate() {
                let section = calls.get_mut(index).and_then(Item::as_table_like_mut);
                expect(section.context("`call` is not a list of tables")?, call)?;
            }
        }
    }
    let file = WholeFile::open(&result.path, Readers::Anyone)?;
    file.write(document.to_string().as_bytes())
}

/// Makes the result of a call the expected one in its section.
fn expect(section: &mut dyn TableLike, call: &CallResult) -> anyhow::Result<()> {
    let expect = section
        .entry("expect")
        .or_insert_with(|| Item::Table(Table::new()));
    let expect = expect
        .as_table_like_mut()
        .context("`expect` is not a table")?;
    let AnswerText { outcome, reason } = answer_text(&call.replayed);
    match outcome.strip_prefix("failure ") {
        Some(failure) => {
            expect.insert("failure", value(failure));
            expect.remove("verdict");
        }
        None => {
            expect.insert("verdict", value(outcome));
            expect.remove("failure");
        }
    }
    expect.insert("reason-contains", value(reason));
    let mut requests = Array::from_iter(&call.requests);
    if requests.len() > 1 {
        for request in requests.iter_mut() {
            request.decor_mut().set_prefix("\n    ");
        }
        requests.set_trailing("\n");
        requests.set_trailing_comma(true);
    }
    expect.insert("requests", value(requests));
    Ok(())
}
