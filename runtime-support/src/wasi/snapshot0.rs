//! The functions of `wasi_unstable`, by name: those of
//! [`snapshot_preview1`](super::snapshot_preview1) as they were in 2019.
//!
//! The differences are few. What is known of a file has a shorter number of links (`filestat`), a
//! clock that is waited for has a number more (`subscription`), and `fd_seek` counts the places to
//! seek from in another order: current, end, start. (There was no `sock_accept` yet.)

use super::types::Abi;

const ABI: Abi = Abi::Snapshot0;

super::functions::define_all! {}
