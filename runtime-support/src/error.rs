//! What can go wrong around a call: instantiating, linking, and calling by name.

use alloc::string::String;
use alloc::vec::Vec;
use core::error::Error;
use core::fmt;

use crate::memory::MemoryError;
use crate::table::TableError;
use crate::trap::Trap;
use crate::value::ValueType;

/// Why an instance could not be made (specification: *Execution, Modules, Instantiation*).
#[derive(Debug)]
#[non_exhaustive]
pub enum InstantiationError {
    /// An import is missing or does not fit.
    Link(LinkError),
    /// A memory of the module could not be had.
    Memory(MemoryError),
    /// A table of the module could not be had.
    Table(TableError),
    /// An initial segment does not fit, or the start function trapped.
    Trap(Trap),
    /// A module that was loaded at run time is not valid, or not supported.
    #[cfg(feature = "interpreter")]
    Invalid(crate::interpreter::LoadError),
    /// A module that was loaded at run time does not export what it has to.
    Interface(InterfaceError),
}

/// An export that a module loaded at run time lacks, or has with another type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceError {
    /// The name of the export.
    pub name: String,
    /// What it has to be.
    pub expected: String,
    /// What it is, if there is one.
    pub got: Option<String>,
}

impl fmt::Display for InterfaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let InterfaceError {
            name,
            expected,
            got,
        } = self;
        match got {
            None => write!(f, "missing export: `{name}` must be {expected}"),
            Some(got) => write!(
                f,
                "incompatible export: `{name}` must be {expected}, it is {got}"
            ),
        }
    }
}

impl Error for InterfaceError {}

/// An import that is missing or does not fit (specification: *External Typing*).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkError {
    /// The module name of the import.
    pub module: String,
    /// The name of the import.
    pub name: String,
    /// What is wrong with it.
    pub reason: LinkReason,
}

/// What is wrong with an import.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkReason {
    /// Nothing of that name was given.
    Unknown,
    /// What was given is of another type: expected, and got.
    IncompatibleType(String, String),
    /// It belongs to another store than the instance or its other imports.
    OtherStore,
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LinkError {
            module,
            name,
            reason,
        } = self;
        match reason {
            LinkReason::Unknown => write!(f, "unknown import: `{module}` `{name}` is not given"),
            LinkReason::IncompatibleType(expected, got) => write!(
                f,
                "incompatible import type: `{module}` `{name}` must be {expected}, it is {got}"
            ),
            LinkReason::OtherStore => write!(
                f,
                "import `{module}` `{name}` belongs to another store; instances that share things \
                 must be made in one `Store`"
            ),
        }
    }
}

impl Error for LinkError {}

impl fmt::Display for InstantiationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InstantiationError::Link(error) => error.fmt(f),
            InstantiationError::Memory(error) => error.fmt(f),
            InstantiationError::Table(error) => error.fmt(f),
            InstantiationError::Trap(trap) => trap.fmt(f),
            #[cfg(feature = "interpreter")]
            InstantiationError::Invalid(error) => error.fmt(f),
            InstantiationError::Interface(error) => error.fmt(f),
        }
    }
}

impl Error for InstantiationError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            InstantiationError::Link(error) => Some(error),
            InstantiationError::Memory(error) => Some(error),
            InstantiationError::Table(error) => Some(error),
            InstantiationError::Trap(trap) => Some(trap),
            #[cfg(feature = "interpreter")]
            InstantiationError::Invalid(error) => Some(error),
            InstantiationError::Interface(error) => Some(error),
        }
    }
}

impl From<LinkError> for InstantiationError {
    fn from(error: LinkError) -> Self {
        InstantiationError::Link(error)
    }
}

#[cfg(feature = "interpreter")]
impl From<crate::interpreter::LoadError> for InstantiationError {
    fn from(error: crate::interpreter::LoadError) -> Self {
        InstantiationError::Invalid(error)
    }
}

impl From<InterfaceError> for InstantiationError {
    fn from(error: InterfaceError) -> Self {
        InstantiationError::Interface(error)
    }
}

impl From<MemoryError> for InstantiationError {
    fn from(error: MemoryError) -> Self {
        InstantiationError::Memory(error)
    }
}

impl From<TableError> for InstantiationError {
    fn from(error: TableError) -> Self {
        InstantiationError::Table(error)
    }
}

impl From<Trap> for InstantiationError {
    fn from(trap: Trap) -> Self {
        InstantiationError::Trap(trap)
    }
}

/// Why a call through the untyped view failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallError {
    /// The instance exports no function of that name.
    UnknownFunction(String),
    /// The arguments do not fit the function's parameters.
    Arguments {
        /// The types of the parameters.
        expected: &'static [ValueType],
        /// The types of the arguments.
        got: Vec<ValueType>,
    },
    /// An argument refers to a function of another store.
    OtherStore,
    /// The call ended in a trap.
    Trap(Trap),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::UnknownFunction(name) => write!(f, "no function `{name}` is exported"),
            CallError::Arguments { expected, got } => {
                write!(
                    f,
                    "the function takes {}, it was given {}",
                    List(expected),
                    List(got)
                )
            }
            CallError::OtherStore => f.write_str("an argument is a function of another store"),
            CallError::Trap(trap) => trap.fmt(f),
        }
    }
}

/// Value types as a person reads them.
struct List<'a>(&'a [ValueType]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (i, value_type) in self.0.iter().enumerate() {
            write!(f, "{}{value_type}", if i == 0 { "" } else { ", " })?;
        }
        f.write_str(")")
    }
}

impl Error for CallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            CallError::Trap(trap) => Some(trap),
            _ => None,
        }
    }
}

impl From<Trap> for CallError {
    fn from(trap: Trap) -> Self {
        CallError::Trap(trap)
    }
}
