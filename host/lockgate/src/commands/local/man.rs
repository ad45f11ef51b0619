//! `lockgate man`: the manual pages, from the command line's own definition.

use std::path::Path;

use anyhow::Context as _;
use clap_mangen::Man;

use crate::cli::parse;
use crate::exit::Exit;
use crate::output::Output;

/// Prints the page of lockgate, or writes one page of each command into a folder.
///
/// # Errors
/// When the folder cannot be made or written.
pub(in crate::commands) fn man(out: Option<&Path>, output: &Output) -> anyhow::Result<Exit> {
    let command = parse::command();
    match out {
        None => {
            let mut page = Vec::new();
            Man::new(command).render(&mut page)?;
            output.script(&String::from_utf8_lossy(&page));
        }
        Some(folder) => {
            let shown = folder.display();
            std::fs::create_dir_all(folder)
                .and_then(|()| clap_mangen::generate_to(command, folder))
                .with_context(|| {
                    format!(
                        "cannot write the pages into {shown}; name a folder that can be written"
                    )
                })?;
            output.text(&format!("the pages of all commands are in {shown}"));
        }
    }
    Ok(Exit::Success)
}
