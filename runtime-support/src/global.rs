//! Globals: those of one instance alone, and those that instances share.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::UnsafeCell;
use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::any::AnyRef;
use crate::error::CallError;
use crate::exception::ExnRef;
use crate::function::{self, FuncRef};
use crate::gc::ReferenceType;
use crate::handle::HandleMark;
use crate::simd::V128;
use crate::store::Store;
use crate::value::{ExternRef, RawValue, Value, ValueType, WasmType};

/// The globals that only one instance can change, or that never change, by type.
#[derive(Debug)]
pub struct Globals<
    const I32: usize,
    const I64: usize,
    const F32: usize,
    const F64: usize,
    const VECTOR: usize,
    const FUNC: usize,
    const EXTERN: usize,
    const EXN: usize,
    const ANY: usize,
> {
    /// Those of type `i32`.
    pub i32: [i32; I32],
    /// Those of type `i64`.
    pub i64: [i64; I64],
    /// Those of type `f32`.
    pub f32: [f32; F32],
    /// Those of type `f64`.
    pub f64: [f64; F64],
    /// Those of type `v128`.
    pub v128: [V128; VECTOR],
    /// Those of type `funcref`.
    pub func: [Option<FuncRef>; FUNC],
    /// Those of type `externref`.
    pub extern_: [Option<ExternRef>; EXTERN],
    /// Those of type `exnref`.
    pub exn: [Option<ExnRef>; EXN],
    /// Those of type `anyref`.
    pub any: [Option<AnyRef>; ANY],
}

impl<
    const I32: usize,
    const I64: usize,
    const F32: usize,
    const F64: usize,
    const VECTOR: usize,
    const FUNC: usize,
    const EXTERN: usize,
    const EXN: usize,
    const ANY: usize,
> Globals<I32, I64, F32, F64, VECTOR, FUNC, EXTERN, EXN, ANY>
{
    /// All of them zero or null.
    pub const fn new() -> Self {
        Globals {
            i32: [0; I32],
            i64: [0; I64],
            f32: [0.0; F32],
            f64: [0.0; F64],
            v128: [V128::ZERO; VECTOR],
            func: [None; FUNC],
            extern_: [None; EXTERN],
            exn: [None; EXN],
            any: [None; ANY],
        }
    }

    /// The value of the global at `place` among those of its type.
    pub fn get(&self, value_type: ValueType, place: usize) -> RawValue {
        match value_type {
            ValueType::I32 => RawValue::I32(self.i32[place]),
            ValueType::I64 => RawValue::I64(self.i64[place]),
            ValueType::F32 => RawValue::F32(self.f32[place]),
            ValueType::F64 => RawValue::F64(self.f64[place]),
            ValueType::V128 => RawValue::V128(self.v128[place]),
            ValueType::FuncRef => RawValue::FuncRef(self.func[place]),
            ValueType::ExternRef => RawValue::ExternRef(self.extern_[place]),
            ValueType::ExnRef => RawValue::ExnRef(self.exn[place]),
            ValueType::AnyRef => RawValue::AnyRef(self.any[place]),
        }
    }
}

impl<
    const I32: usize,
    const I64: usize,
    const F32: usize,
    const F64: usize,
    const VECTOR: usize,
    const FUNC: usize,
    const EXTERN: usize,
    const EXN: usize,
    const ANY: usize,
> Default for Globals<I32, I64, F32, F64, VECTOR, FUNC, EXTERN, EXN, ANY>
{
    fn default() -> Self {
        Globals::new()
    }
}

/// The globals of an instance that others can change: mutable ones, imported or exported.
#[derive(Debug, Default)]
pub struct SharedGlobals {
    /// Those of type `i32`.
    pub i32: Vec<Global<i32>>,
    /// Those of type `i64`.
    pub i64: Vec<Global<i64>>,
    /// Those of type `f32`.
    pub f32: Vec<Global<f32>>,
    /// Those of type `f64`.
    pub f64: Vec<Global<f64>>,
    /// Those of type `v128`.
    pub v128: Vec<Global<V128>>,
    /// Those of type `funcref`.
    pub func: Vec<Global<Option<FuncRef>>>,
    /// Those of type `externref`.
    pub extern_: Vec<Global<Option<ExternRef>>>,
    /// Those of type `exnref`.
    pub exn: Vec<Global<Option<ExnRef>>>,
    /// Those of type `anyref`.
    pub any: Vec<Global<Option<AnyRef>>>,
}

