//! Branches, calls and returns, and what moves values.

use super::code::{At, Context, Data, Ip, Jump, Next, Plain, Table, go_on};
use super::exception;
use super::run::{self, External};
use super::slot::Slot;
use super::stack::Window;
use crate::function::FuncRef;
use crate::memory::Mem;
use crate::table::narrow;
use crate::trap::{self, TrapKind};

#[cold]
#[inline(never)]
pub(super) fn stack_overflow() -> ! {
    trap::raise(TrapKind::StackOverflow)
}

#[cold]
#[inline(never)]
fn type_mismatch() -> ! {
    trap::raise(TrapKind::IndirectCallTypeMismatch)
}

/// `unreachable`
pub(super) fn unreachable(_: &mut Context, _: At<Plain>, _: Window, _: Mem<'_>) -> Next {
    crate::generated::unreachable()
}

/// Ends the outermost call of this instance.
pub(super) fn exit(_: &mut Context, _: At<Plain>, _: Window, _: Mem<'_>) -> Next {
    None
}

/// Goes elsewhere.
pub(super) fn jump(context: &mut Context, at: At<Jump>, window: Window, memory: Mem<'_>) -> Next {
    go_on(context, at.target(), window, memory)
}

/// Goes to the place in the table that a slot says.
pub(super) fn jump_table(
    context: &mut Context,
    at: At<Table>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let index = i32::read(window, at.a()).cast_unsigned();
    go_on(context, at.target(index), window, memory)
}

/// `dst`, `src`
pub(super) fn copy(context: &mut Context, at: At<Plain>, window: Window, memory: Mem<'_>) -> Next {
    window.set(at.a(), window.get(at.b()));
    go_on(context, at.next(), window, memory)
}

/// `dst`, `src`: two slots each.
pub(super) fn copy_two(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    window.set_two(at.a(), window.get_two(at.b()));
    go_on(context, at.next(), window, memory)
}

/// `dst`, `src`, count: so many slots; where they overlap, `dst` is the lower.
pub(super) fn copy_many(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let (to, from) = (at.a(), at.b());
    for slot in 0..at.c() {
        let value = window.get(from.wrapping_add(slot));
        window.set(to.wrapping_add(slot), value);
    }
    go_on(context, at.next(), window, memory)
}

/// `dst`; a number of 32 bits, sign-extended.
pub(super) fn constant(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let value = i64::from(at.cd().cast_signed());
    window.set(at.a(), value.cast_unsigned());
    go_on(context, at.next(), window, memory)
}

/// `dst`; 64 bits.
pub(super) fn constant_wide(
    context: &mut Context,
    at: At<Data<1>>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    window.set(at.a(), at.data::<0>());
    go_on(context, at.next(), window, memory)
}

/// `dst`; 128 bits.
pub(super) fn constant_vector(
    context: &mut Context,
    at: At<Data<2>>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    window.set_two(at.a(), [at.data::<0>(), at.data::<1>()]);
    go_on(context, at.next(), window, memory)
}

/// Slots from the first to the one before the second become zero.
pub(super) fn zero(context: &mut Context, at: At<Plain>, window: Window, memory: Mem<'_>) -> Next {
    for slot in at.a()..at.b() {
        window.set(slot, 0);
    }
    go_on(context, at.next(), window, memory)
}

/// `dst`, then, otherwise, condition.
pub(super) fn select(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let (then, otherwise) = (window.get(at.b()), window.get(at.c()));
    let condition = i32::read(window, at.d()) != 0;
    window.set(at.a(), if condition { then } else { otherwise });
    go_on(context, at.next(), window, memory)
}

/// `dst`, then, otherwise, condition: values of two slots.
pub(super) fn select_two(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let (then, otherwise) = (window.get_two(at.b()), window.get_two(at.c()));
    let condition = i32::read(window, at.d()) != 0;
    window.set_two(at.a(), if condition { then } else { otherwise });
    go_on(context, at.next(), window, memory)
}

