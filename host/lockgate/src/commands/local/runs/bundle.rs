//! `lockgate runs bundle`: one zip file with everything that is kept of a run, for a ticket. The same run gives the same bytes.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::json;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::cli::RunsBundleArgs;
use crate::exit::Exit;
use crate::output::Output;
use crate::pages::PageKind;
use crate::store::run_folders::RunFolders;
use crate::store::whole_file::{Readers, WholeFile};
use crate::story;

/// Writes the file.
///
/// # Errors
/// When there is no such run, there is a file already, or a file cannot be read or written.
pub(super) fn bundle(args: &RunsBundleArgs, output: &Output) -> anyhow::Result<Exit> {
    let found = RunFolders::find(&args.place.state_dir()?, &args.run)?;
    let shown = args.out.display();
    if args.out.exists() && !args.force {
        bail!("{shown} is there already; name another file, or pass --force to replace it");
    }
    // Before the file is opened, which may lie in a folder of the run.
    let mut packed = Vec::new();
    for folder in &found.folders {
        let name = folder.file_name().map_or_else(
            || found.run.clone(),
            |name| name.to_string_lossy().into_owned(),
        );
        collect(folder, &name, &mut packed)?;
    }
    let out = std::fs::canonicalize(&args.out).ok();
    packed.retain(|(_, path)| out.is_none() || std::fs::canonicalize(path).ok() != out);
    packed.sort();
    let file = WholeFile::open(&args.out, Readers::Owner)?;
    let page = story::read(&found.run, &found.folders);
    let page = page.and_then(|story| PageKind::Html.render(&story));
    if let Err(error) = &page {
        output.note(&format!("there is no page about the run in it: {error:#}"));
    }
    let files = packed.len() + usize::from(page.is_ok());
    let bytes = zipped(&packed, &found.run, page.ok())?;
    file.write(&bytes)?;
    output.text(&format!(
        "{shown}: {files} files of run {}; secrets are masked in them, and what the service answered is not: read it before you \
         hand it on",
        found.run
    ));
    output.command_event(json!({
        "event": "run-bundled", "run": found.run, "file": args.out, "files": files, "bytes": bytes.len(),
    }));
    Ok(Exit::Success)
}

/// Collects the files below a folder, each with its name in the zip file. A link is left out: what it leads to is not the run's.
fn collect(folder: &Path, name: &str, packed: &mut Vec<(String, PathBuf)>) -> anyhow::Result<()> {
    let what = || format!("cannot read {}", folder.display());
    for entry in std::fs::read_dir(folder).with_context(what)? {
        let entry = entry.with_context(what)?;
        let kind = entry.file_type().with_context(what)?;
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if kind.is_dir() {
            collect(&entry.path(), &name, packed)?;
        } else if kind.is_file() {
            packed.push((name, entry.path()));
        }
    }
    Ok(())
}

/// Returns the bytes of a zip file, with the page about the run. Nothing of this machine's clock and rights is in it.
fn zipped(
    packed: &[(String, PathBuf)],
    run: &str,
    page: Option<String>,
) -> anyhow::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o600);
    if let Some(page) = page {
        zip.start_file(format!("{run}.html"), options)?;
        zip.write_all(page.as_bytes())?;
    }
    for (name, path) in packed {
        let bytes =
            std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        zip.start_file(name.as_str(), options)?;
        zip.write_all(&bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}
