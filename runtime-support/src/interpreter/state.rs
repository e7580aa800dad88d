//! The state of an interpreted instance.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::Cell;
use core::ptr::NonNull;

use super::code::Code;
use super::module::{Entity, Inner};
use super::provided::HostCode;
use super::stack::Machine;
use crate::any::AnyRef;
use crate::exception::{ExnRef, Tag};
use crate::export::{Export, ModuleState};
use crate::function::{FuncRef, FunctionEntry};
use crate::global::{AnyGlobal, SharedGlobals};
use crate::instance::{Attachment, Port, Ports};
use crate::memory::Ordinary;
use crate::object::Roots;
use crate::table::TableSlot;
use crate::value::{ExternRef, RawValue, ValueType};

/// Globals, tables and segments of an interpreted instance, and its module.
pub struct State {
    pub(super) module: Arc<Inner>,
    /// For modules behind an interface that the program knows: what each export of that is.
    pub(super) interface: Box<[Entity]>,
    /// What the functions run on; the store owns it, and the instance.
    pub(super) machine: NonNull<Machine>,
    /// The ports of the functions that are not imported, then those of the host's.
    pub(super) ports: Box<[Port]>,
    /// All functions, imported ones first.
    pub(super) functions: Box<[FuncRef]>,
    /// The imported functions, until the instance is there: those that are the host's own are in
    /// `hosts`.
    pub(super) imported: Vec<Option<FuncRef>>,
    /// The functions of the host. Their ports are behind those of the functions that have bodies.
    pub(super) hosts: Box<[HostCode]>,
    /// The numbers that the store has for them; 0 where it wasn't asked yet.
    pub(super) numbers: Box<[Cell<u32>]>,
    /// Of each memory, whether threads share it, and whether its addresses have 64 bits.
    pub(super) memories: Box<[(bool, bool)]>,
    /// Of each table, its place among those of its type.
    pub(super) tables: Box<[TablePlace]>,
    pub(super) func_tables: Vec<TableSlot<FuncRef>>,
    pub(super) extern_tables: Vec<TableSlot<ExternRef>>,
    pub(super) exn_tables: Vec<TableSlot<ExnRef>>,
    pub(super) any_tables: Vec<TableSlot<AnyRef>>,
    pub(super) tags: Vec<Tag>,
    /// The values of globals that nobody else knows, as slots.
    pub(super) slots: Box<[u64]>,
    /// Those that others may know.
    pub(super) shared: Vec<AnyGlobal>,
    pub(super) no_globals: SharedGlobals,
    /// Which data segments were dropped.
    pub(super) dropped: Box<[bool]>,
    pub(super) elements: Box<[Elements]>,
    /// The store's numbers for the types of objects.
    pub(super) object_types: Box<[u32]>,
}

/// A table by its type and place.
#[derive(Clone, Copy, Debug)]
pub(super) struct TablePlace {
    pub(super) element: ValueType,
    pub(super) place: u32,
    pub(super) table64: bool,
}

/// The elements of a segment.
pub(super) enum Elements {
    Func(Box<[Option<FuncRef>]>),
    Extern(Box<[Option<ExternRef>]>),
    Exn(Box<[Option<ExnRef>]>),
    Any(Box<[Option<AnyRef>]>),
}

impl State {
    /// What the functions run on.
    #[inline(always)]
    pub(super) fn machine(&self) -> &Machine {
        // SAFETY: the store owns the machine, and drops it after its instances.
        unsafe { self.machine.as_ref() }
    }

    /// The code of a function that is not imported, if it was prepared.
    #[inline(always)]
    pub(super) fn code(&self, body: u32) -> Option<&Code> {
        self.module.bodies.get(body as usize)?.code.get()
    }

    /// The place of a function among those that are not imported, if it is one of this instance.
    #[inline(always)]
    pub(super) fn own(&self, function: FuncRef) -> Option<u32> {
        let first = self.ports.as_ptr().addr();
        let distance = function.port().addr().get().wrapping_sub(first);
        let place = distance / size_of::<Port>();
        // Ports are whole, so a rest would be one of something else.
        (place < self.module.bodies.len()).then_some(place as u32)
    }