/// Ends the call; the results are in place.
#[inline(always)]
fn leave(context: &mut Context, memory: Mem<'_>) -> Next {
    match context.s.machine().leave() {
        Some((ip, window)) => go_on(context, ip, window, memory),
        // A function that runs has a frame. (To give `None` here would keep LLVM from making a jump
        // of the other arm.)
        None => stack_overflow(),
    }
}

/// Returns; the results are in the first slots.
pub(super) fn ret(context: &mut Context, _: At<Plain>, _: Window, memory: Mem<'_>) -> Next {
    leave(context, memory)
}

/// Returns the value of a slot.
pub(super) fn ret_one(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    window.set(0, window.get(at.a()));
    leave(context, memory)
}

/// Calls a function that is not imported: its first slot, and its place.
pub(super) fn call(context: &mut Context, at: At<Plain>, window: Window, memory: Mem<'_>) -> Next {
    call_own(context, at.cd(), at.a(), at.next(), window, memory)
}

#[inline(always)]
fn call_own(
    context: &mut Context,
    body: u32,
    slot: u16,
    back: Ip,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let Some(code) = context.s.code(body) else {
        return call_unprepared(context, body, slot, back, window, memory);
    };
    // SAFETY: the code is of the instance's module, which lives as long as its store.
    match unsafe { context.s.machine().call(code, back, window, slot) } {
        Some((ip, window)) => go_on(context, ip, window, memory),
        None => stack_overflow(),
    }
}

#[cold]
#[inline(never)]
fn call_unprepared(
    context: &mut Context,
    body: u32,
    slot: u16,
    back: Ip,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    run::prepare(context, body);
    call_own(context, body, slot, back, window, memory)
}

/// Calls a function by reference: of this instance in place, others by way of `run`.
#[inline(always)]
fn call_reference(
    context: &mut Context,
    function: FuncRef,
    slot: u16,
    back: Ip,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    match context.s.own(function) {
        Some(body) => call_own(context, body, slot, back, window, memory),
        None => call_external(context, function, slot, back, window, memory),
    }
}

#[inline(never)]
fn call_external(
    context: &mut Context,
    function: FuncRef,
    slot: u16,
    back: Ip,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    match run::call_external(context, function, slot, window) {
        External::Done => go_on(context, back, window, memory),
        External::Thrown => exception::unwind(context, back, window, memory),
    }
}

/// Calls an imported function: its first slot, and its index.
pub(super) fn call_import(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let function = context.s.functions[at.cd() as usize];
    call_reference(context, function, at.a(), at.next(), window, memory)
}

/// The function that `call_indirect` finds: by the slot of the index, and data that says the table
/// and the type.
#[inline(always)]
fn indirect(context: &Context, at: At<Data<1>>, window: Window) -> FuncRef {
    let (table, type_index) = (at.data::<0>() as u32, (at.data::<0>() >> 32) as u32);
    let index = if at.c() == 0 {
        i32::read(window, at.b())
    } else {
        narrow(i64::read(window, at.b()))
    };
    let function = context.s.func_tables[table as usize].function(index);
    if !run::is_of_type(context, function, type_index) {
        type_mismatch();
    }
    function
}

/// Calls through a table: first slot, index, whether the index has 64 bits; table and type.
pub(super) fn call_indirect(
    context: &mut Context,
    at: At<Data<1>>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let function = indirect(context, at, window);
    call_reference(context, function, at.a(), at.next(), window, memory)
}

/// The function that a slot refers to.
#[inline(always)]
fn referred(context: &Context, window: Window, slot: u16) -> FuncRef {
    crate::function::function_of(run::function(context, window.get(slot)))
}

/// Calls by reference: first slot, reference.
pub(super) fn call_ref(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let function = referred(context, window, at.b());
    call_reference(context, function, at.a(), at.next(), window, memory)
}

/// Goes on with a function in place of the one that is running; the arguments are in the first slots.
#[inline(always)]
fn replace(
    context: &mut Context,
    function: FuncRef,
    at: Ip,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    match context.s.own(function) {
        Some(body) => replace_own(context, body, window, memory),
        // As a call and a return.
        None => match run::call_external(context, function, 0, window) {
            External::Done => leave(context, memory),
            // Not caught here, where there is nothing of the function left.
            External::Thrown => exception::unwind_caller(context, at, memory),
        },
    }
}

