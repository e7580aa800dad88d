//! Structures, arrays and casts as generated code has them (specification: *Instructions,
//! Aggregate Instructions*).
//!
//! An object is bytes in the store's heap: a header of 8 bytes (the number of its type, and its
//! length if it is an array), then its fields. All accesses go through the heap's `Mem`, so that any
//! reference and any offset is sound; null is told by looking, and what is read of a wrong object is
//! just wrong. References to what lies outside of the heap (functions, exceptions) are numbers there,
//! looked up in the store.

use alloc::vec::Vec;

use crate::any::{self, AnyRef};
use crate::error::InstantiationError;
use crate::exception::ExnRef;
use crate::function::FuncRef;
use crate::gc::{self, Layout, Marker, RootId, TypeInfo};
use crate::instance::Context;
use crate::memory::MemoryError;
use crate::simd::V128;
use crate::store::{Store, StoreInner};
use crate::table::TableSlot;
use crate::trap::{self, TrapKind};
use crate::value::ExternRef;

/// The bytes in front of the fields.
const HEADER: u32 = 8;

/// A `i31` or internal reference passes as an `externref` whose number has this upper half; the
/// host's own numbers are below it.
const INTERNAL: u64 = 0xFFFF_FFFF << 32;

/// The type of values of the host's among objects.
static HOST: TypeInfo = TypeInfo {
    identity: 0,
    supertypes: &[],
    layout: Layout::Host,
};

/// What a cast looks for (specification: *Heap Types*).
#[derive(Clone, Copy, Debug)]
pub enum CastTarget {
    /// `any`
    Anything,
    /// `none`
    Nothing,
    /// `eq`
    Eq,
    /// `i31`
    I31,
    /// `struct`
    Struct,
    /// `array`
    Array,
    /// The type with this number in the store.
    Type(u32),
}

#[cold]
#[inline(never)]
fn null_reference(kind: TrapKind) -> ! {
    trap::raise(kind)
}

#[cold]
#[inline(never)]
fn out_of_bounds() -> ! {
    trap::raise(TrapKind::ArrayOutOfBounds)
}

#[cold]
#[inline(never)]
fn too_large() -> ! {
    trap::raise(TrapKind::AllocationTooLarge)
}

#[cold]
#[inline(never)]
fn cast_failure() -> ! {
    trap::raise(TrapKind::CastFailure)
}

/// The address of an object.
#[inline(always)]
fn structure(reference: Option<AnyRef>) -> u32 {
    match reference {
        Some(reference) => reference.bits(),
        None => null_reference(TrapKind::NullStructureReference),
    }
}

/// The address of an array.
#[inline(always)]
fn array(reference: Option<AnyRef>) -> u32 {
    match reference {
        Some(reference) => reference.bits(),
        None => null_reference(TrapKind::NullArrayReference),
    }
}

/// How a field is kept in an object (specification: *Storage Types*). Named by the type of the
/// bytes; `Value` is what goes in and comes out.
pub trait Field {
    /// The value.
    type Value: Copy + 'static;
    /// The bytes it takes.
    const SIZE: u32;
    /// Reads it.
    fn load<S: 'static>(context: &Context<S>, address: u32, offset: u32) -> Self::Value;
    /// Writes it.
    fn store<S: 'static>(context: &Context<S>, address: u32, offset: u32, value: Self::Value);
}

macro_rules! plain_fields {
    ($($field:ty as $value:ty: $size:literal, $load:ident, $store:ident;)*) => {$(
        impl Field for $field {
            type Value = $value;
            const SIZE: u32 = $size;
            #[inline(always)]
            fn load<S: 'static>(context: &Context<S>, address: u32, offset: u32) -> $value {
                context.objects().$load(address.cast_signed(), offset)
            }
            #[inline(always)]
            fn store<S: 'static>(context: &Context<S>, address: u32, offset: u32, value: $value) {
                context.objects().$store(address.cast_signed(), offset, value);
            }
        }
    )*};
}
plain_fields! {
    i8 as i32: 1, i32_load8_s, i32_store8;
    u8 as i32: 1, i32_load8_u, i32_store8;
    i16 as i32: 2, i32_load16_s, i32_store16;
    u16 as i32: 2, i32_load16_u, i32_store16;
    i32 as i32: 4, i32_load, i32_store;
    i64 as i64: 8, i64_load, i64_store;
    f32 as f32: 4, f32_load, f32_store;
    f64 as f64: 8, f64_load, f64_store;
    V128 as V128: 16, v128_load, v128_store;
}

