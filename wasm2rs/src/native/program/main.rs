// Made by wasm2rs, and written anew when the program is built again.
#![forbid(unsafe_code)]

use std::io::Write;

use module::Instance;
use wasm2rs_support::{CallError, InstantiationError, Trap};

/// The status of a process that a trap ended, as Wasmtime has it: that of SIGABRT.
const TRAPPED: i32 = 134;

fn main() {
    if let Some(feature) = wasm2rs_support::missing_processor_feature() {
        // As plainly as possible: other code may need the feature.
        let mut error = std::io::stderr();
        let _ = error.write_all(b"error: this program is compiled for a newer processor; this one lacks ");
        let _ = error.write_all(feature.as_bytes());
        let _ = error.write_all(b"\n");
        std::process::exit(1);
    }
    start();
}

// Apart, so that nothing of it is done before the processor is looked at.
#[inline(never)]
fn start() {
    // On Windows the stack of the main thread is small.
    let status = if cfg!(windows) {
        let thread = std::thread::Builder::new().stack_size(8 << 20).spawn(run);
        thread.map_or(1, |thread| thread.join().unwrap_or(101))
    } else {
        run()
    };
    std::process::exit(status);
}

fn run() -> i32 {
    program().unwrap_or_else(|message| {
        say(&message);
        1
    })
}

fn say(message: &str) {
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "error: {message}");
}

/// The status of the process after a call that gave no results.
fn status(trap: &Trap) -> i32 {
    trap.exit_code().unwrap_or_else(|| {
        say(&trap.to_string());
        TRAPPED
    })
}

/// Makes the instance, calls a function of it, and gives the status for the process.
fn call(
    host: Host,
    function: impl FnOnce(&mut Instance<Host>) -> Result<(), CallError>,
) -> Result<i32, String> {
    let mut instance = match Instance::new(host) {
        Ok(instance) => instance,
        Err(InstantiationError::Trap(trap)) => return Ok(status(&trap)),
        Err(error) => return Err(error.to_string()),
    };
    match function(&mut instance) {
        Ok(()) => Ok(0),
        Err(CallError::Trap(trap)) => Ok(status(&trap)),
        Err(error) => Err(error.to_string()),
    }
}
