//! Structures, arrays, casts (specification: *Aggregate Instructions*, *Reference Instructions*).
//!
//! In slots, references to functions and exceptions are numbers of the store's, which they are in
//! objects, too; so a field is one of a few kinds of bytes, whatever its type.

use super::code::{At, Context, Data, Handler, Next, Plain, go_on};
use super::run;
use super::slot::Slot;
use super::stack::Window;
use super::state::Elements;
use super::types::Storage;
use crate::any::AnyRef;
use crate::exception::ExnRef;
use crate::function::{self, FuncRef};
use crate::memory::Mem;
use crate::object::{CastTarget, Field, i31_get_s, i31_get_u};
use crate::simd::V128;
use crate::trap::{self, TrapKind};
use crate::value::{ExternRef, ValueType};

type Object = Option<AnyRef>;

/// The instructions on one kind of field.
pub(super) struct Fields {
    /// `struct.get`: result, object; offset.
    pub(super) get: Handler<Plain>,
    /// `struct.set`: object, value; offset.
    pub(super) set: Handler<Plain>,
    /// `array.get`: result, object, index.
    pub(super) array_get: Handler<Plain>,
    /// `array.set`: object, index, value.
    pub(super) array_set: Handler<Plain>,
    /// `array.new`: result, value, length; type.
    pub(super) new: Handler<Data<1>>,
    /// `array.new_default`: result, length; type.
    pub(super) new_default: Handler<Data<1>>,
    /// `array.new_data`: result, start, length; type and segment.
    pub(super) new_data: Handler<Data<1>>,
    /// `array.fill`: object, start, value, length.
    pub(super) fill: Handler<Plain>,
    /// `array.copy`: object, start, object, start; length.
    pub(super) copy: Handler<Data<1>>,
    /// `array.init_data`: object, start, start, length; segment.
    pub(super) init_data: Handler<Data<1>>,
}

fn get<T: Field<Value: Slot>>(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let value = context.get::<T>(Object::read(window, at.b()), at.cd());
    value.write(window, at.a());
    go_on(context, at.next(), window, memory)
}

fn set<T: Field<Value: Slot>>(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let value = T::Value::read(window, at.b());
    context.set::<T>(Object::read(window, at.a()), at.cd(), value);
    go_on(context, at.next(), window, memory)
}

fn array_get<T: Field<Value: Slot>>(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let index = i32::read(window, at.c());
    let value = context.array_get::<T>(Object::read(window, at.b()), index);
    value.write(window, at.a());
    go_on(context, at.next(), window, memory)
}

fn array_set<T: Field<Value: Slot>>(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let (index, value) = (i32::read(window, at.b()), T::Value::read(window, at.c()));
    context.array_set::<T>(Object::read(window, at.a()), index, value);
    go_on(context, at.next(), window, memory)
}

/// Makes an array. Not inlined, because the allocator's closures would keep LLVM from making a jump of
/// what goes on behind it.
#[inline(never)]
fn make_array<T: Field>(context: &mut Context, object_type: u32, length: i32) -> Object {
    context.new_array::<T>(object_type, length)
}

/// Makes a structure; as [`make_array`].
#[inline(never)]
fn make_struct(context: &mut Context, object_type: u32, size: u32) -> Object {
    context.new_struct(object_type, size)
}

#[inline(never)]
fn make_any(context: &mut Context, reference: Option<ExternRef>) -> Object {
    context.ensure_heap();
    context.internalize(reference)
}

/// The store's number of an object type; all slots below one are in use while an object is made.
#[inline(always)]
fn object_type(context: &Context, data: u64, window: Window, top: u16) -> u32 {
    context.s.machine().set_top(window, top);
    context.s.object_types[data as u32 as usize]
}

