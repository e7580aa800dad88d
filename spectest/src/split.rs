//! A script's directives, each as text of its own, so that one which can't be parsed hides no other.

use wast::lexer::{Lexer, TokenKind};

/// One directive, or a whole script that is the fields of one module.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// What it says.
    pub text: &'a str,
    /// The line it starts in, from 1.
    pub line: usize,
}

/// The pieces of `script`.
///
/// # Errors
/// When parentheses or tokens are wrong; the message says where.
pub fn split(script: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut lexer = Lexer::new(script);
    lexer.allow_confusing_unicode(true);
    let mut pieces = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    let mut lines = Lines {
        script,
        offset: 0,
        line: 1,
    };
    for token in lexer.iter(0) {
        let token = token.map_err(|error| error.to_string())?;
        match token.kind {
            TokenKind::LParen => {
                if depth == 0 {
                    start = token.offset;
                }
                depth += 1;
            }
            TokenKind::RParen => {
                let line = lines.at(start);
                depth = depth
                    .checked_sub(1)
                    .ok_or(format!("line {line}: `)` without `(`"))?;
                if depth == 0 {
                    let text = &script[start..token.offset + token.src(script).len()];
                    pieces.push(Piece { text, line });
                }
            }
            _ => {}
        }
    }
    if depth > 0 {
        return Err(format!("line {}: `(` without `)`", lines.at(start)));
    }
    if pieces
        .first()
        .is_some_and(|piece| !is_directive(piece.text))
    {
        let line = pieces[0].line;
        return Ok(vec![Piece { text: script, line }]);
    }
    Ok(pieces)
}

/// Whether `text` is a directive and not a field of a module.
fn is_directive(text: &str) -> bool {
    let lexer = Lexer::new(text);
    let keyword = lexer
        .iter(0)
        .filter_map(Result::ok)
        .find(|token| token.kind == TokenKind::Keyword);
    keyword.is_some_and(|token| {
        let keyword = token.keyword(text);
        keyword.starts_with("assert_")
            || matches!(
                keyword,
                "module" | "component" | "register" | "invoke" | "get" | "thread" | "wait"
            )
    })
}

/// Line numbers of offsets that only grow.
struct Lines<'a> {
    script: &'a str,
    offset: usize,
    line: usize,
}

impl Lines<'_> {
    fn at(&mut self, offset: usize) -> usize {
        if offset > self.offset {
            let between = &self.script.as_bytes()[self.offset..offset];
            self.line += between.iter().filter(|&&byte| byte == b'\n').count();
            self.offset = offset;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_and_their_lines() {
        let script = "(module) ;; (\n(; ( ;)\n(assert_return (invoke \")\"))\n\n(module\n)";
        let pieces = split(script).unwrap();
        let lines: Vec<_> = pieces.iter().map(|piece| piece.line).collect();
        assert_eq!(lines, [1, 3, 5]);
        assert_eq!(pieces[1].text, "(assert_return (invoke \")\"))");
    }

    #[test]
    fn fields_of_one_module() {
        assert_eq!(split("(func)\n(memory 0)").unwrap().len(), 1);
        assert!(split("(module").is_err());
        assert!(split("(module))").is_err());
    }
}
