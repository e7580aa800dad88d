//! Modules that were loaded at run time behind an interface that is known when the program is
//! compiled: what generated code makes of them (feature `interpreter`).
//!
//! The interface is that of a translated module. The loaded one has to export everything that the
//! translated one does, with the same types, and may import what that imports. It is checked when an
//! instance is made; from then on exports are known by their places in the interface.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::marker::PhantomData;

use crate::any::AnyRef;
use crate::error::{InstantiationError, InterfaceError};
use crate::exception::{ExnRef, Tag};
use crate::export::{Extern, Imports, Linked};
use crate::function::{Func, FuncRef};
use crate::gc::{ReferenceType, TypeInfo};
use crate::global::{Global, SharedGlobal, SharedGlobalType};
use crate::instance::{self, InstanceMut};
use crate::interpreter::{self, Module};
use crate::memory::MemoryType;
use crate::shared_memory::{Memory, MemoryMut};
use crate::store::Store;
use crate::table::{AnyTable, Reference, Table};
use crate::threads::SharedMemory;
use crate::value::{FunctionType, Value, ValueType};
use crate::{CallError, HostMut};

pub use crate::interpreter::{HostCall, HostFunction};

/// What an export has to be.
#[derive(Clone, Copy, Debug)]
pub enum ExternType {
    /// A function.
    Function(DescribedType),
    /// A memory; its limits don't matter.
    Memory(MemoryType),
    /// A table; its limits don't matter.
    Table {
        /// The type of its elements,
        element: ValueType,
        /// and whether its indices have 64 bits.
        table64: bool,
        /// The type of its elements where that isn't all of it.
        reference: Option<ReferenceType>,
    },
    /// A global.
    Global {
        /// The type of its value.
        value_type: ValueType,
        /// Whether it can change.
        mutable: bool,
        /// The type of its value where that isn't all of it.
        reference: Option<ReferenceType>,
    },
    /// A tag.
    Tag {
        /// What its exceptions carry.
        params: &'static [ValueType],
        /// Its type where that isn't all of it.
        info: Option<&'static TypeInfo>,
    },
}

/// The type of a function.
#[derive(Clone, Copy, Debug)]
pub struct DescribedType {
    /// Its parameters and results.
    pub function_type: FunctionType,
    /// Its type where that isn't all of it.
    pub info: Option<&'static TypeInfo>,
}
