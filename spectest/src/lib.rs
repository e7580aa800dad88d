//! Runs the WebAssembly specification's scripts (`.wast`) on modules that wasm2rs translated and
//! rustc compiled.
//!
//! `script → directives → plan → generated workspace → program → outcomes → verdicts → report`:
//!
//! | module | |
//! |---|---|
//! | `scripts` | where scripts come from |
//! | `split`, `directive`, `legacy`, `value`, `amend` | what they say |
//! | `modules`, `plan` | which modules to compile, what to do with them, what has to come of it |
//! | `workspace`, `compile` | translating and compiling them |
//! | `execute` | running each script in a process of the program (package `spectest-runner`) |
//! | `judge`, `report`, `readme` | comparing and telling |
#![forbid(unsafe_code)]

mod amend;
mod compile;
mod directive;
mod execute;
mod judge;
mod legacy;
mod modules;
mod options;
mod plan;
mod readme;
mod report;
mod scripts;
mod split;
mod value;
mod workspace;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use compile::Broken;
use modules::Modules;
pub use options::{Engine, HELP, Options};
use plan::{Case, Host};
pub use report::{Report, Totals};
use scripts::Script;
use spectest_runner::Command;
use workspace::Workspace;

/// The command: reads its arguments, runs, prints. The exit code is 0 only when nothing failed.
pub fn main(args: impl Iterator<Item = OsString>) -> ExitCode {
    let options = match Options::parse(args) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("error: {message}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(report) => {
            report.print();
            if let Err(message) = readme::check(&options, &report) {
                eprintln!("error: {message}");
                return ExitCode::FAILURE;
            }
            if report.totals(None).failed == 0 {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

/// Runs the scripts.
///
/// # Errors
/// When there are none, or the suite itself does not work: the compiler is missing, the disk is
/// full. What scripts find wrong is in the report.
pub fn run(options: &Options) -> Result<Report, String> {
    let mut clock = Clock::start();
    let mut scripts = match &options.suite {
        Some(directory) => scripts::below(directory)?,
        None => scripts::of_crate(),
    };
    if let Some(filter) = &options.filter {
        scripts.retain(|script| script.name.contains(filter));
        if scripts.is_empty() {
            return Err(format!("no script's name contains `{filter}`"));
        }
    }
    let mut modules = Modules::default();
    let host = plan::host(&mut modules)?;
    let plans: Vec<_> = scripts
        .iter()
        .map(|script| plan_script(script, &host, &mut modules))
        .collect();
    clock.lap(&format!("read {} scripts", scripts.len()));

    let (set, directory) = (set(options), directory());
    let mut workspace = Workspace::new(directory.join(&set), &format!("spectest-{set}"));
    let untranslated = workspace.translate(&modules.accepted())?;
    let (count, crates) = workspace.size();
    clock.lap(&format!("translated {count} modules to {crates} crates"));

    let mut report = Report::new(
        &options.engines,
        scripts.iter().map(|script| script.name.clone()),
    );
    for &engine in &options.engines {
        let mut broken = untranslated.clone();
        let mut features = Vec::new();
        if engine == Engine::Checked {
            features.push("checked");
        }
        let mut target = format!("build-{}", engine.name());
        if options.portable_simd {
            features.push("portable-simd");
            target.push_str("-portable-simd");
        }
        let target = directory.join(target);
        let program = compile::compile(&workspace, &features, &target, &mut broken)?;
        clock.lap(&format!("compiled them, {}", engine.name()));
        execute(
            &Setting {
                scripts: &scripts,
                host: &host.commands,
                program,
                commands: workspace.directory.join("commands"),
                broken,
            },
            &plans,
            &mut report,
        );
        clock.lap(&format!("ran the scripts, {}", engine.name()));
    }
    Ok(report)
}

fn plan_script(script: &Script, host: &Host, modules: &mut Modules) -> Result<Vec<Case>, String> {
    let directives = directive::parse(&script.text)?.into_iter();
    let directives: Vec<_> = directives
        .map(|found| amend::amend(&script.name, found))
        .collect();
    Ok(plan::plan(script, &directives, host, modules))
}

/// What is the same for every script of a run with one engine.
struct Setting<'a> {
    scripts: &'a [Script],
    host: &'a [Command],
    program: PathBuf,
    /// Where commands are written.
    commands: PathBuf,
    broken: Broken,
}

fn execute(setting: &Setting<'_>, plans: &[Result<Vec<Case>, String>], report: &mut Report) {
    let Setting {
        scripts,
        host,
        broken,
        ..
    } = setting;
    let commands = plans.iter().zip(*scripts).map(|(cases, script)| {
        let cases = cases.as_ref().map_or(&[][..], Vec::as_slice);
        (script.name.clone(), judge::commands(host, cases))
    });
    let commands: Vec<_> = commands.collect();
    let runs = execute::run_all(&setting.program, &setting.commands, &commands);
    for (index, (cases, run)) in plans.iter().zip(&runs).enumerate() {
        match cases {
            Ok(cases) => report.add(index, &judge::judge(host, cases, run, broken)),
            Err(message) => report.add_unreadable(index, message),
        }
    }
}

/// Which workspace to use. A run with a filter has one of its own, so that what is built for all
/// scripts stays.
fn set(options: &Options) -> String {
    let scripts = match &options.suite {
        Some(directory) => {
            let name = directory
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let plain = |letter: char| {
                if letter.is_ascii_alphanumeric() {
                    letter
                } else {
                    '-'
                }
            };
            format!("suite-{}", name.chars().map(plain).collect::<String>())
        }
        None => "crate".to_string(),
    };
    let part = if options.filter.is_some() {
        "-part"
    } else {
        ""
    };
    format!("{scripts}{part}")
}

/// Where generated things go: below the target directory.
fn directory() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = match std::env::var_os("CARGO_TARGET_DIR") {
        Some(target) => PathBuf::from(target),
        None => root.parent().unwrap_or(root).join("target"),
    };
    let target = std::path::absolute(&target).unwrap_or(target);
    target.join("spectest")
}

/// Says how long each part took.
struct Clock {
    last: Instant,
}

impl Clock {
    fn start() -> Clock {
        Clock {
            last: Instant::now(),
        }
    }

    fn lap(&mut self, what: &str) {
        let took: Duration = self.last.elapsed();
        eprintln!("{:>7.1} s  {what}", took.as_secs_f64());
        self.last = Instant::now();
    }
}
