//! Blocks that catch exceptions, of the standard and of the legacy proposal, and what throws.
//!
//! A call that may end in an exception goes on at the *pad* of the innermost block that catches:
//! behind its body, where its clauses are tried in turn.
//!
//! ```text
//! join: {
//!     pad: { body; break join }      an exception in the body: break pad
//!     if is caught(tag) { … }        a clause: branches away, or falls out of the join
//!     rethrow                        none fits: to the pad of the next block around
//! }
//! ```

use wasmparser::{BlockType, Catch, TryTable};

use super::function::{Frame, Kind, Lowerer};
use super::stack::{Operand, Reason};
use super::tree::{Effects, Expression, Handler, Label, ListId, Statement, Target, TempId};
use crate::Error;
use crate::module::ValueType;

/// Where exceptions of a body arrive.
#[derive(Debug, Clone, Copy)]
pub struct Pad {
    label: Label,
    /// Whether any do.
    used: bool,
    /// What the body and the clauses stand in.
    join: ListId,
}

/// What a legacy `try` has besides.
#[derive(Debug)]
pub struct Legacy {
    /// Whether its body is open, and exceptions are caught.
    in_body: bool,
    /// Whether there has been a `catch_all`.
    all: bool,
    /// Where the exception is kept that is thrown again.
    caught: Option<TempId>,
}

