//! Replays many recordings at the same time: one thread for each core, each with virtual time of its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Applies `work` to every item and returns the results in the order of the items. Blocks until all are done.
///
/// # Errors
/// When a thread or its runtime cannot be started.
pub(crate) fn map_in_parallel<T: Sync, R: Send>(
    items: &[T],
    work: impl AsyncFn(&T) -> R + Sync,
) -> std::io::Result<Vec<R>> {
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let one_thread = || {
        gates::in_virtual_time(async {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(item) = items.get(index) else {
                    return;
                };
                let result = work(item).await;
                let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
                results.push((index, result));
            }
        })
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads.min(items.len()))
            .map(|_| std::thread::Builder::new().spawn_scoped(scope, one_thread))
            .collect::<Result<_, _>>()?;
        for thread in threads {
            // A panic of the thread continues in this one.
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        }
        Ok::<_, std::io::Error>(())
    })?;
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}
