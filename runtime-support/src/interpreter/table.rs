//! Instructions on tables (specification: *Table Instructions*).

use alloc::boxed::Box;

use super::access::address;
use super::code::{At, Context, Data, Next, Plain, go_on};
use super::run;
use super::stack::Window;
use super::state::Elements;
use crate::any::AnyRef;
use crate::exception::ExnRef;
use crate::function::FuncRef;
use crate::memory::Mem;
use crate::table::narrow;
use crate::trap;
use crate::value::{ExternRef, RawValue, ValueType, WasmType};

/// Does something with a table, whatever its type.
macro_rules! with_table {
    ($context:ident, $index:expr, |$table:ident: $T:ident| $result:expr) => {{
        let table = $context.s.tables[$index as usize];
        let place = table.place as usize;
        match table.element {
            ValueType::ExternRef => {
                type $T = ExternRef;
                let $table = &$context.s.extern_tables[place];
                $result
            }
            ValueType::ExnRef => {
                type $T = ExnRef;
                let $table = &$context.s.exn_tables[place];
                $result
            }
            ValueType::AnyRef => {
                type $T = AnyRef;
                let $table = &$context.s.any_tables[place];
                $result
            }
            _ => {
                type $T = FuncRef;
                let $table = &$context.s.func_tables[place];
                $result
            }
        }
    }};
}

/// An index or count of a table.
#[inline(always)]
fn index(context: &Context, table: u32, window: Window, slot: u16) -> i32 {
    let table64 = context.s.tables[table as usize].table64;
    narrow(address(window, slot, table64))
}

/// The reference in a slot.
#[inline(always)]
fn reference<T>(context: &Context, window: Window, slot: u16) -> Option<T>
where
    Option<T>: WasmType,
{
    let value_type = <Option<T> as WasmType>::TYPE;
    Option::from_raw(run::read(context, window, slot, value_type))
}

/// `table.get`: result, index; table.
pub(super) fn get(context: &mut Context, at: At<Plain>, window: Window, memory: Mem<'_>) -> Next {
    let place = index(context, at.cd(), window, at.b());
    let value: RawValue = with_table!(context, at.cd(), |table: T| Option::<T>::into_raw(
        table.get(place)
    ));
    run::write(context, window, at.a(), value);
    go_on(context, at.next(), window, memory)
}

/// `table.set`: index, value; table.
pub(super) fn set(context: &mut Context, at: At<Plain>, window: Window, memory: Mem<'_>) -> Next {
    let place = index(context, at.cd(), window, at.a());
    with_table!(context, at.cd(), |table: T| {
        table.set(place, reference::<T>(context, window, at.b()));
    });
    go_on(context, at.next(), window, memory)
}

/// `table.size`: result; table.
pub(super) fn size(context: &mut Context, at: At<Plain>, window: Window, memory: Mem<'_>) -> Next {
    let size = with_table!(context, at.cd(), |table: _T| table.size());
    window.set(at.a(), size.cast_unsigned().into());
    go_on(context, at.next(), window, memory)
}

/// `table.grow`: result, value, count; table.
pub(super) fn grow(
    context: &mut Context,
    at: At<Data<1>>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let which = at.data::<0>() as u32;
    let delta = index(context, which, window, at.c());
    let old = with_table!(context, which, |table: T| {
        table.grow(reference::<T>(context, window, at.b()), delta)
    });
    window.set(at.a(), i64::from(old).cast_unsigned());
    go_on(context, at.next(), window, memory)
}

/// `table.fill`: start, value, count; table.
pub(super) fn fill(
    context: &mut Context,
    at: At<Data<1>>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let which = at.data::<0>() as u32;
    let start = index(context, which, window, at.a());
    let count = index(context, which, window, at.c());
    with_table!(context, which, |table: T| {
        table.fill(start, reference::<T>(context, window, at.b()), count);
    });
    go_on(context, at.next(), window, memory)
}

/// `table.copy`: destination, source, count; the two tables.
pub(super) fn copy(
    context: &mut Context,
    at: At<Data<1>>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let (to_table, from_table) = (at.data::<0>() as u32, (at.data::<0>() >> 32) as u32);
    let to = index(context, to_table, window, at.a());
    let from = index(context, from_table, window, at.b());
    let both = context.s.tables[to_table as usize].table64
        && context.s.tables[from_table as usize].table64;
    let count = narrow(address(window, at.c(), both));
    let source = context.s.tables[from_table as usize].place as usize;
    let state = &context.s;
    match state.tables[to_table as usize].element {
        ValueType::ExternRef => {
            let place = state.tables[to_table as usize].place as usize;
            state.extern_tables[place].copy_from(to, &state.extern_tables[source], from, count);
        }
        ValueType::ExnRef => {
            let place = state.tables[to_table as usize].place as usize;
            state.exn_tables[place].copy_from(to, &state.exn_tables[source], from, count);
        }
        ValueType::AnyRef => {
            let place = state.tables[to_table as usize].place as usize;
            state.any_tables[place].copy_from(to, &state.any_tables[source], from, count);
        }
        _ => {
            let place = state.tables[to_table as usize].place as usize;
            state.func_tables[place].copy_from(to, &state.func_tables[source], from, count);
        }
    }
    go_on(context, at.next(), window, memory)
}

/// `table.init`: destination, source, count; table and segment.
pub(super) fn init(
    context: &mut Context,
    at: At<Data<1>>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let (which, segment) = (at.data::<0>() as u32, (at.data::<0>() >> 32) as u32);
    let to = index(context, which, window, at.a());
    let from = narrow(address(window, at.b(), false));
    let count = narrow(address(window, at.c(), false));
    init_from(context, which, segment, to, from, count);
    go_on(context, at.next(), window, memory)
}

/// Copies elements of a segment to a table; both are of one type.
pub(super) fn init_from(
    context: &Context,
    table: u32,
    segment: u32,
    to: i32,
    from: i32,
    count: i32,
) {
    let place = context.s.tables[table as usize].place as usize;
    match &context.s.elements[segment as usize] {
        Elements::Func(list) => context.s.func_tables[place].init(to, list, from, count),
        Elements::Extern(list) => context.s.extern_tables[place].init(to, list, from, count),
        Elements::Exn(list) => context.s.exn_tables[place].init(to, list, from, count),
        Elements::Any(list) => context.s.any_tables[place].init(to, list, from, count),
    }
}

/// `elem.drop`: segment.
pub(super) fn drop_elements(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    drop_segment(context, at.cd());
    go_on(context, at.next(), window, memory)
}

pub(super) fn drop_segment(context: &mut Context, segment: u32) {
    trap::owning(|| match &mut context.s.elements[segment as usize] {
        Elements::Func(list) => *list = Box::new([]),
        Elements::Extern(list) => *list = Box::new([]),
        Elements::Exn(list) => *list = Box::new([]),
        Elements::Any(list) => *list = Box::new([]),
    });
}
