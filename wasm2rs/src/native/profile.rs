//! How much a program is optimised.

use std::fmt;

/// A profile of the generated workspace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Fast programs.
    #[default]
    Release,
    /// Built sooner, run slower.
    Dev,
    /// Small programs.
    Small,
}

impl Profile {
    /// All of them.
    pub const ALL: [Profile; 3] = [Profile::Release, Profile::Dev, Profile::Small];

    /// What cargo and the command's option call it.
    pub const fn name(self) -> &'static str {
        match self {
            Profile::Release => "release",
            Profile::Dev => "dev",
            Profile::Small => "small",
        }
    }

    /// Its section in `Cargo.toml`.
    ///
    /// Without optimisation generated code would be so large, and its frames too, that it takes
    /// rustc longer and overflows the stack: `dev` optimises a little as well.
    ///
    /// `lto = "off"`: otherwise LLVM goes through each crate's units a second time, to inline from
    /// one into another. What is worth it says so itself (`#[inline]`).
    pub const fn manifest(self) -> &'static str {
        match self {
            Profile::Release => {
                "[profile.release]\nopt-level = 3\ncodegen-units = 16\nlto = \"off\"\n\
                 debug = false\nstrip = true\n"
            }
            Profile::Dev => {
                "[profile.dev]\nopt-level = 1\ncodegen-units = 16\ndebug = false\nstrip = true\n\
                 debug-assertions = false\noverflow-checks = false\nincremental = false\n"
            }
            Profile::Small => {
                "[profile.small]\ninherits = \"release\"\nopt-level = \"s\"\nlto = \"thin\"\n"
            }
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