impl SharedGlobals {
    /// The global at `place` among those of its type.
    pub fn get(&self, value_type: ValueType, place: usize) -> AnyGlobal {
        match value_type {
            ValueType::I32 => AnyGlobal::I32(self.i32[place].clone()),
            ValueType::I64 => AnyGlobal::I64(self.i64[place].clone()),
            ValueType::F32 => AnyGlobal::F32(self.f32[place].clone()),
            ValueType::F64 => AnyGlobal::F64(self.f64[place].clone()),
            ValueType::V128 => AnyGlobal::V128(self.v128[place].clone()),
            ValueType::FuncRef => AnyGlobal::FuncRef(self.func[place].clone()),
            ValueType::ExternRef => AnyGlobal::ExternRef(self.extern_[place].clone()),
            ValueType::ExnRef => AnyGlobal::ExnRef(self.exn[place].clone()),
            ValueType::AnyRef => AnyGlobal::AnyRef(self.any[place].clone()),
        }
    }
}

/// A type that globals have, and the cell that holds it so that threads may share it.
pub trait GlobalType: WasmType {
    /// The cell.
    type Cell: GlobalCell<Self>;
}

/// A place for a value that threads may read and write at any time.
pub trait GlobalCell<T>: Send + Sync {
    /// A cell with `value`.
    fn new(value: T) -> Self;
    /// The value.
    fn load(&self) -> T;
    /// Replaces the value.
    fn store(&self, value: T);
}

/// 32 bits: one machine access.
#[derive(Debug)]
pub struct Cell32(AtomicU32);

macro_rules! cell32 {
    ($($rust:ty, $to:expr, $from:expr;)*) => {$(
        impl GlobalCell<$rust> for Cell32 {
            fn new(value: $rust) -> Self {
                Cell32(AtomicU32::new($to(value)))
            }
            #[inline(always)]
            fn load(&self) -> $rust {
                $from(self.0.load(Ordering::Relaxed))
            }
            #[inline(always)]
            fn store(&self, value: $rust) {
                self.0.store($to(value), Ordering::Relaxed)
            }
        }
        impl GlobalType for $rust {
            type Cell = Cell32;
        }
    )*};
}
cell32! {
    i32, i32::cast_unsigned, u32::cast_signed;
    f32, f32::to_bits, f32::from_bits;
}

/// 64 bits: one machine access where the target has one.
#[cfg(target_has_atomic = "64")]
#[derive(Debug)]
pub struct Cell64(core::sync::atomic::AtomicU64);

#[cfg(target_has_atomic = "64")]
macro_rules! cell64 {
    ($($rust:ty, $to:expr, $from:expr;)*) => {$(
        impl GlobalCell<$rust> for Cell64 {
            fn new(value: $rust) -> Self {
                Cell64(core::sync::atomic::AtomicU64::new($to(value)))
            }
            #[inline(always)]
            fn load(&self) -> $rust {
                $from(self.0.load(Ordering::Relaxed))
            }
            #[inline(always)]
            fn store(&self, value: $rust) {
                self.0.store($to(value), Ordering::Relaxed)
            }
        }
        impl GlobalType for $rust {
            type Cell = Cell64;
        }
    )*};
}
#[cfg(target_has_atomic = "64")]
cell64! {
    i64, i64::cast_unsigned, u64::cast_signed;
    f64, f64::to_bits, f64::from_bits;
}
#[cfg(not(target_has_atomic = "64"))]
impl GlobalType for i64 {
    type Cell = LockedCell<i64>;
}
#[cfg(not(target_has_atomic = "64"))]
impl GlobalType for f64 {
    type Cell = LockedCell<f64>;
}
impl GlobalType for V128 {
    type Cell = LockedCell<V128>;
}
impl GlobalType for Option<FuncRef> {
    type Cell = LockedCell<Option<FuncRef>>;
}
impl GlobalType for Option<ExternRef> {
    type Cell = LockedCell<Option<ExternRef>>;
}
impl GlobalType for Option<ExnRef> {
    type Cell = LockedCell<Option<ExnRef>>;
}
impl GlobalType for Option<AnyRef> {
    type Cell = LockedCell<Option<AnyRef>>;
}

