//! Blocks nested deeper than rustc can take become *regions*: segments one after another.
//!
//! Blocks that contain no loop between them are straight code with jumps forward, however deep
//! they nest: the end of each block is where the next segment starts. A region is written as
//! groups of segments; inside a group, jumps are plain breaks out of nested blocks, and only a
//! jump into another group goes through a variable. Loops stay loops where the depth allows.

use std::collections::HashMap;

use super::tree::{Body, Expression, Label, ListId, Region, Statement, Target, Unary};

/// How deep blocks of the written function may nest. rustc 1.95 crashes at about 680 (on the
/// 8 MiB its threads have).
const MAX_DEPTH: u32 = 300;

/// How many segments are one group, each a level of nesting.
pub const GROUP: usize = 60;

/// The levels a region adds around the statements of its segments.
const REGION_DEPTH: u32 = GROUP as u32 + 4;

/// Rewrites what is too deep.
pub fn flatten(body: &mut Body) {
    let root = ListId(0);
    let heights = Heights::new(body, root);
    body.depth = heights.of(root);
    if heights.of(root) <= MAX_DEPTH {
        return;
    }
    let mut flattener = Flattener {
        body,
        heights,
        work: vec![(root, MAX_DEPTH)],
    };
    while let Some((list, depth)) = flattener.work.pop() {
        flattener.list(list, depth);
    }
}

/// How deep each list nests.
struct Heights(Vec<u32>);

impl Heights {
    fn new(body: &Body, root: ListId) -> Heights {
        let mut heights = Heights(vec![0; body.lists.len()]);
        // Each list twice: on the way down, and when all below it is known.
        let mut work = vec![(root, false)];
        while let Some((list, known)) = work.pop() {
            let statements = &body.lists[list.0 as usize];
            if known {
                let height = statements
                    .iter()
                    .map(|statement| heights.of_statement(statement));
                heights.0[list.0 as usize] = height.max().unwrap_or(0);
            } else {
                work.push((list, true));
                for statement in statements {
                    work.extend(children(statement).map(|child| (child, false)));
                }
            }
        }
        heights
    }

    fn of(&self, list: ListId) -> u32 {
        self.0.get(list.0 as usize).copied().unwrap_or(0)
    }

    fn of_statement(&self, statement: &Statement) -> u32 {
        match statement {
            Statement::Table { .. } => 1,
            _ => children(statement)
                .map(|child| self.of(child) + 1)
                .max()
                .unwrap_or(0),
        }
    }
}

fn children(statement: &Statement) -> impl Iterator<Item = ListId> + '_ {
    let (first, second, more) = match statement {
        Statement::Block { body, .. } | Statement::Loop { body, .. } => (Some(*body), None, None),
        Statement::If {
            then, otherwise, ..
        } => (Some(*then), *otherwise, None),
        Statement::Region(region) => (None, None, Some(&region.segments)),
        _ => (None, None, None),
    };
    first
        .into_iter()
        .chain(second)
        .chain(more.into_iter().flatten().copied())
}

struct Flattener<'a> {
    body: &'a mut Body,
    heights: Heights,
    /// Lists still to be looked at, with the depth each may have.
    work: Vec<(ListId, u32)>,
}

/// What is left to be laid out.
enum Work {
    Statements(std::vec::IntoIter<Statement>),
    /// A place where branches arrive.
    Arrive(Target),
}

