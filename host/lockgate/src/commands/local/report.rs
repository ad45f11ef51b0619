//! `lockgate report`: a past run as a page, as JSON, as JUnit or as Markdown. Opens no socket.

use crate::cli::ReportArgs;
use crate::exit::Exit;
use crate::output::Output;
use crate::pages::PageKind;
use crate::store::run_folders::RunFolders;
use crate::store::whole_file::{Readers, WholeFile};
use crate::story;

/// Writes the files that are named, or prints Markdown.
///
/// # Errors
/// When there is no such run, its journal is damaged, or a file cannot be written.
pub(in crate::commands) fn report(args: &ReportArgs, output: &Output) -> anyhow::Result<Exit> {
    let open = |path: &std::path::PathBuf| {
        let kind = PageKind::of(path)?;
        anyhow::Ok((kind, WholeFile::open(path, Readers::Anyone)?))
    };
    let files: Vec<_> = args.out.iter().map(open).collect::<anyhow::Result<_>>()?;
    let found = RunFolders::find(&args.place.state_dir()?, &args.run)?;
    let story = story::read(&found.run, &found.folders)?;
    if files.is_empty() {
        output.document(&PageKind::Markdown.render(&story)?);
    }
    for ((kind, file), path) in files.into_iter().zip(&args.out) {
        file.write(kind.render(&story)?.as_bytes())?;
        output.text(&format!("{}: run {}", path.display(), found.run));
    }
    Ok(Exit::Success)
}