/// A value that takes more than one machine access, behind a spin lock held for just that long.
pub struct LockedCell<T> {
    busy: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: `value` is touched only by `with`, which holds `busy`.
unsafe impl<T: Send> Sync for LockedCell<T> {}

impl<T: Copy> LockedCell<T> {
    fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        while self.busy.swap(true, Ordering::Acquire) {
            core::hint::spin_loop();
        }
        // SAFETY: `busy` was free and is ours; `f` is one of the two closures below, which copy.
        let result = f(unsafe { &mut *self.value.get() });
        self.busy.store(false, Ordering::Release);
        result
    }
}

impl<T: Copy + Send> GlobalCell<T> for LockedCell<T> {
    fn new(value: T) -> Self {
        LockedCell {
            busy: AtomicBool::new(false),
            value: UnsafeCell::new(value),
        }
    }
    fn load(&self) -> T {
        self.with(|place| *place)
    }
    fn store(&self, value: T) {
        self.with(|place| *place = value);
    }
}

/// A global that instances and the host can share (specification: *Global Instances*).
pub struct Global<T: GlobalType>(Arc<GlobalInner<T>>);

struct GlobalInner<T: GlobalType> {
    cell: T::Cell,
    mutable: bool,
    /// Its type, where the Rust type doesn't tell all of it.
    reference: Option<ReferenceType>,
}

impl<T: GlobalType> Global<T> {
    /// A global that holds `value`. A mutable one fits imports of mutable globals, an immutable
    /// one imports of immutable globals.
    pub fn new(value: T, mutable: bool) -> Global<T> {
        Global(Arc::new(GlobalInner {
            cell: T::Cell::new(value),
            mutable,
            reference: None,
        }))
    }

    /// A global of a reference type that the Rust type doesn't tell all of.
    #[doc(hidden)]
    pub fn of_type(value: T, mutable: bool, reference: ReferenceType) -> Global<T> {
        Global(Arc::new(GlobalInner {
            cell: T::Cell::new(value),
            mutable,
            reference: Some(reference),
        }))
    }

    /// Its type, where the Rust type doesn't tell all of it.
    pub(crate) fn reference(&self) -> Option<ReferenceType> {
        self.0.reference
    }

    /// The value.
    #[inline(always)]
    pub fn get(&self) -> T {
        self.0.cell.load()
    }

    /// Changes the value; an immutable global stays as it is.
    #[inline(always)]
    pub fn set(&self, value: T) {
        if self.0.mutable {
            self.0.cell.store(value);
        }
    }

    /// Whether it can change.
    pub fn is_mutable(&self) -> bool {
        self.0.mutable
    }
}

impl<T: GlobalType> Clone for Global<T> {
    fn clone(&self) -> Self {
        Global(Arc::clone(&self.0))
    }
}

impl<T: GlobalType + fmt::Debug> fmt::Debug for Global<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Global").field(&self.get()).finish()
    }
}

/// A shared global of any type.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AnyGlobal {
    /// Of type `i32`.
    I32(Global<i32>),
    /// Of type `i64`.
    I64(Global<i64>),
    /// Of type `f32`.
    F32(Global<f32>),
    /// Of type `f64`.
    F64(Global<f64>),
    /// Of type `v128`.
    V128(Global<V128>),
    /// Of type `funcref`.
    FuncRef(Global<Option<FuncRef>>),
    /// Of type `externref`.
    ExternRef(Global<Option<ExternRef>>),
    /// Of type `exnref`.
    ExnRef(Global<Option<ExnRef>>),
    /// Of type `anyref`.
    AnyRef(Global<Option<AnyRef>>),
}

impl AnyGlobal {
    /// A global that holds `value` for good, of a type that `reference` says if it is given.
    pub(crate) fn immutable(value: RawValue, reference: Option<ReferenceType>) -> AnyGlobal {
        AnyGlobal::of_type(value, false, reference)
    }

