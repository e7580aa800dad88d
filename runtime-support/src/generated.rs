//! What generated code uses. Not for anything else: it changes with the translator.

pub use crate::any::AnyRef;
pub use crate::error::CallError;
pub use crate::exception::{
    ExnRef, Tag, Thrown, catching, rethrow, rethrow_out, throw, throw_out, uncaught,
};
pub use crate::export::{
    Export, ExportKind, Extern, GlobalPlace, Linked, ModuleState, Resolver, Source, View,
};
pub use crate::function::{
    Foreign, Func, FuncRef, FunctionEntry, cast_failure, function_of, non_null,
};
pub use crate::function::{checked_function, function_is_a};
pub use crate::gc::{HeapType, Layout, ReferenceType, TypeInfo};
pub use crate::global::{Global, Globals, SharedGlobals};
pub use crate::instance::{Context, HostMut};
use crate::memory::{AddressType, Form};
pub use crate::memory::{Exact32, Exact64, Mem, MemoryType, Ordinary, Paged64, force};
pub use crate::memory::{Shared32, Shared64, SharedExact32, SharedExact64, atomic_fence};
pub use crate::numeric;
#[cfg(feature = "gc")]
pub use crate::object::{CastTarget, Roots, i31_get_s, i31_get_u, object_types, same_reference};
pub use crate::shared_memory::{Memory, MemoryMut};
pub use crate::simd::{V128, f32x4, f64x2, i8x16, i16x8, i32x4, i64x2, opaque_v128, v128};
pub use crate::table::{Reference, Table, TableSlot, narrow};
pub use crate::threads::SharedMemory;
pub use crate::trap::{HostError, Trap, TrapKind};
pub use crate::value::{ExternRef, FunctionType, RawValue, Value, ValueType, WasmType};
pub use crate::{InstantiationError, Store};
pub use alloc::boxed::Box;
pub use alloc::vec;
pub use alloc::vec::Vec;

/// Modules behind an interface that is known when the program is compiled.
#[cfg(feature = "interpreter")]
pub use crate::interpreter::loaded;

/// The types that generated code wraps in its own of the same names.
pub mod instance {
    pub use crate::instance::{Caller, Instance, InstanceMut};
}

/// The version of the generator that this crate goes with.
///
/// Generated code compares it with its own, so that a mismatch is a message and not a riddle.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Whether two versions are the same; `==` of strings is not `const`.
pub const fn same_version(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// `unreachable`
#[cold]
#[inline(never)]
pub fn unreachable() -> ! {
    crate::trap::raise(TrapKind::Unreachable)
}

/// A trap of the given kind.
#[cold]
#[inline(never)]
pub fn trap(kind: TrapKind) -> ! {
    crate::trap::raise(kind)
}

#[cold]
#[inline(never)]
fn stack_overflow() -> ! {
    crate::trap::raise(TrapKind::StackOverflow)
}

/// Traps when the stack has reached its limit. Functions that may call themselves, by whatever
/// way, begin with it.
#[inline(always)]
pub fn check_stack<S: 'static>(context: &Context<S>) {
    if crate::trap::stack_pointer() < context.stack_limit() {
        stack_overflow();
    }
}

/// What a function that runs in steps gives: its result, or what to go on with in its place
/// (specification: `return_call`). The arguments wait in the state.
pub enum Step<S: ModuleState, R> {
    /// The result of the chain.
    Done(R),
    /// The next step.
    Next(NextStep<S, R>),
}

/// A function to go on with.
pub type NextStep<S, R> = fn(&mut Context<S>, Mem<'_, <S as ModuleState>::Memory>) -> Step<S, R>;

/// Runs steps until there is a result.
#[inline(always)]
pub fn run_steps<S: ModuleState, R>(
    c: &mut Context<S>,
    m: Mem<'_, S::Memory>,
    first: Step<S, R>,
) -> R {
    let mut step = first;
    loop {
        match step {
            Step::Done(result) => return result,
            Step::Next(next) => step = next(c, m),
        }
    }
}

/// Stands after a call that LLVM must not make a jump: endless recursion has to use up the stack.
#[inline(always)]
pub fn keep_frame() {
    #[cfg(all(
        any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "x86"),
        not(miri)
    ))]
    // SAFETY: an empty instruction sequence; it has no effect but to be there.
    unsafe {
        core::arch::asm!("", options(nomem, nostack, preserves_flags))
    }
    #[cfg(any(
        not(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "x86")),
        miri
    ))]
    core::hint::black_box(());
}

