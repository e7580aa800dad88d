//! Exceptions (specification: *Exception Instructions*), and the legacy form of handling them.

use wasmparser::{Catch as Clause, Operator};

use super::{Kind, Label, Translator, catch, list};
use crate::interpreter::code::List;
use crate::interpreter::error::Unexpected;
use crate::interpreter::exception;
use crate::interpreter::slot::Width;
use crate::value::ValueType;

impl Translator<'_> {
    /// What exceptions of a tag carry.
    fn tag_params(&self, tag: u32) -> Result<&'static [ValueType], Unexpected> {
        let &type_index = self.module.tags.get(tag as usize).ok_or(Unexpected)?;
        Ok(self.module.function_type(type_index).params)
    }

    /// `throw`
    pub(super) fn throw(&mut self, tag: u32) -> Result<(), Unexpected> {
        let params = self.tag_params(tag)?;
        let slot = self.arguments(params)?;
        self.emit(exception::throw, [slot, 0, tag as u16, (tag >> 16) as u16]);
        self.unreachable();
        Ok(())
    }

    /// `throw_ref`
    pub(super) fn throw_ref(&mut self) -> Result<(), Unexpected> {
        let slot = self.pop_source()?;
        self.emit(exception::throw_ref, [slot, 0, 0, 0]);
        self.unreachable();
        Ok(())
    }

    /// Behind the body of a `try_table`, whose label is closed: what is done about each clause.
    pub(super) fn end_try_table(
        &mut self,
        start: u32,
        clauses: &[Clause],
        label: &mut Label,
        reachable: bool,
    ) -> Result<(), Unexpected> {
        let end = self.code.place();
        if reachable {
            let fix = self.jump()?;
            label.fixes.push(fix);
        }
        let level = self.labels.len() as u32;
        self.truncate(label.height);
        let mut first = None;
        for clause in clauses {
            let (tag, reference, depth) = match *clause {
                Clause::One { tag, label } => (Some(tag), false, label),
                Clause::OneRef { tag, label } => (Some(tag), true, label),
                Clause::All { label } => (None, false, label),
                Clause::AllRef { label } => (None, true, label),
            };
            // The values are put above what is there.
            let params = match tag {
                Some(tag) => self.tag_params(tag)?,
                None => &[],
            };
            let slot = self.top as u16;
            self.push_all(params)?;
            let reference = match reference {
                true => Some(self.push(Width::One)?),
                false => None,
            };
            let place = self.code.catch(catch(tag, tag.map(|_| slot), reference));
            first = first.or(Some(place));
            self.set_barrier();
            self.code.bind_catch(place, self.code.place());
            self.branch(depth)?;
            self.skipped = None;
            self.truncate(label.height);
        }
        if let Some(first) = first {
            self.code
                .region(start, end, level, list(first, clauses.len()));
        }
        Ok(())
    }

    /// Whether something rethrows what a legacy `catch` caught.
    fn has_rethrow(&mut self) -> Result<bool, Unexpected> {
        if let Some(known) = self.rethrows {
            return Ok(known);
        }
        let mut found = false;
        let mut reader = self.module.body(self.body)?.get_operators_reader()?;
        while !reader.eof() && !found {
            found = matches!(reader.read()?, Operator::Rethrow { .. });
        }
        self.rethrows = Some(found);
        Ok(found)
    }

    /// `catch` or `catch_all` of a legacy `try`.
    pub(super) fn start_catch(&mut self, tag: Option<u32>) -> Result<(), Unexpected> {
        self.finish_body()?;
        let end = self.code.place();
        if self.skipped.is_none() {
            let fix = self.jump()?;
            self.label()?.fixes.push(fix);
        }
        self.skipped = None;
        let level = self.labels.len() as u32 - 1;
        let label = self.label()?;
        let height = label.height;
        match label.kind {
            // All clauses of a body are tried in turn.
            Kind::Try(start) => label.kind = Kind::Catching(start, end),
            Kind::Catching(..) => {}
            _ => return Err(Unexpected),
        }
        let Kind::Catching(start, end) = label.kind else {
            return Err(Unexpected);
        };
        self.truncate(height);
        // The reference lies below the values, where `rethrow` finds it.
        let reference = match self.has_rethrow()? {
            true => Some(self.push(Width::One)?),
            false => None,
        };
        let slot = self.top as u16;
        if let Some(tag) = tag {
            self.push_all(self.tag_params(tag)?)?;
        }
        let place = self.code.catch(catch(tag, tag.map(|_| slot), reference));
        self.set_barrier();
        self.code.bind_catch(place, self.code.place());
        self.code.region(start, end, level, list(place, 1));
        Ok(())
    }

    /// Ends a legacy `try` whose exceptions go to the handler around the block at a depth.
    pub(super) fn delegate(&mut self, depth: u32) -> Result<(), Unexpected> {
        self.finish_body()?;
        self.skipped = None;
        let label = self.labels.pop().ok_or(Unexpected)?;
        let Kind::Try(start) = label.kind else {
            return Err(Unexpected);
        };
        let target = self.label_at(depth)?;
        let level = self.labels.len() as u32;
        let end = self.code.place();
        let to = List::Delegate(target as u32);
        self.code.region(start, end, level, to);
        self.close(label)
    }

    /// `rethrow`
    pub(super) fn rethrow(&mut self, depth: u32) -> Result<(), Unexpected> {
        let label = self.label_at(depth)?;
        let slot = self.labels[label].slot as u16;
        self.emit(exception::throw_ref, [slot, 0, 0, 0]);
        self.unreachable();
        Ok(())
    }
}
