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

/// Where references lie in an object, as the marker needs it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// Nowhere.
    Plain,
    /// At these offsets.
    Fields {
        offsets: &'static [u32],
        /// How many bytes they take, from the beginning of the object.
        reach: u64,
    },
    /// Behind the header, as many as the object's length says.
    Elements,
}

impl Layout {
    fn shape(&self) -> Shape {
        match *self {
            Layout::Struct { references, .. } => match references.iter().max() {
                Some(&last) => Shape::Fields {
                    offsets: references,
                    reach: u64::from(last) + 4,
                },
                None => Shape::Plain,
            },
            Layout::Array { references, .. } if references => Shape::Elements,
            Layout::Array { .. } | Layout::Host | Layout::Function => Shape::Plain,
        }
    }
}

/// The types of a heap's objects, by numbers.
pub(super) struct Types {
    infos: Vec<&'static TypeInfo>,
    shapes: Vec<Shape>,
    numbers: BTreeMap<u128, u32>,
}

impl Types {
    pub(super) fn new() -> Types {
        Types {
            infos: Vec::new(),
            shapes: Vec::new(),
            numbers: BTreeMap::new(),
        }
    }

    /// The number of a type. Never 0, which is what cells have that hold nothing.
    pub(super) fn number(&mut self, info: &'static TypeInfo) -> u32 {
        *self.numbers.entry(info.identity).or_insert_with(|| {
            self.infos.push(info);
            self.shapes.push(info.layout.shape());
            self.infos.len() as u32
        })
    }

    /// The type with this number.
    pub(super) fn get(&self, number: u32) -> Option<&'static TypeInfo> {
        self.infos.get(number.wrapping_sub(1) as usize).copied()
    }

    /// The shape of objects of a type.
    #[inline(always)]
    pub(super) fn shape(&self, number: u32) -> Shape {
        let shape = self.shapes.get(number.wrapping_sub(1) as usize);
        shape.copied().unwrap_or(Shape::Plain)
    }
}