impl Field for AnyRef {
    type Value = Option<AnyRef>;
    const SIZE: u32 = 4;
    #[inline(always)]
    fn load<S: 'static>(context: &Context<S>, address: u32, offset: u32) -> Option<AnyRef> {
        AnyRef::from_bits(i32::load(context, address, offset).cast_unsigned())
    }
    #[inline(always)]
    fn store<S: 'static>(context: &Context<S>, address: u32, offset: u32, value: Option<AnyRef>) {
        i32::store(context, address, offset, any::bits(value).cast_signed());
    }
}

impl Field for FuncRef {
    type Value = Option<FuncRef>;
    const SIZE: u32 = 4;
    #[inline]
    fn load<S: 'static>(context: &Context<S>, address: u32, offset: u32) -> Option<FuncRef> {
        let number = i32::load(context, address, offset).cast_unsigned();
        context.store().numbered_function(number)
    }
    #[inline]
    fn store<S: 'static>(context: &Context<S>, address: u32, offset: u32, value: Option<FuncRef>) {
        let number = match value {
            Some(function) => trap::owning(|| context.store().number_of_function(function)),
            None => 0,
        };
        i32::store(context, address, offset, number.cast_signed());
    }
}

impl Field for ExnRef {
    type Value = Option<ExnRef>;
    const SIZE: u32 = 4;
    fn load<S: 'static>(context: &Context<S>, address: u32, offset: u32) -> Option<ExnRef> {
        let number = i32::load(context, address, offset).cast_unsigned();
        context.store().numbered_exception(number)
    }
    fn store<S: 'static>(context: &Context<S>, address: u32, offset: u32, value: Option<ExnRef>) {
        let number = match value {
            Some(exception) => trap::owning(|| context.store().number_of_exception(exception)),
            None => 0,
        };
        i32::store(context, address, offset, number.cast_signed());
    }
}

impl Field for ExternRef {
    type Value = Option<ExternRef>;
    const SIZE: u32 = 16;
    #[inline]
    fn load<S: 'static>(context: &Context<S>, address: u32, offset: u32) -> Option<ExternRef> {
        let number = i64::load(context, address, offset).cast_unsigned();
        let there = i32::load(context, address.wrapping_add(8), offset) != 0;
        there.then_some(ExternRef(number))
    }
    #[inline]
    fn store<S: 'static>(
        context: &Context<S>,
        address: u32,
        offset: u32,
        value: Option<ExternRef>,
    ) {
        let number = value.map_or(0, |value| value.0);
        i64::store(context, address, offset, number.cast_signed());
        i32::store(
            context,
            address.wrapping_add(8),
            offset,
            value.is_some().into(),
        );
    }
}

/// The address of an element.
#[inline(always)]
fn element<T: Field>(address: u32, index: u32) -> u32 {
    address
        .wrapping_add(HEADER)
        .wrapping_add(index.wrapping_mul(T::SIZE))
}

