//! Running scripts: each in a process of its own, so that a crash ends only one.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use spectest_runner::{Command, Outcome};

use crate::workspace::{threads, write};

/// How long a script may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What a process said and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Run {
    /// For each command that was carried out, what came of it.
    pub outcomes: Vec<Outcome>,
    /// Why there are no more outcomes, if there are not as many as commands.
    pub end: String,
}

/// Carries out scripts, several side by side. `directory` gets a file of commands for each, so
/// that one can be run again by hand. In `modules` are those to be interpreted by turns.
pub fn run_all(
    program: &Path,
    directory: &Path,
    modules: Option<&Path>,
    scripts: &[(String, Vec<Command>)],
) -> Vec<Run> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads() {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some((name, commands)) = scripts.get(index) else {
                        break;
                    };
                    let file = directory.join(format!("{}.commands", name.replace('/', "-")));
                    let run = run(program, &file, modules, commands).unwrap_or_else(|end| Run {
                        outcomes: Vec::new(),
                        end,
                    });
                    if sender.send((index, run)).is_err() {
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

fn run(
    program: &Path,
    file: &PathBuf,
    modules: Option<&Path>,
    commands: &[Command],
) -> Result<Run, String> {
    let lines: String = commands
        .iter()
        .map(|command| format!("{command}\n"))
        .collect();
    write(file, &lines)?;
    let mut child = Process::new(program)
        .arg(file)
        .args(modules)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot run `{}`: {error}", program.display()))?;
    let (sender, finished) = mpsc::channel();
    let stdout = read(child.stdout.take(), sender);
    let (sender, _) = mpsc::channel();
    let stderr = read(child.stderr.take(), sender);
    let late = finished.recv_timeout(TIMEOUT).is_err();
    let status = end(&mut child, late)?;
    let join = |reader: thread::JoinHandle<String>| reader.join().unwrap_or_default();
    Ok(read_outcomes(
        &join(stdout),
        commands.len(),
        &why(status, late, &join(stderr)),
    ))
}

/// Reads all there is to read, in a thread of its own, and then says so.
fn read(
    from: Option<impl Read + Send + 'static>,
    finished: mpsc::Sender<()>,
) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut from) = from {
            // What was read before an error is what there is.
            let _ = from.read_to_end(&mut bytes);
        }
        // Nobody may be waiting.
        let _ = finished.send(());
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn end(child: &mut Child, late: bool) -> Result<ExitStatus, String> {
    if late {
        // It may have ended by itself just now.
        let _ = child.kill();
    }
    child
        .wait()
        .map_err(|error| format!("cannot wait for the program: {error}"))
}

/// The outcomes in `stdout`. Commands without one have `why` instead.
fn read_outcomes(stdout: &str, commands: usize, why: &str) -> Run {
    let mut outcomes = Vec::new();
    for line in stdout.lines() {
        match line.parse() {
            Ok(outcome) => outcomes.push(outcome),
            Err(_) => break,
        }
    }
    outcomes.truncate(commands);
    Run {
        outcomes,
        end: why.to_string(),
    }
}

/// How the process ended, in words.
fn why(status: ExitStatus, late: bool, stderr: &str) -> String {
    let how = if late {
        format!("the program did not end within {} s", TIMEOUT.as_secs())
    } else {
        format!("the program ended ({status})")
    };
    match stderr.lines().rev().find(|line| !line.trim().is_empty()) {
        Some(_) => {
            let lines: Vec<_> = stderr.lines().take(4).collect();
            format!("{how}: {}", lines.join(" / "))
        }
        None => how,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_stop_where_the_program_died() {
        let run = read_outcomes("done\nvalues i32:1\nval", 5, "killed");
        assert_eq!(run.outcomes.len(), 2);
        assert_eq!(run.end, "killed");
    }
}
