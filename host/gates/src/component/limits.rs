//! The limits of a call, and the limiter that enforces those on memory and tables.
//!
//! The limiter sums over all memories and tables of a store. It remembers its first refusal, so that the trap that follows
//! is reported as a limit. Time is limited in `call/store.rs`, requests in `outside/http.rs`.

use std::time::Duration;

use wasmtime::ResourceLimiter;

/// The limits of every call of a gate.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Limits {
    /// The time from instantiation to the answer, waiting included.
    pub wall_clock: Duration,
    /// The same for `describe`, which is called once, when the gate is loaded.
    pub describe: Duration,
    /// The size of all linear memories together, in bytes.
    pub memory_bytes: usize,
    /// The number of elements of all tables together.
    pub table_elements: usize,
    /// The number of core instances, memories and tables, each.
    pub instances: usize,
    /// The most that one call of an import may copy into the host, in bytes.
    pub host_copy_bytes: usize,
    /// The number of handles that the component may hold at a time.
    pub handles: usize,
    /// The number of HTTP requests in one call.
    pub requests: u32,
    /// The number of HTTP requests in flight at a time.
    pub in_flight: usize,
    /// The size of the body of a request, in bytes.
    pub request_body_bytes: usize,
    /// The size of the body of a response, in bytes.
    pub response_body_bytes: usize,
    /// The size of the bodies of all responses of one call together, in bytes.
    pub received_bytes: usize,
    /// The size of the header fields of a request or a response, in bytes.
    pub header_bytes: usize,
    /// The number of log lines in one call; further lines are counted and dropped.
    pub log_lines: u32,
    /// The length of a log line, in characters.
    pub log_line_bytes: usize,
    /// The most that is kept of stdout and of stderr, each, in bytes.
    pub output_bytes: usize,
    /// The size of the component, in bytes.
    pub component_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            wall_clock: Duration::from_secs(30),
            describe: Duration::from_secs(2),
            memory_bytes: 256 << 20,
            table_elements: 100_000,
            instances: 1_000,
            host_copy_bytes: 8 << 20,
            handles: 1_000,
            requests: 100,
            in_flight: 8,
            request_body_bytes: 1 << 20,
            response_body_bytes: 4 << 20,
            received_bytes: 64 << 20,
            header_bytes: 32 << 10,
            log_lines: 1_000,
            log_line_bytes: 4 << 10,
            output_bytes: 64 << 10,
            component_bytes: 80 << 20,
        }
    }
}

impl Limits {
    /// Returns every limit as a name and a value with its unit, for display.
    pub fn shown(&self) -> Vec<(&'static str, String)> {
        let size = |bytes: usize| match bytes {
            bytes if bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
            bytes if bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
            bytes => format!("{bytes} bytes"),
        };
        vec![
            ("wall clock", rollout::human(self.wall_clock)),
            ("describe", rollout::human(self.describe)),
            ("memory", size(self.memory_bytes)),
            ("table elements", self.table_elements.to_string()),
            ("instances", self.instances.to_string()),
            ("copied to the host", size(self.host_copy_bytes)),
            ("handles", self.handles.to_string()),
            ("requests", self.requests.to_string()),
            ("requests in flight", self.in_flight.to_string()),
            ("request body", size(self.request_body_bytes)),
            ("response body", size(self.response_body_bytes)),
            ("all response bodies", size(self.received_bytes)),
            ("header fields", size(self.header_bytes)),
            ("log lines", self.log_lines.to_string()),
            ("log line", size(self.log_line_bytes)),
            ("stdout and stderr", size(self.output_bytes)),
            ("component", size(self.component_bytes)),
        ]
    }
}

/// The resources that one call used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// The largest size of all linear memories together, in bytes.
    pub memory_bytes: usize,
    /// The steps of the guest, the same number in every repetition; `None` unless the host counts them.
    pub fuel: Option<u64>,
}

/// Counts the memory and table elements of one store, and refuses to exceed the limits.
#[derive(Debug)]
pub(crate) struct Limiter {
    memory_bytes: usize,
    memory_bytes_max: usize,
    table_elements: usize,
    table_elements_max: usize,
    instances_max: usize,
    refused: Option<String>,
}

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Limiter {
        Limiter {
            memory_bytes: 0,
            memory_bytes_max: limits.memory_bytes,
            table_elements: 0,
            table_elements_max: limits.table_elements,
            instances_max: limits.instances,
            refused: None,
        }
    }

    /// Returns the size of all memories together, in bytes. Memories never shrink, so this is the peak.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.memory_bytes
    }

    /// Returns a description of the first refusal, if there was one.
    pub(crate) fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let sum = self.memory_bytes.saturating_add(desired - current);
        if sum > self.memory_bytes_max {
            let max = self.memory_bytes_max >> 20;
            self.refused.get_or_insert(format!(
                "the gate asked for {} MiB of memory; the limit is {max} MiB",
                sum.div_ceil(1 << 20)
            ));
            return Ok(false);
        }
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.memory_bytes = sum;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let sum = self.table_elements.saturating_add(desired - current);
        if sum > self.table_elements_max {
            let max = self.table_elements_max;
            self.refused.get_or_insert(format!(
                "the gate asked for {sum} table elements; the limit is {max}"
            ));
            return Ok(false);
        }
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.table_elements = sum;
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.instances_max
    }

    fn tables(&self) -> usize {
        self.instances_max
    }

    fn memories(&self) -> usize {
        self.instances_max
    }
}
