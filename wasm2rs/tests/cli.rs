//! The command through its binary.
