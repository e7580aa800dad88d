//! Entering interpreted functions, and leaving them for others.

use super::code::{Code, Context, THREADED};
use super::control::stack_overflow;
use super::slot::{Slot, Width};
use super::stack::Window;
use super::translate;
use crate::any::AnyRef;
use crate::exception::ExnRef;
use crate::function::{FuncRef, FunctionEntry};
use crate::instance::Port;
use crate::memory::Mem;
use crate::simd::V128;
use crate::trap;
use crate::value::{ExternRef, FunctionType, RawValue, ValueType, WasmType};

/// Calls an interpreted function with values of any types; those that don't fit count as zero.
///
/// # Safety
/// As [`crate::function::Invoke`] says, of instances whose state is a [`super::state::State`].
pub(super) unsafe fn invoke(
    entry: &FunctionEntry,
    port: &Port,
    args: &[RawValue],
    results: &mut [RawValue],
) {
    let function_type = entry.function_type();
    // SAFETY: by the contract.
    unsafe {
        port.header()
            .resume::<super::state::State, _>(|context, memory| {
                run(context, memory, port.index(), function_type, args, results);
            });
    }
}

/// Runs a function that is not imported, or one of the host's.
fn run(
    context: &mut Context,
    memory: Mem<'_>,
    body: u32,
    function_type: FunctionType,
    args: &[RawValue],
    results: &mut [RawValue],
) {
    if let Some(place) = body.checked_sub(context.s.module.bodies.len() as u32) {
        return super::provided::call(context, place, args, results);
    }
    if trap::stack_pointer() < context.stack_limit() {
        stack_overflow();
    }
    if context.s.code(body).is_none() {
        prepare(context, body);
    }
    let height = context.s.machine().height();
    let Some(window) = context.s.machine().top() else {
        stack_overflow();
    };
    let mut slot = 0;
    for (place, &value_type) in function_type.params.iter().enumerate() {
        let zero = crate::function::zero(value_type);
        let value = args.get(place).copied().unwrap_or(zero);
        let fits = core::mem::discriminant(&value) == core::mem::discriminant(&zero);
        write(context, window, slot, if fits { value } else { zero });
        slot = slot.wrapping_add(Width::of(value_type).slots() as u16);
    }
    let machine = context.s.machine();
    let Some(code) = context.s.code(body) else {
        stack_overflow();
    };
    // SAFETY: the code is of the instance's module, which lives as long as its store.
    let mut next = unsafe { machine.call(code, machine.exit(), window, 0) };
    if next.is_none() {
        stack_overflow();
    }
    while let Some((ip, window)) = next {
        next = ip.run(context, window, memory);
    }
    debug_assert!(!THREADED || context.s.machine().height() == height);
    context.s.machine().reset(height);
    let mut slot = 0;
    for (result, &value_type) in results.iter_mut().zip(function_type.results) {
        *result = read(context, window, slot, value_type);
        slot = slot.wrapping_add(Width::of(value_type).slots() as u16);
    }
}

/// The value that code gives which takes nothing.
pub(super) fn evaluate(
    context: &mut Context,
    memory: Mem<'_>,
    code: &Code,
    value_type: ValueType,
) -> RawValue {
    let height = context.s.machine().height();
    let machine = context.s.machine();
    let Some(window) = machine.top() else {
        stack_overflow();
    };
    // SAFETY: a trap, which takes the frame away later, leaves the code where it is: it is not
    // dropped then.
    let mut next = unsafe { machine.call(code, machine.exit(), window, 0) };
    while let Some((ip, window)) = next {
        next = ip.run(context, window, memory);
    }
    context.s.machine().reset(height);
    read(context, window, 0, value_type)
}

/// Prepares a function that is called for the first time.
#[cold]
#[inline(never)]
pub(super) fn prepare(context: &Context, body: u32) {
    let done = trap::owning(|| {
        let module = &context.s.module;
        let code: Option<Code> = translate::translate(module, body).ok();
        match (code, module.bodies.get(body as usize)) {
            (Some(code), Some(body)) => {
                body.code.set(code);
                true
            }
            _ => false,
        }
    });
    if !done {
        // It needs more slots than can be named: more than any stack has room for.
        stack_overflow();
    }
}

/// What came of a call.
pub(super) enum External {
    /// The results are where the arguments were.
    Done,
    /// An exception, which lies in the context.
    Thrown,
}

/// As many values are on the thread's stack in most calls; larger lists take more of it.
const FEW: usize = 16;
const MANY: usize = 1024;

/// Calls a function that is not of this instance, with arguments from `slot` on.
#[inline(never)]
pub(super) fn call_external(
    context: &mut Context,
    function: FuncRef,
    slot: u16,
    window: Window,
) -> External {
    let FunctionType { params, results } = function.function_type();
    if params.len() <= FEW && results.len() <= FEW {
        call_with::<FEW>(context, function, slot, window)
    } else {
        call_with::<MANY>(context, function, slot, window)
    }
}

