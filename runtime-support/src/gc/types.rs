//! What the collector knows of a type.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// A type of objects, as generated code describes it (specification: *Types, Composite Types*).
#[derive(Debug)]
pub struct TypeInfo {
    /// The same for the same type, also in other modules, and for no other type.
    pub identity: u128,
    /// The identities of all types that it is a subtype of, other than itself.
    pub supertypes: &'static [u128],
    /// Where references lie in an object.
    pub layout: Layout,
}

/// What an object consists of, behind a header of 8 bytes (specification: *Structure Types*, *Array
/// Types*).
///
/// Wrong numbers make a wrong program, nothing worse: the collector looks no further than the
/// object's own bytes.
#[derive(Debug)]
pub enum Layout {
    /// A structure.
    Struct {
        /// Its size in bytes, with the header.
        size: u32,
        /// Where the fields that are references begin, in bytes from the object's address.
        references: &'static [u32],
    },
    /// An array.
    Array {
        /// The size of an element in bytes.
        element: u32,
        /// Whether the elements are references, of 4 bytes each.
        references: bool,
    },
    /// A value of the host's: one `u64`.
    Host,
    /// A function.
    Function,
}

/// The types of a heap's objects, by numbers.
pub(super) struct Types {
    infos: Vec<&'static TypeInfo>,
    numbers: BTreeMap<u128, u32>,
}

impl Types {
    pub(super) fn new() -> Types {
        Types {
            infos: Vec::new(),
            numbers: BTreeMap::new(),
        }
    }

    /// The number of a type. Never 0, which is what cells have that hold nothing.
    pub(super) fn number(&mut self, info: &'static TypeInfo) -> u32 {
        *self.numbers.entry(info.identity).or_insert_with(|| {
            self.infos.push(info);
            self.infos.len() as u32
        })
    }

    /// The type with this number.
    #[inline(always)]
    pub(super) fn get(&self, number: u32) -> Option<&'static TypeInfo> {
        self.infos.get(number.wrapping_sub(1) as usize).copied()
    }
}