    /// A global that holds `value`, of a type that `reference` says if it is given.
    pub(crate) fn of_type(
        value: RawValue,
        mutable: bool,
        reference: Option<ReferenceType>,
    ) -> AnyGlobal {
        fn global<T: GlobalType>(
            value: T,
            mutable: bool,
            reference: Option<ReferenceType>,
        ) -> Global<T> {
            Global(Arc::new(GlobalInner {
                cell: T::Cell::new(value),
                mutable,
                reference,
            }))
        }
        match value {
            RawValue::I32(value) => AnyGlobal::I32(Global::new(value, mutable)),
            RawValue::I64(value) => AnyGlobal::I64(Global::new(value, mutable)),
            RawValue::F32(value) => AnyGlobal::F32(Global::new(value, mutable)),
            RawValue::F64(value) => AnyGlobal::F64(Global::new(value, mutable)),
            RawValue::V128(value) => AnyGlobal::V128(Global::new(value, mutable)),
            RawValue::FuncRef(value) => AnyGlobal::FuncRef(global(value, mutable, reference)),
            RawValue::ExternRef(value) => AnyGlobal::ExternRef(global(value, mutable, reference)),
            RawValue::ExnRef(value) => AnyGlobal::ExnRef(global(value, mutable, reference)),
            RawValue::AnyRef(value) => AnyGlobal::AnyRef(global(value, mutable, reference)),
        }
    }

    pub(crate) fn set(&self, value: RawValue) {
        match (self, value) {
            (AnyGlobal::I32(global), RawValue::I32(value)) => global.set(value),
            (AnyGlobal::I64(global), RawValue::I64(value)) => global.set(value),
            (AnyGlobal::F32(global), RawValue::F32(value)) => global.set(value),
            (AnyGlobal::F64(global), RawValue::F64(value)) => global.set(value),
            (AnyGlobal::V128(global), RawValue::V128(value)) => global.set(value),
            (AnyGlobal::FuncRef(global), RawValue::FuncRef(value)) => global.set(value),
            (AnyGlobal::ExternRef(global), RawValue::ExternRef(value)) => global.set(value),
            (AnyGlobal::ExnRef(global), RawValue::ExnRef(value)) => global.set(value),
            (AnyGlobal::AnyRef(global), RawValue::AnyRef(value)) => global.set(value),
            _ => {}
        }
    }

    /// The value.
    pub fn get(&self) -> RawValue {
        match self {
            AnyGlobal::I32(global) => RawValue::I32(global.get()),
            AnyGlobal::I64(global) => RawValue::I64(global.get()),
            AnyGlobal::F32(global) => RawValue::F32(global.get()),
            AnyGlobal::F64(global) => RawValue::F64(global.get()),
            AnyGlobal::V128(global) => RawValue::V128(global.get()),
            AnyGlobal::FuncRef(global) => RawValue::FuncRef(global.get()),
            AnyGlobal::ExternRef(global) => RawValue::ExternRef(global.get()),
            AnyGlobal::ExnRef(global) => RawValue::ExnRef(global.get()),
            AnyGlobal::AnyRef(global) => RawValue::AnyRef(global.get()),
        }
    }

    /// The type of the value.
    pub fn value_type(&self) -> ValueType {
        match self {
            AnyGlobal::I32(_) => ValueType::I32,
            AnyGlobal::I64(_) => ValueType::I64,
            AnyGlobal::F32(_) => ValueType::F32,
            AnyGlobal::F64(_) => ValueType::F64,
            AnyGlobal::V128(_) => ValueType::V128,
            AnyGlobal::FuncRef(_) => ValueType::FuncRef,
            AnyGlobal::ExternRef(_) => ValueType::ExternRef,
            AnyGlobal::ExnRef(_) => ValueType::ExnRef,
            AnyGlobal::AnyRef(_) => ValueType::AnyRef,
        }
    }

    /// Whether it can change.
    pub fn is_mutable(&self) -> bool {
        match self {
            AnyGlobal::I32(global) => global.is_mutable(),
            AnyGlobal::I64(global) => global.is_mutable(),
            AnyGlobal::F32(global) => global.is_mutable(),
            AnyGlobal::F64(global) => global.is_mutable(),
            AnyGlobal::V128(global) => global.is_mutable(),
            AnyGlobal::FuncRef(global) => global.is_mutable(),
            AnyGlobal::ExternRef(global) => global.is_mutable(),
            AnyGlobal::ExnRef(global) => global.is_mutable(),
            AnyGlobal::AnyRef(global) => global.is_mutable(),
        }
    }
}