fn new<T: Field<Value: Slot>>(
    context: &mut Context,
    at: At<Data<1>>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let object_type = object_type(context, at.data::<0>(), window, at.d());
    let value = T::Value::read(window, at.b());
    let length = i32::read(window, at.c());
    let object = make_array::<T>(context, object_type, length);
    context.array_fill::<T>(object, 0, value, length);
    object.write(window, at.a());
    go_on(context, at.next(), window, memory)
}

fn new_default<T: Field<Value: Slot>>(
    context: &mut Context,
    at: At<Data<1>>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let object_type = object_type(context, at.data::<0>(), window, at.d());
    let length = i32::read(window, at.b());
    let object = make_array::<T>(context, object_type, length);
    object.write(window, at.a());
    go_on(context, at.next(), window, memory)
}

fn new_data<T: Field<Value: Slot>>(
    context: &mut Context,
    at: At<Data<1>>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let object_type = object_type(context, at.data::<0>(), window, at.d());
    let (start, length) = (i32::read(window, at.b()), i32::read(window, at.c()));
    let segment = (at.data::<0>() >> 32) as u32;
    let size = u64::from(length.cast_unsigned()) * u64::from(T::SIZE);
    let end = u64::from(start.cast_unsigned()) + size;
    if end > context.s.data(segment).len() as u64 {
        trap::raise(TrapKind::MemoryOutOfBounds);
    }
    let object = make_array::<T>(context, object_type, length);
    let data = context.s.data(segment);
    context.array_init_data::<T>(object, 0, data, start, length);
    object.write(window, at.a());
    go_on(context, at.next(), window, memory)
}

fn fill<T: Field<Value: Slot>>(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let (start, length) = (i32::read(window, at.b()), i32::read(window, at.d()));
    let value = T::Value::read(window, at.c());
    context.array_fill::<T>(Object::read(window, at.a()), start, value, length);
    go_on(context, at.next(), window, memory)
}

fn copy<T: Field<Value: Slot>>(
    context: &mut Context,
    at: At<Data<1>>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let (to, from) = (Object::read(window, at.a()), Object::read(window, at.c()));
    let (to_start, from_start) = (i32::read(window, at.b()), i32::read(window, at.d()));
    let length = i32::read(window, at.data::<0>() as u16);
    context.array_copy::<T>(to, to_start, from, from_start, length);
    go_on(context, at.next(), window, memory)
}

fn init_data<T: Field<Value: Slot>>(
    context: &mut Context,
    at: At<Data<1>>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let object = Object::read(window, at.a());
    let (start, from) = (i32::read(window, at.b()), i32::read(window, at.c()));
    let length = i32::read(window, at.d());
    let data = context.s.data(at.data::<0>() as u32);
    context.array_init_data::<T>(object, start, data, from, length);
    go_on(context, at.next(), window, memory)
}

macro_rules! fields {
    ($type:ty) => {{
        static FIELDS: Fields = Fields {
            get: get::<$type>,
            set: set::<$type>,
            array_get: array_get::<$type>,
            array_set: array_set::<$type>,
            new: new::<$type>,
            new_default: new_default::<$type>,
            new_data: new_data::<$type>,
            fill: fill::<$type>,
            copy: copy::<$type>,
            init_data: init_data::<$type>,
        };
        &FIELDS
    }};
}

/// The instructions on fields that are kept in a way.
pub(super) fn fields(storage: Storage, signed: bool) -> &'static Fields {
    match (storage, signed) {
        (Storage::I8, true) => fields!(i8),
        (Storage::I8, false) => fields!(u8),
        (Storage::I16, true) => fields!(i16),
        (Storage::I16, false) => fields!(u16),
        (Storage::Value(value_type), _) => match value_type {
            ValueType::I64 | ValueType::F64 => fields!(i64),
            ValueType::V128 => fields!(V128),
            ValueType::ExternRef => fields!(ExternRef),
            _ => fields!(i32),
        },
    }
}

