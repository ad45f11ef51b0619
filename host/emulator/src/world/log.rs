//! The log of control-plane calls, in order of arrival. Bounded: drops the oldest calls. Must never
//! hold an authorization header or the signature of a query.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

use super::history::WriteOrigin;

/// Calls that are kept.
const CALLS_MAX: usize = 10_000;

/// One call.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct LoggedCall {
    /// From 1, in order of arrival. Never reused.
    pub(crate) n: u64,
    /// Who called, see `HttpCall::client`.
    pub(crate) client: String,
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
    /// Milliseconds from the emulator's start until the call was applied or refused; absent until then.
    pub(crate) performed_ms: Option<u128>,
    /// What a read of an app showed.
    pub(crate) shown: Option<Shown>,
}

/// The state of an app that a read showed.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Shown {
    /// The number of the last write that it includes, see `history.rs`; 0 before the first one.
    pub(crate) write: u64,
    /// Whether it said that no operation is running.
    pub(crate) settled: bool,
}

/// The calls, oldest first.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    calls: VecDeque<LoggedCall>,
    arrived: u64,
    /// The number of the call that is being performed.
    current: u64,
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

    /// Notes that a call is being performed. What is noted until the next one is about this call.
    pub(crate) fn perform(&mut self, n: u64, now_ms: u128) {
        self.current = n;
        if let Some(call) = self.call(n) {
            call.performed_ms = Some(now_ms);
        }
    }

    /// Notes what the call that is being performed shows.
    pub(crate) fn show(&mut self, shown: Shown) {
        if let Some(call) = self.call(self.current) {
            call.shown = Some(shown);
        }
    }

    /// Returns the call that is being performed as the origin of a write.
    pub(crate) fn origin(&mut self) -> WriteOrigin {
        let Some(call) = self.call(self.current) else {
            return WriteOrigin::default();
        };
        let member = |pointer: &str| call.body.pointer(pointer).cloned().unwrap_or_default();
        WriteOrigin {
            call: Some(call.n),
            client: call.client.clone(),
            method: call.method.clone(),
            path: call.path.clone(),
            traffic: member("/properties/configuration/ingress/traffic"),
            tags: member("/tags"),
            received_ms: call.at_ms,
        }
    }

    pub(crate) fn replied(&mut self, n: u64, status: u16) {
        if let Some(call) = self.call(n) {
            call.status = Some(status);
        }
    }

    fn call(&mut self, n: u64) -> Option<&mut LoggedCall> {
        self.calls.iter_mut().rev().find(|call| call.n == n)
    }

    pub(crate) fn calls(&self) -> &VecDeque<LoggedCall> {
        &self.calls
    }
}
