//! `wasm2rs completions`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::output;
use crate::native::Failure;

/// Print a script that completes this command in a shell
///
/// For bash, put this in ~/.bashrc:   source <(wasm2rs completions bash)
/// For zsh, write it to a file `_wasm2rs` in a directory of $fpath.
/// For fish:   wasm2rs completions fish > ~/.config/fish/completions/wasm2rs.fish
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Completions {
    /// For which shell
    shell: Shell,
}

impl Completions {
    /// Prints the script for the command `C`.
    pub fn run<C: CommandFactory>(self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut C::command(), "wasm2rs", &mut script);
        output::print(&String::from_utf8_lossy(&script))
    }
}
