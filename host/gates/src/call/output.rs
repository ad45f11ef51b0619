//! Captures a guest's stdout or stderr: keeps the first and the last part, and counts the bytes between.
//!
//! Secrets are masked in the whole that is kept, not in what the guest writes at once: one write may end in the middle of a
//! secret. More is kept than is shown, so that a secret is masked which the end of a part would cut through. Writing never fails and never blocks, so a guest that floods a stream neither fills the host nor fails its call.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use super::sanitise::sanitise;
use crate::lock::lock;
use crate::outside::secrets::Secrets;

/// The most that a guest may write at once, in bytes. The size of one call is limited elsewhere.
const PERMIT_BYTES: usize = 64 << 10;

/// A captured stream. Clones share one buffer.
#[derive(Debug, Clone)]
pub(crate) struct CapturedOutput {
    kept: Arc<Mutex<HeadAndTail>>,
    secrets: Arc<Secrets>,
}

/// The beginning and the end of what was written.
#[derive(Debug)]
struct HeadAndTail {
    /// The most that is shown of the beginning and of the end, each, in bytes.
    shown: usize,
    /// The most that `head` and `tail` may hold, each, in bytes: more than is shown, by the length of a secret.
    half: usize,
    head: Vec<u8>,
    tail: VecDeque<u8>,
    /// Bytes between head and tail.
    dropped: usize,
}

impl CapturedOutput {
    /// Returns an empty stream that shows at most this many bytes, with these secrets masked.
    pub(crate) fn new(bytes_max: usize, secrets: Arc<Secrets>) -> CapturedOutput {
        let shown = bytes_max / 2;
        let kept = HeadAndTail {
            shown,
            half: shown + secrets.reach(),
            head: Vec::new(),
            tail: VecDeque::new(),
            dropped: 0,
        };
        CapturedOutput {
            kept: Arc::new(Mutex::new(kept)),
            secrets,
        }
    }

    /// Returns what was written, masked, with a note in the place of dropped bytes.
    pub(crate) fn text(&self) -> String {
        let kept = lock(&self.kept);
        let HeadAndTail {
            shown,
            head,
            tail,
            dropped,
            ..
        } = &*kept;
        let tail: Vec<u8> = tail.iter().copied().collect();
        let bytes = head.len() + dropped + tail.len();
        let part = |of: &[u8], part| {
            String::from_utf8_lossy(&self.secrets.mask_part(of, part)).into_owned()
        };
        let whole = [head.as_slice(), tail.as_slice()].concat();
        if bytes <= shown * 2 {
            return part(&whole, 0..bytes);
        }
        let (begin, end) = if *dropped == 0 {
            (whole.as_slice(), whole.as_slice())
        } else {
            (head.as_slice(), tail.as_slice())
        };
        format!(
            "{}\n… {} bytes dropped …\n{}",
            part(begin, 0..*shown),
            bytes - shown * 2,
            part(end, end.len() - shown..end.len())
        )
    }

    /// Returns the last ten lines as one line, sanitised; empty if nothing was written.
    pub(super) fn last_lines(&self) -> String {
        let text = self.text();
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let last = lines.len().saturating_sub(10);
        sanitise(&lines[last..].join(" / "), 1_024)
    }
}

impl HeadAndTail {
    fn write(&mut self, bytes: &[u8]) {
        let room = self.half.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..room]);
        let rest = &bytes[room..];
        let fits = &rest[rest.len().saturating_sub(self.half)..];
        self.dropped += rest.len() - fits.len();
        self.tail.extend(fits);
        let surplus = self.tail.len().saturating_sub(self.half);
        self.tail.drain(..surplus);
        self.dropped += surplus;
    }
}

impl IsTerminal for CapturedOutput {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for CapturedOutput {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

// WASI 0.2 writes here directly: through a queue, what a guest writes just before a trap would be lost.
#[async_trait]
impl Pollable for CapturedOutput {
    async fn ready(&mut self) {}
}

impl OutputStream for CapturedOutput {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        lock(&self.kept).write(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(PERMIT_BYTES)
    }
}

impl AsyncWrite for CapturedOutput {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        lock(&self.kept).write(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests;
