//! Objects that are garbage collected: structures, arrays, and what else references lead to
//! (specification: *Execution, Runtime Structure, Structure Instances* and *Array Instances*).
//!
//! A store has one [`Heap`]. Its objects are bytes of a linear memory of ours, so that generated
//! code reaches them as it reaches any memory, and no reference, right or wrong, leads out of it.
//! All that the collector goes by lies elsewhere. It reads types, lengths and references from the
//! objects, and takes none of them for granted: whatever the bytes are, it stays inside of the heap
//! and comes to an end.
//!
//! | file | |
//! |---|---|
//! | `gc/reference.rs` | references |
//! | `gc/types.rs` | what the collector knows of a type |
//! | `gc/size.rs` | the classes of sizes |
//! | `gc/block.rs` | blocks, and which of their cells hold objects |
//! | `gc/space.rs` | all blocks of a heap: which are free, which are to be swept |
//! | `gc/heap.rs` | allocation, and when to collect |
//! | `gc/mark.rs` | which objects are in use |
//! | `gc/stack.rs`, `gc/no_stack.rs` | references on the thread's stack |
//! | `gc/root.rs` | references that the host holds |

#[cfg(feature = "gc")]
mod block;
#[cfg(feature = "gc")]
mod heap;
#[cfg(feature = "gc")]
mod mark;
#[cfg(feature = "gc")]
mod reference;
mod reference_type;
#[cfg(feature = "gc")]
mod root;
#[cfg(feature = "gc")]
mod size;
#[cfg(feature = "gc")]
mod space;
mod types;

#[cfg(feature = "gc")]
crate::mode::cfg_if! { if #[scanned] {
    mod stack;
} else {
    mod no_stack;
    use no_stack as stack;
} }

#[cfg(all(test, feature = "std", feature = "gc"))]
mod bench;
#[cfg(all(test, feature = "std", feature = "gc"))]
mod tests;

#[cfg(feature = "gc")]
pub(crate) use heap::Heap;
#[cfg(feature = "gc")]
pub(crate) use mark::Marker;
#[cfg(feature = "gc")]
pub use reference::AnyRef;
pub use reference_type::{HeapType, ReferenceType};
#[cfg(feature = "gc")]
pub(crate) use root::RootId;
pub use types::{Layout, TypeInfo};