    #[inline(always)]
    pub(super) fn memory_is_shared(&self, index: u32) -> bool {
        self.memories
            .get(index as usize)
            .is_some_and(|memory| memory.0)
    }

    #[inline(always)]
    pub(super) fn memory_is_wide(&self, index: u32) -> bool {
        self.memories
            .get(index as usize)
            .is_some_and(|memory| memory.1)
    }

    /// The bytes of a data segment: none if it was dropped.
    pub(super) fn data(&self, index: u32) -> &[u8] {
        match self.dropped.get(index as usize) {
            Some(false) => self.module.data(index),
            _ => &[],
        }
    }

    pub(super) fn drop_data(&mut self, index: u32) {
        if let Some(dropped) = self.dropped.get_mut(index as usize) {
            *dropped = true;
        }
    }
}

impl ModuleState for State {
    const ANY_MEMORY: bool = true;
    fn attach(&mut self, instance: Attachment) {
        let bodies = self.module.bodies.len();
        let count = bodies + self.hosts.len();
        self.ports = (0..count as u32)
            .map(|place| instance.port(place))
            .collect();
        let (own, hosts) = self.ports.split_at(bodies);
        let mut hosts = hosts.iter();
        let imported = core::mem::take(&mut self.imported);
        let mut functions = Vec::with_capacity(self.module.functions.len());
        for (index, &type_index) in self.module.functions.iter().enumerate() {
            let port = match imported.get(index) {
                Some(Some(function)) => {
                    functions.push(*function);
                    continue;
                }
                Some(None) => hosts.next(),
                None => own.get(index - imported.len()),
            };
            let found = self.module.types.list.get(type_index as usize);
            let entry = found.and_then(|found| found.interned.entry.as_ref());
            if let Some((entry, port)) = entry.zip(port) {
                functions.push(FuncRef::new(entry, NonNull::from(port)));
            }
        }
        self.functions = functions.into_boxed_slice();
    }
    fn ports(&self) -> Option<Ports> {
        Some(Ports::new(&self.ports))
    }
    type Memory = Ordinary;
    const EXPORTS: &'static [Export] = &[];
    fn functions(&self) -> &'static [FunctionEntry] {
        &[]
    }
    fn exported_memory(&self, name: &str) -> Option<u32> {
        match self.module.export(name)? {
            Entity::Memory(index) => Some(index),
            _ => None,
        }
    }
    fn linked(&self) -> &[Option<FuncRef>] {
        &[]
    }
    fn func_tables(&self) -> &[TableSlot<FuncRef>] {
        &self.func_tables
    }
    fn extern_tables(&self) -> &[TableSlot<ExternRef>] {
        &self.extern_tables
    }
    fn exn_tables(&self) -> &[TableSlot<ExnRef>] {
        &self.exn_tables
    }
    fn any_tables(&self) -> &[TableSlot<AnyRef>] {
        &self.any_tables
    }
    fn roots(&self, mark: &mut dyn FnMut(AnyRef)) {
        // As on the stack: references are numbers in the lower half of a slot.
        for &slot in &self.slots {
            AnyRef::from_bits(slot as u32).roots(mark);
        }
        for global in &self.shared {
            match global.get() {
                RawValue::AnyRef(value) => value.roots(mark),
                RawValue::ExternRef(value) => value.roots(mark),
                RawValue::ExnRef(value) => value.roots(mark),
                _ => {}
            }
        }
        for elements in &self.elements {
            match elements {
                Elements::Func(_) => {}
                Elements::Extern(elements) => elements.roots(mark),
                Elements::Exn(elements) => elements.roots(mark),
                Elements::Any(elements) => elements.roots(mark),
            }
        }
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn shared_globals(&self) -> &SharedGlobals {
        &self.no_globals
    }
    fn global(&self, value_type: ValueType, _place: usize) -> RawValue {
        crate::function::zero(value_type)
    }
}
