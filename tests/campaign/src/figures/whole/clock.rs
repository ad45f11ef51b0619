//! A clock that jumps to the next wake-up instead of waiting, and the loop that runs a rollout on it.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use rollout::Timestamp;
use rollout::ports::Clock;

/// The time of one rollout.
#[derive(Debug, Default)]
pub(crate) struct VirtualClock(Mutex<Times>);

#[derive(Debug, Default)]
struct Times {
    now: Timestamp,
    /// Until when each sleep lasts that has not ended, by its number.
    sleeps: BTreeMap<u64, Timestamp>,
    begun: u64,
}

impl VirtualClock {
    fn times(&self) -> std::sync::MutexGuard<'_, Times> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a call take its time.
    pub(crate) async fn pass(&self, ms: u64) {
        let end = Timestamp(self.now().0 + ms);
        self.sleep_until(end).await;
    }

    /// Jumps to the end of the sleep that ends next. Returns whether there is one. A sleep that is over already belongs to a
    /// future that nobody polls at present, such as a look that goes on beside the next action.
    fn jump(&self) -> bool {
        let mut times = self.times();
        let now = times.now;
        let next = times
            .sleeps
            .values()
            .filter(|end| **end > now)
            .min()
            .copied();
        times.now = next.unwrap_or(now);
        next.is_some()
    }

    /// Runs a future to its end; `None` if it waits for something that is no time.
    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let woken = Arc::new(Woken(AtomicBool::new(false)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(ended) = future.as_mut().poll(&mut context) {
                return Some(ended);
            }
            if !woken.0.swap(false, Ordering::Relaxed) && !self.jump() {
                return None;
            }
        }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.times().now
    }

    async fn sleep_until(&self, until: Timestamp) {
        let sleep = Sleep::begin(self, until);
        poll_fn(|_| {
            if self.now() >= until {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        drop(sleep);
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Woken>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A sleep that has not ended. It is forgotten when its future is dropped.
struct Sleep<'a> {
    clock: &'a VirtualClock,
    number: u64,
}

impl Sleep<'_> {
    fn begin(clock: &VirtualClock, until: Timestamp) -> Sleep<'_> {
        let mut times = clock.times();
        times.begun += 1;
        let number = times.begun;
        times.sleeps.insert(number, until);
        drop(times);
        Sleep { clock, number }
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        self.clock.times().sleeps.remove(&self.number);
    }
}
