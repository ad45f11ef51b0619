//! Publishes what a pipeline gets at the end: one annotation and values by commands, values and a summary in files. What cannot
//! be written is said in a sentence, and changes nothing else.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::time::Duration;

use anyhow::Context as _;

use super::annotation::Annotation;
use super::outputs::RunOutputs;
use super::summary::{SUMMARY_MAX, Summary};
use super::which::{Pipeline, Service};
use super::{azure_pipelines, github};
use crate::output::Output;
use crate::report::step_output;

/// What a pipeline gets at the end.
pub(super) struct End {
    pub(super) annotation: Option<Annotation>,
    pub(super) outputs: RunOutputs,
    pub(super) summary: Option<Summary>,
}

/// Shows the annotation, and hands on the values that commands hand on. To be called before the last lines of a command: a script
/// reads the exit code off the very last one.
pub(super) fn announce(end: &End, pipeline: &Pipeline, output: &Output) {
    let annotation = end.annotation.as_ref();
    let annotation = annotation.and_then(|annotation| match pipeline.service? {
        Service::GitHub => Some(github::annotation(annotation)),
        Service::Azure => azure_pipelines::annotation(annotation),
        Service::GitLab => None,
    });
    if let Some(command) = annotation {
        output.pipeline_command(&command);
    }
    if pipeline.service == Some(Service::Azure) {
        for command in azure_pipelines::outputs(&end.outputs) {
            output.pipeline_command(&command);
        }
    }
}

/// Writes the files that the pipeline reads, and waits at most `limit` for them. Returns what could not be written.
pub(super) fn write(
    end: End,
    pipeline: &Pipeline,
    output: &Output,
    limit: Duration,
) -> Option<String> {
    let mut problems: Vec<String> = end.outputs.problem().into_iter().collect();
    let files = pipeline.clone();
    let (sender, receiver) = channel();
    let thread = std::thread::Builder::new().name("pipeline".to_owned());
    let started = thread.spawn(move || {
        // Who waits no longer does not need it.
        let _ = sender.send(files.write(&end));
    });
    let written = match started {
        Ok(_) => receiver.recv_timeout(limit).ok(),
        Err(_) => None,
    };
    match written {
        Some(written) => {
            problems.extend(written.problems);
            if let Some(file) = written.summary {
                // Not on stdout, whose last line is the exit code.
                let stderr = output.with_prose_on_stderr();
                stderr.pipeline_command(&azure_pipelines::summary(&file));
            }
        }
        None => problems.push("the pipeline's files could not be written in time".to_owned()),
    }
    (!problems.is_empty()).then(|| problems.join("; "))
}

/// What has become of the files.
#[derive(Debug, Default)]
struct Written {
    /// The new file with the summary.
    summary: Option<PathBuf>,
    problems: Vec<String>,
}

impl Pipeline {
    /// Writes each file, whatever becomes of the others.
    fn write(&self, end: &End) -> Written {
        let mut written = Written::default();
        let mut results = Vec::new();
        if let Some(path) = &self.outputs {
            results.push(step_output::append_to(path, &end.outputs.named()));
        }
        if let Some(path) = &self.dotenv {
            results.push(write_variables(path, &end.outputs));
        }
        if let Some(summary) = &end.summary {
            if let Some(path) = &self.summary {
                results.push(append_summary(path, summary));
            }
            if let Some(folder) = &self.summary_folder {
                match new_summary(folder, summary) {
                    Ok(path) => written.summary = Some(path),
                    Err(error) => results.push(Err(error)),
                }
            }
        }
        let problems = results.into_iter().filter_map(Result::err);
        written.problems = problems.map(|error| format!("{error:#}")).collect();
        written
    }
}

fn write_variables(path: &Path, outputs: &RunOutputs) -> anyhow::Result<()> {
    let variables = outputs.as_variables();
    let lines = variables
        .iter()
        .map(|(name, value)| format!("{name}={value}\n"));
    let shown = path.display();
    std::fs::write(path, lines.collect::<String>())
        .with_context(|| format!("cannot write the outputs to {shown}"))
}

/// Appends the summary, as much of it as the file may hold: other commands of the step may have written to it.
fn append_summary(path: &Path, summary: &Summary) -> anyhow::Result<()> {
    let shown = path.display();
    let append = || {
        let mut file = OpenOptions::new().append(true).create(true).open(path)?;
        let before = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        let text = summary.within(SUMMARY_MAX.saturating_sub(before));
        file.write_all(text.as_bytes())
    };
    append().with_context(|| format!("cannot write the summary to {shown}"))
}

/// Writes the summary to a new file in a folder, and returns its absolute path.
fn new_summary(folder: &Path, summary: &Summary) -> anyhow::Result<PathBuf> {
    let shown = folder.display();
    let write = || {
        let folder = std::path::absolute(folder)?;
        let mut file = tempfile::Builder::new()
            .prefix("lockgate-")
            .suffix(".md")
            .tempfile_in(folder)?;
        file.write_all(summary.within(SUMMARY_MAX).as_bytes())?;
        let (_, path) = file.keep().map_err(|error| error.error)?;
        std::io::Result::Ok(path)
    };
    write().with_context(|| format!("cannot write the summary to a file in {shown}"))
}
