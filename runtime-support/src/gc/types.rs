//! What the collector knows of a type.

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

/// What an object consists of.
///
/// Wrong numbers make a wrong program, nothing worse: the collector looks no further than the
/// object's own bytes.
#[derive(Debug)]
pub enum Layout {
    /// A structure.
    Struct {
        /// Its size in bytes, with the header of 8.
        size: u32,
        /// Where the fields that are references begin, in bytes from the object's address.
        references: &'static [u32],
    },
    /// An array.
    Array {
        /// The size of an element in bytes.
        element: u32,
        /// Whether the elements are references.
        references: bool,
    },
    /// A value of the host's: one `u64`.
    Host,
    /// A function.
    Function,
}
