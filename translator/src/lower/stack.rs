//! The operand stack at translation time: expressions that wait for their use.
//!
//! An expression may wait only as long as waiting can't be noticed. Before a statement changes
//! what it reads, or could trap ahead of it, it is *spilled*: given a name where it stands.

use super::tree::{Body, Effects, Expression, Label, ListId, Statement, Temp, TempId};
use crate::module::ValueType;

/// Bounds on an expression, so that neither we nor rustc recurse far.
const MAX_DEPTH: u32 = 24;
const MAX_SIZE: u32 = 96;

/// An operand.
#[derive(Debug, Clone)]
pub struct Operand {
    pub expression: Expression,
    pub value_type: ValueType,
    pub effects: Effects,
    /// The locals it reads, in no order, perhaps more than once.
    pub locals: Vec<u32>,
    depth: u32,
    size: u32,
}

impl Operand {
    /// One that depends on nothing.
    pub fn constant(expression: Expression, value_type: ValueType) -> Operand {
        Operand::leaf(expression, value_type, Effects::default())
    }

    /// One without operands of its own.
    pub fn leaf(expression: Expression, value_type: ValueType, effects: Effects) -> Operand {
        Operand {
            expression,
            value_type,
            effects,
            locals: Vec::new(),
            depth: 1,
            size: 1,
        }
    }

    /// The value of a local.
    pub fn local(local: u32, value_type: ValueType) -> Operand {
        let effects = Effects {
            reads_locals: true,
            ..Effects::default()
        };
        let mut operand = Operand::leaf(Expression::Local(local), value_type, effects);
        operand.locals.push(local);
        operand
    }

    /// The value of a temp.
    pub fn temp(temp: TempId, value_type: ValueType) -> Operand {
        Operand::constant(Expression::Temp(temp), value_type)
    }

    /// One made of others; `effects` are its own.
    pub fn of(
        expression: Expression,
        value_type: ValueType,
        effects: Effects,
        parts: impl IntoIterator<Item = OperandFacts>,
    ) -> Operand {
        let mut whole = Operand::leaf(expression, value_type, effects);
        for part in parts {
            whole.effects = whole.effects.union(part.effects);
            whole.depth = whole.depth.max(part.depth + 1);
            whole.size += part.size;
            if whole.locals.is_empty() {
                whole.locals = part.locals;
            } else {
                whole.locals.extend(part.locals);
            }
        }
        whole
    }

    /// Takes it apart, to build another of it.
    pub fn split(self) -> (Expression, OperandFacts) {
        let Operand {
            expression,
            effects,
            locals,
            depth,
            size,
            ..
        } = self;
        (
            expression,
            OperandFacts {
                effects,
                locals,
                depth,
                size,
            },
        )
    }

    /// Whether it can wait forever.
    fn is_settled(&self) -> bool {
        matches!(
            self.expression,
            Expression::Temp(_)
                | Expression::I32(_)
                | Expression::I64(_)
                | Expression::F32(_)
                | Expression::F64(_)
                | Expression::V128(_)
                | Expression::Null(_)
        )
    }
}

/// What is known of an operand besides its expression.
#[derive(Debug)]
pub struct OperandFacts {
    effects: Effects,
    locals: Vec<u32>,
    depth: u32,
    size: u32,
}

/// The stack.
#[derive(Debug, Default)]
pub struct Stack {
    operands: Vec<Operand>,
    /// So many at the bottom are known to be settled.
    settled: usize,
}

/// Which operands may not wait any longer.
#[derive(Debug, Clone, Copy)]
pub enum Reason {
    /// Everything about to change: blocks begin.
    All,
    /// A call runs: memory, globals and tables may change, and it may not return.
    Call,
    /// Memory changes.
    Memory,
    /// A global changes.
    Global,
    /// A table changes.
    Table,
    /// This local changes.
    Local(u32),
    /// Something may trap, or control may leave.
    Trap,
}

impl Reason {
    fn concerns(self, operand: &Operand) -> bool {
        let effects = operand.effects;
        match self {
            Reason::All => true,
            Reason::Call => {
                effects.reads_memory | effects.reads_globals | effects.reads_tables | effects.traps
            }
            Reason::Memory => effects.reads_memory | effects.traps,
            Reason::Global => effects.reads_globals | effects.traps,
            Reason::Table => effects.reads_tables | effects.traps,
            Reason::Local(local) => effects.reads_locals && operand.locals.contains(&local),
            Reason::Trap => effects.traps,
        }
    }
}

