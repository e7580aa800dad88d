//! A directory for a test, and the command run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The modules of the tests.
pub fn input(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/inputs")
        .join(name)
}

/// The cache of all tests.
pub fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli-cache")
}

/// A directory that goes away with the test.
pub struct Sandbox {
    directory: PathBuf,
}

impl Sandbox {
    pub fn new(test: &str) -> Sandbox {
        let name = format!("cli-{test}-{}", std::process::id());
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        Sandbox { directory }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, contents).unwrap();
        path
    }

    /// The names of all that is in it.
    pub fn list(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.directory).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The command with arguments, to be started in the directory.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wasm2rs"));
        command.args(arguments).current_dir(&self.directory);
        command.env("WASM2RS_CACHE_DIR", cache());
        for variable in ["WASM2RS_SUPPORT", "WASM2RS_DIRS", "COLUMNS"] {
            command.env_remove(variable);
        }
        command
    }

    /// Runs the command.
    pub fn run(&self, arguments: &[&str]) -> Answer {
        Answer::of(&mut self.command(arguments))
    }

    /// Runs the command, which has to succeed, and gives what it printed.
    #[track_caller]
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let answer = self.run(arguments);
        assert_eq!(answer.status, 0, "{arguments:?}: {}", answer.stderr);
        answer.stdout
    }

    /// Runs the command, which has to fail with one message and leave nothing behind.
    #[track_caller]
    pub fn fail(&self, arguments: &[&str]) -> String {
        let before = self.list();
        let answer = self.run(arguments);
        assert_eq!(answer.status, 1, "{arguments:?}: {}", answer.stderr);
        let message = answer.message();
        assert!(!message.contains("internal error"), "{message}");
        assert_eq!(answer.stdout, "");
        assert_eq!(self.list(), before, "{arguments:?} left something behind");
        message
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// What a command answered.
#[derive(Debug)]
pub struct Answer {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Answer {
    #[track_caller]
    pub fn of(command: &mut Command) -> Answer {
        let output = command.stdin(std::process::Stdio::null()).output();
        let Output {
            status,
            stdout,
            stderr,
        } = output.expect("the command can't be started");
        Answer {
            status: status.code().expect("ended by a signal"),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }

    /// The one message of a failure, without the lines about progress.
    #[track_caller]
    pub fn message(&self) -> String {
        let lines = self
            .stderr
            .lines()
            .filter(|line| !line.starts_with("wasm2rs: "));
        let message = lines.collect::<Vec<_>>().join("\n");
        assert!(message.starts_with("error: "), "{message}");
        assert_eq!(message.matches("error: ").count(), 1, "{message}");
        assert!(
            !message.contains("panicked") && !message.contains("backtrace"),
            "{message}"
        );
        message
    }
}
