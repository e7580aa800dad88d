//! A C program, compiled for WASI, as a part of this program: `raytracer.wasm`.
//!
//! It gets this program's arguments and streams, and of the files only the current directory.
#![forbid(unsafe_code)]

use std::error::Error;
use std::process::ExitCode;

use wasm2rs_support::wasi::Wasi;

mod raytracer {
    wasm2rs_support::include_wasm!("raytracer.wasm");
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let wasi = Wasi::builder()
        .args(std::env::args_os())
        .inherit_stdio()
        .preopened_dir(".", ".")?
        .build();
    let status = run(wasi)?;
    Ok(ExitCode::from(u8::try_from(status).unwrap_or(1)))
}

/// Runs the program to its end, and gives its status.
fn run(wasi: Wasi) -> Result<i32, Box<dyn Error>> {
    let mut instance = raytracer::Instance::new(wasi)?;
    match instance.start() {
        Ok(()) => Ok(0),
        // A call of `exit` comes out as a trap that has the status.
        Err(trap) => trap.exit_code().ok_or_else(|| trap.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm2rs_support::wasi::WasiBuffer;

    #[test]
    fn the_picture_is_the_expected_one() {
        let output = WasiBuffer::new();
        let wasi = Wasi::builder()
            .arg("raytracer")
            .stdout(output.clone())
            .build();
        assert_eq!(run(wasi).expect("it runs"), 0);
        let expected = include_str!("../raytracer.expected");
        assert_eq!(String::from_utf8_lossy(&output.contents()), expected);
    }

    #[test]
    fn an_image_is_written_where_that_is_allowed() {
        let directory = std::env::temp_dir().join(format!("raytracer-{}", std::process::id()));
        std::fs::create_dir(&directory).expect("a directory");
        let arguments = ["raytracer", "--width", "24", "--image", "/out/picture.ppm"];
        let wasi = Wasi::builder()
            .args(arguments)
            .preopened_dir(&directory, "/out")
            .expect("the directory")
            .build();
        assert_eq!(run(wasi).expect("it runs"), 0);
        let picture = std::fs::read(directory.join("picture.ppm")).expect("a picture");
        std::fs::remove_dir_all(&directory).expect("removed");
        assert!(picture.starts_with(b"P6\n24 16\n255\n"));
        assert_eq!(picture.len(), 13 + 24 * 16 * 3);

        // The same without the directory.
        let errors = WasiBuffer::new();
        let wasi = Wasi::builder()
            .args(arguments)
            .stderr(errors.clone())
            .build();
        assert_eq!(run(wasi).expect("it runs"), 1);
        let errors = String::from_utf8_lossy(&errors.contents()).into_owned();
        assert!(errors.starts_with("/out/picture.ppm: "), "{errors}");
    }

    #[test]
    fn a_wrong_option_ends_it_with_its_status() {
        let errors = WasiBuffer::new();
        let wasi = Wasi::builder()
            .args(["raytracer", "--nonsense"])
            .stderr(errors.clone())
            .build();
        assert_eq!(run(wasi).expect("it runs"), 2);
        assert!(errors.contents().starts_with(b"usage: raytracer"));
    }
}