impl<S: 'static> Context<S> {
    /// `struct.get`
    #[inline(always)]
    pub fn get<T: Field>(&self, object: Option<AnyRef>, offset: u32) -> T::Value {
        T::load(self, structure(object), offset)
    }

    /// `struct.set`
    #[inline(always)]
    pub fn set<T: Field>(&self, object: Option<AnyRef>, offset: u32, value: T::Value) {
        T::store(self, structure(object), offset, value);
    }

    /// `struct.new_default`: a structure of a type, by its number, of so many bytes.
    #[inline]
    pub fn new_struct(&mut self, type_id: u32, size: u32) -> Option<AnyRef> {
        self.allocate(type_id, 0, size)
    }

    /// `array.new_default`
    #[inline]
    pub fn new_array<T: Field>(&mut self, type_id: u32, length: i32) -> Option<AnyRef> {
        let length = length.cast_unsigned();
        let size = u64::from(length) * u64::from(T::SIZE) + u64::from(HEADER);
        match u32::try_from(size) {
            Ok(size) => self.allocate(type_id, length, size),
            Err(_) => too_large(),
        }
    }

    #[inline]
    fn allocate(&mut self, type_id: u32, length: u32, size: u32) -> Option<AnyRef> {
        // The collector looks at the state of every instance, this one among them.
        self.lend(|header| {
            let store = header.store();
            let Some(heap) = store.heap() else {
                too_large();
            };
            let mut roots = |marker: &mut Marker<'_>| store.mark_roots(marker);
            match heap.allocate(type_id, length, size, &mut roots) {
                Some(object) => AnyRef::from_bits(object.bits()),
                None => too_large(),
            }
        })
    }

    /// `array.new`
    #[inline]
    pub fn new_array_of<T: Field>(
        &mut self,
        type_id: u32,
        value: T::Value,
        length: i32,
    ) -> Option<AnyRef> {
        let object = self.new_array::<T>(type_id, length);
        self.array_fill::<T>(object, 0, value, length);
        object
    }

    /// `array.new_data`
    pub fn new_array_data<T: Field>(
        &mut self,
        type_id: u32,
        data: &[u8],
        from: i32,
        length: i32,
    ) -> Option<AnyRef> {
        let size = u64::from(length.cast_unsigned()) * u64::from(T::SIZE);
        if u64::from(from.cast_unsigned()) + size > data.len() as u64 {
            trap::raise(TrapKind::MemoryOutOfBounds);
        }
        let object = self.new_array::<T>(type_id, length);
        self.array_init_data::<T>(object, 0, data, from, length);
        object
    }

    /// `array.new_elem`; `elements` gives the segment of the context.
    pub fn new_array_elem<T: Field>(
        &mut self,
        type_id: u32,
        elements: impl Fn(&Context<S>) -> &[T::Value],
        from: i32,
        length: i32,
    ) -> Option<AnyRef> {
        let end = u64::from(from.cast_unsigned()) + u64::from(length.cast_unsigned());
        if end > elements(self).len() as u64 {
            trap::raise(TrapKind::TableOutOfBounds);
        }
        let object = self.new_array::<T>(type_id, length);
        self.array_init_elem::<T>(object, 0, elements(self), from, length);
        object
    }

    /// `array.len`
    #[inline(always)]
    pub fn array_len(&self, object: Option<AnyRef>) -> i32 {
        i32::load(self, array(object), 4)
    }

    /// The address of an array of which `length` elements from `start` on are there.
    #[inline(always)]
    fn range(&self, object: Option<AnyRef>, start: i32, length: i32) -> u32 {
        let address = array(object);
        let end = u64::from(start.cast_unsigned()) + u64::from(length.cast_unsigned());
        if end > u64::from(i32::load(self, address, 4).cast_unsigned()) {
            out_of_bounds();
        }
        address
    }

    /// `array.get`
    #[inline(always)]
    pub fn array_get<T: Field>(&self, object: Option<AnyRef>, index: i32) -> T::Value {
        let address = array(object);
        if index.cast_unsigned() >= i32::load(self, address, 4).cast_unsigned() {
            out_of_bounds();
        }
        T::load(self, element::<T>(address, index.cast_unsigned()), 0)
    }

    /// `array.set`
    #[inline(always)]
    pub fn array_set<T: Field>(&self, object: Option<AnyRef>, index: i32, value: T::Value) {
        let address = array(object);
        if index.cast_unsigned() >= i32::load(self, address, 4).cast_unsigned() {
            out_of_bounds();
        }
        T::store(self, element::<T>(address, index.cast_unsigned()), 0, value);
    }

    /// `array.fill`
    pub fn array_fill<T: Field>(
        &self,
        object: Option<AnyRef>,
        start: i32,
        value: T::Value,
        length: i32,
    ) {
        let address = self.range(object, start, length);
        let mut place = element::<T>(address, start.cast_unsigned());
        for _ in 0..length.cast_unsigned() {
            T::store(self, place, 0, value);
            place = place.wrapping_add(T::SIZE);
        }
    }

    /// `array.copy`
    pub fn array_copy<T: Field>(
        &self,
        to: Option<AnyRef>,
        to_start: i32,
        from: Option<AnyRef>,
        from_start: i32,
        length: i32,
    ) {
        // Both are looked at for null before their bounds.
        let (_, _) = (array(to), array(from));
        let to = element::<T>(self.range(to, to_start, length), to_start.cast_unsigned());
        let from = element::<T>(
            self.range(from, from_start, length),
            from_start.cast_unsigned(),
        );
        let size = length.cast_unsigned().wrapping_mul(T::SIZE);
        self.objects()
            .copy(to.cast_signed(), from.cast_signed(), size.cast_signed());
    }

    /// `array.init_data`
    pub fn array_init_data<T: Field>(
        &self,
        object: Option<AnyRef>,
        start: i32,
        data: &[u8],
        from: i32,
        length: i32,
    ) {
        let address = self.range(object, start, length);
        let size = u64::from(length.cast_unsigned()) * u64::from(T::SIZE);
        if u64::from(from.cast_unsigned()) + size > data.len() as u64 {
            trap::raise(TrapKind::MemoryOutOfBounds);
        }
        let place = element::<T>(address, start.cast_unsigned());
        self.objects()
            .init(data, place.cast_signed(), from, (size as u32).cast_signed());
    }

    /// `array.init_elem`
    pub fn array_init_elem<T: Field>(
        &self,
        object: Option<AnyRef>,
        start: i32,
        elements: &[T::Value],
        from: i32,
        length: i32,
    ) {
        let address = self.range(object, start, length);
        let from = from.cast_unsigned() as usize;
        let end = from.saturating_add(length.cast_unsigned() as usize);
        let Some(elements) = elements.get(from..end) else {
            trap::raise(TrapKind::TableOutOfBounds);
        };
        let mut place = element::<T>(address, start.cast_unsigned());
        for &value in elements {
            T::store(self, place, 0, value);
            place = place.wrapping_add(T::SIZE);
        }
    }

    /// The number of an object's type.
    #[inline(always)]
    fn type_of(&self, reference: AnyRef) -> u32 {
        i32::load(self, reference.bits(), 0).cast_unsigned()
    }

    /// `ref.test`
    #[inline(always)]
    pub fn is_a(&self, reference: Option<AnyRef>, target: CastTarget, nullable: bool) -> bool {
        let Some(reference) = reference else {
            return nullable;
        };
        let is_i31 = reference.as_i31().is_some();
        match target {
            CastTarget::Anything => true,
            CastTarget::Nothing => false,
            CastTarget::I31 => is_i31,
            CastTarget::Eq => is_i31 || self.kind(reference) != gc_kind::HOST,
            CastTarget::Struct => !is_i31 && self.kind(reference) == gc_kind::STRUCT,
            CastTarget::Array => !is_i31 && self.kind(reference) == gc_kind::ARRAY,
            CastTarget::Type(wanted) => {
                !is_i31 && {
                    let own = self.type_of(reference);
                    own == wanted || self.store().is_subtype(own, wanted)
                }
            }
        }
    }

    fn kind(&self, reference: AnyRef) -> u8 {
        let info = self
            .store()
            .heap()
            .and_then(|heap| heap.type_info(self.type_of(reference)));
        gc_kind::of(info)
    }

    /// `ref.cast`
    #[inline(always)]
    pub fn cast(
        &self,
        reference: Option<AnyRef>,
        target: CastTarget,
        nullable: bool,
    ) -> Option<AnyRef> {
        if !self.is_a(reference, target, nullable) {
            cast_failure();
        }
        reference
    }

    /// `any.convert_extern`
    pub fn internalize(&mut self, reference: Option<ExternRef>) -> Option<AnyRef> {
        let ExternRef(number) = reference?;
        if number & INTERNAL == INTERNAL {
            return AnyRef::from_bits(number as u32);
        }
        let type_id = match self.store().heap() {
            Some(heap) => trap::owning(|| heap.type_id(&HOST)),
            None => too_large(),
        };
        let object = self.new_struct(type_id, HEADER + 8);
        self.set::<i64>(object, HEADER, number.cast_signed());
        object
    }

    /// `extern.convert_any`
    pub fn externalize(&self, reference: Option<AnyRef>) -> Option<ExternRef> {
        let reference = reference?;
        if reference.as_i31().is_none() && self.kind(reference) == gc_kind::HOST {
            return Some(ExternRef(
                self.get::<i64>(Some(reference), HEADER).cast_unsigned(),
            ));
        }
        Some(ExternRef(INTERNAL | u64::from(reference.bits())))
    }
}

