//! What a script says, directive by directive, with its modules in the binary format.

use spectest_runner::Value;
use wast::core::ModuleKind;
use wast::lexer::Lexer;
use wast::parser::{self, Parse, ParseBuffer, Parser};
use wast::token::Id;
use wast::{QuoteWat, QuoteWatTest, Wast, WastDirective, WastExecute, WastInvoke, Wat};

use crate::legacy;
use crate::split::{self, Piece};
use crate::value::{self, Pattern};

/// A module in the binary format, or what is wrong with its text.
pub type Encoded = Result<Vec<u8>, String>;

/// A directive and where it is.
#[derive(Debug)]
pub struct Directive {
    /// The line it starts in.
    pub line: usize,
    /// What it says.
    pub kind: Kind,
}

/// A call.
#[derive(Debug)]
pub struct Invoke {
    /// Whose export, if not the latest module's.
    pub module: Option<String>,
    /// The name of the export.
    pub function: String,
    /// The arguments, or the first that there is no way to pass.
    pub arguments: Result<Vec<Value>, String>,
}

/// Something that ends in values or in a trap.
#[derive(Debug)]
pub enum Action {
    /// Call a function.
    Invoke(Invoke),
    /// Read a global.
    Get {
        /// Whose export, if not the latest module's.
        module: Option<String>,
        /// The name of the export.
        global: String,
    },
    /// Make an instance.
    Instantiate(Encoded),
}

/// What a directive says.
#[derive(Debug)]
pub enum Kind {
    /// `module`
    Module {
        /// Its name in the script.
        id: Option<String>,
        /// The module.
        module: Encoded,
    },
    /// `module definition`
    Definition {
        /// Its name in the script.
        id: Option<String>,
        /// The module.
        module: Encoded,
    },
    /// `module instance`
    Instance {
        /// The instance's name in the script.
        instance: Option<String>,
        /// Whose instance.
        module: Option<String>,
    },
    /// `register`
    Register {
        /// The module name of imports from it.
        name: String,
        /// Which instance.
        module: Option<String>,
    },
    /// `invoke`
    Invoke(Invoke),
    /// `assert_return`
    Return(Action, Vec<Pattern>),
    /// `assert_trap`
    Trap(Action, String),
    /// `assert_exhaustion`
    Exhaustion(Invoke, String),
    /// `assert_exception`
    Exception(Action),
    /// `assert_unlinkable`
    Unlinkable(Encoded, String),
    /// `assert_invalid`
    Invalid(Encoded),
    /// `assert_malformed`
    Malformed(Encoded),
    /// `assert_invalid_custom` or `assert_malformed_custom`
    Custom(Encoded),
    /// `thread`
    Thread {
        /// Its name in the script.
        thread: String,
        /// The instance that it knows from the start.
        shared: Option<String>,
        /// What it does.
        directives: Vec<Kind>,
    },
    /// `wait`, for the end of the thread of this name
    Wait(String),
    /// One that needs this proposal whatever its modules are.
    Needs(&'static str),
    /// One that the parser does not understand, and what it says.
    Unparsable(String),
}

impl Kind {
    /// The directive as a person recognises it.
    pub fn describe(&self) -> String {
        let named = |what: &str, id: &Option<String>| match id {
            Some(id) => format!("{what} ${id}"),
            None => what.to_string(),
        };
        match self {
            Kind::Module { id, .. } => named("module", id),
            Kind::Definition { id, .. } => named("module definition", id),
            Kind::Instance { instance, .. } => named("module instance", instance),
            Kind::Register { name, .. } => format!("register \"{}\"", name.escape_debug()),
            Kind::Invoke(invoke) => invoke.describe(),
            Kind::Return(action, _) => format!("assert_return {}", action.describe()),
            Kind::Trap(action, _) => format!("assert_trap {}", action.describe()),
            Kind::Exhaustion(invoke, _) => format!("assert_exhaustion {}", invoke.describe()),
            Kind::Exception(action) => format!("assert_exception {}", action.describe()),
            Kind::Unlinkable(..) => "assert_unlinkable".to_string(),
            Kind::Invalid(_) => "assert_invalid".to_string(),
            Kind::Malformed(_) => "assert_malformed".to_string(),
            Kind::Custom(_) => "assert on a custom section".to_string(),
            Kind::Thread { thread, .. } => format!("thread ${thread}"),
            Kind::Wait(thread) => format!("wait ${thread}"),
            Kind::Needs(_) | Kind::Unparsable(_) => "directive".to_string(),
        }
    }
}

impl Invoke {
    fn describe(&self) -> String {
        format!("invoke \"{}\"", self.function.escape_debug())
    }
}

impl Action {
    fn describe(&self) -> String {
        match self {
            Action::Invoke(invoke) => invoke.describe(),
            Action::Get { global, .. } => format!("get \"{}\"", global.escape_debug()),
            Action::Instantiate(_) => "module".to_string(),
        }
    }
}

/// The directives of a script.
///
/// # Errors
/// When it can't be told apart into directives.
pub fn parse(script: &str) -> Result<Vec<Directive>, String> {
    Ok(split::split(script)?.iter().map(directive).collect())
}

fn directive(piece: &Piece<'_>) -> Directive {
    let kind = parse_piece(piece.text).or_else(|error| {
        // Folded `try` is not known to the parser. Whatever is wrong besides is still wrong.
        let unfolded = legacy::unfold(piece.text)?;
        parse_piece(&unfolded).map_err(|_| error)
    });
    Directive {
        line: piece.line,
        kind: kind.unwrap_or_else(Kind::Unparsable),
    }
}

fn parse_piece(text: &str) -> Result<Kind, String> {
    let buffer = buffer(text)?;
    let One(directive) = parser::parse(&buffer).map_err(|error| message(&error))?;
    Ok(kind(directive))
}

/// Text for the parser. Scripts about names contain characters that look like others.
fn buffer(text: &str) -> Result<ParseBuffer<'_>, String> {
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    ParseBuffer::new_with_lexer(lexer).map_err(|error| message(&error))
}

