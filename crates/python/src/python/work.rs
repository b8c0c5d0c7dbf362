//! Long work beside the interpreter: threads that survive a fork, progress, and Ctrl-C.

use super::fail::{Failure, fail};
use super::log;
use kinecho::base::progress::Progress;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Signals are looked for, and progress is told, so often.
const TICK: Duration = Duration::from_millis(50);
/// Work that is to stop has so long to do so before it is left to itself.
const GRACE: Duration = Duration::from_secs(20);
/// Scenes and models recurse further than the usual 2 MB allow in builds that are not optimised.
const STACK: usize = 16 << 20;

/// Number of threads that was asked for; 0 leaves it to the machine.
static THREADS: AtomicUsize = AtomicUsize::new(0);
/// The threads of this process, with the process that they are of.
static POOL: Mutex<Option<(u32, usize, Arc<ThreadPool>)>> = Mutex::new(None);

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Threads that kinecho computes on: `count`, or one a core with 0. The numbers that come out do not depend on it.
#[pyfunction]
pub(crate) fn set_threads(count: usize) -> PyResult<()> {
    if count > 1024 {
        return Err(fail(format!("threads: {count}; expected 0 (one a core) to 1024")));
    }
    THREADS.store(count, Ordering::Relaxed);
    Ok(())
}

/// The threads to compute on. After a fork (PyTorch's workers) those of the parent are not there, and others are made.
fn pool() -> Result<Arc<ThreadPool>, Failure> {
    let (process, asked) = (std::process::id(), THREADS.load(Ordering::Relaxed));
    let mut current = locked(&POOL);
    if let Some((_, _, pool)) = current.as_ref().filter(|(of, count, _)| (*of, *count) == (process, asked)) {
        return Ok(pool.clone());
    }
    let made = ThreadPoolBuilder::new().num_threads(asked).stack_size(STACK).build();
    let made = Arc::new(made.map_err(|e| Failure::new(format!("cannot start threads: {e}")))?);
    if let Some((of, _, old)) = current.replace((process, asked, made.clone()))
        && of != process
    {
        // To end threads that are not there would wait for them for ever.
        std::mem::forget(old);
    }
    Ok(made)
}

/// How far work has come; it is written by the work and read by the thread that waits for it.
#[derive(Default)]
pub(crate) struct Watched {
    stop: AtomicBool,
    done: AtomicU64,
    task: Mutex<(String, u64, String)>,
}

/// What unwinds work that is to stop.
struct Stopped;

impl Watched {
    fn go_on(&self) {
        if self.stop.load(Ordering::Relaxed) {
            // Not a panic: nothing is printed, and whoever started the work takes it up again.
            resume_unwind(Box::new(Stopped));
        }
    }
}

impl Progress for Watched {
    fn begin(&self, task: &str, total: u64) {
        self.go_on();
        *locked(&self.task) = (task.to_owned(), total, String::new());
        self.done.store(0, Ordering::Relaxed);
    }

    fn advance(&self, steps: u64) {
        self.go_on();
        self.done.fetch_add(steps, Ordering::Relaxed);
    }

    fn message(&self, text: &str) {
        self.go_on();
        text.clone_into(&mut locked(&self.task).2);
    }

    fn line(&self, _: &str) {
        self.go_on();
    }

    fn finish(&self) {}
}

/// Does `work` on threads of its own while this one keeps listening to Ctrl-C, and tells `progress` (called with task, done, total and
/// message) how far it has come. The interpreter goes on with other threads meanwhile.
pub(crate) fn work<T: Send + 'static>(
    py: Python<'_>,
    progress: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(&Watched) -> Result<T, Failure> + Send + 'static,
) -> PyResult<T> {
    log::listen();
    let pool = pool().map_err(Failure::raised)?;
    let watched = Arc::new(Watched::default());
    let (sender, receiver) = channel();
    let theirs = watched.clone();
    let run = move || {
        let outcome = catch_unwind(AssertUnwindSafe(|| pool.install(|| work(&theirs))));
        // Nobody waits any longer where it took too long to stop.
        let _ = sender.send(outcome);
    };
    let thread = std::thread::Builder::new().name("kinecho".into()).stack_size(STACK);
    thread.spawn(run).map_err(|e| fail(format!("cannot start a thread: {e}")))?;
    let receiver = Mutex::new(receiver);
    let mut stopping: Option<(PyErr, Instant)> = None;
    let mut told = None;
    loop {
        let received = py.detach(|| locked(&receiver).recv_timeout(TICK));
        if let Some((error, since)) = stopping.take_if(|(_, since)| received.is_ok() || since.elapsed() > GRACE) {
            let _ = since;
            return Err(error);
        }
        match received {
            Ok(Ok(outcome)) => {
                log::tell(py)?;
                if let (Ok(_), Some(progress)) = (&outcome, progress) {
                    tell(progress, &watched, &mut told)?;
                }
                return outcome.map_err(Failure::raised);
            }
            Ok(Err(panic)) => return Err(fail(format!("internal error: {}", said(&panic)))),
            Err(RecvTimeoutError::Disconnected) => return Err(fail("internal error: the work ended without a word")),
            // Asked twice: it is left to itself at once.
            Err(RecvTimeoutError::Timeout) if stopping.is_some() => py.check_signals()?,
            Err(RecvTimeoutError::Timeout) => {
                let heard = py.check_signals().and_then(|()| match progress {
                    Some(progress) => tell(progress, &watched, &mut told),
                    None => Ok(()),
                });
                if let Err(error) = heard {
                    watched.stop.store(true, Ordering::Relaxed);
                    stopping = Some((error, Instant::now()));
                }
            }
        }
    }
}

/// Calls `progress` where there is news.
fn tell(progress: &Bound<'_, PyAny>, watched: &Watched, told: &mut Option<(String, u64, u64, String)>) -> PyResult<()> {
    let (task, total, message) = locked(&watched.task).clone();
    if task.is_empty() {
        return Ok(());
    }
    let now = (task, watched.done.load(Ordering::Relaxed), total, message);
    if told.as_ref() != Some(&now) {
        progress.call1(now.clone())?;
        *told = Some(now);
    }
    Ok(())
}

/// What a panic said.
fn said(panic: &Box<dyn std::any::Any + Send>) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without words".into())
}