/// A type of which shared globals are made, found in an [`AnyGlobal`].
pub trait SharedGlobalType: GlobalType {
    /// The global, if it is of this type.
    fn from_any(any: &AnyGlobal) -> Option<Global<Self>>;
    /// The global as one of any type.
    fn into_any(global: Global<Self>) -> AnyGlobal;
}

macro_rules! shared_global_type {
    ($($rust:ty, $variant:ident;)*) => {$(
        impl SharedGlobalType for $rust {
            fn from_any(any: &AnyGlobal) -> Option<Global<Self>> {
                match any {
                    AnyGlobal::$variant(global) => Some(global.clone()),
                    _ => None,
                }
            }
            fn into_any(global: Global<Self>) -> AnyGlobal {
                AnyGlobal::$variant(global)
            }
        }
    )*};
}
shared_global_type! {
    i32, I32;
    i64, I64;
    f32, F32;
    f64, F64;
    V128, V128;
    Option<FuncRef>, FuncRef;
    Option<ExternRef>, ExternRef;
    Option<ExnRef>, ExnRef;
    Option<AnyRef>, AnyRef;
}

/// A global as a handle of the host's, with the store whose functions it may hold.
#[derive(Clone, Debug)]
pub struct SharedGlobal {
    store: Store,
    global: AnyGlobal,
    _mark: HandleMark,
}

impl SharedGlobal {
    pub(crate) fn new(store: &Store, global: AnyGlobal) -> SharedGlobal {
        SharedGlobal {
            store: store.clone(),
            global,
            _mark: HandleMark::new(),
        }
    }

    /// A global of `store` that holds `value`.
    ///
    /// # Errors
    /// When `value` is a function of another store.
    pub fn with_value(
        store: &Store,
        value: &Value,
        mutable: bool,
    ) -> Result<SharedGlobal, CallError> {
        let value = function::raw(store.inner(), value)?;
        let global = AnyGlobal::of_type(value, mutable, None);
        Ok(SharedGlobal::new(store, global))
    }

    /// The store the global belongs to.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The value.
    pub fn get(&self) -> Value {
        function::value(&self.store, self.global.get())
    }

    /// Changes the value; an immutable global stays as it is.
    ///
    /// # Errors
    /// When `value` is not of the global's type, or a function of another store.
    pub fn set(&self, value: &Value) -> Result<(), CallError> {
        let raw = function::raw(self.store.inner(), value)?;
        if value.value_type() != self.global.value_type() {
            return Err(CallError::Arguments {
                expected: self.global.value_type().as_slice(),
                got: alloc::vec![value.value_type()],
            });
        }
        self.global.set(raw);
        Ok(())
    }

    /// The global itself.
    pub fn global(&self) -> &AnyGlobal {
        &self.global
    }
}

#[cfg(feature = "gc")]
mod roots {
    use super::{Globals, SharedGlobals};
    use crate::any::AnyRef;
    use crate::object::Roots;

    impl<
        const I32: usize,
        const I64: usize,
        const F32: usize,
        const F64: usize,
        const VECTOR: usize,
        const FUNC: usize,
        const EXTERN: usize,
        const EXN: usize,
        const ANY: usize,
    > Roots for Globals<I32, I64, F32, F64, VECTOR, FUNC, EXTERN, EXN, ANY>
    {
        fn roots(&self, mark: &mut dyn FnMut(AnyRef)) {
            self.extern_.roots(mark);
            self.exn.roots(mark);
            self.any.roots(mark);
        }
    }

    impl Roots for SharedGlobals {
        fn roots(&self, mark: &mut dyn FnMut(AnyRef)) {
            self.extern_
                .iter()
                .for_each(|global| global.get().roots(mark));
            self.exn.iter().for_each(|global| global.get().roots(mark));
            self.any.iter().for_each(|global| global.get().roots(mark));
        }
    }
}