/// `struct.new_default`: result, the first slot that isn't in use; size; type.
pub(super) fn new_struct(
    context: &mut Context,
    at: At<Data<1>>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let object_type = object_type(context, at.data::<0>(), window, at.b());
    let object = make_struct(context, object_type, at.cd());
    object.write(window, at.a());
    go_on(context, at.next(), window, memory)
}

/// `array.len`: result, object.
pub(super) fn len(context: &mut Context, at: At<Plain>, window: Window, memory: Mem<'_>) -> Next {
    let length = context.array_len(Object::read(window, at.b()));
    length.write(window, at.a());
    go_on(context, at.next(), window, memory)
}

/// A type of which there are element segments.
trait Element: Field {
    fn list(elements: &Elements) -> &[Self::Value];
}

macro_rules! elements {
    ($($type:ty, $variant:ident;)*) => {$(
        impl Element for $type {
            fn list(elements: &Elements) -> &[Option<$type>] {
                match elements {
                    Elements::$variant(list) => list,
                    _ => &[],
                }
            }
        }
    )*};
}
elements! {
    FuncRef, Func;
    ExternRef, Extern;
    ExnRef, Exn;
    AnyRef, Any;
}

/// `array.new_elem`: result, start, length; type and segment.
fn new_elem<T: Element>(
    context: &mut Context,
    at: At<Data<1>>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let object_type = object_type(context, at.data::<0>(), window, at.d());
    let (start, length) = (i32::read(window, at.b()), i32::read(window, at.c()));
    let segment = (at.data::<0>() >> 32) as usize;
    let list = |context: &Context| T::list(&context.s.elements[segment]).len();
    let end = u64::from(start.cast_unsigned()) + u64::from(length.cast_unsigned());
    if end > list(context) as u64 {
        trap::raise(TrapKind::TableOutOfBounds);
    }
    let object = make_array::<T>(context, object_type, length);
    let list = T::list(&context.s.elements[segment]);
    context.array_init_elem::<T>(object, 0, list, start, length);
    object.write(window, at.a());
    go_on(context, at.next(), window, memory)
}

/// `array.init_elem`: object, start, start, length; segment.
fn init_elem<T: Element>(
    context: &mut Context,
    at: At<Data<1>>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let object = Object::read(window, at.a());
    let (start, from) = (i32::read(window, at.b()), i32::read(window, at.c()));
    let length = i32::read(window, at.d());
    let list = T::list(&context.s.elements[at.data::<0>() as u32 as usize]);
    context.array_init_elem::<T>(object, start, list, from, length);
    go_on(context, at.next(), window, memory)
}

/// `array.new_elem` and `array.init_elem` of segments of a type.
pub(super) fn elements(value_type: ValueType) -> [Handler<Data<1>>; 2] {
    match value_type {
        ValueType::ExternRef => [new_elem::<ExternRef>, init_elem::<ExternRef>],
        ValueType::ExnRef => [new_elem::<ExnRef>, init_elem::<ExnRef>],
        ValueType::AnyRef => [new_elem::<AnyRef>, init_elem::<AnyRef>],
        _ => [new_elem::<FuncRef>, init_elem::<FuncRef>],
    }
}

/// `ref.i31`: result, number.
pub(super) fn i31(context: &mut Context, at: At<Plain>, window: Window, memory: Mem<'_>) -> Next {
    Some(AnyRef::i31(i32::read(window, at.b()))).write(window, at.a());
    go_on(context, at.next(), window, memory)
}

/// `i31.get_s`: result, reference.
pub(super) fn get_s(context: &mut Context, at: At<Plain>, window: Window, memory: Mem<'_>) -> Next {
    i31_get_s(Object::read(window, at.b())).write(window, at.a());
    go_on(context, at.next(), window, memory)
}

/// `i31.get_u`: result, reference.
pub(super) fn get_u(context: &mut Context, at: At<Plain>, window: Window, memory: Mem<'_>) -> Next {
    i31_get_u(Object::read(window, at.b())).write(window, at.a());
    go_on(context, at.next(), window, memory)
}

