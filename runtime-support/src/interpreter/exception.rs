//! Throwing and catching (specification: *Exception Instructions*).

use super::code::{At, Context, Ip, Next, Plain, go_on};
use super::run;
use super::slot::Width;
use super::stack::Window;
use crate::exception::{self, ExnRef, Tag};
use crate::memory::Mem;
use crate::value::{RawValue, WasmType};

/// As many values are on the thread's stack mostly; larger lists take more of it.
const FEW: usize = 16;
const MANY: usize = 1024;

/// `throw`: the first slot of the values; the tag.
pub(super) fn throw(context: &mut Context, at: At<Plain>, window: Window, memory: Mem<'_>) -> Next {
    raise(context, at.cd(), at.a(), window);
    unwind(context, at.next(), window, memory)
}

/// Makes an exception. Not inlined, as all here that borrows what is its own: the instruction goes on
/// by a jump only if nothing of its own is borrowed.
#[inline(never)]
fn raise(context: &mut Context, tag: u32, first: u16, window: Window) {
    let tag = context.s.tags[tag as usize];
    if tag.params().len() <= FEW {
        make::<FEW>(context, tag, first, window);
    } else {
        make::<MANY>(context, tag, first, window);
    }
}

#[inline(never)]
fn make<const N: usize>(context: &mut Context, tag: Tag, first: u16, window: Window) {
    let mut values = [RawValue::I32(0); N];
    let Some(values) = values.get_mut(..tag.params().len()) else {
        super::control::stack_overflow();
    };
    let mut slot = first;
    for (value, &value_type) in values.iter_mut().zip(tag.params()) {
        *value = run::read(context, window, slot, value_type);
        slot = slot.wrapping_add(Width::of(value_type).slots() as u16);
    }
    let _ = exception::throw(context, tag, values);
}

/// `throw_ref`: the slot of the reference.
pub(super) fn throw_ref(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    raise_again(context, window.get(at.a()));
    unwind(context, at.next(), window, memory)
}

#[inline(never)]
fn raise_again(context: &mut Context, slot: u64) {
    let thrown = run::exception(context, slot);
    let _ = exception::rethrow(context, thrown);
}

#[cold]
#[inline(never)]
fn uncaught(context: &mut Context) -> ! {
    let exception = context.caught();
    exception::rethrow_out(context, exception)
}

/// Looks for who catches the exception in the context, which comes from before `ip`.
#[inline(never)]
pub(super) fn unwind(context: &mut Context, ip: Ip, window: Window, memory: Mem<'_>) -> Next {
    let (mut ip, mut window) = (ip, window);
    loop {
        if let Some(target) = caught(context, ip, window) {
            return go_on(context, target, window, memory);
        }
        (ip, window) = match leave(context) {
            Some(place) => place,
            None => uncaught(context),
        };
    }
}

/// The same where the function that is running has been replaced by one that threw.
#[inline(never)]
pub(super) fn unwind_caller(context: &mut Context, _: Ip, memory: Mem<'_>) -> Next {
    match leave(context) {
        Some((ip, window)) => unwind(context, ip, window, memory),
        None => uncaught(context),
    }
}

/// Leaves the function that is running; `None` where that was called from elsewhere.
fn leave(context: &mut Context) -> Option<(Ip, Window)> {
    let machine = context.s.machine();
    let place = machine.leave()?;
    (place.0.address() != machine.exit().address()).then_some(place)
}

/// Where the function that is running goes on, if it catches the exception.
#[inline(never)]
fn caught(context: &mut Context, ip: Ip, window: Window) -> Option<Ip> {
    let exception = context.caught()?;
    let code = context.s.machine().code()?;
    let fits = |tag: Option<u32>| match tag {
        Some(tag) => context.s.tags.get(tag as usize) == Some(&exception.tag()),
        None => true,
    };
    let catch = code.catches(ip).find(|catch| fits(catch.tag))?;
    if let Some(mut slot) = catch.values {
        for (place, &value_type) in exception.tag().params().iter().enumerate() {
            let value = thrown(context, place, value_type);
            run::write(context, window, slot, value);
            slot = slot.wrapping_add(Width::of(value_type).slots() as u16);
        }
    }
    if let Some(slot) = catch.reference {
        run::write(context, window, slot, RawValue::ExnRef(Some(exception)));
    }
    // SAFETY: the code is of the instance's module, which lives as long as its store.
    Some(unsafe { code.target(catch) })
}

/// Value `place` of the exception that was thrown last.
fn thrown(context: &Context, place: usize, value_type: crate::value::ValueType) -> RawValue {
    use crate::value::ValueType;
    fn get<T: WasmType>(context: &Context, place: usize) -> RawValue {
        context.thrown::<T>(place).into_raw()
    }
    match value_type {
        ValueType::I32 => get::<i32>(context, place),
        ValueType::I64 => get::<i64>(context, place),
        ValueType::F32 => get::<f32>(context, place),
        ValueType::F64 => get::<f64>(context, place),
        ValueType::V128 => get::<crate::simd::V128>(context, place),
        ValueType::FuncRef => get::<Option<crate::FuncRef>>(context, place),
        ValueType::ExternRef => get::<Option<crate::ExternRef>>(context, place),
        ValueType::ExnRef => get::<Option<ExnRef>>(context, place),
        ValueType::AnyRef => get::<Option<crate::AnyRef>>(context, place),
    }
}
