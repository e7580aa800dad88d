//! Runs the WebAssembly specification's scripts (`.wast`) on modules that wasm2rs translated and
//! rustc compiled, or that are interpreted.
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
//! | `interpret` | running each script in this process, interpreted |
//! | `judge`, `report`, `readme` | comparing and telling |
#![forbid(unsafe_code)]

mod amend;
mod compile;
mod directive;
mod execute;
mod interpret;
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
    let accepted = modules.accepted();
    let mut untranslated = Broken::new();
    if options.engines.iter().any(|engine| engine.compiles()) {
        untranslated = workspace.translate(&accepted)?;
        let (count, crates) = workspace.size();
        clock.lap(&format!("translated {count} modules to {crates} crates"));
    }

    let mut report = Report::new(
        &options.engines,
        scripts.iter().map(|script| script.name.clone()),
    );
    for &engine in &options.engines {
        let setting = Setting {
            scripts: &scripts,
            host: &host.commands,
            commands: workspace.directory.join("commands"),
        };
        if engine == Engine::Interpreter {
            let (interpreted, broken) = interpret::load(&accepted);
            clock.lap(&format!(
                "loaded {} modules, interpreter",
                interpreted.len()
            ));
            let run = |commands: &[_]| interpret::run_all(&interpreted, commands);
            execute(&setting, &broken, &plans, &mut report, run);
        } else {
            let mut broken = untranslated.clone();
            let program = program(options, engine, &directory, &workspace, &mut broken)?;
            clock.lap(&format!("compiled them, {}", engine.name()));
            let mut interpreted = None;
            if engine == Engine::Mixed {
                interpreted = Some(workspace.write_modules(&accepted)?);
            }
            let run = |commands: &[_]| {
                let directory = &setting.commands;
                execute::run_all(&program, directory, interpreted.as_deref(), commands)
            };
            execute(&setting, &broken, &plans, &mut report, run);
        }
        clock.lap(&format!("ran the scripts, {}", engine.name()));
    }
    Ok(report)
}

/// Compiles the program for an engine.
fn program(
    options: &Options,
    engine: Engine,
    directory: &Path,
    workspace: &Workspace,
    broken: &mut Broken,
) -> Result<PathBuf, String> {
    let mut features = Vec::new();
    match engine {
        Engine::Checked => features.push("checked"),
        Engine::Mixed => features.push("interpreter"),
        Engine::Guarded | Engine::Interpreter => {}
    }
    let mut target = format!("build-{}", engine.name());
    if options.portable_simd {
        features.push("portable-simd");
        target.push_str("-portable-simd");
    }
    compile::compile(workspace, &features, &directory.join(target), broken)
}

fn plan_script(script: &Script, host: &Host, modules: &mut Modules) -> Result<Vec<Case>, String> {
    let directives = directive::parse(&script.text)?.into_iter();
    let directives: Vec<_> = directives
        .map(|found| amend::amend(&script.name, found))
        .collect();
    Ok(plan::plan(script, &directives, host, modules))
}

/// What is the same for every script of a run.
struct Setting<'a> {
    scripts: &'a [Script],
    host: &'a [Command],
    /// Where commands are written.
    commands: PathBuf,
}

fn execute(
    setting: &Setting<'_>,
    broken: &Broken,
    plans: &[Result<Vec<Case>, String>],
    report: &mut Report,
    run: impl FnOnce(&[(String, Vec<Command>)]) -> Vec<execute::Run>,
) {
    let Setting { scripts, host, .. } = setting;
    let commands = plans.iter().zip(*scripts).map(|(cases, script)| {
        let cases = cases.as_ref().map_or(&[][..], Vec::as_slice);
        (script.name.clone(), judge::commands(host, cases))
    });
    let commands: Vec<_> = commands.collect();
    let runs = run(&commands);
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
