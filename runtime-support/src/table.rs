//! Tables: as generated code uses them, and as the host does.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::UnsafeCell;
use core::fmt;

use crate::any::AnyRef;
use crate::error::CallError;
use crate::exception::ExnRef;
use crate::function::{self, FuncRef};
use crate::gc::ReferenceType;
use crate::handle::HandleMark;
use crate::store::Store;
use crate::trap::{self, TrapKind};
use crate::value::{ExternRef, Value, ValueType, WasmType};

/// No table has more elements, whatever its declared maximum. The specification allows 2^32 - 1;
/// at 16 bytes each that would be 64 GiB.
pub const MAX_ELEMENTS: u32 = 100_000_000;

/// A table could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableError {
    /// How many elements it has to have.
    pub minimum: u64,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TableError { minimum } = self;
        write!(
            f,
            "no room for a table of {minimum} elements; {MAX_ELEMENTS} are the most"
        )
    }
}

impl core::error::Error for TableError {}

/// A table of elements of type `Option<T>` as an instance holds it
/// (specification: *Table Instances*).
///
/// Generated code reaches it only through its context, that is, inside the store.
pub struct TableSlot<T>(Arc<TableInner<T>>);

struct TableInner<T> {
    elements: UnsafeCell<Vec<Option<T>>>,
    minimum: u64,
    maximum: Option<u64>,
    /// Whether its indices have 64 bits. No table has more elements for it, so that indices of
    /// 32 bits reach all; generated code narrows its own.
    table64: bool,
    /// The type of the elements, where the Rust type doesn't tell all of it.
    reference: Option<ReferenceType>,
}

// SAFETY: `elements` is touched only inside the table's store: by generated code, which runs
// there, and by `Table` and `TableMut`, which hold its lock. The lock admits one thread at a time.
unsafe impl<T: Send> Send for TableInner<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for TableInner<T> {}

/// A type of reference that tables hold.
pub trait Reference: Copy + Send + fmt::Debug + 'static {
    /// The type of the elements.
    const TYPE: ValueType;
    /// The table, as one of any type.
    fn into_any(table: Table<Self>) -> AnyTable;
    /// The table, if it is of this type.
    fn from_any(table: &AnyTable) -> Option<Table<Self>>;
}

impl Reference for FuncRef {
    const TYPE: ValueType = <Option<FuncRef> as WasmType>::TYPE;
    fn into_any(table: Table<Self>) -> AnyTable {
        AnyTable::FuncRef(table)
    }
    fn from_any(table: &AnyTable) -> Option<Table<Self>> {
        match table {
            AnyTable::FuncRef(table) => Some(table.clone()),
            _ => None,
        }
    }
}

impl Reference for ExternRef {
    const TYPE: ValueType = <Option<ExternRef> as WasmType>::TYPE;
    fn into_any(table: Table<Self>) -> AnyTable {
        AnyTable::ExternRef(table)
    }
    fn from_any(table: &AnyTable) -> Option<Table<Self>> {
        match table {
            AnyTable::ExternRef(table) => Some(table.clone()),
            _ => None,
        }
    }
}

impl Reference for ExnRef {
    const TYPE: ValueType = <Option<ExnRef> as WasmType>::TYPE;
    fn into_any(table: Table<Self>) -> AnyTable {
        AnyTable::ExnRef(table)
    }
    fn from_any(table: &AnyTable) -> Option<Table<Self>> {
        match table {
            AnyTable::ExnRef(table) => Some(table.clone()),
            _ => None,
        }
    }
}

impl Reference for AnyRef {
    const TYPE: ValueType = <Option<AnyRef> as WasmType>::TYPE;
    fn into_any(table: Table<Self>) -> AnyTable {
        AnyTable::AnyRef(table)
    }
    fn from_any(table: &AnyTable) -> Option<Table<Self>> {
        match table {
            AnyTable::AnyRef(table) => Some(table.clone()),
            _ => None,
        }
    }
}

#[cold]
#[inline(never)]
fn out_of_bounds() -> ! {
    trap::raise(TrapKind::TableOutOfBounds)
}

