//! Progress bars with time left, on stderr and only on a terminal.

use super::tell;
use crate::base::progress::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

const BESIDE: &str = "{prefix:32!} [{bar:28}] {pos:>6}/{len} {per_sec:>10} {eta:>4} left {msg}";
const BELOW: &str = "{prefix:32!} [{bar:28}] {pos:>6}/{len} {per_sec:>10} {eta:>4} left\n  {wide_msg}";

/// One bar at a time; without a terminal a plain line when a task begins and ends.
pub(super) struct Bars {
    quiet: bool,
    on_terminal: bool,
    current: Mutex<Option<(ProgressBar, String, Instant)>>,
}

impl Bars {
    /// Bars for this process; `quiet` shows nothing at all.
    pub(super) fn new(quiet: bool) -> Self {
        Self { quiet, on_terminal: std::io::stderr().is_terminal(), current: Mutex::new(None) }
    }

    fn with_bar(&self, act: impl FnOnce(&ProgressBar)) {
        if let Ok(current) = self.current.lock()
            && let Some((bar, ..)) = current.as_ref()
        {
            act(bar);
        }
    }
}

impl Progress for Bars {
    fn begin(&self, task: &str, total: u64) {
        self.finish();
        if self.quiet {
            return;
        }
        let bar = if self.on_terminal {
            ProgressBar::new(total)
        } else {
            ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden())
        };
        if let Ok(style) = ProgressStyle::with_template(BESIDE) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(task.to_owned());
        if self.on_terminal {
            bar.enable_steady_tick(Duration::from_millis(250));
        } else {
            tell(&format!("{task} ({total})"));
        }
        if let Ok(mut current) = self.current.lock() {
            *current = Some((bar, task.to_owned(), Instant::now()));
        }
    }

    fn advance(&self, steps: u64) {
        self.with_bar(|bar| bar.inc(steps));
    }

    fn message(&self, text: &str) {
        // What does not fit beside the bar stands below it.
        let below = text.chars().count() > 24;
        self.with_bar(|bar| {
            if below && let Ok(style) = ProgressStyle::with_template(BELOW) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_message(text.to_owned());
        });
    }

    fn line(&self, text: &str) {
        if self.quiet {
            return;
        }
        let Ok(current) = self.current.lock() else { return };
        match current.as_ref() {
            // Above the bar, which is drawn again below it.
            Some((bar, ..)) if self.on_terminal => bar.println(text),
            _ => tell(text),
        }
    }

    fn finish(&self) {
        let Ok(mut current) = self.current.lock() else { return };
        if let Some((bar, task, since)) = current.take() {
            let (done, message) = (bar.position(), bar.message());
            bar.finish_and_clear();
            tell(&format!("{task}: {done} in {:.1} s {message}", since.elapsed().as_secs_f64()));
        }
    }
}