/// Stands first in what the module says is unlikely to be reached (proposal *branch hinting*): rustc
/// gives blocks that call something cold little weight, so LLVM moves them out of the way. Nothing
/// is called in the end. (`core::hint::cold_path` is younger than the oldest Rust that is
/// supported.)
#[cold]
#[inline]
pub fn cold_path() {}

/// The bytes of a data segment, out of the blob that holds them all: none when it is dropped.
#[inline]
pub fn segment(data: &'static [u8], offset: u32, length: u32, dropped: bool) -> &'static [u8] {
    if dropped {
        return &[];
    }
    let start = offset as usize;
    data.get(start..start.saturating_add(length as usize))
        .unwrap_or(&[])
}

/// Argument `place` of a call by tools, which has been checked to be of the right type.
pub fn argument<T: WasmType>(args: &[RawValue], place: usize) -> T {
    args.get(place).map_or(T::ZERO, |&raw| T::from_raw(raw))
}

/// Gives result `place` of a call by tools.
pub fn give<T: WasmType>(results: &mut [RawValue], place: usize, value: T) {
    if let Some(result) = results.get_mut(place) {
        *result = value.into_raw();
    }
}

/// A value for a call of a function that has no code of a Rust type.
pub fn raw<T: WasmType>(value: T) -> RawValue {
    value.into_raw()
}

/// Room for the results of such a call.
pub fn no_values<const N: usize>() -> [RawValue; N] {
    [RawValue::I32(0); N]
}

/// A reference to the function at `entry` of [`ModuleState::functions`]: to the function itself
/// where it is imported from another instance.
pub fn function_reference<S: ModuleState>(context: &Context<S>, entry: usize) -> FuncRef {
    let linked = context.s.linked().get(entry).copied().flatten();
    linked.unwrap_or_else(|| context.reference(&context.s.functions()[entry]))
}

/// An element segment that has been dropped.
pub fn no_elements<T>() -> Box<[Option<T>]> {
    // Of no size, hence without the allocator.
    Box::new([])
}

/// `elem.drop`
pub fn drop_elements<T>(elements: &mut Box<[Option<T>]>) {
    crate::trap::owning(|| *elements = no_elements());
}

/// The elements of a segment of expressions.
pub fn boxed<T: Copy, const N: usize>(elements: [Option<T>; N]) -> Box<[Option<T>]> {
    crate::trap::owning(|| Box::new(elements))
}

/// The `index`th of the little-endian numbers in `bytes`.
fn number(bytes: &[u8], index: usize) -> u32 {
    let number = bytes
        .get(index * 4..index * 4 + 4)
        .and_then(|number| number.try_into().ok());
    u32::from_le_bytes(number.unwrap_or([0xFF; 4]))
}

fn element<S: ModuleState>(
    context: &Context<S>,
    functions: &[u8],
    index: usize,
) -> Option<FuncRef> {
    match number(functions, index) {
        u32::MAX => None,
        entry => Some(function_reference(context, entry as usize)),
    }
}

/// The elements of a segment of functions: little-endian places in [`ModuleState::functions`].
pub fn elements<S: ModuleState>(
    context: &Context<S>,
    functions: &'static [u8],
) -> Box<[Option<FuncRef>]> {
    let elements = (0..functions.len() / 4).map(|index| element(context, functions, index));
    // The allocator must not be left half-way by a trap.
    crate::trap::owning(|| elements.collect())
}

/// Writes an active segment of functions to a table.
pub fn init_table<S: ModuleState>(
    context: &Context<S>,
    table: usize,
    offset: i32,
    functions: &'static [u8],
) {
    let table = &context.s.func_tables()[table];
    let count = functions.len() / 4;
    table.init_with(offset, count, |index| element(context, functions, index));
}

/// Writes an active segment of other elements to a table.
pub fn init_elements<T: Reference>(table: &TableSlot<T>, offset: i32, elements: &[Option<T>]) {
    table.init_with(offset, elements.len(), |index| elements[index]);
}

/// Writes active data segments to a memory, in order. At `position` in `data` is a table of them:
/// address, position and length of each.
pub fn init_memory<F: Form>(m: Mem<'_, F>, data: &'static [u8], position: usize, count: usize) {
    let table = data.get(position..).unwrap_or(&[]);
    for segment_index in 0..count {
        let field = |place| number(table, segment_index * 3 + place);
        let bytes = segment(data, field(1), field(2), false);
        let address = F::Address::wrap(field(0).into());
        m.init(bytes, address, 0, (bytes.len() as u32).cast_signed());
    }
}
