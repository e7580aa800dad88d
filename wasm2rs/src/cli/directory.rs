//! `--dir HOST[::GUEST]` and `--env NAME[=VALUE]`, as Wasmtime has them.

use std::ffi::OsString;
use std::path::Path;

use crate::native::Failure;

/// A directory that a program is granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    /// Its path outside.
    pub host: String,
    /// What the program calls it.
    pub guest: String,
}

impl Directory {
    /// Checks that it is one, now.
    ///
    /// # Errors
    /// When it is not.
    pub fn check(&self) -> Result<(), Failure> {
        let path = Path::new(&self.host);
        match path.metadata() {
            Ok(metadata) if metadata.is_dir() => Ok(()),
            Ok(_) => {
                let message = format!("`{}` is not a directory", self.host);
                Err(Failure::new(message)
                    .help("`--dir` grants directories; name the one that the file is in"))
            }
            Err(error) => {
                let message = format!("cannot grant `{}`: {error}", self.host);
                Err(Failure::new(message).help("`--dir` grants directories that exist"))
            }
        }
    }
}

/// Reads `HOST[::GUEST]`.
///
/// # Errors
/// When a part is empty.
pub fn parse(text: &str) -> Result<Directory, String> {
    let (host, guest) = text.split_once("::").unwrap_or((text, text));
    if host.is_empty() || guest.is_empty() {
        return Err("expected HOST or HOST::GUEST".to_string());
    }
    Ok(Directory {
        host: host.to_string(),
        guest: guest.to_string(),
    })
}

/// A variable that a program is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value; none for the one it has here.
    pub value: Option<String>,
}

impl Variable {
    /// The name and the value, if there is one.
    pub fn resolve(&self) -> Option<(OsString, OsString)> {
        let value = match &self.value {
            Some(value) => value.into(),
            None => std::env::var_os(&self.name)?,
        };
        Some(((&self.name).into(), value))
    }
}

/// Reads `NAME[=VALUE]`.
///
/// # Errors
/// When the name is empty.
pub fn parse_variable(text: &str) -> Result<Variable, String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_string())),
        None => (text, None),
    };
    if name.is_empty() {
        return Err("expected NAME=VALUE, or NAME for the value it has here".to_string());
    }
    Ok(Variable {
        name: name.to_string(),
        value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_have_one_or_two_names() {
        let directory = |host: &str, guest: &str| {
            Ok(Directory {
                host: host.to_string(),
                guest: guest.to_string(),
            })
        };
        assert_eq!(parse("."), directory(".", "."));
        assert_eq!(parse("/a b::/w"), directory("/a b", "/w"));
        assert_eq!(parse("a::b::c"), directory("a", "b::c"));
        assert!(parse("").is_err() && parse("::a").is_err() && parse("a::").is_err());
    }

    #[test]
    fn variables_may_have_equals_signs() {
        let variable = parse_variable("A=b=c").unwrap();
        assert_eq!(
            (&*variable.name, variable.value.as_deref()),
            ("A", Some("b=c"))
        );
        assert_eq!(parse_variable("A=").unwrap().value.as_deref(), Some(""));
        assert_eq!(parse_variable("A").unwrap().value, None);
        assert!(parse_variable("=b").is_err() && parse_variable("").is_err());
    }
}
