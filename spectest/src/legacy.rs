//! Text of the legacy exception handling proposal: the parser knows its instructions one after
//! another, and the suite's scripts have them folded.

use wast::lexer::{Lexer, Token, TokenKind};

/// An open parenthesis.
enum Open {
    Other,
    /// `(try`, ended by `end` unless it delegates.
    Try {
        delegates: bool,
    },
    /// `(do`, `(catch` and the like inside of it: only what is inside is left.
    Part,
}

/// The text with `(try (do …) (catch …))` as `try … catch … end`.
///
/// Only instructions that stand in a sequence may be unfolded so; those that are operands of a
/// folded instruction can't be, and the parser says so.
///
/// # Errors
/// When tokens or parentheses are wrong.
pub fn unfold(text: &str) -> Result<String, String> {
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let mut unfolded = String::with_capacity(text.len());
    let mut open = Vec::new();
    let mut tokens = Vec::new();
    for token in lexer.iter(0) {
        tokens.push(token.map_err(|error| error.to_string())?);
    }
    let significant = |token: &Token| {
        !matches!(
            token.kind,
            TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment
        )
    };
    let mut place = 0;
    while let Some(token) = tokens.get(place) {
        place += 1;
        match token.kind {
            TokenKind::LParen => {
                let next = tokens[place..].iter().position(significant);
                let next = next.map(|ahead| place + ahead);
                let word = next.map_or("", |next| tokens[next].src(text));
                let in_try = matches!(open.last(), Some(Open::Try { .. }));
                let (kind, written) = match (word, in_try) {
                    ("try", _) => (Open::Try { delegates: false }, "try"),
                    ("do", true) => (Open::Part, ""),
                    ("catch" | "catch_all", true) => (Open::Part, word),
                    ("delegate", true) => {
                        if let Some(Open::Try { delegates }) = open.last_mut() {
                            *delegates = true;
                        }
                        (Open::Part, word)
                    }
                    _ => {
                        unfolded.push('(');
                        open.push(Open::Other);
                        continue;
                    }
                };
                open.push(kind);
                unfolded.push_str(written);
                place = next.map_or(place, |next| next + 1);
            }
            TokenKind::RParen => match open.pop() {
                Some(Open::Other) => unfolded.push(')'),
                Some(Open::Try { delegates: false }) => unfolded.push_str(" end "),
                Some(Open::Try { delegates: true } | Open::Part) => unfolded.push(' '),
                None => return Err("`)` without `(`".to_string()),
            },
            _ => unfolded.push_str(token.src(text)),
        }
    }
    Ok(unfolded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_becomes_flat() {
        let flat = |text| {
            let unfolded = unfold(text).expect("good text");
            unfolded.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            flat(
                "(func (try $t (result i32) (do (nop) (i32.const 1)) (catch $e (drop)) (catch_all)))"
            ),
            "(func try $t (result i32) (nop) (i32.const 1) catch $e (drop) catch_all end )"
        );
        assert_eq!(
            flat("(try (do (try (do (throw $e)) (delegate 0))) (catch $e \"(do\"))"),
            "try try (throw $e) delegate 0 catch $e \"(do\" end"
        );
        assert!(unfold("(try))").is_err());
    }
}
