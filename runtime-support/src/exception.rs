//! Tags and exceptions (specification: *Tag Instances*, *Exception Instances*).
//!
//! An exception on its way lies in the context of the instance that it passes, and functions say
//! that there is one by [`Thrown`]. A reference to one is a copy of it: exceptions never change and
//! can't be compared, so nobody can tell. Its values are part of the reference where they are few
//! and small; others are kept in the store.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::error::Error;
use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};

use crate::any::AnyRef;
use crate::error::CallError;
use crate::function::{self, FuncRef};
use crate::gc::TypeInfo;
use crate::instance::Context;
use crate::store::{Store, StoreInner};
use crate::trap::{self, Trap, TrapKind};
use crate::value::{ExternRef, FunctionType, RawValue, Value, ValueType, WasmType};

/// A kind of exceptions: what `catch` looks for (specification: *Tag Instances*).
///
/// Every instance has tags of its own, unless it imports them. Tags are equal when they are the
/// same one, not when their exceptions carry the same types.
#[derive(Clone, Copy)]
pub struct Tag {
    id: usize,
    params: &'static [ValueType],
    /// Its type, where the parameters don't tell all of it.
    info: Option<&'static TypeInfo>,
}

impl Tag {
    /// A new tag, for exceptions that carry values of these types.
    pub fn new(params: &'static [ValueType]) -> Tag {
        // A tag that comes after all numbers are used up is the same as another one; nothing worse.
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        Tag {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            params,
            info: None,
        }
    }

    /// The same tag with its type, where the parameters don't tell all of it.
    #[doc(hidden)]
    pub fn of_type(mut self, info: &'static TypeInfo) -> Tag {
        self.info = Some(info);
        self
    }

    /// Whether its type is this one.
    pub(crate) fn is_of_type(&self, wanted: Option<&TypeInfo>) -> bool {
        let plain = FunctionType {
            params: self.params,
            results: &[],
        };
        let identity = |info: Option<&TypeInfo>| {
            info.map_or_else(|| function::plain_identity(plain), |info| info.identity)
        };
        (self.info.is_none() && wanted.is_none()) || identity(self.info) == identity(wanted)
    }

    /// The types of the values that its exceptions carry.
    pub fn params(&self) -> &'static [ValueType] {
        self.params
    }

    pub(crate) fn describe(&self) -> String {
        Tag::describe_params(self.params)
    }

    pub(crate) fn describe_params(params: &'static [ValueType]) -> String {
        let carried = FunctionType {
            params,
            results: &[],
        };
        format!("a tag {carried}")
    }
}

impl PartialEq for Tag {
    #[inline(always)]
    fn eq(&self, other: &Tag) -> bool {
        self.id == other.id
    }
}

impl Eq for Tag {}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({} {})", self.id, self.describe())
    }
}

/// An exception as host code has it: thrown by WebAssembly and not caught there, or about to be
/// thrown by a host function.
///
/// A host function throws by failing with one:
///
/// ```
/// use wasm2rs_support::{Exception, HostError, Tag, Value};
///
/// fn give_up(tag: Tag) -> Result<(), HostError> {
///     Err(Exception::new(tag, vec![Value::I32(7)])?.into())
/// }
/// # use wasm2rs_support::ValueType;
/// let error = give_up(Tag::new(&[ValueType::I32])).unwrap_err();
/// assert!(error.into_trap().exception().is_some());
/// ```
#[derive(Clone, Debug)]
pub struct Exception {
    tag: Tag,
    values: Values,
    /// In which store it was thrown, by its address, and what it was there: it goes back unchanged.
    /// Another store at that address can do no more with it than with its own.
    origin: Option<(usize, ExnRef)>,
}

/// What an exception carries. Traps carry exceptions, and have to be `Send` everywhere.
#[derive(Clone, Debug)]
struct Values(Vec<Value>);

// SAFETY: without the feature `std`, where handles are not `Send`, `Values::new` leaves none in.
#[cfg(not(feature = "std"))]
unsafe impl Send for Values {}
// SAFETY: as above.
#[cfg(not(feature = "std"))]
unsafe impl Sync for Values {}

impl Values {
    fn new(values: Vec<Value>) -> Values {
        #[cfg(not(feature = "std"))]
        let values = values
            .into_iter()
            .map(|value| match value {
                Value::FuncRef(_) => Value::FuncRef(None),
                Value::AnyRef(_) => Value::AnyRef(None),
                value => value,
            })
            .collect();
        Values(values)
    }
}

impl Exception {
    /// An exception of a tag that carries `values`.
    ///
    /// # Errors
    /// [`CallError::Arguments`] when the values are not of the types that the tag says.
    pub fn new(tag: Tag, values: Vec<Value>) -> Result<Exception, CallError> {
        let got = || values.iter().map(Value::value_type);
        if got().ne(tag.params.iter().copied()) {
            return Err(CallError::Arguments {
                expected: tag.params,
                got: got().collect(),
            });
        }
        Ok(Exception {
            tag,
            values: Values::new(values),
            origin: None,
        })
    }

    /// Its tag.
    pub fn tag(&self) -> Tag {
        self.tag
    }