impl Lowerer<'_> {
    /// Where an exception thrown here goes.
    pub(super) fn handler(&mut self) -> Handler {
        self.handler_around(0)
    }

    /// Where an exception goes that is thrown as if in the frame at `depth`.
    fn handler_around(&mut self, depth: u32) -> Handler {
        let count = self.frames.len().saturating_sub(depth as usize);
        for frame in self.frames[..count].iter_mut().rev() {
            let pad = match &mut frame.kind {
                Kind::TryTable { pad, .. } => pad,
                Kind::Try { pad, legacy } if legacy.in_body => pad,
                _ => continue,
            };
            pad.used = true;
            return Some(Target::Break(pad.label));
        }
        None
    }

    pub(super) fn start_try_table(&mut self, try_table: &TryTable) -> Result<(), Error> {
        if try_table.catches.is_empty() {
            return self.block(try_table.ty);
        }
        let pad = self.pad();
        let catches = try_table.catches.clone();
        self.open(try_table.ty, pad, |pad| Kind::TryTable { pad, catches })
    }

    pub(super) fn start_try(&mut self, block_type: BlockType) -> Result<(), Error> {
        let pad = self.pad();
        self.open(block_type, pad, |pad| Kind::Try {
            pad,
            legacy: Legacy {
                in_body: true,
                all: false,
                caught: None,
            },
        })?;
        if self.last_is_rethrown() {
            let temp = self.body.new_temp(ValueType::ExnRef, true);
            if let Kind::Try { legacy, .. } = &mut self.frame().kind {
                legacy.caught = Some(temp);
            }
        }
        Ok(())
    }

    fn pad(&mut self) -> Pad {
        Pad {
            label: self.body.new_label(),
            used: false,
            join: self.body.new_list(),
        }
    }

    fn open(
        &mut self,
        block_type: BlockType,
        pad: Pad,
        kind: impl FnOnce(Pad) -> Kind,
    ) -> Result<(), Error> {
        let (params, result_types) = self.block_type(block_type)?;
        self.next_is_targeted();
        self.settle_for_block();
        let result_temps = self.temps(&result_types);
        let outer = self.list;
        let list = self.body.new_list();
        let label = Some(self.body.new_label());
        self.frames.push(Frame {
            kind: kind(pad),
            label,
            branch_temps: result_temps.clone(),
            result_types,
            result_temps,
            height: self.stack.len() - params.len(),
            list,
            outer,
            unreachable: false,
        });
        self.list = list;
        Ok(())
    }

    fn statements(&mut self, list: ListId) -> &mut Vec<Statement> {
        &mut self.body.lists[list.0 as usize]
    }

    /// Ends the list of a body or a clause, whose results are in place.
    fn close(&mut self, list: ListId, unreachable: bool, join: Option<Label>) {
        if let (false, Some(join)) = (unreachable, join) {
            let leave = Statement::Branch(Target::Break(join));
            self.statements(list).push(leave);
        }
    }

    /// Puts a body, which is closed, in front of its clauses.
    fn enclose(&mut self, body: ListId, pad: &Pad) {
        let statement = Statement::Block {
            label: Some(pad.label),
            body,
        };
        self.statements(pad.join).push(statement);
    }

    /// Behind the end of a `try_table`; its frame is closed.
    pub(super) fn end_try_table(
        &mut self,
        join: Option<Label>,
        body: ListId,
        unreachable: bool,
        pad: &Pad,
        catches: &[Catch],
    ) -> Result<(), Error> {
        let outer = self.list;
        if !pad.used {
            self.emit(Statement::Block { label: join, body });
            return Ok(());
        }
        self.close(body, unreachable, join);
        self.enclose(body, pad);
        self.list = pad.join;
        let mut all = false;
        for catch in catches {
            match *catch {
                Catch::One { tag, label } => self.land(Some(tag), false, label)?,
                Catch::OneRef { tag, label } => self.land(Some(tag), true, label)?,
                Catch::All { label } => self.land(None, false, label)?,
                Catch::AllRef { label } => self.land(None, true, label)?,
            }
            if matches!(catch, Catch::All { .. } | Catch::AllRef { .. }) {
                all = true;
                break;
            }
        }
        if !all {
            let handler = self.handler();
            self.emit(Statement::Rethrow(handler));
        }
        self.list = outer;
        self.emit(Statement::Block {
            label: join,
            body: pad.join,
        });
        Ok(())
    }

    /// A clause: branches away with the exception's values.
    fn land(&mut self, tag: Option<u32>, reference: bool, depth: u32) -> Result<(), Error> {
        let here = self.list;
        let then = match tag {
            Some(_) => self.body.new_list(),
            None => here,
        };
        self.list = then;
        if let Some(tag) = tag {
            self.push_thrown(tag);
        }
        if reference {
            let caught = Expression::CaughtReference;
            self.push(Operand::constant(caught, ValueType::ExnRef));
        }
        let branch = self.branch(depth)?;
        self.emit(branch);
        self.list = here;
        if let Some(tag) = tag {
            self.emit(Statement::If {
                condition: Expression::IsCaught(tag),
                then,
                otherwise: None,
            });
        }
        Ok(())
    }

    /// Pushes the values of the exception that was thrown last.
    fn push_thrown(&mut self, tag: u32) {
        let module = self.module;
        for (place, &value_type) in module.tag_params(tag).iter().enumerate() {
            let place = place as u32;
            let thrown = Expression::Thrown { place, value_type };
            self.push(Operand::leaf(thrown, value_type, Effects::default()));
        }
    }

    /// `catch` or `catch_all` of a legacy `try`.
    pub(super) fn start_catch(&mut self, tag: Option<u32>) -> Result<(), Error> {
        self.finish_arm();
        let frame = self.frame();
        let (join, list, unreachable, height) =
            (frame.label, frame.list, frame.unreachable, frame.height);
        let Kind::Try { pad, legacy } = &mut frame.kind else {
            return Err(Error::Internal("catch without try".to_string()));
        };
        let first = std::mem::replace(&mut legacy.in_body, false);
        legacy.all |= tag.is_none();
        let (pad, clauses, caught) = (*pad, pad.join, legacy.caught);
        self.close(list, unreachable, join);
        if first {
            self.enclose(list, &pad);
            if let Some(temp) = caught {
                let keep = Statement::Temp(temp, Expression::CaughtReference);
                self.statements(clauses).push(keep);
            }
        }
        let arm = self.body.new_list();
        let statement = match tag {
            Some(tag) => Statement::If {
                condition: Expression::IsCaught(tag),
                then: arm,
                otherwise: None,
            },
            None => Statement::Block {
                label: None,
                body: arm,
            },
        };
        self.statements(clauses).push(statement);
        let frame = self.frame();
        frame.list = arm;
        frame.unreachable = false;
        self.list = arm;
        self.stack.truncate(height);
        if let Some(tag) = tag {
            self.push_thrown(tag);
            // What follows may throw another.
            self.settle(Reason::All);
        }
        Ok(())
    }

    /// Behind the end of a legacy `try`; its frame is closed.
    pub(super) fn end_try(
        &mut self,
        join: Option<Label>,
        list: ListId,
        unreachable: bool,
        pad: &Pad,
        legacy: &Legacy,
    ) {
        self.close(list, unreachable, join);
        if legacy.in_body {
            self.enclose(list, pad);
        }
        if !legacy.all {
            let handler = self.handler();
            self.statements(pad.join).push(Statement::Rethrow(handler));
        }
        self.emit(Statement::Block {
            label: join,
            body: pad.join,
        });
    }

    /// Ends a legacy `try` whose exceptions go to the handler around the block at `depth`.
    pub(super) fn delegate(&mut self, depth: u32) -> Result<(), Error> {
        self.finish_arm();
        let frame = self
            .frames
            .pop()
            .ok_or_else(|| Error::Internal("delegate without try".to_string()))?;
        let Kind::Try { pad, .. } = &frame.kind else {
            return Err(Error::Internal("delegate without try".to_string()));
        };
        self.list = frame.outer;
        self.close(frame.list, frame.unreachable, frame.label);
        self.enclose(frame.list, pad);
        let handler = self.handler_around(depth);
        self.statements(pad.join).push(Statement::Rethrow(handler));
        self.emit(Statement::Block {
            label: frame.label,
            body: pad.join,
        });
        self.stack.truncate(frame.height);
        for (&temp, &value_type) in frame.result_temps.iter().zip(&frame.result_types) {
            self.push(Operand::temp(temp, value_type));
        }
        Ok(())
    }

    pub(super) fn throw(&mut self, tag: u32) -> Result<(), Error> {
        let module = self.module;
        let params = module.tag_params(tag).len();
        if let Some(depth) = self.catcher(tag) {
            // Caught in this function, by a clause that is known: a branch.
            let statement = self.branch(depth)?;
            self.emit(statement);
            self.unreachable();
            return Ok(());
        }
        let args = self.call_args(params);
        let handler = self.handler();
        self.emit(Statement::Throw { tag, args, handler });
        self.unreachable();
        Ok(())
    }

    /// The label, as a depth from here, of the clause that catches exceptions of the tag thrown
    /// here, if it is sure to, and takes no reference.
    fn catcher(&self, tag: u32) -> Option<u32> {
        let own = |tag: u32| self.module.tags[tag as usize].import.is_none();
        for (outside, frame) in self.frames.iter().rev().enumerate() {
            match &frame.kind {
                Kind::TryTable { catches, .. } => {
                    for catch in catches {
                        match *catch {
                            Catch::One { tag: other, label } if other == tag => {
                                return Some(label + outside as u32 + 1);
                            }
                            // Imported tags may be one and the same.
                            Catch::One { tag: other, .. } | Catch::OneRef { tag: other, .. }
                                if other != tag && (own(other) || own(tag)) => {}
                            _ => return None,
                        }
                    }
                }
                Kind::Try { legacy, .. } if legacy.in_body => return None,
                _ => {}
            }
        }
        None
    }

    pub(super) fn throw_ref(&mut self, exception: Expression) {
        let handler = self.handler();
        self.emit(Statement::ThrowRef { exception, handler });
        self.unreachable();
    }

    /// `rethrow` of the legacy proposal: throws what the `try` at `depth` caught.
    pub(super) fn rethrow(&mut self, depth: u32) -> Result<(), Error> {
        let place = self.frames.len() - 1 - depth as usize;
        let Kind::Try { legacy, .. } = &self.frames[place].kind else {
            return Err(Error::Internal("rethrow without catch".to_string()));
        };
        let caught = legacy
            .caught
            .ok_or_else(|| Error::Internal("rethrow of nothing".to_string()))?;
        self.settle(Reason::Trap);
        self.throw_ref(Expression::Temp(caught));
        Ok(())
    }
}
