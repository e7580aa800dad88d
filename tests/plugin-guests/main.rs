//! A guest made by its own toolkit, with the host of the examples.
#![forbid(unsafe_code)]

#[allow(dead_code, unused_imports)]
mod guests {
    pub mod ECOSYSTEM {
        include!(concat!(env!("OUT_DIR"), "/GUEST"));
    }
}
#[allow(dead_code)]
#[path = "HOST"]
mod ECOSYSTEM;
#[allow(dead_code)]
#[path = "CHECK"]
mod check;

type Error = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Error> {
    check::CALL
}
