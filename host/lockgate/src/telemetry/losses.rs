//! Counts the spans that have ended and those that a collector has taken, so that what was lost can be said.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor};

/// What has become of the spans.
#[derive(Debug, Default)]
pub(super) struct Losses {
    ended: AtomicUsize,
    taken: AtomicUsize,
    /// Among those that were taken, as the exporter counts them.
    rejected: AtomicUsize,
    failure: Mutex<Option<String>>,
}

impl Losses {
    /// Keeps why an attempt to export has failed.
    pub(super) fn note_failure(&self, why: String) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }

    /// Counts spans that a collector has refused of those that it was sent.
    pub(super) fn note_rejected(&self, count: usize, why: String) {
        self.rejected.fetch_add(count, Ordering::AcqRel);
        self.note_failure(why);
    }

    /// Returns a sentence about the spans that were lost; `None` where all were taken. `to` is the collector.
    pub(super) fn sentence(&self, to: &str) -> Option<String> {
        let count = |of: &AtomicUsize| of.load(Ordering::Acquire);
        let ended = count(&self.ended);
        let taken = count(&self.taken).saturating_sub(count(&self.rejected));
        let lost = ended.saturating_sub(taken);
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        let why = failure.as_deref().unwrap_or("no answer in time");
        (lost > 0)
            .then(|| format!("telemetry: {lost} of {ended} spans were not taken by {to}: {why}"))
    }
}

/// Counts the spans that end, and hands them on.
#[derive(Debug)]
pub(super) struct CountingProcessor {
    pub(super) batches: BatchSpanProcessor,
    pub(super) losses: Arc<Losses>,
}

impl SpanProcessor for CountingProcessor {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.batches.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        self.losses.ended.fetch_add(1, Ordering::AcqRel);
        self.batches.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.batches.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.batches.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.batches.set_resource(resource);
    }
}

/// Counts the spans that a collector has taken.
#[derive(Debug)]
pub(super) struct CountingExporter<E> {
    pub(super) exporter: E,
    pub(super) losses: Arc<Losses>,
}

impl<E: SpanExporter> SpanExporter for CountingExporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len();
        let exported = self.exporter.export(batch).await;
        if exported.is_ok() {
            self.losses.taken.fetch_add(count, Ordering::AcqRel);
        }
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn shutdown(&self) -> OTelSdkResult {
        self.exporter.shutdown()
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
