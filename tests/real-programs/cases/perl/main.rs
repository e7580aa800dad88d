//! Perl as a library: a WASI reactor that its host makes, calls many times, and is called by.
#![forbid(unsafe_code)]

use std::error::Error;
use std::io::Write;

use perl::{Caller, Instance};
use wasm2rs_support::wasi::{Wasi, WasiHost};
use wasm2rs_support::{HostError, Trap};

const SCALAR: i32 = 1;

struct Host(Wasi);

impl WasiHost for Host {
    fn wasi(&mut self) -> &mut Wasi {
        &mut self.0
    }
}

impl perl::Env for Host {
    /// The Perl function `twice`.
    fn call_host_function(
        caller: &mut Caller<'_, Self>,
        _function: i32,
        _count: i32,
        arguments: i32,
    ) -> Result<i32, HostError> {
        let bytes = caller.memory().read_vec(arguments.cast_unsigned(), 4)?;
        let argument = i32::from_le_bytes(bytes.try_into().unwrap_or_default());
        let mut perl = caller.instance();
        let place = perl.malloc(4)?;
        perl.zeroperl_to_int(argument, place)?;
        drop(perl);
        let bytes = caller.memory().read_vec(place.cast_unsigned(), 4)?;
        let number = i32::from_le_bytes(bytes.try_into().unwrap_or_default());
        Ok(caller.instance().zeroperl_new_int(2 * number)?)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let wasi = Wasi::builder()
        .arg("zeroperl")
        .inherit_stdout()
        .inherit_stderr()
        // It opens `/dev/null`.
        .preopened_dir(".", "/")?
        .preopened_dir(".", "/w")?
        .build();
    let mut perl = Instance::new(Host(wasi))?;
    perl.initialize()?;
    assert_eq!(perl.zeroperl_init()?, 0);
    let name = text(&mut perl, "twice")?;
    perl.zeroperl_register_function(1, name)?;
    let program = std::fs::read_to_string("prog.pl")?;
    for code in [&program, "die q(on purpose)", "print qq(still there\\n)"] {
        let code = text(&mut perl, code)?;
        let status = perl.zeroperl_eval(code, SCALAR, 0, 0)?;
        perl.free(code)?;
        perl.zeroperl_flush()?;
        let error = perl.zeroperl_last_error()? as usize;
        let memory = perl.memory();
        let error = memory.data().get(error..).unwrap_or_default();
        let end = error.iter().position(|&byte| byte == 0).unwrap_or(0);
        let error = if status == 0 {
            ""
        } else {
            std::str::from_utf8(&error[..end])?
        };
        println!(
            "{status} b'{}'",
            error.escape_default().to_string().replace("\\'", "'")
        );
        std::io::stdout().flush()?;
    }
    Ok(())
}

/// Puts a string into Perl's memory.
fn text(perl: &mut Instance<Host>, text: &str) -> Result<i32, Trap> {
    let place = perl.malloc(text.len() as i32 + 1)?;
    let mut memory = perl.memory();
    memory.write(place.cast_unsigned(), text.as_bytes())?;
    memory.write(place.cast_unsigned() + text.len() as u32, &[0])?;
    Ok(place)
}
