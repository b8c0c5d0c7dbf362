//! Items made in parallel and handed over in order, with a bound on how many are in the making or waiting.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

struct State<I, T> {
    items: I,
    /// Place in the order of the next item to be begun.
    begun: usize,
    /// Place of the next item to be handed over.
    wanted: usize,
    ready: BTreeMap<usize, T>,
    exhausted: bool,
    stopped: bool,
}

/// Makes every item with `make` on `workers` threads and hands the results to `take` on this thread, in order.
///
/// At most `ahead` items (at least one a worker) are in the making or wait to be taken: memory does not grow with the number of
/// items. `around` runs the whole work of one worker, for example inside a thread pool of its own. The first error ends it all.
pub(in crate::corpus) fn in_order<I, T, E>(
    items: I,
    (workers, ahead): (usize, usize),
    around: impl Fn(&mut (dyn FnMut() + Send)) + Sync,
    make: impl Fn(u64) -> Result<T, E> + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E>
where
    I: Iterator<Item = u64> + Send,
    T: Send,
    E: Send,
{
    let workers = workers.max(1);
    let ahead = ahead.max(workers);
    let start = State { items, begun: 0, wanted: 0, ready: BTreeMap::new(), exhausted: false, stopped: false };
    let state = Mutex::new(start);
    let changed = Condvar::new();
    let work = || {
        let _on_panic = StopOnPanic { state: &state, changed: &changed };
        loop {
            let mut now = lock(&state);
            while !now.stopped && now.begun >= now.wanted + ahead {
                now = changed.wait(now).unwrap_or_else(PoisonError::into_inner);
            }
            if now.stopped {
                return;
            }
            let Some(item) = now.items.next() else {
                now.exhausted = true;
                changed.notify_all();
                return;
            };
            let place = now.begun;
            now.begun += 1;
            drop(now);
            let made = make(item);
            let mut now = lock(&state);
            // After an error nothing new is begun; what stands before it in the order is still handed over.
            now.exhausted |= made.is_err();
            now.ready.insert(place, made);
            changed.notify_all();
            if now.exhausted {
                return;
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let mut work = &work;
                around(&mut work);
            });
        }
        let result = loop {
            match next(&state, &changed) {
                ControlFlow::Continue(Ok(made)) => {
                    if let Err(error) = take(made) {
                        break Err(error);
                    }
                }
                ControlFlow::Continue(Err(error)) => break Err(error),
                ControlFlow::Break(()) => break Ok(()),
            }
        };
        lock(&state).stopped = true;
        changed.notify_all();
        result
    })
}

/// The next item in the order; `Break` when all were handed over, or a worker died (whose panic the scope passes on).
fn next<I, T>(state: &Mutex<State<I, T>>, changed: &Condvar) -> ControlFlow<(), T> {
    let mut now = lock(state);
    loop {
        let place = now.wanted;
        if let Some(made) = now.ready.remove(&place) {
            now.wanted += 1;
            changed.notify_all();
            return ControlFlow::Continue(made);
        }
        if now.stopped || now.exhausted && now.wanted == now.begun {
            return ControlFlow::Break(());
        }
        now = changed.wait(now).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Wakes everybody when a worker panics, so that nobody waits for its item.
struct StopOnPanic<'a, I, T> {
    state: &'a Mutex<State<I, T>>,
    changed: &'a Condvar,
}

impl<I, T> Drop for StopOnPanic<'_, I, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            lock(self.state).stopped = true;
            self.changed.notify_all();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing in here panics between two changes that belong together.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::time::Duration;

    fn plainly(work: &mut (dyn FnMut() + Send)) {
        work();
    }

    #[test]
    fn order_holds_and_few_are_in_the_making() {
        let (alive, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let make = |item: u64| -> Result<u64, ()> {
            most.fetch_max(alive.fetch_add(1, SeqCst) + 1, SeqCst);
            // Later items are quicker: without a bound they would pile up behind the first.
            std::thread::sleep(Duration::from_micros(if item.is_multiple_of(7) { 2000 } else { 50 }));
            Ok(item)
        };
        let mut taken = Vec::new();
        let take = |item| {
            alive.fetch_sub(1, SeqCst);
            taken.push(item);
            Ok(())
        };
        in_order((0..200).map(|i| i * 3), (4, 6), plainly, make, take).unwrap();
        assert_eq!(taken, (0..200).map(|i| i * 3).collect::<Vec<_>>());
        assert!(most.load(SeqCst) <= 7, "{most:?} at a time");
    }

    #[test]
    fn the_first_error_in_the_order_ends_it() {
        let make = |item: u64| if item == 20 || item == 23 { Err(item) } else { Ok(item) };
        let mut taken = Vec::new();
        let result = in_order(0..1000, (3, 5), plainly, make, |item| {
            taken.push(item);
            Ok(())
        });
        assert_eq!((result, taken.len()), (Err(20), 20));
        let result = in_order(0..1000, (3, 5), plainly, Ok, |item| if item == 4 { Err("full") } else { Ok(()) });
        assert_eq!(result, Err("full"));
    }

    #[test]
    fn nothing_to_do_is_done_at_once() {
        in_order(0..0, (3, 3), plainly, |_| Ok::<(), ()>(()), |()| Ok(())).unwrap();
    }

    #[test]
    #[should_panic = "scoped thread panicked"]
    fn a_panic_is_passed_on_and_hangs_nobody() {
        let make = |item: u64| if item == 5 { panic!("broken") } else { Ok::<u64, ()>(item) };
        let _ = in_order(0..1000, (3, 5), plainly, make, |_| Ok(()));
    }
}
