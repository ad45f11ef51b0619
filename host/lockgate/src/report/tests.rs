//! What a person and a machine read of a run, as snapshots made from events, without a process, a platform or a gate.

mod beginning;
mod conclusions;
mod live;
mod pipelines;
mod play;
mod runs;
mod samples;
