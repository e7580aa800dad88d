//! References that the host holds.

/// Which of a heap's roots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RootId(pub(crate) u32);