#[cfg(feature = "gc")]
impl<T: Copy> TableSlot<T> {
    /// Calls `f` with the elements.
    pub(crate) fn visit(&self, f: impl FnOnce(&[Option<T>])) {
        // SAFETY: this thread is inside the table's store (see `TableInner`), and `f` only marks,
        // which runs no code that could come here.
        f(unsafe { &*self.0.elements.get() });
    }
}

impl<T: Reference> TableSlot<T> {
    /// A table of `minimum` null elements, with 32-bit indices.
    ///
    /// # Errors
    /// When there is no room for so many.
    pub fn new(minimum: u64, maximum: Option<u64>) -> Result<TableSlot<T>, TableError> {
        TableSlot::of_type(minimum, maximum, false)
    }

    /// A table of `minimum` null elements, with 64-bit indices.
    ///
    /// # Errors
    /// As [`TableSlot::new`].
    pub fn new64(minimum: u64, maximum: Option<u64>) -> Result<TableSlot<T>, TableError> {
        TableSlot::of_type(minimum, maximum, true)
    }

    fn of_type(
        minimum: u64,
        maximum: Option<u64>,
        table64: bool,
    ) -> Result<TableSlot<T>, TableError> {
        let mut elements = Vec::new();
        let room = minimum <= u64::from(MAX_ELEMENTS)
            && elements.try_reserve_exact(minimum as usize).is_ok();
        if !room {
            return Err(TableError { minimum });
        }
        elements.resize(minimum as usize, None);
        Ok(TableSlot(Arc::new(TableInner {
            elements: UnsafeCell::new(elements),
            minimum,
            maximum,
            table64,
            reference: None,
        })))
    }

    /// The same table, which nobody else has yet, with elements of a type that the Rust type
    /// doesn't tell all of.
    pub fn with_elements(mut self, reference: ReferenceType) -> TableSlot<T> {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.reference = Some(reference);
        }
        self
    }

    /// Runs `f` with the elements.
    #[inline(always)]
    fn with<R>(&self, f: impl FnOnce(&mut Vec<Option<T>>) -> R) -> R {
        // SAFETY: this thread is inside the table's store (see `TableInner`). Every `f` is in this
        // file, and none runs code that could come here again: elements are `Copy`.
        f(unsafe { &mut *self.0.elements.get() })
    }

    /// `table.size`
    #[inline]
    pub fn size(&self) -> i32 {
        self.with(|elements| elements.len() as u32).cast_signed()
    }

    /// `table.get`
    #[inline]
    pub fn get(&self, index: i32) -> Option<T> {
        let element = self.with(|elements| elements.get(index.cast_unsigned() as usize).copied());
        match element {
            Some(element) => element,
            None => out_of_bounds(),
        }
    }

    /// `table.set`
    #[inline]
    pub fn set(&self, index: i32, value: Option<T>) {
        let done = self.with(
            |elements| match elements.get_mut(index.cast_unsigned() as usize) {
                Some(place) => {
                    *place = value;
                    true
                }
                None => false,
            },
        );
        if !done {
            out_of_bounds();
        }
    }

    /// `table.grow`
    pub fn grow(&self, value: Option<T>, delta: i32) -> i32 {
        let most = u64::from(MAX_ELEMENTS);
        let maximum = self.0.maximum.unwrap_or(most).min(most) as u32;
        let delta = delta.cast_unsigned();
        // The allocator must not be left half-way by a trap.
        trap::owning(|| {
            self.with(|elements| {
                let old = elements.len() as u32;
                match old.checked_add(delta) {
                    Some(new) if new <= maximum => {
                        if elements.try_reserve(delta as usize).is_err() {
                            return -1;
                        }
                        elements.resize(new as usize, value);
                        old.cast_signed()
                    }
                    _ => -1,
                }
            })
        })
    }

    /// `table.fill`
    pub fn fill(&self, start: i32, value: Option<T>, count: i32) {
        let done = self.with(|elements| match elements.get_mut(range(start, count)) {
            Some(place) => {
                place.fill(value);
                true
            }
            None => false,
        });
        if !done {
            out_of_bounds();
        }
    }

    /// `table.copy` from `source` (which may be this table) to this one.
    pub fn copy_from(&self, to: i32, source: &TableSlot<T>, from: i32, count: i32) {
        let done = if Arc::ptr_eq(&self.0, &source.0) {
            self.with(|elements| {
                let (to, from) = (range(to, count), range(from, count));
                let fits = to.end <= elements.len() && from.end <= elements.len();
                if fits {
                    elements.copy_within(from, to.start);
                }
                fits
            })
        } else {
            self.with(|elements| {
                source.with(|source| {
                    match (
                        elements.get_mut(range(to, count)),
                        source.get(range(from, count)),
                    ) {
                        (Some(to), Some(from)) => {
                            to.copy_from_slice(from);
                            true
                        }
                        _ => false,
                    }
                })
            })
        };
        if !done {
            out_of_bounds();
        }
    }

    /// `table.init` from the elements of a segment.
    pub fn init(&self, to: i32, segment: &[Option<T>], from: i32, count: i32) {
        let done = self.with(|elements| {
            match (
                elements.get_mut(range(to, count)),
                segment.get(range(from, count)),
            ) {
                (Some(to), Some(from)) => {
                    to.copy_from_slice(from);
                    true
                }
                _ => false,
            }
        });
        if !done {
            out_of_bounds();
        }
    }

    /// Writes `count` elements from `to` on, those that `element` gives; it must not trap.
    pub fn init_with(&self, to: i32, count: usize, element: impl Fn(usize) -> Option<T>) {
        let place = range(to, (count as u32).cast_signed());
        if self.with(|elements| place.end > elements.len()) {
            out_of_bounds();
        }
        for (index, place) in place.enumerate() {
            self.set((place as u32).cast_signed(), element(index));
        }
    }

    /// The table as a handle of the host's.
    pub(crate) fn handle(&self, store: &Store) -> Table<T> {
        Table {
            store: store.clone(),
            slot: TableSlot(self.0.clone()),
            _mark: HandleMark::new(),
        }
    }
}