/// Kinds of objects, as numbers that compare quickly.
mod gc_kind {
    use super::{Layout, TypeInfo};

    pub(super) const STRUCT: u8 = 0;
    pub(super) const ARRAY: u8 = 1;
    pub(super) const HOST: u8 = 2;

    pub(super) fn of(info: Option<&TypeInfo>) -> u8 {
        match info.map(|info| &info.layout) {
            Some(Layout::Struct { .. }) => STRUCT,
            Some(Layout::Array { .. }) => ARRAY,
            _ => HOST,
        }
    }
}

/// `ref.eq`
#[inline(always)]
pub fn same_reference(a: Option<AnyRef>, b: Option<AnyRef>) -> i32 {
    i32::from(a == b)
}

/// `i31.get_s`
#[inline(always)]
pub fn i31_get_s(reference: Option<AnyRef>) -> i32 {
    match reference {
        Some(reference) => reference.bits().cast_signed() >> 1,
        None => null_reference(TrapKind::NullI31Reference),
    }
}

/// `i31.get_u`
#[inline(always)]
pub fn i31_get_u(reference: Option<AnyRef>) -> i32 {
    match reference {
        Some(reference) => (reference.bits() >> 1).cast_signed(),
        None => null_reference(TrapKind::NullI31Reference),
    }
}