#[inline(always)]
fn replace_own(context: &mut Context, body: u32, window: Window, memory: Mem<'_>) -> Next {
    let Some(code) = context.s.code(body) else {
        return replace_unprepared(context, body, window, memory);
    };
    // SAFETY: as in `call_own`.
    let ip = unsafe { context.s.machine().replace(code) };
    go_on(context, ip, window, memory)
}

#[cold]
#[inline(never)]
fn replace_unprepared(context: &mut Context, body: u32, window: Window, memory: Mem<'_>) -> Next {
    run::prepare(context, body);
    replace_own(context, body, window, memory)
}

/// `return_call` of a function that is not imported: its place.
pub(super) fn return_call(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    replace_own(context, at.cd(), window, memory)
}

/// `return_call` of an imported function: its index.
pub(super) fn return_call_import(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let function = context.s.functions[at.cd() as usize];
    replace(context, function, at.next(), window, memory)
}

/// Keeps the function that a `return_call_indirect` is to: as `call_indirect`; its number goes to the
/// first slot. The arguments are moved after this, over what the index is in.
pub(super) fn find_indirect(
    context: &mut Context,
    at: At<Data<1>>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let function = indirect(context, at, window);
    let number = run::number(context, function);
    window.set(at.a(), number.into());
    go_on(context, at.next(), window, memory)
}

/// Takes the function in a slot into the data word's place: traps if it is null.
pub(super) fn return_call_ref(
    context: &mut Context,
    at: At<Data<1>>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let function = referred(context, window, at.b());
    // The arguments, which lie from one slot on, come to the first.
    let (from, count) = (at.a(), at.data::<0>() as u16);
    for slot in 0..count {
        window.set(slot, window.get(from.wrapping_add(slot)));
    }
    replace(context, function, at.next(), window, memory)
}

/// A global that nobody else knows: `dst`; slot.
pub(super) fn global_get(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    window.set(at.a(), context.s.slots[at.cd() as usize]);
    go_on(context, at.next(), window, memory)
}

/// The same in two slots.
pub(super) fn global_get_two(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let place = at.cd() as usize;
    let values = [context.s.slots[place], context.s.slots[place + 1]];
    window.set_two(at.a(), values);
    go_on(context, at.next(), window, memory)
}

/// A global that nobody else knows: value; slot.
pub(super) fn global_set(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    context.s.slots[at.cd() as usize] = window.get(at.a());
    go_on(context, at.next(), window, memory)
}

/// The same in two slots.
pub(super) fn global_set_two(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let (place, values) = (at.cd() as usize, window.get_two(at.a()));
    context.s.slots[place] = values[0];
    context.s.slots[place + 1] = values[1];
    go_on(context, at.next(), window, memory)
}

/// A global that others may know: `dst`; place.
pub(super) fn shared_get(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let value = context.s.shared[at.cd() as usize].get();
    run::write(context, window, at.a(), value);
    go_on(context, at.next(), window, memory)
}

/// A global that others may know: value; place.
pub(super) fn shared_set(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let global = &context.s.shared[at.cd() as usize];
    let value = run::read(context, window, at.a(), global.value_type());
    global.set(value);
    go_on(context, at.next(), window, memory)
}

/// `ref.func`: `dst`; index.
pub(super) fn ref_func(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let number = run::number_of(context, at.cd());
    window.set(at.a(), number.into());
    go_on(context, at.next(), window, memory)
}

/// `ref.is_null` of a reference in one slot: `dst`, reference.
pub(super) fn is_null(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let null = window.get(at.b()) as u32 == 0;
    window.set(at.a(), null.into());
    go_on(context, at.next(), window, memory)
}

/// `ref.is_null` of an `externref`.
pub(super) fn is_null_two(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let null = window.get_two(at.b())[1] == 0;
    window.set(at.a(), null.into());
    go_on(context, at.next(), window, memory)
}