impl TableSlot<FuncRef> {
    /// The function that `call_indirect` finds at `index`.
    #[inline(always)]
    pub fn function(&self, index: i32) -> FuncRef {
        match self.with(|elements| elements.get(index.cast_unsigned() as usize).copied()) {
            Some(Some(function)) => function,
            Some(None) => uninitialized_element(),
            None => undefined_element(),
        }
    }
}

#[cold]
#[inline(never)]
fn uninitialized_element() -> ! {
    trap::raise(TrapKind::UninitializedElement)
}

#[cold]
#[inline(never)]
fn undefined_element() -> ! {
    trap::raise(TrapKind::UndefinedElement)
}

/// An index or a count of a table with 64-bit indices, for functions that take 32 bits: what is
/// more than these hold becomes the most they do, which is more than any table has.
#[inline(always)]
pub fn narrow(index: i64) -> i32 {
    const { assert!(MAX_ELEMENTS < u32::MAX) }
    let index = u32::try_from(index.cast_unsigned());
    index.unwrap_or(u32::MAX).cast_signed()
}

fn range(start: i32, count: i32) -> core::ops::Range<usize> {
    let start = start.cast_unsigned() as usize;
    // On a 32-bit host the sum may not fit; then it is more than any table has.
    start..start.saturating_add(count.cast_unsigned() as usize)
}

/// A table that instances of one store and the host can share.
pub struct Table<T> {
    store: Store,
    slot: TableSlot<T>,
    _mark: HandleMark,
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        let slot = TableSlot(Arc::clone(&self.slot.0));
        Table {
            store: self.store.clone(),
            slot,
            _mark: self._mark,
        }
    }
}