/// The numbers that the store has for types of objects.
///
/// # Errors
/// When the system doesn't give the address space for the store's objects.
pub fn object_types<const N: usize>(
    store: &Store,
    types: &'static [TypeInfo; N],
) -> Result<[u32; N], InstantiationError> {
    let _lock = store.inner().lock();
    let heap = store.inner().make_heap()?;
    Ok(core::array::from_fn(|place| heap.type_id(&types[place])))
}

impl StoreInner {
    fn is_subtype(&self, own: u32, wanted: u32) -> bool {
        let Some(heap) = self.heap() else {
            return false;
        };
        match (heap.type_info(own), heap.type_info(wanted)) {
            (Some(own), Some(wanted)) => own.supertypes.contains(&wanted.identity),
            _ => false,
        }
    }

    /// Marks what instances hold, and the kept exceptions.
    fn mark_roots(&self, marker: &mut Marker<'_>) {
        self.roots(&mut |reference| marker.mark(gc::AnyRef::from_bits(reference.bits())));
    }

    /// Keeps an object for the host. Called with the lock held.
    pub(crate) fn root(&self, reference: AnyRef) -> Option<RootId> {
        let heap = self.heap()?;
        Some(heap.root(gc::AnyRef::from_bits(reference.bits())))
    }

    /// Lets go of a kept object. Called with the lock held.
    pub(crate) fn unroot(&self, root: Option<RootId>) {
        if let Some((heap, root)) = self.heap().zip(root) {
            heap.unroot(root);
        }
    }

