//! A guest made by its own toolkit, with the host of the examples.
#![forbid(unsafe_code)]

/// The guest, fitted to the interface that the host is written for.
mod guests {
    pub mod ECOSYSTEM {
        include!(concat!(env!("OUT_DIR"), "/adapters.rs"));
    }
}
#[allow(dead_code)]
#[path = "HOST"]
mod ECOSYSTEM;
#[path = "CHECK"]
mod check;

type Error = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Error> {
    check::check()
}