#[inline(never)]
fn call_with<const N: usize>(
    context: &mut Context,
    function: FuncRef,
    slot: u16,
    window: Window,
) -> External {
    if trap::stack_pointer() < context.stack_limit() {
        stack_overflow();
    }
    let function_type = function.function_type();
    let (mut args, mut results) = ([RawValue::I32(0); N], [RawValue::I32(0); N]);
    let (Some(args), Some(results)) = (
        args.get_mut(..function_type.params.len()),
        results.get_mut(..function_type.results.len()),
    ) else {
        // Validation allows no more than 1,000.
        stack_overflow();
    };
    let mut place = slot;
    for (arg, &value_type) in args.iter_mut().zip(function_type.params) {
        *arg = read(context, window, place, value_type);
        place = place.wrapping_add(Width::of(value_type).slots() as u16);
    }
    for (result, &value_type) in results.iter_mut().zip(function_type.results) {
        *result = crate::function::zero(value_type);
    }
    context.s.machine().set_top(window, place);
    let catches = &context.s.module.catches;
    if catches.load(core::sync::atomic::Ordering::Relaxed) {
        let outcome = crate::exception::catching(context, |context| {
            function.enter(context).call(function_type, args, results);
        });
        if outcome.is_err() {
            return External::Thrown;
        }
    } else {
        function.enter(context).call(function_type, args, results);
    }
    let mut place = slot;
    for &result in results.iter() {
        write(context, window, place, result);
        place = place.wrapping_add(Width::of(type_of(result)).slots() as u16);
    }
    External::Done
}

fn type_of(value: RawValue) -> ValueType {
    match value {
        RawValue::I32(_) => ValueType::I32,
        RawValue::I64(_) => ValueType::I64,
        RawValue::F32(_) => ValueType::F32,
        RawValue::F64(_) => ValueType::F64,
        RawValue::V128(_) => ValueType::V128,
        RawValue::FuncRef(_) => ValueType::FuncRef,
        RawValue::ExternRef(_) => ValueType::ExternRef,
        RawValue::ExnRef(_) => ValueType::ExnRef,
        RawValue::AnyRef(_) => ValueType::AnyRef,
    }
}

/// Whether a function is of a type of the module's, or of a subtype.
#[inline(always)]
pub(super) fn is_of_type(context: &Context, function: FuncRef, type_index: u32) -> bool {
    let wanted = context.s.module.types.list[type_index as usize].interned;
    let entry = function.entry();
    if let Some(same) = &wanted.entry
        && core::ptr::eq(entry, same)
    {
        return true;
    }
    is_subtype(entry, wanted)
}

#[inline(never)]
fn is_subtype(entry: &FunctionEntry, wanted: &super::types::Interned) -> bool {
    if wanted.plain && entry.type_info().is_none() {
        return entry.function_type() == wanted.function_type();
    }
    entry.is_subtype_of(&wanted.info)
}

/// The function that a slot holds, by its number in the store.
#[inline(always)]
pub(super) fn function(context: &Context, slot: u64) -> Option<FuncRef> {
    context.store().numbered_function(slot as u32)
}

/// The number of a function in the store.
#[inline(never)]
pub(super) fn number(context: &Context, function: FuncRef) -> u32 {
    trap::owning(|| context.store().number_of_function(function))
}

/// The number of a function of the module in the store.
#[inline(always)]
pub(super) fn number_of(context: &Context, function: u32) -> u32 {
    let known = &context.s.numbers[function as usize];
    if known.get() == 0 {
        known.set(number(context, context.s.functions[function as usize]));
    }
    known.get()
}

/// The value of a type in a slot.
pub(super) fn read(
    context: &Context,
    window: Window,
    slot: u16,
    value_type: ValueType,
) -> RawValue {
    match value_type {
        ValueType::I32 => i32::read(window, slot).into_raw(),
        ValueType::I64 => i64::read(window, slot).into_raw(),
        ValueType::F32 => f32::read(window, slot).into_raw(),
        ValueType::F64 => f64::read(window, slot).into_raw(),
        ValueType::V128 => V128::read(window, slot).into_raw(),
        ValueType::ExternRef => Option::<ExternRef>::read(window, slot).into_raw(),
        ValueType::AnyRef => Option::<AnyRef>::read(window, slot).into_raw(),
        ValueType::FuncRef => RawValue::FuncRef(function(context, window.get(slot))),
        ValueType::ExnRef => RawValue::ExnRef(exception(context, window.get(slot))),
    }
}

/// Puts a value into a slot, or two.
pub(super) fn write(context: &Context, window: Window, slot: u16, value: RawValue) {
    match value {
        RawValue::I32(value) => value.write(window, slot),
        RawValue::I64(value) => value.write(window, slot),
        RawValue::F32(value) => value.write(window, slot),
        RawValue::F64(value) => value.write(window, slot),
        RawValue::V128(value) => value.write(window, slot),
        RawValue::ExternRef(value) => value.write(window, slot),
        RawValue::AnyRef(value) => value.write(window, slot),
        RawValue::FuncRef(value) => {
            let number = value.map_or(0, |function| number(context, function));
            window.set(slot, number.into());
        }
        RawValue::ExnRef(value) => {
            let number = value.map_or(0, |exception| exception_number(context, exception));
            window.set(slot, number.into());
        }
    }
}

/// The exception that a slot holds, by its number in the store.
pub(super) fn exception(context: &Context, slot: u64) -> Option<ExnRef> {
    context.store().numbered_exception(slot as u32)
}

/// A number for an exception in the store.
pub(super) fn exception_number(context: &Context, exception: ExnRef) -> u32 {
    trap::owning(|| context.store().number_of_exception(exception))
}