/// An error without the excerpt that comes with it.
fn message(error: &wast::Error) -> String {
    error.message()
}

/// One directive in parentheses, or the fields of one module.
struct One<'a>(WastDirective<'a>);

impl<'a> Parse<'a> for One<'a> {
    fn parse(parser: Parser<'a>) -> parser::Result<Self> {
        // Those that the parser of whole scripts knows too.
        let _custom = parser.register_annotation("custom");
        let _name = parser.register_annotation("name");
        let _producers = parser.register_annotation("producers");
        let _dylink = parser.register_annotation("dylink.0");
        let _hint = parser.register_annotation("metadata.code.branch_hint");
        if parser.peek2::<Threaded>()? {
            return parser.parens(|parser| parser.parse()).map(One);
        }
        let Wast { mut directives } = parser.parse()?;
        match directives.pop() {
            Some(directive) if directives.is_empty() => Ok(One(directive)),
            _ => Err(parser.error("expected one directive")),
        }
    }
}

/// The directives about threads, which the parser of whole scripts takes for fields of a module
/// when they come first.
struct Threaded;

impl parser::Peek for Threaded {
    fn peek(cursor: parser::Cursor<'_>) -> parser::Result<bool> {
        Ok(matches!(cursor.keyword()?, Some(("thread" | "wait", _))))
    }

    fn display() -> &'static str {
        "`thread` or `wait`"
    }
}