    /// What it carries. Functions and objects are null without the feature `std`, and where the instance shares its store with nobody: there
    /// are no handles to them.
    pub fn values(&self) -> &[Value] {
        &self.values.0
    }

    /// Whether both are of one tag and carry the same bits.
    pub fn same(&self, other: &Exception) -> bool {
        self.tag == other.tag
            && self.values().len() == other.values().len()
            && (self.values().iter().zip(other.values())).all(|(a, b)| a.same_bits(b))
    }

    /// The exception as host code holds it; functions in it keep `shared`, which is a handle to the
    /// store, alive. Called inside the store.
    pub(crate) fn from_reference(
        store: &StoreInner,
        shared: Option<&Store>,
        exception: ExnRef,
    ) -> Exception {
        let values = (0..exception.tag.params.len()).map(|place| {
            match (exception.raw(store, place), shared) {
                (RawValue::I32(value), _) => Value::I32(value),
                (RawValue::I64(value), _) => Value::I64(value),
                (RawValue::F32(value), _) => Value::F32(value),
                (RawValue::F64(value), _) => Value::F64(value),
                (RawValue::V128(value), _) => Value::V128(value),
                (RawValue::ExternRef(value), _) => Value::ExternRef(value),
                (RawValue::FuncRef(_), None) => Value::FuncRef(None),
                (RawValue::AnyRef(_), None) => Value::AnyRef(None),
                (RawValue::ExnRef(value), shared) => {
                    let inner = |value| Exception::from_reference(store, shared, value);
                    Value::ExnRef(value.map(inner))
                }
                (raw, Some(shared)) => function::value(shared, raw),
            }
        });
        Exception {
            tag: exception.tag,
            values: Values::new(values.collect()),
            origin: Some((core::ptr::from_ref(store).addr(), exception)),
        }
    }

    /// The exception as generated code holds it. Called inside the store.
    pub(crate) fn reference(&self, store: &StoreInner) -> Result<ExnRef, CallError> {
        match self.origin {
            Some((origin, exception)) if origin == core::ptr::from_ref(store).addr() => {
                Ok(exception)
            }
            _ => {
                let values = self.values().iter();
                let values = values.map(|value| function::raw(store, value));
                let values: Vec<RawValue> = values.collect::<Result<_, _>>()?;
                Ok(ExnRef::new(store, self.tag, &values))
            }
        }
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("uncaught exception")?;
        for (place, value) in self.values().iter().enumerate() {
            f.write_str(if place == 0 { " with " } else { ", " })?;
            match value {
                Value::I32(value) => write!(f, "{value}")?,
                Value::I64(value) => write!(f, "{value}")?,
                Value::F32(value) => write!(f, "{value}")?,
                Value::F64(value) => write!(f, "{value}")?,
                other => write!(f, "a value of type {}", other.value_type())?,
            }
        }
        Ok(())
    }
}

impl Error for Exception {}

/// A reference to an exception (specification: *Values*, `ref.exn`).
#[derive(Clone, Copy)]
pub struct ExnRef {
    tag: Tag,
    values: Carried,
}

/// So many values are part of a reference.
const FEW: usize = 2;

#[derive(Clone, Copy)]
enum Carried {
    Here([Small; FEW]),
    /// In the store, at this place.
    Kept(u32),
}

/// A value of the common kinds.
#[derive(Clone, Copy)]
enum Small {
    I32(i32),
    I64(i64),
    F32(f32),
    F64(f64),
    FuncRef(Option<FuncRef>),
    ExternRef(Option<ExternRef>),
    AnyRef(Option<AnyRef>),
}

impl Small {
    #[inline(always)]
    fn new(value: RawValue) -> Option<Small> {
        Some(match value {
            RawValue::I32(value) => Small::I32(value),
            RawValue::I64(value) => Small::I64(value),
            RawValue::F32(value) => Small::F32(value),
            RawValue::F64(value) => Small::F64(value),
            RawValue::FuncRef(value) => Small::FuncRef(value),
            RawValue::ExternRef(value) => Small::ExternRef(value),
            RawValue::AnyRef(value) => Small::AnyRef(value),
            RawValue::V128(_) | RawValue::ExnRef(_) => return None,
        })
    }

    #[inline(always)]
    fn raw(self) -> RawValue {
        match self {
            Small::I32(value) => RawValue::I32(value),
            Small::I64(value) => RawValue::I64(value),
            Small::F32(value) => RawValue::F32(value),
            Small::F64(value) => RawValue::F64(value),
            Small::FuncRef(value) => RawValue::FuncRef(value),
            Small::ExternRef(value) => RawValue::ExternRef(value),
            Small::AnyRef(value) => RawValue::AnyRef(value),
        }
    }
}

impl ExnRef {
    /// An exception; this thread is inside the store.
    #[inline(always)]
    fn new(store: &StoreInner, tag: Tag, values: &[RawValue]) -> ExnRef {
        let mut here = [Small::I32(0); FEW];
        let fits = values.len() <= FEW
            && values.iter().zip(&mut here).all(|(&value, place)| {
                let small = Small::new(value);
                *place = small.unwrap_or(*place);
                small.is_some()
            });
        let values = if fits {
            Carried::Here(here)
        } else {
            keep(store, values)
        };
        ExnRef { tag, values }
    }