impl Flattener<'_> {
    fn list(&mut self, list: ListId, depth: u32) {
        if self.heights.of(list) <= depth {
            return;
        }
        // As long as only loops are too deep and there is depth to spare, theirs is the problem.
        let too_deep = |statement: &&Statement| self.heights.of_statement(statement) > depth;
        let mut loops = Vec::new();
        let only_loops = self.body.lists[list.0 as usize]
            .iter()
            .filter(too_deep)
            .all(|statement| {
                if let Statement::Loop { body, .. } = statement {
                    loops.push((*body, depth.saturating_sub(1)));
                }
                matches!(statement, Statement::Loop { .. })
            });
        if only_loops && depth > 2 * REGION_DEPTH {
            self.work.extend(loops);
        } else {
            self.region(list, depth);
        }
    }

    /// Makes the statements of `list` a region.
    fn region(&mut self, list: ListId, depth: u32) {
        let id = self.body.regions;
        self.body.regions += 1;
        let inner = depth.saturating_sub(REGION_DEPTH);
        let first = self.body.new_list();
        let mut segments = vec![first];
        let mut places: HashMap<Label, (Option<u32>, Option<u32>)> = HashMap::new();
        let statements = std::mem::take(&mut self.body.lists[list.0 as usize]);
        let mut work = vec![Work::Statements(statements.into_iter())];
        while let Some(top) = work.last_mut() {
            let statement = match top {
                Work::Statements(statements) => statements.next(),
                Work::Arrive(target) => {
                    let target = *target;
                    work.pop();
                    let current = segments[segments.len() - 1];
                    if segments.len() == 1 || !self.body.lists[current.0 as usize].is_empty() {
                        segments.push(self.body.new_list());
                    }
                    let segment = Some(segments.len() as u32 - 1);
                    match target {
                        Target::Break(label) => places.entry(label).or_default().0 = segment,
                        Target::Continue(label) => places.entry(label).or_default().1 = segment,
                        _ => {}
                    }
                    continue;
                }
            };
            let Some(statement) = statement else {
                work.pop();
                continue;
            };
            let current = segments[segments.len() - 1].0 as usize;
            if self.heights.of_statement(&statement) <= inner {
                self.body.lists[current].push(statement);
                continue;
            }
            match statement {
                Statement::Block { label, body } => {
                    if let Some(label) = label {
                        work.push(Work::Arrive(Target::Break(label)));
                    }
                    work.push(self.take(body));
                }
                Statement::Loop { label, body } if inner > 2 * REGION_DEPTH => {
                    self.work.push((body, inner - 1));
                    self.body.lists[current].push(Statement::Loop { label, body });
                }
                Statement::Loop { label, body } => {
                    work.push(Work::Arrive(Target::Break(label)));
                    work.push(self.take(body));
                    work.push(Work::Arrive(Target::Continue(label)));
                }
                Statement::If {
                    condition,
                    then,
                    otherwise,
                } => {
                    let (end, alternative) = (self.body.new_label(), self.body.new_label());
                    let skip = self.body.new_list();
                    self.body.lists[skip.0 as usize]
                        .push(Statement::Branch(Target::Break(alternative)));
                    let condition = Expression::Unary(Unary::I32Eqz, Box::new(condition));
                    self.body.lists[current].push(Statement::If {
                        condition,
                        then: skip,
                        otherwise: None,
                    });
                    work.push(Work::Arrive(Target::Break(end)));
                    if let Some(otherwise) = otherwise {
                        work.push(self.take(otherwise));
                    }
                    work.push(Work::Arrive(Target::Break(alternative)));
                    let leave = vec![Statement::Branch(Target::Break(end))];
                    work.push(Work::Statements(leave.into_iter()));
                    work.push(self.take(then));
                }
                // Nothing else has a height.
                other => self.body.lists[current].push(other),
            }
        }
        self.retarget(&segments, id, &places);
        self.body.lists[list.0 as usize].push(Statement::Region(Region { id, segments }));
    }

    fn take(&mut self, list: ListId) -> Work {
        Work::Statements(std::mem::take(&mut self.body.lists[list.0 as usize]).into_iter())
    }

    /// Branches to blocks that are no more become jumps.
    fn retarget(
        &mut self,
        segments: &[ListId],
        region: u32,
        places: &HashMap<Label, (Option<u32>, Option<u32>)>,
    ) {
        let change = |target: &mut Target| {
            let segment = match target {
                Target::Break(label) => places.get(label).and_then(|place| place.0),
                Target::Continue(label) => places.get(label).and_then(|place| place.1),
                _ => None,
            };
            if let Some(segment) = segment {
                *target = Target::Jump { region, segment };
            }
        };
        let mut work = segments.to_vec();
        while let Some(list) = work.pop() {
            for statement in &mut self.body.lists[list.0 as usize] {
                match statement {
                    Statement::Branch(target)
                    | Statement::Rethrow(Some(target))
                    | Statement::Call {
                        handler: Some(target),
                        ..
                    }
                    | Statement::CallIndirect {
                        handler: Some(target),
                        ..
                    }
                    | Statement::CallRef {
                        handler: Some(target),
                        ..
                    }
                    | Statement::Throw {
                        handler: Some(target),
                        ..
                    }
                    | Statement::ThrowRef {
                        handler: Some(target),
                        ..
                    } => change(target),
                    Statement::Table {
                        targets, default, ..
                    } => {
                        targets.iter_mut().for_each(change);
                        change(default);
                    }
                    _ => {}
                }
                work.extend(children(statement));
            }
        }
    }
}
