//! What a gate may ask of the host: the state of one call, and the imports over it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use crate::call::captured::Captured;
use crate::component::bindings::host::lockgate::plugin::{clock, log, traffic, types};
use crate::component::limits::{Limiter, Limits};
use crate::outside::egress::{Client, Policy};
use crate::outside::environment::{Senses, WasiClock};
use crate::outside::randomness::Seed;
use crate::outside::secrets::Secrets;
use crate::outside::services::{Count, Level, LogLine, Services};
use crate::outside::{http, wasi_http};
use crate::recording::Recorder;
use crate::replay::Player;

/// Everything that one call has.
pub(crate) struct State {
    pub(crate) limits: Limits,
    pub(crate) limiter: Limiter,
    pub(crate) stderr: Captured,
    pub(crate) stdout: Captured,
    wasi: WasiCtx,
    pub(crate) wasi_http: wasi_http::WasiHttp,
    pub(crate) table: ResourceTable,
    gate: String,
    /// The stable and the canary revision; nobody while a gate describes itself.
    revisions: Option<[String; 2]>,
    pub(crate) outgoing: http::Outgoing,
    services: Services,
    /// Time, randomness and counts.
    senses: Arc<Senses>,
    /// What may be in no log line.
    secrets: Arc<Secrets>,
    /// Real time, for a guest that computes while virtual time stands still.
    pub(crate) stops_at: std::time::Instant,
    lines: u32,
}

/// How a gate notices the world, and what is kept of it.
#[derive(Clone)]
pub(crate) struct WayOut {
    pub(crate) route: Route,
    /// Time, randomness and counts.
    pub(crate) senses: Arc<Senses>,
    /// What may be in no answer.
    pub(crate) secrets: Arc<Secrets>,
    /// Where exchanges are kept, where they are.
    pub(crate) recorder: Option<Arc<Recorder>>,
}

impl WayOut {
    /// Nothing is sent, and nothing is kept.
    pub(crate) fn closed() -> WayOut {
        WayOut {
            route: Route::None,
            senses: Senses::live(Seed::from_text("describe")),
            secrets: Arc::default(),
            recorder: None,
        }
    }
}

/// How a gate's requests are answered.
#[derive(Clone)]
pub(crate) enum Route {
    /// Not at all: while it describes itself.
    None,
    /// By the network, within a policy.
    Live(Client, Policy),
    /// By a recording.
    Recorded(Arc<Player>),
}

impl State {
    pub(crate) fn new(
        gate: &str,
        limits: &Limits,
        budget: Duration,
        way_out: WayOut,
        services: Services,
        revisions: Option<[String; 2]>,
    ) -> State {
        let stdout = Captured::new(limits.output_bytes);
        let stderr = Captured::new(limits.output_bytes);
        // Everything that the builder does not name stays as it is by default: no files, environment, arguments,
        // sockets or names.
        let (senses, seed) = (&way_out.senses, way_out.senses.seed());
        let wasi = WasiCtxBuilder::new()
            .stdout(stdout.clone())
            .stderr(stderr.clone())
            .max_random_size(64 << 10)
            .monotonic_clock(WasiClock(senses.clone()))
            .wall_clock(WasiClock(senses.clone()))
            .secure_random(seed.stream("secure"))
            .insecure_random(seed.stream("insecure"))
            .insecure_random_seed(seed.number())
            .build();
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        let deadline = senses.began() + budget;
        let (senses, secrets) = (senses.clone(), way_out.secrets.clone());
        let outgoing = http::Outgoing::new(limits, way_out, deadline);
        State {
            limits: limits.clone(),
            limiter: Limiter::new(limits),
            stderr,
            stdout,
            wasi,
            wasi_http: wasi_http::WasiHttp::new(&outgoing),
            table,
            gate: gate.to_owned(),
            revisions,
            outgoing,
            services,
            senses,
            secrets,
            stops_at: std::time::Instant::now() + budget,
            lines: 0,
        }
    }

    /// Passes on what was written to stdout and stderr, what clients on `wasi:http` were not told, and how many log lines
    /// were dropped.
    pub(crate) fn flush(&mut self) {
        for why in self.wasi_http.take_untold() {
            self.log(Level::Warn, &why, Vec::new());
        }
        for (stream, name) in [
            (self.stdout.text(), "stdout"),
            (self.stderr.text(), "stderr"),
        ] {
            for line in stream.lines().filter(|line| !line.trim().is_empty()) {
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

    fn log(&mut self, level: Level, message: &str, fields: Vec<(String, String)>) {
        self.lines = self.lines.saturating_add(1);
        if self.lines > self.limits.log_lines {
            return;
        }
        let line_max = self.limits.log_line_bytes;
        let fields = fields
            .into_iter()
            .take(32)
            .map(|(name, value)| {
                let value = self.secrets.mask(&value);
                (
                    crate::call::sanitise::harmless(&name, 100),
                    crate::call::sanitise::harmless(&value, 1_000),
                )
            })
            .collect();
        (self.services.log)(LogLine {
            gate: self.gate.clone(),
            level,
            message: crate::call::sanitise::harmless(&self.secrets.mask(message), line_max),
            fields,
        });
    }
}

impl State {
    /// Asks the platform.
    async fn count(&mut self, window_s: u32) -> Result<Vec<Count>, String> {
        let (Some(counts), Some([stable, canary])) = (&self.services.counts, &self.revisions)
        else {
            return Err("this host does not know what the platform counted".to_owned());
        };
        let mut counts = counts.counts(window_s, [stable, canary]).await?;
        // Whatever else the platform counted is not the gate's business.
        counts.retain(|count| [stable, canary].contains(&&count.revision));
        Ok(counts)
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl types::Host for State {}

impl clock::Host for State {
    async fn now_ms(&mut self) -> f64 {
        self.senses.now_ms()
    }

    async fn sleep_ms(&mut self, ms: u32) {
        sleep(Duration::from_millis(u64::from(ms))).await;
    }
}

impl log::Host for State {
    async fn write(&mut self, level: log::Level, message: String, fields: Vec<(String, String)>) {
        let level = match level {
            log::Level::Debug => Level::Debug,
            log::Level::Info => Level::Info,
            log::Level::Warn => Level::Warn,
            log::Level::Error => Level::Error,
        };
        self.log(level, &message, fields);
    }
}

impl traffic::Host for State {
    async fn counts(&mut self, window_s: u32) -> Result<Vec<traffic::Count>, String> {
        if !(1..=86_400).contains(&window_s) {
            return Err(format!(
                "a window of {window_s} s is not between 1 and 86,400"
            ));
        }
        let senses = self.senses.clone();
        let result = match senses.counted(window_s) {
            Some(recorded) => recorded,
            None => self.count(window_s).await,
        };
        senses.keep_counts(window_s, &result);
        Ok(result?
            .into_iter()
            .map(|count| traffic::Count {
                revision: count.revision,
                status_class: count.status_class,
                requests: count.requests,
            })
            .collect())
    }
}
