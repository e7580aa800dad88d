//! Showing how work goes on: a line that changes where standard error is a terminal, else plain
//! lines.

use std::cell::{Cell, RefCell};
use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output;
use crate::native::Progress;

/// Reports to the user, as much as was asked for.
pub struct Reporter {
    amount: Amount,
    spinner: Option<ProgressBar>,
    step: RefCell<String>,
    start: Instant,
    /// Whether there was any work worth reporting.
    worked: Cell<bool>,
}

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Amount {
    Quiet,
    Normal,
    Verbose,
}

impl Reporter {
    /// One that prints nothing, or all.
    pub fn new(quiet: bool, verbose: bool) -> Reporter {
        let amount = match (quiet, verbose) {
            (true, _) => Amount::Quiet,
            (_, true) => Amount::Verbose,
            _ => Amount::Normal,
        };
        // Everything that cargo prints would tear the line to pieces.
        let spinner = (amount == Amount::Normal && stderr().is_terminal()).then(|| {
            let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
                spinner.set_style(style);
            }
            spinner
        });
        Reporter {
            amount,
            spinner,
            step: RefCell::default(),
            start: Instant::now(),
            worked: Cell::new(false),
        }
    }

    /// Says what came out of it all, if there was something to do, and how long it took.
    pub fn done(&self, what: &str) {
        self.clear();
        if self.amount > Amount::Quiet {
            let seconds = self.start.elapsed().as_secs_f64();
            let time = if self.worked.get() {
                format!(" in {seconds:.1} s")
            } else {
                String::new()
            };
            output::error(&format!("wasm2rs: {what}{time}"));
        }
    }

    /// Takes the line that changes away; before anything else is printed.
    pub fn clear(&self) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
    }
}

impl Progress for Reporter {
    fn step(&self, what: &str) {
        self.worked.set(true);
        match &self.spinner {
            Some(spinner) => {
                self.step.replace(what.to_string());
                spinner.set_message(what.to_string());
                spinner.enable_steady_tick(Duration::from_millis(100));
            }
            None if self.amount > Amount::Quiet => output::error(&format!("wasm2rs: {what}")),
            None => {}
        }
    }

    fn detail(&self, what: &str) {
        if let Some(spinner) = &self.spinner {
            spinner.set_message(format!("{}: {what}", self.step.borrow()));
        }
    }

    fn verbose(&self, what: &str) {
        if self.amount == Amount::Verbose {
            output::error(what);
        }
    }
}
