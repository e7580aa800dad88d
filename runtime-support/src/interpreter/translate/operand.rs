//! Operands: where they are, and words that name them.

use super::{Entry, Last, MAX_SLOTS, Operand, Translator};
use crate::interpreter::code::{Data, Handler, Plain};
use crate::interpreter::control;
use crate::interpreter::error::Unexpected;
use crate::interpreter::slot::Width;

/// So many operands may be locals at a time.
const MOST_DEFERRED: usize = 64;

impl Translator<'_> {
    /// An operand that is, or will be, in its own slot; gives the slot.
    pub(super) fn push(&mut self, width: Width) -> Result<u16, Unexpected> {
        self.push_operand(Operand::Here, width)
    }

    fn push_operand(&mut self, value: Operand, width: Width) -> Result<u16, Unexpected> {
        let slot = self.top as u16;
        self.top += width.slots();
        // One slot is left for what is needed in between.
        if self.top + 1 >= MAX_SLOTS {
            return Err(Unexpected);
        }
        self.operands.push(Entry { value, width, slot });
        Ok(slot)
    }

    /// An operand that is a local.
    pub(super) fn push_local(&mut self, local: u32) -> Result<(), Unexpected> {
        let &(slot, width) = self.locals.get(local as usize).ok_or(Unexpected)?;
        if self.deferred.len() >= MOST_DEFERRED {
            self.settle_locals();
        }
        self.deferred.push(self.operands.len());
        self.push_operand(Operand::Local(slot), width)?;
        Ok(())
    }

    /// An operand that is a number.
    pub(super) fn push_constant(&mut self, value: u64) -> Result<(), Unexpected> {
        self.push_operand(Operand::Constant(value), Width::One)?;
        Ok(())
    }

    /// Takes the last operand.
    pub(super) fn pop(&mut self) -> Result<Entry, Unexpected> {
        let entry = self.operands.pop().ok_or(Unexpected)?;
        self.top = entry.slot.into();
        if let Operand::Local(_) = entry.value {
            self.deferred.pop();
        }
        Ok(entry)
    }

    /// The slot where an operand can be read, which is its own if it is a number.
    pub(super) fn source(&mut self, entry: Entry) -> u16 {
        match entry.value {
            Operand::Here => entry.slot,
            Operand::Local(slot) => slot,
            Operand::Constant(value) => {
                self.emit_constant(entry.slot, value);
                entry.slot
            }
        }
    }

    /// Takes the last operand, to be read from a slot.
    pub(super) fn pop_source(&mut self) -> Result<u16, Unexpected> {
        let entry = self.pop()?;
        Ok(self.source(entry))
    }

    /// Takes operands, to be read from slots.
    pub(super) fn pop_sources<const N: usize>(&mut self) -> Result<[u16; N], Unexpected> {
        let mut slots = [0; N];
        for slot in slots.iter_mut().rev() {
            *slot = self.pop_source()?;
        }
        Ok(slots)
    }

    /// Puts a number into a slot.
    pub(super) fn emit_constant(&mut self, slot: u16, value: u64) {
        match i32::try_from(value.cast_signed()) {
            Ok(small) => {
                let bits = small.cast_unsigned();
                let operands = [slot, 0, bits as u16, (bits >> 16) as u16];
                self.emit(control::constant, operands);
            }
            Err(_) => {
                self.code
                    .data(control::constant_wide, [slot, 0, 0, 0], [value]);
                self.last = None;
            }
        }
    }

    /// Copies an operand to a slot, if it isn't there.
    pub(super) fn emit_copy(&mut self, to: u16, entry: Entry) {
        let from = match entry.value {
            Operand::Constant(value) => return self.emit_constant(to, value),
            Operand::Here => entry.slot,
            Operand::Local(slot) => slot,
        };
        if from == to {
            return;
        }
        match entry.width {
            Width::One => self.emit(control::copy, [to, from, 0, 0]),
            Width::Two => self.emit(control::copy_two, [to, from, 0, 0]),
        }
    }

    /// Copies the operand at a place to its own slot.
    fn settle(&mut self, place: usize) {
        let Some(&entry) = self.operands.get(place) else {
            return;
        };
        if entry.value != Operand::Here {
            self.emit_copy(entry.slot, entry);
            if let Some(entry) = self.operands.get_mut(place) {
                entry.value = Operand::Here;
            }
        }
    }

    /// Copies all operands that are locals to their slots.
    pub(super) fn settle_locals(&mut self) {
        for place in core::mem::take(&mut self.deferred) {
            self.settle(place);
        }
    }

    /// Copies the operands that are this local to their slots; gives whether there were any.
    pub(super) fn settle_local(&mut self, slot: u16) -> bool {
        let is_it = |translator: &Self, place: usize| {
            let entry = translator.operands.get(place);
            entry.is_some_and(|entry| entry.value == Operand::Local(slot))
        };
        if !self.deferred.iter().any(|&place| is_it(self, place)) {
            return false;
        }
        let mut deferred = core::mem::take(&mut self.deferred);
        deferred.retain(|&place| {
            let found = is_it(self, place);
            if found {
                self.settle(place);
            }
            !found
        });
        self.deferred = deferred;
        true
    }

    /// Copies so many operands to their slots.
    pub(super) fn settle_top(&mut self, count: usize) -> Result<(), Unexpected> {
        let first = self.operands.len().checked_sub(count).ok_or(Unexpected)?;
        for place in first..self.operands.len() {
            self.settle(place);
        }
        while self.deferred.last().is_some_and(|&place| place >= first) {
            self.deferred.pop();
        }
        Ok(())
    }

    /// Emits a word without a result that others may want to change.
    pub(super) fn emit(&mut self, handler: Handler<Plain>, operands: [u16; 4]) {
        self.code.plain(handler, operands);
        self.last = None;
    }

    /// Emits a word whose first operand is the slot of its result, which is pushed.
    pub(super) fn emit_result(
        &mut self,
        handler: Handler<Plain>,
        operands: [u16; 3],
        width: Width,
    ) -> Result<(), Unexpected> {
        let slot = self.push(width)?;
        let place = self.code.place();
        let [b, c, d] = operands;
        self.code.plain(handler, [slot, b, c, d]);
        self.last = Some(Last {
            place,
            slot,
            comparison: None,
        });
        Ok(())
    }

    /// The same with data.
    pub(super) fn emit_result_data<const N: usize>(
        &mut self,
        handler: Handler<Data<N>>,
        operands: [u16; 3],
        data: [u64; N],
        width: Width,
    ) -> Result<(), Unexpected> {
        let slot = self.push(width)?;
        let place = self.code.place();
        let [b, c, d] = operands;
        self.code.data(handler, [slot, b, c, d], data);
        self.last = Some(Last {
            place,
            slot,
            comparison: None,
        });
        Ok(())
    }

    /// Emits a word with data and without a result.
    pub(super) fn emit_data<const N: usize>(
        &mut self,
        handler: Handler<Data<N>>,
        operands: [u16; 4],
        data: [u64; N],
    ) {
        self.code.data(handler, operands, data);
        self.last = None;
    }

    /// `local.set`: takes an operand.
    pub(super) fn local_set(&mut self, local: u32) -> Result<(), Unexpected> {
        let &(slot, _) = self.locals.get(local as usize).ok_or(Unexpected)?;
        let entry = self.pop()?;
        if entry.value == Operand::Local(slot) {
            return Ok(());
        }
        let settled = self.settle_local(slot);
        if let Some(last) = self.last
            && !settled
            && entry.value == Operand::Here
            && last.slot == entry.slot
            && last.place >= self.barrier
        {
            // Its result goes there at once.
            self.code.set_a(last.place, slot);
            self.last = None;
            return Ok(());
        }
        self.emit_copy(slot, entry);
        Ok(())
    }
}
