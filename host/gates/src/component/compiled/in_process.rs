//! Bounded work without bounds, in this process: for tests and benchmarks.

use super::work::{BoundedWork, Job, WorkError, WorkFuture};
use super::worker;

/// Does work in this process and without bounds: for tests and benchmarks, whose components are their own.
#[derive(Debug, Clone, Copy, Default)]
pub struct InThisProcess;

impl BoundedWork for InThisProcess {
    fn run(&self, job: Job) -> WorkFuture {
        Box::pin(async move {
            let working = tokio::task::spawn_blocking(move || worker::work(&job.request));
            working
                .await
                .map_err(|error| WorkError::Process(error.to_string()))
        })
    }

    fn run_here(&self, job: Job) -> Result<Vec<u8>, WorkError> {
        Ok(worker::work(&job.request))
    }
}
