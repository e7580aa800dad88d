//! A module with deep nesting of every kind, and what its functions have to answer.
//!
//! The build script makes the module and the tests compute the answers, so both include this file;
//! so does the program of `profiles.rs`.

#![allow(dead_code, reason = "of those that include it each uses a part")]

use std::fmt::Write;

/// How deep things are nested.
#[derive(Clone, Copy, Debug)]
pub struct Depths {
    /// Blocks, each the target of a `br_table`.
    pub blocks: u32,
    /// Such blocks, each falling through to the next.
    pub cases: u32,
    /// Loops, each the target of a `br_table`.
    pub loops: u32,
    /// `if`s.
    pub ifs: u32,
    /// Blocks with results.
    pub values: u32,
}

/// What real modules come near to, or beyond.
pub const FULL: Depths = Depths {
    blocks: 5_000,
    cases: 5_000,
    loops: 1_000,
    ifs: 1_000,
    values: 1_500,
};

/// Enough that blocks can't be written as they are: LLVM's optimisations take time that grows with
/// the square.
pub const SOME: Depths = Depths {
    blocks: 1_000,
    cases: 400,
    loops: 350,
    ifs: 500,
    values: 500,
};

impl Depths {
    /// The module as text.
    pub fn module(self) -> String {
        format!(
            "(module $deep\n{}{}{}{}{})",
            self.switch(),
            self.fall(),
            self.loops(),
            self.ifs(),
            self.values()
        )
    }

    /// A switch as compilers write it: a block for each case, the table in the innermost.
    fn switch(self) -> String {
        let mut text = "(func (export \"switch\") (param i32) (result i32)\n".to_string();
        table(&mut text, self.blocks);
        for case in 0..self.blocks {
            let _ = write!(text, "\nend i32.const {} return", case * 7 + 3);
        }
        text.push_str("\nend i32.const -1)\n");
        text
    }

    /// What `switch` answers.
    pub fn switched(self, case: u32) -> i32 {
        if case < self.blocks {
            (case * 7 + 3).cast_signed()
        } else {
            -1
        }
    }

    /// The same, but each case falls through to the next.
    fn fall(self) -> String {
        let mut text = "(func (export \"fall\") (param i32) (result i32) (local i32)\n".to_string();
        table(&mut text, self.cases);
        for case in 0..self.cases {
            let _ = write!(
                text,
                "\nend local.get 1 i32.const 31 i32.mul i32.const {case} i32.add local.set 1"
            );
        }
        text.push_str("\nend local.get 1)\n");
        text
    }

    /// What `fall` answers.
    pub fn fallen(self, case: u32) -> i32 {
        let sum =
            (case..self.cases).fold(0_u32, |sum, case| sum.wrapping_mul(31).wrapping_add(case));
        sum.cast_signed()
    }

    /// Loops in loops, which count how often they begin. In the innermost a table says which to
    /// repeat, until that happened often enough.
    fn loops(self) -> String {
        let mut text =
            "(func (export \"loops\") (param $times i32) (result i32) (local $count i32)\n"
                .to_string();
        for _ in 0..self.loops {
            text.push_str("loop local.get $count i32.const 1 i32.add local.set $count\n");
        }
        text.push_str(
            "local.get $times i32.eqz if local.get $count return end\n\
             local.get $times i32.const 1 i32.sub local.set $times\n",
        );
        let _ = write!(
            text,
            "local.get $count i32.const {} i32.rem_u br_table",
            self.loops
        );
        // The innermost is 0; the last is for what does not occur.
        for target in 0..self.loops {
            let _ = write!(text, " {target}");
        }
        text.push_str(" 0\n");
        for _ in 0..self.loops {
            text.push_str("end ");
        }
        text.push_str("unreachable)\n");
        text
    }

    /// What `loops` answers.
    pub fn looped(self, times: u32) -> i32 {
        let mut count = self.loops;
        for _ in 0..times {
            // Repeating loop n from the innermost begins n others in it.
            count += count % self.loops + 1;
        }
        count.cast_signed()
    }

    /// `if`s in `if`s, each taken by larger numbers only.
    fn ifs(self) -> String {
        let mut text = "(func (export \"ifs\") (param i32) (result i32)\n".to_string();
        for depth in 0..self.ifs {
            let _ = writeln!(
                text,
                "local.get 0 i32.const {depth} i32.gt_u if (result i32)"
            );
        }
        text.push_str("i32.const 1000000\n");
        for depth in (0..self.ifs).rev() {
            let _ = writeln!(text, "i32.const 1 i32.add else i32.const {} end", depth * 3);
        }
        text.push_str(")\n");
        text
    }

    /// What `ifs` answers.
    pub fn chosen(self, value: u32) -> i32 {
        let depth = value.min(self.ifs);
        let inner = if depth == self.ifs {
            1_000_000
        } else {
            depth * 3
        };
        (inner + depth).cast_signed()
    }

    /// Blocks with a result in each other, which a branch leaves early.
    fn values(self) -> String {
        let mut text = "(func (export \"values\") (param i32) (result i64)\n".to_string();
        for _ in 0..self.values {
            text.push_str("block (result i64) ");
        }
        text.push_str("\ni64.const 1\n");
        for depth in 0..self.values {
            // Leaves two blocks at once where there are two.
            let out = u32::from(depth + 1 < self.values);
            let _ = writeln!(
                text,
                "local.get 0 i32.const {depth} i32.eq br_if {out} i64.const 3 i64.mul i64.const 1 \
                 i64.add end"
            );
        }
        text.push_str(")\n");
        text
    }

    /// What `values` answers.
    pub fn valued(self, leave: u32) -> i64 {
        let mut value = 1_i64;
        let mut depth = 0;
        while depth < self.values {
            if depth == leave {
                // The rest of this block is left out, and that of the next.
                depth += 2;
                continue;
            }
            value = value.wrapping_mul(3).wrapping_add(1);
            depth += 1;
        }
        value
    }
}

/// The beginnings of `count` blocks and one more, and a table of them.
fn table(text: &mut String, count: u32) {
    for _ in 0..=count {
        text.push_str("block ");
    }
    text.push_str("\nlocal.get 0\nbr_table");
    for target in 0..=count {
        let _ = write!(text, " {target}");
    }
}
