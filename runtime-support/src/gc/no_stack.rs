//! Where the stack can't be read.

use super::Marker;

/// Never called: there is no stack whose end is known.
///
/// # Safety
/// Safe.
pub(super) unsafe fn mark(_marker: &mut Marker<'_>, _end: usize) {
    unreachable!("a stack that can be read, where none can");
}
