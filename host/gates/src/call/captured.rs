//! What a guest writes to stdout or stderr: the first and the last part is kept, the rest is counted, and writing never
//! fails, so that a flood is no way out.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// What may be written at once; what one call may carry is bounded anyway.
const PERMIT_BYTES: usize = 64 << 10;

/// A captured stream. Clones write to the same place.
#[derive(Debug, Clone)]
pub(crate) struct Captured {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug)]
struct Kept {
    half: usize,
    head: Vec<u8>,
    tail: VecDeque<u8>,
    dropped: usize,
}

impl Captured {
    /// Returns an empty stream that keeps at most this many bytes.
    pub(crate) fn new(bytes_max: usize) -> Captured {
        let kept = Kept {
            half: bytes_max / 2,
            head: Vec::new(),
            tail: VecDeque::new(),
            dropped: 0,
        };
        Captured {
            kept: Arc::new(Mutex::new(kept)),
        }
    }

    /// Returns what was written, with a note where something was dropped.
    pub(crate) fn text(&self) -> String {
        let kept = self.lock();
        let mut text = String::from_utf8_lossy(&kept.head).into_owned();
        if kept.dropped > 0 {
            text.push_str(&format!("\n… {} bytes dropped …\n", kept.dropped));
        }
        let tail: Vec<u8> = kept.tail.iter().copied().collect();
        text.push_str(&String::from_utf8_lossy(&tail));
        text
    }

    /// Returns the last lines in one, made harmless; empty when nothing was written.
    pub(crate) fn last_words(&self) -> String {
        let text = self.text();
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let last = lines.len().saturating_sub(10);
        crate::call::sanitise::harmless(&lines[last..].join(" / "), 1_024)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
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

impl IsTerminal for Captured {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Captured {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

// WASI 0.2 writes here at once: through a queue the last words before a trap would come too late.
#[async_trait]
impl Pollable for Captured {
    async fn ready(&mut self) {}
}

impl OutputStream for Captured {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.lock().write(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(PERMIT_BYTES)
    }
}

impl AsyncWrite for Captured {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.lock().write(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
