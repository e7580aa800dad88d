//! `wasm2rs run`.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Args;

use super::directory::{self, Directory, Variable};
use super::number;
use super::options::{Building, read};
use super::progress::Reporter;
use crate::module::{self, ExportKind};
use crate::native::{self, Argument, Failure, Main, Request};

/// Run a WASI program, or call a function of a module
///
/// The module is compiled the first time, which takes a while, and kept in a cache by its
/// contents. Afterwards it starts at once.
///
/// The program sees the directories granted with `--dir` and `--read-only-dir`, the variables set with `--env`, and
/// the standard streams. Its exit status is that of this command, or 134 after a trap.
///
/// Words after the module are the program's arguments, from the first one on that is not an
/// option of this command, or from `--` on.
#[derive(Debug, Args)]
#[command(
    override_usage = "wasm2rs run [OPTIONS] <IN> [OPTIONS] [[--] ARGUMENTS]...",
    after_long_help = EXAMPLES
)]
pub struct Run {
    /// The module
    #[arg(value_name = "IN")]
    input: PathBuf,

    /// The program's arguments, or those of the function
    #[arg(
        value_name = "ARGUMENTS",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    arguments: Vec<OsString>,

    /// Grant a directory: its path, and what the program calls it
    #[arg(long = "dir", value_name = "HOST[::GUEST]", value_parser = directory::parse)]
    directories: Vec<Directory>,

    /// Grant a directory for reading only
    #[arg(long = "read-only-dir", value_name = "HOST[::GUEST]", value_parser = directory::parse)]
    read_only_directories: Vec<Directory>,

    /// Listen at an address, such as 127.0.0.1:8080, and hand the program the socket
    ///
    /// Its descriptor comes after those of the directories, of which the first is 3.
    #[arg(long = "tcp-listen", value_name = "ADDRESS")]
    listeners: Vec<SocketAddr>,

    /// Set an environment variable; without a value, to the one it has here
    #[arg(long = "env", value_name = "NAME[=VALUE]", value_parser = directory::parse_variable)]
    variables: Vec<Variable>,

    /// Call this exported function, with numbers as arguments, and print its results
    #[arg(long, value_name = "FUNCTION")]
    invoke: Option<String>,

    /// The program's name, its first argument [default: the name of the module's file]
    #[arg(long, value_name = "NAME")]
    argv0: Option<OsString>,

    #[command(flatten)]
    building: Building,
}

const EXAMPLES: &str = "\
Examples:
  wasm2rs run hello.wasm
  wasm2rs run --dir . --env HOME=/ sqlite.wasm database.db 'select 1'
  wasm2rs run python.wasm -- --version
  wasm2rs run --invoke add math.wat 2 3";

impl Run {
    /// Runs the program. On Unix it takes this process's place.
    pub fn run(self, reporter: &Reporter) -> Result<ExitCode, Failure> {
        let wasm = read(&self.input)?;
        for directory in self.directories.iter().chain(&self.read_only_directories) {
            directory.check()?;
        }
        let call = match &self.invoke {
            Some(name) => Some((
                name.clone(),
                arguments(&wasm, &self.input, name, &self.arguments)?,
            )),
            None => None,
        };
        let name = self.argv0.unwrap_or_else(|| {
            self.input
                .file_name()
                .unwrap_or(self.input.as_os_str())
                .to_owned()
        });
        let pairs = |directories: Vec<Directory>| {
            let directories = directories.into_iter();
            directories.map(|it| (it.host.into(), it.guest)).collect()
        };
        let request = Request {
            directories: pairs(self.directories),
            read_only_directories: pairs(self.read_only_directories),
            listeners: self.listeners,
            environment: self
                .variables
                .iter()
                .filter_map(Variable::resolve)
                .collect(),
            call,
            arguments: [name].into_iter().chain(self.arguments).collect(),
        };
        let main = Main::Runner {
            invoke: request.call.is_some(),
        };
        let options = self.building.options(None, false)?;
        let program = native::build(&wasm, &self.input, &main, &options, reporter)?;
        reporter.clear();
        let mut command = Command::new(&program);
        command.args(request.words());
        start(command, &program)
    }
}

/// The arguments of the function `name`, by its type.
fn arguments(
    wasm: &[u8],
    input: &Path,
    name: &str,
    words: &[OsString],
) -> Result<Vec<Argument>, Failure> {
    let module = module::decode(wasm).map_err(|error| Failure::of_module(input, error))?;
    let export = module.exports.iter().find(|export| export.name == name);
    let Some(ExportKind::Function(index)) = export.map(|export| export.kind) else {
        let what = if export.is_some() {
            "is no function"
        } else {
            "is not exported"
        };
        let functions = native::list(&native::exported_functions(&module));
        let failure = Failure::new(format!("`{name}` {what} in `{}`", input.display()));
        return Err(failure.help(if functions.is_empty() {
            "the module exports no functions".to_string()
        } else {
            format!("the exported functions: {functions}")
        }));
    };
    let words: Vec<_> = words
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    number::arguments(name, module.function_type(index), &words)
}

/// Becomes the program: signals, streams and status are all its own.
#[cfg(unix)]
fn start(mut command: Command, program: &Path) -> Result<ExitCode, Failure> {
    use std::os::unix::process::CommandExt;

    let error = command.exec();
    Err(not_started(program, &error))
}

/// Runs the program and hands its status on.
#[cfg(not(unix))]
fn start(mut command: Command, program: &Path) -> Result<ExitCode, Failure> {
    let status = command
        .status()
        .map_err(|error| not_started(program, &error))?;
    // `ExitCode` has 8 bits, statuses there have 32.
    std::process::exit(status.code().unwrap_or(1));
}

fn not_started(program: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot run `{}`: {error}", program.display())).help(
        "programs must be allowed to run from the cache; choose another place for it with \
         `--cache-dir` or WASM2RS_CACHE_DIR",
    )
}