    /// The reference of a kept object. Called with the lock held.
    pub(crate) fn rooted(&self, root: Option<RootId>) -> Option<AnyRef> {
        AnyRef::from_bits(self.heap()?.rooted(root?).bits())
    }

    /// An object for a value of the host's. Called with the lock held.
    pub(crate) fn host_object(&self, value: ExternRef) -> Result<AnyRef, MemoryError> {
        let ExternRef(number) = value;
        if let (INTERNAL, Some(reference)) = (number & INTERNAL, AnyRef::from_bits(number as u32)) {
            return Ok(reference);
        }
        let heap = self.make_heap()?;
        let mut roots = |marker: &mut Marker<'_>| self.mark_roots(marker);
        let object = heap.allocate(heap.type_id(&HOST), 0, HEADER + 8, &mut roots);
        let object = object.and_then(|object| AnyRef::from_bits(object.bits()));
        let object = object.ok_or(MemoryError::OutOfMemory { pages: 1 })?;
        let address = object.bits().cast_signed();
        heap.memory()
            .i64_store(address, HEADER, number.cast_signed());
        Ok(object)
    }

    /// The value of the host's that a kept object is. Called with the lock held.
    pub(crate) fn host_value(&self, reference: AnyRef) -> Option<ExternRef> {
        if self.object_kind(Some(reference)) != crate::any::ObjectKind::Host {
            return None;
        }
        let heap = self.heap()?;
        heap.is_object(gc::AnyRef::from_bits(reference.bits()))
            .then(|| {
                let address = reference.bits().cast_signed();
                ExternRef(heap.memory().i64_load(address, HEADER).cast_unsigned())
            })
    }

    /// What kind of object a kept one is. Called with the lock held.
    pub(crate) fn object_kind(&self, reference: Option<AnyRef>) -> crate::any::ObjectKind {
        use crate::any::ObjectKind;
        let info = self.heap().zip(reference).and_then(|(heap, reference)| {
            let address = reference.bits().cast_signed();
            // The bytes of a kept object are there; a wrong address would be no object.
            let known = heap.is_object(gc::AnyRef::from_bits(reference.bits()));
            known.then(|| heap.type_info(heap.memory().i32_load(address, 0).cast_unsigned()))?
        });
        match gc_kind::of(info) {
            gc_kind::STRUCT => ObjectKind::Struct,
            gc_kind::ARRAY => ObjectKind::Array,
            _ => ObjectKind::Host,
        }
    }
}

/// Things that hold references, for the collector to look at.
pub trait Roots {
    /// Calls `mark` with each.
    fn roots(&self, mark: &mut dyn FnMut(AnyRef));
}

impl Roots for Option<AnyRef> {
    fn roots(&self, mark: &mut dyn FnMut(AnyRef)) {
        if let Some(reference) = *self {
            mark(reference);
        }
    }
}

impl Roots for Option<ExternRef> {
    fn roots(&self, mark: &mut dyn FnMut(AnyRef)) {
        if let Some(ExternRef(number)) = *self
            && number & INTERNAL == INTERNAL
            && let Some(reference) = AnyRef::from_bits(number as u32)
        {
            mark(reference);
        }
    }
}

impl Roots for Option<ExnRef> {
    fn roots(&self, mark: &mut dyn FnMut(AnyRef)) {
        if let Some(exception) = self {
            exception.roots(mark);
        }
    }
}

impl<T: Roots> Roots for [T] {
    fn roots(&self, mark: &mut dyn FnMut(AnyRef)) {
        for element in self {
            element.roots(mark);
        }
    }
}

impl<T: Roots> Roots for Vec<T> {
    fn roots(&self, mark: &mut dyn FnMut(AnyRef)) {
        self.as_slice().roots(mark);
    }
}

impl<T: Copy> Roots for TableSlot<T>
where
    Option<T>: Roots,
{
    fn roots(&self, mark: &mut dyn FnMut(AnyRef)) {
        self.visit(|elements| elements.roots(mark));
    }
}
