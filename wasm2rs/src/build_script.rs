//! For `build.rs`.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::{Engine, Error, Translation, read_module};

/// Translates modules in a build script.
///
/// ```no_run
/// // in `fn main()` of build.rs
/// wasm2rs::Builder::new("wasm/fib.wasm").build();
/// ```
///
/// The code is then included where it is wanted:
///
/// ```ignore
/// mod fib {
///     include!(concat!(env!("OUT_DIR"), "/fib.rs"));
/// }
/// ```
#[derive(Debug)]
pub struct Builder {
    input: PathBuf,
    output: Option<PathBuf>,
    engine: Engine,
    unoptimized_engine: Option<Engine>,
}

impl Builder {
    /// For the module at `path`, relative to the crate's root; text when it ends in `.wat`.
    pub fn new(path: impl AsRef<Path>) -> Builder {
        Builder {
            input: path.as_ref().to_owned(),
            output: None,
            engine: Engine::Compiled,
            unoptimized_engine: None,
        }
    }

    /// Says what runs the module; it is compiled unless this is called. Any other engine needs the
    /// feature `interpreter` of `wasm2rs-support`.
    ///
    /// ```no_run
    /// use wasm2rs::{Builder, Engine};
    ///
    /// // `greeter::load` takes other modules with this one's interface.
    /// Builder::new("wasm/greeter.wasm").engine(Engine::Both).build();
    /// ```
    #[must_use]
    pub fn engine(mut self, engine: Engine) -> Builder {
        self.engine = engine;
        self
    }

    /// Says what runs the module where cargo compiles the program without optimising it
    /// (`opt-level = 0`, as in the profile `dev`). [`Engine::Interpreted`] makes for builds in
    /// seconds there, and nothing in the program's source changes.
    ///
    /// ```no_run
    /// use wasm2rs::{Builder, Engine};
    ///
    /// Builder::new("wasm/fib.wasm").unoptimized_engine(Engine::Interpreted).build();
    /// ```
    #[must_use]
    pub fn unoptimized_engine(mut self, engine: Engine) -> Builder {
        self.unoptimized_engine = Some(engine);
        self
    }

    /// Writes to `path` instead of `OUT_DIR/NAME.rs`, where `NAME` is the input's.
    #[must_use]
    pub fn output(mut self, path: impl AsRef<Path>) -> Builder {
        self.output = Some(path.as_ref().to_owned());
        self
    }

    /// Translates, and tells cargo when to do it again. What goes wrong is printed, and ends the
    /// build script.
    pub fn build(self) {
        let input = self.input.clone();
        if let Err(error) = self.try_build() {
            eprintln!(
                "\n\nerror: wasm2rs could not translate `{}`\n",
                input.display()
            );
            eprintln!("    {}\n\n", error.to_string().replace('\n', "\n    "));
            std::process::exit(1);
        }
    }

    /// As [`Builder::build`], for build scripts that handle errors themselves.
    ///
    /// # Errors
    /// When the module can't be read or translated, or the output not be written; or, without
    /// [`Builder::output`], outside a build script.
    pub fn try_build(self) -> Result<(), Error> {
        println!("cargo:rerun-if-changed={}", self.input.display());
        let output = match self.output {
            Some(output) => output,
            None => {
                let directory = env::var_os("OUT_DIR").ok_or_else(|| {
                    let message = "OUT_DIR is not set: run this from a build script, or name a \
                                   file with `output`";
                    Error::Option(message.to_string())
                })?;
                let stem = self.input.file_stem().unwrap_or(OsStr::new("module"));
                Path::new(&directory).join(stem).with_extension("rs")
            }
        };
        let wasm = read_module(&self.input)?;
        let origin = self.input.display().to_string();
        let unoptimized = env::var_os("OPT_LEVEL").is_some_and(|level| level == "0");
        let engine = self.unoptimized_engine.filter(|_| unoptimized);
        Translation::new(&wasm)?
            .origin(&origin)
            .engine(engine.unwrap_or(self.engine))
            .write_file(&output)
    }
}
