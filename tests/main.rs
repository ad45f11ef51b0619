//! End to end: the shipped executable against the emulator, over real sockets, with real components.
//!
//! All tests are one binary, so that it is linked once. `support` starts the executable and the emulator; every other
//! module is a family of scenarios. Where a run ends, the traffic in the emulator must agree with the exit code.

mod support;

#[cfg(unix)]
mod action;
mod advice;
mod advisory;
mod attest;
mod authors;
mod authors_page;
mod azure_tokens;
mod backtest;
mod bad_days;
mod bad_input;
mod calls_in_a_row;
mod cancel;
mod case_slices;
mod cases;
#[cfg(unix)]
mod clients;
mod compare;
mod compile;
#[cfg(unix)]
mod container_apps_job;
mod contract;
mod counts;
mod credentials;
mod demo;
mod deploy;
mod disk;
mod doctor;
mod emergency;
mod emulate;
mod events;
mod examples;
mod facts;
mod failed;
mod fetch;
mod first;
#[cfg(unix)]
mod fleet;
mod gates;
mod help;
mod hostile;
#[cfg(unix)]
mod infrastructure;
mod labels;
#[cfg(unix)]
mod languages;
mod leased;
mod live;
#[cfg(unix)]
mod live_check;
mod mistakes;
mod new_gate;
mod newcomer;
mod notify;
mod observer;
mod past_runs;
mod pause;
#[cfg(unix)]
mod pin;
#[cfg(unix)]
mod pipeline_output;
#[cfg(unix)]
mod pipelines;
#[cfg(unix)]
mod pipelines_approval;
#[cfg(unix)]
mod pipelines_install;
#[cfg(unix)]
mod pipelines_undo;
mod platform;
mod preflight;
mod prometheus;
mod promote;
mod recordings;
mod recover;
mod reference;
mod refuse;
mod registry;
#[cfg(unix)]
mod release;
mod repeat;
mod replay_lines;
mod reports;
mod roll_back;
mod runner;
mod runs;
mod script_defects;
mod secrets;
mod settings;
mod shells;
mod status;
mod telemetry;
mod template;
mod tidy;
mod tool_recordings;
mod traffic;
mod transactions;
mod undo;
mod verify;
#[cfg(unix)]
mod watch;
mod written;
