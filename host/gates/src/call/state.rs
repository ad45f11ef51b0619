//! The state of one call: its limits, its WASI context, and its connections to the outside.
//!
//! Grants nothing of WASI but clocks, randomness and captured output: no files, environment, arguments, sockets or names.
//! The imports over this state are in `imports.rs`; `store.rs` makes the store that holds it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtxView, WasiHttpView};

use super::output::CapturedOutput;
use super::sanitise::sanitise;
use crate::component::limits::{Limiter, Limits};
use crate::outside::clock::WasiClock;
use crate::outside::environment::Environment;
use crate::outside::http::Outgoing;
use crate::outside::route::Outside;
use crate::outside::secrets::Secrets;
use crate::outside::services::{Level, LogLine, Services};
use crate::outside::wasi_http::WasiHttp;
use crate::per_revision::PerRevision;

/// The most that a guest may ask of `wasi:random` at once, in bytes.
const RANDOM_BYTES_MAX: u64 = 64 << 10;
/// The fields of a log line that are kept.
const LOG_FIELDS_MAX: usize = 32;
/// The most of the name of a log field that is kept, in characters.
const LOG_NAME_CHARS_MAX: usize = 100;
/// The most of the value of a log field that is kept, in characters.
const LOG_VALUE_CHARS_MAX: usize = 1_000;

/// The state of one call.
pub(crate) struct CallState {
    pub(super) limits: Limits,
    pub(super) limiter: Limiter,
    pub(super) stderr: CapturedOutput,
    stdout: CapturedOutput,
    wasi: WasiCtx,
    wasi_http: WasiHttp,
    table: ResourceTable,
    gate: String,
    /// The names of the revisions; `None` while a gate describes itself.
    pub(super) revisions: Option<PerRevision<String>>,
    pub(super) outgoing: Outgoing,
    pub(super) services: Services,
    pub(super) environment: Arc<Environment>,
    /// Masked in log lines and in the answer.
    pub(super) secrets: Arc<Secrets>,
    /// The end of the budget in real time, for a guest that computes while virtual time stands still.
    pub(super) stops_at: Instant,
    /// Log lines so far, dropped ones included.
    lines: u32,
    /// The last line that the gate logged as an error.
    last_error: Option<String>,
}

/// What the state of a call is made from.
pub(crate) struct CallSetup<'a> {
    /// The gate's name in the configuration.
    pub(crate) gate: &'a str,
    pub(crate) limits: &'a Limits,
    /// The time until the call must have ended.
    pub(crate) budget: Duration,
    pub(crate) outside: Outside,
    pub(crate) services: Services,
    /// The names of the revisions; `None` while a gate describes itself.
    pub(crate) revisions: Option<PerRevision<String>>,
}

impl CallState {
    pub(crate) fn new(setup: CallSetup<'_>) -> CallState {
        let CallSetup {
            gate,
            limits,
            budget,
            outside,
            services,
            revisions,
        } = setup;
        let environment = outside.environment.clone();
        let secrets = outside.secrets.clone();
        let stdout = CapturedOutput::new(limits.output_bytes, secrets.clone());
        let stderr = CapturedOutput::new(limits.output_bytes, secrets.clone());
        let seed = environment.seed();
        // All that the builder does not set keeps its default: no files, environment, arguments, sockets or names.
        let wasi = WasiCtxBuilder::new()
            .stdout(stdout.clone())
            .stderr(stderr.clone())
            .max_random_size(RANDOM_BYTES_MAX)
            .monotonic_clock(WasiClock(environment.clone()))
            .wall_clock(WasiClock(environment.clone()))
            .secure_random(seed.stream("secure"))
            .insecure_random(seed.stream("insecure"))
            .insecure_random_seed(seed.number())
            .build();
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        let outgoing = Outgoing::new(limits, outside, environment.began() + budget);
        CallState {
            limits: limits.clone(),
            limiter: Limiter::new(limits),
            stderr,
            stdout,
            wasi,
            wasi_http: WasiHttp::new(&outgoing),
            table,
            gate: gate.to_owned(),
            revisions,
            outgoing,
            services,
            environment,
            secrets,
            stops_at: Instant::now() + budget,
            lines: 0,
            last_error: None,
        }
    }

    /// Returns the last line that the gate logged as an error, sanitised.
    pub(super) fn last_error(&self) -> Option<&str> {
        self.last_error.as_deref()
    }

    /// Logs what the guest wrote to stdout and stderr, the failures of requests on `wasi:http`, and the number of dropped
    /// log lines. Called once, when the call has ended.
    pub(super) fn log_output(&mut self) {
        for failure in self.wasi_http.take_failures() {
            self.log(Level::Warn, &failure, Vec::new());
        }
        let (stdout, stderr) = (self.stdout.text(), self.stderr.text());
        for (name, text) in [("stdout", stdout), ("stderr", stderr)] {
            for line in text.lines().filter(|line| !line.trim().is_empty()) {
                self.log(Level::Debug, &format!("{name}: {line}"), Vec::new());
            }
        }
        let dropped = self.lines.saturating_sub(self.limits.log_lines);
        if dropped > 0 {
            self.lines = 0;
            self.log(
                Level::Warn,
                &format!("{dropped} more lines were dropped"),
                Vec::new(),
            );
        }
    }

    /// Passes a line to the log, sanitised and with secrets masked; counts and drops lines beyond the limit.
    pub(super) fn log(&mut self, level: Level, message: &str, fields: Vec<(String, String)>) {
        self.lines = self.lines.saturating_add(1);
        if self.lines > self.limits.log_lines {
            return;
        }
        let fields = fields
            .into_iter()
            .take(LOG_FIELDS_MAX)
            .map(|(name, value)| {
                (
                    sanitise(&self.secrets.mask(&name), LOG_NAME_CHARS_MAX),
                    sanitise(&self.secrets.mask(&value), LOG_VALUE_CHARS_MAX),
                )
            })
            .collect();
        let message = sanitise(&self.secrets.mask(message), self.limits.log_line_bytes);
        if level == Level::Error {
            self.last_error = Some(sanitise(&message, LOG_VALUE_CHARS_MAX));
        }
        (self.services.log)(LogLine {
            gate: self.gate.clone(),
            level,
            message,
            fields,
        });
    }
}

impl WasiView for CallState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for CallState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        self.wasi_http.view(&mut self.table)
    }
}