impl Stack {
    pub fn len(&self) -> usize {
        self.operands.len()
    }

    /// Pushes an operand, named at once if it has become too large.
    pub fn push(&mut self, operand: Operand, body: &mut Body, list: ListId) {
        let large = operand.depth > MAX_DEPTH || operand.size > MAX_SIZE;
        self.operands.push(operand);
        if large {
            if self.operands[self.len() - 1].effects.traps {
                self.settle(Reason::Trap, body, list);
            }
            self.spill(self.len() - 1, body, list);
        }
    }

    pub fn pop(&mut self) -> Option<Operand> {
        let operand = self.operands.pop();
        self.settled = self.settled.min(self.operands.len());
        operand
    }

    /// The top `count`, the topmost last.
    pub fn pop_many(&mut self, count: usize) -> Vec<Operand> {
        let operands = self
            .operands
            .split_off(self.operands.len().saturating_sub(count));
        self.settled = self.settled.min(self.operands.len());
        operands
    }

    pub fn truncate(&mut self, height: usize) {
        self.operands.truncate(height);
        self.settled = self.settled.min(height);
    }

    /// The operands above `height`.
    pub fn above(&self, height: usize) -> &[Operand] {
        &self.operands[height.min(self.operands.len())..]
    }

    /// Names every operand that `reason` concerns, and those that could trap ahead of them.
    pub fn settle(&mut self, reason: Reason, body: &mut Body, list: ListId) {
        let start = self.settled;
        let concerned = |operand: &Operand| !operand.is_settled() && reason.concerns(operand);
        let last_trap = self.operands[start..]
            .iter()
            .rposition(|operand| concerned(operand) && operand.effects.traps)
            .map(|place| start + place);
        for place in start..self.operands.len() {
            let operand = &self.operands[place];
            let ahead = operand.effects.traps && last_trap.is_some_and(|last| place < last);
            if concerned(operand) || ahead {
                self.spill(place, body, list);
            }
        }
        if let Reason::All = reason {
            self.settled = self.operands.len();
        }
    }

    /// Names the operands from `height` up that `needs` says, in order.
    pub fn settle_above(
        &mut self,
        height: usize,
        body: &mut Body,
        list: ListId,
        needs: impl Fn(&Operand) -> bool,
    ) {
        let Some(last) = self
            .operands
            .iter()
            .rposition(&needs)
            .filter(|&last| last >= height)
        else {
            return;
        };
        let traps = self.operands[last].effects.traps;
        for place in self.settled..=last {
            let operand = &self.operands[place];
            if operand.is_settled() {
                continue;
            }
            if (place >= height && needs(operand)) || (traps && operand.effects.traps) {
                self.spill(place, body, list);
            }
        }
    }

    /// From here on values on the stack are used in other lists than they were made in.
    pub fn carry(&self, body: &mut Body) {
        for operand in &self.operands {
            if let Expression::Temp(temp) = operand.expression {
                body.temps[temp.0 as usize].hoisted = true;
            }
        }
    }

    fn spill(&mut self, place: usize, body: &mut Body, list: ListId) {
        let operand = &mut self.operands[place];
        if operand.is_settled() {
            return;
        }
        let temp = body.new_temp(operand.value_type, false);
        let named = Operand::temp(temp, operand.value_type);
        let waited = std::mem::replace(operand, named);
        body.lists[list.0 as usize].push(Statement::Temp(temp, waited.expression));
    }
}

impl Body {
    pub fn new_temp(&mut self, value_type: ValueType, hoisted: bool) -> TempId {
        self.temps.push(Temp {
            value_type,
            hoisted,
        });
        TempId(self.temps.len() as u32 - 1)
    }

    pub fn new_list(&mut self) -> ListId {
        self.lists.push(Vec::new());
        ListId(self.lists.len() as u32 - 1)
    }

    pub fn new_label(&mut self) -> Label {
        self.labels += 1;
        Label(self.labels - 1)
    }
}
