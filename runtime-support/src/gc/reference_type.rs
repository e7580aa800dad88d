//! Reference types in full, for comparing what is imported with what is asked for
//! (specification: *Types, Reference Types*; *Matching*).

use super::TypeInfo;

/// A reference type.
#[derive(Clone, Copy, Debug)]
pub struct ReferenceType {
    /// Whether null is among its values.
    pub nullable: bool,
    /// What the others refer to.
    pub heap: HeapType,
}

/// What references of a type refer to (specification: *Heap Types*).
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "they are called as in the specification")]
pub enum HeapType {
    Func,
    NoFunc,
    Extern,
    NoExtern,
    Exn,
    NoExn,
    Any,
    Eq,
    I31,
    Struct,
    Array,
    None,
    /// Something of a type of the module's.
    Type(&'static TypeInfo),
}

impl ReferenceType {
    /// Whether all its values are values of the other.
    pub fn matches(self, other: ReferenceType) -> bool {
        (other.nullable || !self.nullable) && self.heap.matches(other.heap)
    }

    /// Whether both have the same values.
    pub fn equals(self, other: ReferenceType) -> bool {
        self.matches(other) && other.matches(self)
    }
}

impl HeapType {
    fn matches(self, other: HeapType) -> bool {
        use super::Layout;
        use HeapType::*;
        match (self, other) {
            (Type(own), Type(wanted)) => {
                own.identity == wanted.identity || own.supertypes.contains(&wanted.identity)
            }
            (NoFunc, Func | NoFunc)
            | (Func, Func)
            | (NoExtern, Extern | NoExtern)
            | (Extern, Extern)
            | (NoExn, Exn | NoExn)
            | (Exn, Exn)
            | (Any, Any)
            | (Eq, Eq | Any)
            | (I31, I31 | Eq | Any)
            | (Struct, Struct | Eq | Any)
            | (Array, Array | Eq | Any)
            | (None, None | I31 | Struct | Array | Eq | Any) => true,
            (NoFunc, Type(wanted)) => matches!(wanted.layout, Layout::Function),
            (None, Type(wanted)) => !matches!(wanted.layout, Layout::Function),
            (Type(own), wanted) => match own.layout {
                Layout::Function => matches!(wanted, Func),
                Layout::Struct { .. } => matches!(wanted, Struct | Eq | Any),
                Layout::Array { .. } => matches!(wanted, Array | Eq | Any),
                Layout::Host => matches!(wanted, Any),
            },
            _ => false,
        }
    }
}
