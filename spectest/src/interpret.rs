//! Running scripts in this process, on interpreted modules.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use spectest_runner::support::interpreter::Module;
use spectest_runner::{Command, Machine};

use crate::compile::Broken;
use crate::execute::Run;
use crate::workspace::threads;

/// How long a script may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Loads modules. Gives what went wrong: of those that the translator takes, which are not taken.
pub fn load(accepted: &BTreeMap<u64, &[u8]>) -> (HashMap<u64, Module>, Broken) {
    let mut modules = HashMap::new();
    let mut broken = Broken::new();
    for (&key, &wasm) in accepted {
        match Module::new(wasm) {
            Ok(module) => {
                modules.insert(key, module);
            }
            Err(error) => {
                broken.insert(key, error.to_string());
            }
        }
    }
    (modules, broken)
}

/// Carries out scripts, several side by side, each on a thread of its own.
pub fn run_all(modules: &HashMap<u64, Module>, scripts: &[(String, Vec<Command>)]) -> Vec<Run> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads() {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some((_, commands)) = scripts.get(index) else {
                        break;
                    };
                    if sender.send((index, run(modules, commands))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut runs: Vec<_> = receiver.into_iter().collect();
        runs.sort_by_key(|(index, _)| *index);
        runs.into_iter().map(|(_, run)| run).collect()
    })
}

fn run(modules: &HashMap<u64, Module>, commands: &[Command]) -> Run {
    let (sender, outcomes) = mpsc::channel();
    let (modules, work) = (modules.clone(), commands.to_vec());
    // Not joined if it doesn't end.
    let thread = thread::spawn(move || {
        let mut machine = Machine::new(&[]).interpreting(modules);
        for command in &work {
            if sender.send(machine.carry_out(command)).is_err() {
                break;
            }
        }
    });
    let mut run = Run {
        outcomes: Vec::new(),
        end: String::new(),
    };
    while run.outcomes.len() < commands.len() {
        match outcomes.recv_timeout(TIMEOUT) {
            Ok(outcome) => run.outcomes.push(outcome),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                run.end = format!("a command did not end within {} s", TIMEOUT.as_secs());
                return run;
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                run.end = "the interpreter panicked".to_string();
                break;
            }
        }
    }
    // What it panicked with was printed.
    let _ = thread.join();
    run
}
