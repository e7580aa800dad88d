//! [`Wasi`], the state of one guest.

use core::fmt;
use std::sync::Arc;

use super::builder::WasiBuilder;
use super::clock::Clocks;
use super::descriptor::Descriptors;
use super::random::Random;

/// What one guest sees of the world: arguments, environment, open files, clocks.
///
/// Made by [`Wasi::builder`]; see the [module](super) for what a guest is given. It is the first
/// argument of every function of [`snapshot_preview1`](super::snapshot_preview1).
pub struct Wasi(pub(super) Arc<State>);

/// What the threads of a guest have in common.
pub(super) struct State {
    /// Without the zero that ends each in the guest's memory.
    pub arguments: Vec<Vec<u8>>,
    /// `name=value`, likewise.
    pub environment: Vec<Vec<u8>>,
    pub descriptors: Descriptors,
    pub clocks: Clocks,
    pub random: Random,
}

impl Wasi {
    /// Describes what a guest is given, starting with nothing.
    pub fn builder() -> WasiBuilder {
        WasiBuilder::new()
    }

    /// The same world, for another thread of the guest: a file that one opens or closes is open or
    /// closed for the other.
    pub fn for_thread(&self) -> Wasi {
        Wasi(self.0.clone())
    }
}

impl fmt::Debug for Wasi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The environment may hold secrets.
        let arguments = self.0.arguments.iter();
        let arguments: Vec<_> = arguments.map(|a| String::from_utf8_lossy(a)).collect();
        f.debug_struct("Wasi")
            .field("arguments", &arguments)
            .finish_non_exhaustive()
    }
}

/// A host that has a [`Wasi`]: what an instance's host must be for its imports from
/// `wasi_snapshot_preview1`.
///
/// A [`Wasi`] is one. A host of your own, with further imports, holds one:
///
/// ```
/// use wasm2rs_support::wasi::{Wasi, WasiHost};
///
/// struct Host {
///     wasi: Wasi,
///     requests: u64,
/// }
///
/// impl WasiHost for Host {
///     fn wasi(&mut self) -> &mut Wasi {
///         &mut self.wasi
///     }
/// }
/// ```
pub trait WasiHost {
    /// The guest's state.
    fn wasi(&mut self) -> &mut Wasi;
}

impl WasiHost for Wasi {
    fn wasi(&mut self) -> &mut Wasi {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_can_be_sent_to_threads() {
        fn send<T: Send>() {}
        fn sync<T: Sync>() {}
        send::<Wasi>();
        sync::<Wasi>();
        send::<WasiBuilder>();
    }

    #[test]
    fn the_environment_is_not_shown() {
        let wasi = Wasi::builder()
            .arg("program")
            .env("TOKEN", "secret")
            .build();
        let shown = format!("{wasi:?}");
        assert!(
            shown.contains("program") && !shown.contains("secret"),
            "{shown}"
        );
    }
}
