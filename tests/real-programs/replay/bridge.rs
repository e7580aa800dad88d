//! The host of the module that stands between; `library.py` fills in its functions.
#![allow(unused_imports)]

use wasm2rs_support::{ExternRef, Func, HostError, InstantiationError, Store, Value};

use crate::Player;

mod wasm {
    include!("wasm.rs");
}
use wasm::{Caller, Instance};

pub fn instance(store: &Store, player: Player) -> Result<Instance<Player>, InstantiationError> {
    Instance::new_in(store, player)
}

/// The player, let go of while it plays: it may call the module, and that import again.
fn import(
    caller: &mut Caller<'_, Player>,
    number: usize,
    arguments: &[Value],
) -> Result<Vec<Value>, HostError> {
    let player = Player::clone(caller);
    let _instance = caller.enter();
    player.import(number, arguments)
}

impl wasm::Host for Player {
    // METHODS
}
