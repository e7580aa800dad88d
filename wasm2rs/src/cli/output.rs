//! Writing to the standard streams. Who reads them may stop at any time; that is no failure.

use std::io::{self, ErrorKind, Write};

use crate::native::Failure;

/// Prints the result of a command.
///
/// # Errors
/// When it can't be written, but not because nobody reads on.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    match output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
    {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::new(format!(
            "cannot write to standard output: {error}"
        ))),
        _ => Ok(()),
    }
}

/// Prints a message for the user.
pub fn error(text: &str) {
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(io::stderr(), "{text}");
}