    /// Marks the references that are part of it; those that the store keeps it marks itself.
    #[cfg(feature = "gc")]
    pub(crate) fn roots(&self, mark: &mut dyn FnMut(AnyRef)) {
        use crate::object::Roots;
        if let Carried::Here(values) = &self.values {
            for value in values {
                match value {
                    Small::AnyRef(value) => value.roots(mark),
                    Small::ExternRef(value) => value.roots(mark),
                    _ => {}
                }
            }
        }
    }

    /// Its tag.
    #[inline(always)]
    pub(crate) fn tag(&self) -> Tag {
        self.tag
    }

    /// Value `place`; this thread is inside the store.
    #[inline(always)]
    pub(crate) fn value<T: WasmType>(&self, store: &StoreInner, place: usize) -> T {
        T::from_raw(self.raw(store, place))
    }

    #[inline(always)]
    fn raw(&self, store: &StoreInner, place: usize) -> RawValue {
        let zero = RawValue::I32(0);
        match &self.values {
            Carried::Here(values) => values.get(place).map_or(zero, |value| value.raw()),
            Carried::Kept(kept) => store.kept_value(*kept, place).unwrap_or(zero),
        }
    }
}

#[cold]
#[inline(never)]
fn keep(store: &StoreInner, values: &[RawValue]) -> Carried {
    // The allocator must not be left half-way by a trap.
    Carried::Kept(trap::owning(|| store.keep_exception(values.into())))
}

impl fmt::Debug for ExnRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ExnRef").field(&self.tag).finish()
    }
}

/// An exception is on its way; it lies in the context.
#[derive(Clone, Copy, Debug)]
pub struct Thrown;

/// `throw`, where the exception may be caught in the module.
#[inline]
pub fn throw<S: 'static>(context: &mut Context<S>, tag: Tag, values: &[RawValue]) -> Thrown {
    let exception = ExnRef::new(context.store(), tag, values);
    context.set_exception(exception);
    Thrown
}

/// `throw_ref`, where the exception may be caught in the module.
#[inline]
pub fn rethrow<S: 'static>(context: &mut Context<S>, exception: Option<ExnRef>) -> Thrown {
    match exception {
        Some(exception) => context.set_exception(exception),
        None => trap::raise(TrapKind::NullExceptionReference),
    }
    Thrown
}

/// `throw` in a module that catches nothing: the exception leaves the call as a trap does.
#[cold]
#[inline(never)]
pub fn throw_out<S: 'static>(context: &mut Context<S>, tag: Tag, values: &[RawValue]) -> ! {
    let exception = ExnRef::new(context.store(), tag, values);
    leave(context, exception)
}

/// `throw_ref` in a module that catches nothing.
#[cold]
#[inline(never)]
pub fn rethrow_out<S: 'static>(context: &mut Context<S>, exception: Option<ExnRef>) -> ! {
    match exception {
        Some(exception) => leave(context, exception),
        None => trap::raise(TrapKind::NullExceptionReference),
    }
}

/// The result of a call that leads out of the module; an exception leaves as a trap does.
#[inline(always)]
pub fn uncaught<S: 'static, R>(context: &mut Context<S>, result: Result<R, Thrown>) -> R {
    match result {
        Ok(result) => result,
        Err(Thrown) => leave_caught(context),
    }
}

#[cold]
#[inline(never)]
fn leave_caught<S: 'static>(context: &mut Context<S>) -> ! {
    match context.caught() {
        Some(exception) => leave(context, exception),
        // Only generated code that is wrong says that it threw what it didn't.
        None => trap::raise(TrapKind::NullExceptionReference),
    }
}

fn leave<S: 'static>(context: &Context<S>, exception: ExnRef) -> ! {
    let trap = trap::owning(|| {
        let store = context.store();
        let shared = store.handle();
        Trap::from(Exception::from_reference(store, shared.as_ref(), exception))
    });
    trap::raise_trap(trap)
}

/// Runs `f`, which calls another instance; an exception that comes out of it is handed on.
#[inline]
pub fn catching<S: 'static, R>(
    context: &mut Context<S>,
    f: impl FnOnce(&mut Context<S>) -> R,
) -> Result<R, Thrown> {
    match context.catch(f) {
        Ok(result) => Ok(result),
        Err(trap) => Err(hand_on(context, trap)),
    }
}

#[cold]
#[inline(never)]
fn hand_on<S: 'static>(context: &mut Context<S>, trap: Trap) -> Thrown {
    let mut trap = Some(trap);
    let exception = trap::owning(|| {
        let taken = trap.take()?;
        context
            .store()
            .exception(taken)
            .map_err(|left| trap = Some(left))
            .ok()
    });
    match (exception, trap) {
        (Some(exception), _) => {
            context.set_exception(exception);
            Thrown
        }
        (None, Some(trap)) => trap::raise_trap(trap),
        (None, None) => trap::raise(TrapKind::NullExceptionReference),
    }
}
