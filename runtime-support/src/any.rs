//! References to anything, and objects in the hands of the host
//! (specification: *Values*, `ref.i31`, `ref.struct`, `ref.array`).

use alloc::sync::Arc;
use core::fmt;
use core::num::NonZeroU32;

use crate::store::{Store, StoreInner};
#[cfg(feature = "gc")]
use crate::value::ExternRef;

/// A reference to a structure, an array, a small number (`i31`) or a value of the host's: what an
/// `anyref` holds that is not null.
///
/// It is a bare number. Generated code passes it around, and the collector finds it there; host
/// code that keeps one across other calls must turn it into an [`AnyValue`], which keeps the object
/// alive ([`Store::keep`]). One whose object is gone may lead to another object, nothing worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct AnyRef(NonZeroU32);

impl AnyRef {
    /// The reference that is this number; none if it is 0.
    #[cfg(feature = "gc")]
    #[inline(always)]
    pub(crate) const fn from_bits(bits: u32) -> Option<AnyRef> {
        match NonZeroU32::new(bits) {
            Some(bits) => Some(AnyRef(bits)),
            None => None,
        }
    }

    /// The number that it is.
    #[cfg(feature = "gc")]
    #[inline(always)]
    pub(crate) const fn bits(self) -> u32 {
        self.0.get()
    }

    /// The lower 31 bits of a number as a reference (`ref.i31`).
    #[inline(always)]
    pub const fn i31(value: i32) -> AnyRef {
        match NonZeroU32::new((value as u32) << 1 | 1) {
            Some(bits) => AnyRef(bits),
            // Its lowest bit is set.
            None => AnyRef(NonZeroU32::MIN),
        }
    }

    /// The number, sign-extended, if that is what it is (`i31.get_s`).
    #[inline(always)]
    pub const fn as_i31(self) -> Option<i32> {
        if self.0.get() & 1 == 1 {
            Some(self.0.get().cast_signed() >> 1)
        } else {
            None
        }
    }
}

/// The number of a reference, 0 for null.
#[cfg(feature = "gc")]
#[inline(always)]
pub(crate) fn bits(reference: Option<AnyRef>) -> u32 {
    reference.map_or(0, AnyRef::bits)
}

/// What an `anyref` holds that is not null, in the hands of the host.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AnyValue {
    /// A number of 31 bits, sign-extended.
    I31(i32),
    /// A structure, an array or a value of the host's.
    Object(Object),
}

impl AnyValue {
    /// Whether both are the same number, or the same object.
    pub fn same(&self, other: &AnyValue) -> bool {
        match (self, other) {
            (AnyValue::I31(a), AnyValue::I31(b)) => a == b,
            (AnyValue::Object(a), AnyValue::Object(b)) => a.same(b),
            _ => false,
        }
    }

    /// The value as the host has it; called inside the store.
    pub(crate) fn new(store: &Store, reference: AnyRef) -> AnyValue {
        match reference.as_i31() {
            Some(number) => AnyValue::I31(number),
            None => AnyValue::Object(Object::new(store, reference)),
        }
    }

    /// The value as generated code has it, if it is of this store.
    pub(crate) fn reference(&self, store: &StoreInner) -> Option<AnyRef> {
        match self {
            AnyValue::I31(number) => Some(AnyRef::i31(*number)),
            AnyValue::Object(object) => object.reference(store),
        }
    }
}

/// What kind of object a reference is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ObjectKind {
    /// A structure.
    Struct,
    /// An array.
    Array,
    /// A value of the host's (`any.convert_extern`).
    Host,
}

/// An object of a store, which lives at least as long as this handle.
#[derive(Clone)]
pub struct Object(Arc<Kept>);

/// Which of the heap's roots keeps an object.
#[cfg(feature = "gc")]
type Root = Option<crate::gc::RootId>;
#[cfg(not(feature = "gc"))]
type Root = ();

struct Kept {
    store: Store,
    root: Root,
    _mark: crate::handle::HandleMark,
}

#[cfg(feature = "gc")]
impl Object {
    fn new(store: &Store, reference: AnyRef) -> Object {
        let _lock = store.inner().lock();
        #[allow(
            clippy::arc_with_non_send_sync,
            reason = "handles are `Send` where there are threads"
        )]
        Object(Arc::new(Kept {
            store: store.clone(),
            root: store.inner().root(reference),
            _mark: crate::handle::HandleMark::new(),
        }))
    }

    fn reference(&self, store: &StoreInner) -> Option<AnyRef> {
        if !core::ptr::eq(self.0.store.inner(), store) {
            return None;
        }
        let _lock = store.lock();
        store.rooted(self.0.root)
    }

    /// What kind of object it is.
    pub fn kind(&self) -> ObjectKind {
        let store = self.0.store.inner();
        let _lock = store.lock();
        store.object_kind(store.rooted(self.0.root))
    }

    /// The host's own value, if it is one (`extern.convert_any`).
    pub fn host(&self) -> Option<ExternRef> {
        let store = self.0.store.inner();
        let _lock = store.lock();
        store.host_value(store.rooted(self.0.root)?)
    }

    /// Whether both are one object.
    pub fn same(&self, other: &Object) -> bool {
        self.0.store.same(&other.0.store) && {
            let store = self.0.store.inner();
            let _lock = store.lock();
            store.rooted(self.0.root) == store.rooted(other.0.root)
        }
    }
}

#[cfg(feature = "gc")]
impl Drop for Kept {
    fn drop(&mut self) {
        let store = self.store.inner();
        let _lock = store.lock();
        store.unroot(self.root);
    }
}

#[cfg(not(feature = "gc"))]
impl Object {
    /// There are no objects without the feature `gc`; a reference to one is a wrong number.
    fn new(store: &Store, _: AnyRef) -> Object {
        #[allow(
            clippy::arc_with_non_send_sync,
            reason = "handles are `Send` where there are threads"
        )]
        Object(Arc::new(Kept {
            store: store.clone(),
            root: (),
            _mark: crate::handle::HandleMark::new(),
        }))
    }

    fn reference(&self, _: &StoreInner) -> Option<AnyRef> {
        None
    }

    /// What kind of object it is.
    pub fn kind(&self) -> ObjectKind {
        ObjectKind::Host
    }

    /// Whether both are one object.
    pub fn same(&self, other: &Object) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Object {
    /// The store that the object is in.
    pub fn store(&self) -> &Store {
        &self.0.store
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Object").field(&self.0.root).finish()
    }
}

#[cfg(feature = "gc")]
impl Store {
    /// A value of the host's as an object of this store (`any.convert_extern`).
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn host_object(&self, value: ExternRef) -> Result<AnyValue, crate::MemoryError> {
        let _lock = self.inner().lock();
        let reference = self.inner().host_object(value)?;
        Ok(AnyValue::new(self, reference))
    }
}

impl Store {
    /// Keeps what a reference leads to alive, for host code.
    pub fn keep(&self, reference: AnyRef) -> AnyValue {
        let _lock = self.inner().lock();
        AnyValue::new(self, reference)
    }
}
