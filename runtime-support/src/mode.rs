//! The choices that the platform and the features make, each written down once.
//!
//! `guarded`: memories lie in reservations of address space, and an access beyond a memory's size
//! is found by the processor. It takes 64-bit addresses, an operating system whose faults we know
//! how to take, and threads (each has to have its signal stack); the feature `checked` refuses it.
//!
//! `entry`: calls of exports go through a frame in assembly that a trap comes back to, instead of
//! unwinding. Miri can't run assembly.
//!
//! `scanned`: the collector reads the thread's stack, and so can run while generated code does. It
//! takes to know a thread's stack (`std`), and assembly to read it.
//!
//! `assembly`: accesses to shared memories are written in assembly, without which they take a lock.
//!
//! The macro has the name and the shape of the well-known crate's because rustfmt looks for
//! modules inside a macro only if it is called so.

/// Items for one side of a choice: `cfg_if! { if #[guarded] { … } else { … } }`, or `#[entry]`,
/// `#[scanned]` or `#[assembly]`.
macro_rules! cfg_if {
    (if #[guarded] $yes:tt else $no:tt) => {
        $crate::mode::cfg_if! { @choose [all(
            feature = "std",
            not(feature = "checked"),
            not(miri),
            target_pointer_width = "64",
            any(target_arch = "x86_64", target_arch = "aarch64"),
            any(
                target_os = "linux",
                target_os = "android",
                target_os = "macos",
                target_os = "freebsd",
                target_os = "windows",
            ),
        )] $yes $no }
    };
    (if #[entry] $yes:tt else $no:tt) => {
        $crate::mode::cfg_if! { @choose [all(
            not(miri),
            target_pointer_width = "64",
            any(target_arch = "x86_64", target_arch = "aarch64"),
        )] $yes $no }
    };
    (if #[scanned] $yes:tt else $no:tt) => {
        $crate::mode::cfg_if! { @choose [all(
            feature = "std",
            feature = "gc",
            not(miri),
            target_pointer_width = "64",
            any(target_arch = "x86_64", target_arch = "aarch64"),
        )] $yes $no }
    };
    (if #[assembly] $yes:tt else $no:tt) => {
        $crate::mode::cfg_if! { @choose [all(
            not(miri),
            target_pointer_width = "64",
            target_endian = "little",
            any(target_arch = "x86_64", target_arch = "aarch64"),
        )] $yes $no }
    };
    (@choose [$condition:meta] { $($yes:item)* } { $($no:item)* }) => {
        $(#[cfg($condition)] $yes)*
        $(#[cfg(not($condition))] $no)*
    };
}

pub(crate) use cfg_if;
