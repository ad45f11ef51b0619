//! The log of control-plane calls, in order of arrival. Bounded: drops the oldest calls. Must never
//! hold an authorization header or the signature of a query.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

/// Calls that are kept.
const CALLS_MAX: usize = 10_000;

/// One call.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct LoggedCall {
    /// From 1, in order of arrival. Never reused.
    pub(crate) n: u64,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) body: Value,
    /// Absent until the reply, and for good if no reply was sent.
    pub(crate) status: Option<u16>,
    /// The fault that hit it.
    pub(crate) fault: Option<&'static str>,
    /// Milliseconds from the emulator's start to the call's arrival.
    pub(crate) at_ms: u128,
}

/// The calls, oldest first.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    calls: VecDeque<LoggedCall>,
    arrived: u64,
}

impl RequestLog {
    /// Adds a call under the next number, and returns the number.
    pub(crate) fn arrive(&mut self, mut call: LoggedCall) -> u64 {
        self.arrived += 1;
        call.n = self.arrived;
        if self.calls.len() == CALLS_MAX {
            self.calls.pop_front();
        }
        self.calls.push_back(call);
        self.arrived
    }

    pub(crate) fn replied(&mut self, n: u64, status: u16) {
        if let Some(call) = self.calls.iter_mut().rev().find(|call| call.n == n) {
            call.status = Some(status);
        }
    }

    pub(crate) fn calls(&self) -> &VecDeque<LoggedCall> {
        &self.calls
    }
}
