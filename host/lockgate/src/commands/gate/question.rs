//! The question that `gate run` puts: what its flags say, and beyond that a rollout that does not exist, before its only
//! stage.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, bail};
use rollout::ports::Question;
use rollout::{Inspection, Kind, Labels, Memory, MemoryKey, Report, Revision, Traffic};

use crate::bounded_file::{self, ReadError};
use crate::cases::NamedReport;
use crate::cli::{GateCallArgs, StagePosition};
use crate::config::origin;
use crate::run::clock::unix_seconds;
use crate::store::whole_file::{Readers, WholeFile};

/// The largest state that a gate may return, in bytes.
const STATE_BYTES_MAX: u64 = 64 << 10;
/// Far more than a rollout has.
const REPORTS_BYTES_MAX: u64 = 1 << 20;

/// Everything that a question is made from.
pub(super) struct QuestionParts {
    /// The kind of question.
    pub(super) kind: Kind,
    gate: String,
    inspection: Inspection,
    stage: StagePosition,
    weight: u32,
    asked: u32,
    memory: Memory,
    state_file: Option<WholeFile>,
    now: u64,
}

impl QuestionParts {
    /// Reads the flags and the files that they name. Makes sure that the state can be written.
    ///
    /// # Errors
    /// When a URL is not an origin, or a file cannot be used.
    pub(super) fn read(
        args: &GateCallArgs,
        gate: &str,
        kind: Kind,
    ) -> anyhow::Result<QuestionParts> {
        let canary = origin("--canary", &args.canary)?;
        let stable = match &args.stable {
            Some(url) => origin("--stable", url)?,
            None => canary.clone(),
        };
        let mut memory = Memory::default();
        let mut state_file = None;
        if let Some(path) = &args.state {
            let key = MemoryKey {
                kind,
                gate: gate.to_owned(),
            };
            memory.states.insert(key, read_state(path)?);
            let file = WholeFile::open(path, Readers::Owner);
            state_file = Some(file.context("there is no place for the state")?);
        }
        if let Some(path) = &args.reports {
            if kind == Kind::HealthCheck {
                bail!("--reports is for a promotion gate, and {gate} is asked as a health check");
            }
            for named in read_reports(path)? {
                memory.reports.insert(named.gate.clone(), named.report());
            }
        }
        Ok(QuestionParts {
            kind,
            gate: gate.to_owned(),
            inspection: inspection_of(stable, canary),
            stage: args.stage.unwrap_or(StagePosition { index: 0, total: 1 }),
            weight: args.weight.unwrap_or(0),
            asked: args.asked.unwrap_or(1),
            memory,
            state_file,
            now: unix_seconds(),
        })
    }

    /// Returns the question.
    pub(super) fn question(&self) -> Question<'_> {
        Question {
            kind: self.kind,
            gates: std::slice::from_ref(&self.gate),
            run: "gate-run",
            inspection: &self.inspection,
            stage: self.stage.index,
            stages: self.stage.total,
            weight: self.weight,
            next_weight: 100,
            asked: self.asked,
            weight_since: self.now,
            now: self.now,
            memory: &self.memory,
        }
    }

    /// Writes the state of an answer where the flags name a file for it.
    ///
    /// # Errors
    /// When it cannot be written; an older state is unchanged.
    pub(super) fn keep_state(self, report: &Report) -> anyhow::Result<()> {
        match self.state_file {
            Some(file) => file.write(&report.state).context("cannot keep the state"),
            None => Ok(()),
        }
    }
}

/// Returns an inspection of an app that does not exist, with these origins as its two revisions.
fn inspection_of(stable: String, canary: String) -> Inspection {
    let revision = |name: &str, url: String| Revision {
        name: name.to_owned(),
        url,
        image: String::new(),
    };
    Inspection {
        app: "none".to_owned(),
        stable: revision("stable", stable),
        canary: revision("canary", canary),
        baseline: Traffic::default(),
        now: Traffic::default(),
        lease: None,
        stable_unfit: None,
        stable_state: None,
        settled: true,
        labels: Labels::default(),
        undoes: None,
        read_at: 0,
    }
}

fn read_state(path: &Path) -> anyhow::Result<Vec<u8>> {
    match bounded_file::read(path, STATE_BYTES_MAX) {
        Err(ReadError::Io(error)) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        state => state.with_context(|| format!("cannot read the state {}", path.display())),
    }
}

fn read_reports(path: &Path) -> anyhow::Result<Vec<NamedReport>> {
    let bytes = bounded_file::read(path, REPORTS_BYTES_MAX);
    let bytes =
        bytes.with_context(|| format!("cannot read the list of reports {}", path.display()))?;
    let reports = serde_json::from_slice(&bytes);
    reports.with_context(|| {
        format!(
            "{} is not a list of reports, such as [{{\"gate\": \"http-health\", \"verdict\": \"pass\"}}]",
            path.display()
        )
    })
}