/// `any.convert_extern`: result, reference; the first slot that isn't in use.
pub(super) fn internalize(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    context.s.machine().set_top(window, at.c());
    let reference = make_any(context, Option::<ExternRef>::read(window, at.b()));
    reference.write(window, at.a());
    go_on(context, at.next(), window, memory)
}

/// `extern.convert_any`: result, reference.
pub(super) fn externalize(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let reference = context.externalize(Object::read(window, at.b()));
    reference.write(window, at.a());
    go_on(context, at.next(), window, memory)
}

/// What a cast looks for, in the data of a word: the kind, the hierarchy, whether null is welcome, and
/// the index of a type.
pub(super) fn cast_data(hierarchy: ValueType, target: Target, nullable: bool) -> u64 {
    let (kind, index) = match target {
        Target::Anything => (0, 0),
        Target::Nothing => (1, 0),
        Target::Eq => (2, 0),
        Target::I31 => (3, 0),
        Target::Struct => (4, 0),
        Target::Array => (5, 0),
        Target::Type(index) => (6, index),
    };
    let hierarchy = match hierarchy {
        ValueType::AnyRef => 0,
        ValueType::FuncRef => 1,
        ValueType::ExternRef => 2,
        _ => 3,
    };
    kind | hierarchy << 8 | u64::from(nullable) << 16 | u64::from(index) << 32
}

/// What a cast looks for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    Anything,
    Nothing,
    Eq,
    I31,
    Struct,
    Array,
    Type(u32),
}

/// Whether the reference in a slot is what the data say.
#[inline(never)]
fn is(context: &Context, data: u64, window: Window, slot: u16) -> bool {
    let (kind, hierarchy, nullable) = (data as u8, (data >> 8) as u8, data >> 16 & 1 == 1);
    let index = (data >> 32) as usize;
    match hierarchy {
        0 => {
            let target = match kind {
                0 => CastTarget::Anything,
                1 => CastTarget::Nothing,
                2 => CastTarget::Eq,
                3 => CastTarget::I31,
                4 => CastTarget::Struct,
                5 => CastTarget::Array,
                _ => CastTarget::Type(context.s.object_types[index]),
            };
            context.is_a(Object::read(window, slot), target, nullable)
        }
        1 if kind == 6 => match run::function(context, window.get(slot)) {
            Some(function) => run::is_of_type(context, function, index as u32),
            None => nullable,
        },
        _ => {
            let null = match hierarchy {
                2 => Option::<ExternRef>::read(window, slot).is_none(),
                _ => window.get(slot) as u32 == 0,
            };
            if null { nullable } else { kind != 1 }
        }
    }
}

/// `ref.test`: result, reference; what it looks for.
pub(super) fn test(
    context: &mut Context,
    at: At<Data<1>>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let found = is(context, at.data::<0>(), window, at.b());
    window.set(at.a(), found.into());
    go_on(context, at.next(), window, memory)
}

/// `ref.cast`: reference, which stays where it is; what it looks for.
pub(super) fn cast(
    context: &mut Context,
    at: At<Data<1>>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    if !is(context, at.data::<0>(), window, at.a()) {
        function::cast_failure();
    }
    go_on(context, at.next(), window, memory)
}

/// Traps if a reference of one slot is null.
pub(super) fn check(context: &mut Context, at: At<Plain>, window: Window, memory: Mem<'_>) -> Next {
    if window.get(at.a()) as u32 == 0 {
        trap::raise(TrapKind::NullReference);
    }
    go_on(context, at.next(), window, memory)
}

/// Traps if an `externref` is null.
pub(super) fn check_two(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    if window.get_two(at.a())[1] == 0 {
        trap::raise(TrapKind::NullReference);
    }
    go_on(context, at.next(), window, memory)
}