impl<T: Reference> Table<T>
where
    Option<T>: WasmType,
{
    /// A table of `minimum` null elements that can grow to `maximum`, with 32-bit indices.
    ///
    /// # Errors
    /// When there is no room for so many.
    pub fn new(store: &Store, minimum: u32, maximum: Option<u32>) -> Result<Table<T>, TableError> {
        let slot = TableSlot::new(minimum.into(), maximum.map(u64::from))?;
        Ok(slot.handle(store))
    }

    /// The same with 64-bit indices (specification: *Table Types, Address Type*). It has no more
    /// elements for it.
    ///
    /// # Errors
    /// As [`Table::new`].
    pub fn new64(
        store: &Store,
        minimum: u64,
        maximum: Option<u64>,
    ) -> Result<Table<T>, TableError> {
        Ok(TableSlot::new64(minimum, maximum)?.handle(store))
    }

    /// Whether its indices have 64 bits.
    pub fn is_table64(&self) -> bool {
        self.slot.0.table64
    }

    /// The store the table belongs to.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The number of elements.
    pub fn size(&self) -> u32 {
        let _lock = self.store.inner().lock();
        self.slot.size().cast_unsigned()
    }

    /// The type of the elements, where the Rust type doesn't tell all of it.
    pub(crate) fn reference(&self) -> Option<ReferenceType> {
        self.slot.0.reference
    }

    /// The declared maximum.
    pub fn maximum(&self) -> Option<u64> {
        self.slot.0.maximum
    }

    /// The element at `index`; `None` when the table has none there.
    pub fn get(&self, index: u32) -> Option<Value> {
        let _lock = self.store.inner().lock();
        let element = self
            .slot
            .with(|elements| elements.get(index as usize).copied())?;
        Some(function::value(&self.store, element.into_raw()))
    }

    /// Changes the element at `index`; gives `false` when the table has none there.
    ///
    /// # Errors
    /// When `value` is not of the table's type, or a function of another store.
    pub fn set(&self, index: u32, value: &Value) -> Result<bool, CallError> {
        let element = self.element(value)?;
        let _lock = self.store.inner().lock();
        Ok(self
            .slot
            .with(|elements| match elements.get_mut(index as usize) {
                Some(place) => {
                    *place = element;
                    true
                }
                None => false,
            }))
    }

    /// Adds `delta` elements that hold `value`; the size before, or `None` when that is more than
    /// the table may have.
    ///
    /// # Errors
    /// As [`Table::set`].
    pub fn grow(&self, delta: u32, value: &Value) -> Result<Option<u32>, CallError> {
        let element = self.element(value)?;
        let _lock = self.store.inner().lock();
        let old = self.slot.grow(element, delta.cast_signed());
        Ok((old != -1).then_some(old.cast_unsigned()))
    }

    fn element(&self, value: &Value) -> Result<Option<T>, CallError> {
        if value.value_type() != T::TYPE {
            return Err(CallError::Arguments {
                expected: T::TYPE.as_slice(),
                got: alloc::vec![value.value_type()],
            });
        }
        Ok(Option::from_raw(function::raw(self.store.inner(), value)?))
    }

    pub(crate) fn into_slot(self) -> TableSlot<T> {
        self.slot
    }
}

impl<T> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("minimum", &self.slot.0.minimum)
            .field("maximum", &self.slot.0.maximum)
            .field("table64", &self.slot.0.table64)
            .finish()
    }
}

/// A table of any type.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AnyTable {
    /// Of functions.
    FuncRef(Table<FuncRef>),
    /// Of values of the host's.
    ExternRef(Table<ExternRef>),
    /// Of exceptions.
    ExnRef(Table<ExnRef>),
    /// Of references to anything.
    AnyRef(Table<AnyRef>),
}

impl AnyTable {
    /// The store the table belongs to.
    pub fn store(&self) -> &Store {
        match self {
            AnyTable::FuncRef(table) => table.store(),
            AnyTable::ExternRef(table) => table.store(),
            AnyTable::ExnRef(table) => table.store(),
            AnyTable::AnyRef(table) => table.store(),
        }
    }

    /// The type of its elements.
    pub fn element(&self) -> ValueType {
        match self {
            AnyTable::FuncRef(_) => ValueType::FuncRef,
            AnyTable::ExternRef(_) => ValueType::ExternRef,
            AnyTable::ExnRef(_) => ValueType::ExnRef,
            AnyTable::AnyRef(_) => ValueType::AnyRef,
        }
    }
}
