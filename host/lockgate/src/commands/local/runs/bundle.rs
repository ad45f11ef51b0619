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
use crate::store::run_folders::RunFolders;
use crate::store::whole_file::{Readers, WholeFile};

/// Writes the file.
///
/// # Errors
/// When there is no such run, there is a file already, or a file cannot be read or written.
pub(super) fn bundle(args: &RunsBundleArgs, output: &Output) -> anyhow::Result<Exit> {
    let found = RunFolders::find(&args.place.state_dir(), &args.run)?;
    let shown = args.out.display();
    if args.out.exists() && !args.force {
        bail!("{shown} is there already; name another file, or pass --force to replace it");
    }
    let file = WholeFile::open(&args.out, Readers::Owner)?;
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // Nothing of this machine's clock and rights is in it.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o600);
    let mut count = 0;
    for folder in &found.folders {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let mut paths = Vec::new();
        collect(folder, &mut paths);
        paths.sort();
        for path in paths {
            let below = path.strip_prefix(folder).unwrap_or(&path);
            let below = below.to_string_lossy().replace('\\', "/");
            let bytes =
                std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            zip.start_file(format!("{name}/{below}"), options)?;
            zip.write_all(&bytes)?;
            count += 1;
        }
    }
    let bytes = zip.finish()?.into_inner();
    file.write(&bytes)?;
    output.text(&format!(
        "{shown}: {count} files of run {}; secrets are masked in them, and what the service answered is not: read it before you \
         hand it on",
        found.run
    ));
    output.command_event(json!({
        "event": "run-bundled", "run": found.run, "file": args.out, "files": count, "bytes": bytes.len(),
    }));
    Ok(Exit::Success)
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, paths);
        } else {
            paths.push(path);
        }
    }
}
