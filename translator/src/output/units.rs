//! The units, translated side by side and handed out in order, a few in memory at a time.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::sync::{Condvar, Mutex};
use std::thread;

use super::format;
use crate::Error;
use crate::lower;
use crate::render::{self, Plan, Unit};

/// What a thread needs for the nesting that the lowered form allows: syn and prettyplease recurse.
const STACK_SIZE: usize = 256 << 20;

/// Functions whose blocks nest deeper are written without indentation, which would be most of
/// their text.
const MAX_INDENTED: u32 = 16;

/// Functions with more code, in bytes, are written likewise: a tree of their syntax, as formatting
/// needs it, would take hundreds of bytes for each.
const MAX_FORMATTED: u32 = 32 << 10;

/// How many units may wait for their turn.
const WAITING: usize = 16;

/// Translates every unit and gives it with its text to `take`, in order.
///
/// # Errors
/// The first error of a unit, or of `take`.
pub fn for_each_unit(
    plan: &Plan<'_>,
    mut take: impl FnMut(usize, &str) -> Result<(), Error>,
) -> Result<(), Error> {
    let units = &plan.layout.units;
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(units.len());
    let turn = Turn::default();
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, turn) = (sender.clone(), &turn);
            let work = move || {
                while let Some(index) = turn.next(units.len()) {
                    if sender.send((index, unit(plan, &units[index]))).is_err() {
                        break;
                    }
                }
            };
            let spawned = thread::Builder::new()
                .stack_size(STACK_SIZE)
                .spawn_scoped(scope, work);
            spawned.map_err(|error| Error::Internal(format!("no thread can be had: {error}")))?;
        }
        drop(sender);
        let mut ready = BTreeMap::new();
        let mut next = 0;
        let result = receiver.into_iter().try_for_each(|(index, text)| {
            ready.insert(index, text?);
            while let Some(text) = ready.remove(&next) {
                take(next, &text)?;
                next += 1;
                turn.taken();
            }
            Ok(())
        });
        turn.stop();
        result
    })
}

/// Hands out units, not far ahead of those already taken.
#[derive(Default)]
struct Turn {
    state: Mutex<(usize, usize, bool)>,
    changed: Condvar,
}

impl Turn {
    fn next(&self, count: usize) -> Option<usize> {
        let mut state = self.state.lock().ok()?;
        while state.0 >= state.1 + WAITING && !state.2 {
            state = self.changed.wait(state).ok()?;
        }
        let next = state.0;
        state.0 += 1;
        (next < count && !state.2).then_some(next)
    }

    fn taken(&self) {
        if let Ok(mut state) = self.state.lock() {
            state.1 += 1;
        }
        self.changed.notify_all();
    }

    fn stop(&self) {
        if let Ok(mut state) = self.state.lock() {
            state.2 = true;
        }
        self.changed.notify_all();
    }
}

/// The text of a unit's functions, each printed by itself.
fn unit(plan: &Plan<'_>, unit: &Unit) -> Result<String, Error> {
    let mut text = String::new();
    for &function in &unit.functions {
        let body = lower::lower(plan.module, function)?;
        if !text.is_empty() {
            text.push('\n');
        }
        let item = render::function(plan, function, &body);
        let size = plan.facts.functions[function as usize].size;
        if body.depth > MAX_INDENTED || size > MAX_FORMATTED {
            push_compact(&mut text, item);
        } else {
            text.push_str(&format(item)?);
        }
    }
    Ok(text)
}

/// Adds a function in little space: a statement a line. There are no strings in it, so braces and
/// semicolons are what they seem.
fn push_compact(text: &mut String, item: proc_macro2::TokenStream) {
    let mut tokens = item.to_string();
    text.reserve(tokens.len());
    tokens.push('\n');
    let mut characters = tokens.chars().peekable();
    while let Some(character) = characters.next() {
        text.push(character);
        if matches!(character, ';' | '{' | '}') && characters.peek() == Some(&' ') {
            characters.next();
            text.push('\n');
        }
    }
}