fn kind(directive: WastDirective<'_>) -> Kind {
    match directive {
        WastDirective::Module(module) => Kind::Module {
            id: module.name().map(id),
            module: encode(module),
        },
        WastDirective::ModuleDefinition(module) => Kind::Definition {
            id: module.name().map(id),
            module: encode(module),
        },
        WastDirective::ModuleInstance {
            instance, module, ..
        } => Kind::Instance {
            instance: instance.map(id),
            module: module.map(id),
        },
        WastDirective::Register { name, module, .. } => Kind::Register {
            name: name.to_string(),
            module: module.map(id),
        },
        WastDirective::Invoke(call) => Kind::Invoke(invoke(call)),
        WastDirective::AssertReturn { exec, results, .. } => {
            Kind::Return(action(exec), results.iter().map(Pattern::new).collect())
        }
        WastDirective::AssertTrap { exec, message, .. } => {
            Kind::Trap(action(exec), message.to_string())
        }
        WastDirective::AssertExhaustion { call, message, .. } => {
            Kind::Exhaustion(invoke(call), message.to_string())
        }
        WastDirective::AssertException { exec, .. } => Kind::Exception(action(exec)),
        WastDirective::AssertUnlinkable {
            module, message, ..
        } => Kind::Unlinkable(encode(QuoteWat::Wat(module)), message.to_string()),
        WastDirective::AssertInvalid { module, .. } => Kind::Invalid(encode(module)),
        WastDirective::AssertMalformed { module, .. } => Kind::Malformed(encode(module)),
        WastDirective::AssertInvalidCustom { module, .. }
        | WastDirective::AssertMalformedCustom { module, .. } => Kind::Custom(encode(module)),
        WastDirective::AssertSuspension { .. } => Kind::Needs("stack switching"),
        WastDirective::Thread(thread) => Kind::Thread {
            thread: id(thread.name),
            shared: thread.shared_module.map(id),
            directives: thread.directives.into_iter().map(kind).collect(),
        },
        WastDirective::Wait { thread, .. } => Kind::Wait(id(thread)),
    }
}

fn id(id: Id<'_>) -> String {
    id.name().to_string()
}

fn invoke(invoke: WastInvoke<'_>) -> Invoke {
    Invoke {
        module: invoke.module.map(id),
        function: invoke.name.to_string(),
        arguments: invoke.args.iter().map(value::argument).collect(),
    }
}

fn action(execute: WastExecute<'_>) -> Action {
    match execute {
        WastExecute::Invoke(call) => Action::Invoke(invoke(call)),
        WastExecute::Wat(module) => Action::Instantiate(encode(QuoteWat::Wat(module))),
        WastExecute::Get { module, global, .. } => Action::Get {
            module: module.map(id),
            global: global.to_string(),
        },
    }
}

/// The module as bytes: as they stand there, or from its text.
fn encode(mut module: QuoteWat<'_>) -> Encoded {
    if let QuoteWat::Wat(Wat::Module(module)) = &module
        && let ModuleKind::Binary(parts) = &module.kind
    {
        return Ok(parts.concat());
    }
    match module.to_test().map_err(|error| message(&error))? {
        QuoteWatTest::Binary(bytes) => Ok(bytes),
        QuoteWatTest::Text(text) => {
            let text = String::from_utf8(text).map_err(|_| "malformed UTF-8 encoding")?;
            let buffer = buffer(&text)?;
            let mut wat: Wat<'_> = parser::parse(&buffer).map_err(|error| message(&error))?;
            wat.encode().map_err(|error| message(&error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Kind {
        let mut directives = parse(text).unwrap();
        assert_eq!(directives.len(), 1);
        directives.remove(0).kind
    }

    #[test]
    fn modules() {
        assert!(matches!(
            one("(module $m (func))"),
            Kind::Module { id: Some(id), module: Ok(_) } if id == "m"
        ));
        assert!(matches!(
            one("(func) (memory 0)"),
            Kind::Module {
                id: None,
                module: Ok(_)
            }
        ));
        assert!(matches!(
            one("(module quote \"(func)\")"),
            Kind::Module { module: Ok(_), .. }
        ));
        let Kind::Malformed(Ok(bytes)) = one(r#"(assert_malformed (module binary "\00a" "b") "")"#)
        else {
            panic!("a binary module is taken as it is");
        };
        assert_eq!(bytes, b"\0ab");
        assert!(matches!(
            one(r#"(assert_malformed (module quote "(fun)") "")"#),
            Kind::Malformed(Err(_))
        ));
    }

    #[test]
    fn one_bad_directive_hides_no_other() {
        let directives = parse("(module)\n(module (nonsense))\n(register \"m\")").unwrap();
        assert!(matches!(directives[1].kind, Kind::Unparsable(_)));
        assert!(matches!(&directives[2].kind, Kind::Register { name, .. } if name == "m"));
        assert!(matches!(
            one("(thread $t (shared (module $m)) (invoke \"f\"))"),
            Kind::Thread { thread, shared: Some(shared), directives }
                if thread == "t" && shared == "m" && directives.len() == 1
        ));
        assert!(matches!(one("(wait $t)"), Kind::Wait(thread) if thread == "t"));
    }
}
