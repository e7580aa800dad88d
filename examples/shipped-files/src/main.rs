//! A C program, compiled for WASI, and the files it reads: all in this one binary.
#![forbid(unsafe_code)]

use std::error::Error;

use wasm2rs_support::wasi::{Errno, Wasi, WasiFiles};

mod render {
    wasm2rs_support::include_wasm!("render.wasm");
}

/// The files that the program ships with. Nothing is copied: they stay where they are in the binary.
fn files() -> Result<WasiFiles, Errno> {
    let files = WasiFiles::new();
    let shipped: [(&str, &'static [u8]); 3] = [
        ("template.html", include_bytes!("../files/template.html")),
        (
            "pages/hello.txt",
            include_bytes!("../files/pages/hello.txt"),
        ),
        (
            "pages/other.txt",
            include_bytes!("../files/pages/other.txt"),
        ),
    ];
    for (path, contents) in shipped {
        files.write(path, contents)?;
    }
    Ok(files)
}

/// Has the program make the site, and gives it back as files in memory.
fn site() -> Result<WasiFiles, Box<dyn Error>> {
    // It may write a megabyte, and nothing but here.
    let out = WasiFiles::with_limit(1 << 20);
    let wasi = Wasi::builder()
        .arg("render")
        .inherit_stdio()
        .preopened_files(&files()?, "/files")
        .preopened_files_writable(&out, "/out")
        // The same site, whenever it is made.
        .deterministic(0)
        .build();
    render::Instance::new(wasi)?.start()?;
    Ok(out)
}

fn main() -> Result<(), Box<dyn Error>> {
    let site = site()?;
    for path in site.paths() {
        println!("--- {path}");
        print!("{}", String::from_utf8_lossy(&site.read(&path)?));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_site_is_made_of_what_was_shipped() {
        let site = site().expect("a site");
        assert_eq!(site.paths(), ["hello.html", "other.html"]);
        let page = site.read("other.html").expect("a page");
        assert_eq!(
            String::from_utf8_lossy(&page),
            "<!doctype html>\n<title>other</title>\n<p>This one, too.</p>\n\
             <footer>made on 2020-01-01</footer>\n"
        );
    }

    #[test]
    fn what_was_shipped_stays_as_it_is() {
        let files = files().expect("the files");
        assert_eq!(
            files.paths(),
            ["pages/hello.txt", "pages/other.txt", "template.html"]
        );
    }
}
