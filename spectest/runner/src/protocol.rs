//! What driver and runner say to each other: a line of text for each command, and for each outcome.
//!
//! Words are separated by single spaces. Strings are written as `x` and the hexadecimal digits of
//! their bytes, because names in scripts are any UTF-8.

use std::error::Error;
use std::fmt::{self, Write};
use std::str::{FromStr, SplitAsciiWhitespace};

/// A value by its bits, so that a NaN stays what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// An `i32`.
    I32(u32),
    /// An `i64`.
    I64(u64),
    /// An `f32`.
    F32(u32),
    /// An `f64`.
    F64(u64),
    /// A `v128`, its first byte the lowest.
    V128(u128),
    /// A `funcref`; scripts know of functions only whether they are there.
    FuncRef {
        /// Whether it is null.
        null: bool,
    },
    /// An `externref`, by the host's number, or null.
    ExternRef(Option<u64>),
    /// An `exnref`; scripts know of exceptions only whether they are there.
    ExnRef {
        /// Whether it is null.
        null: bool,
    },
    /// An `anyref`.
    AnyRef(Any),
}

/// What scripts know of what an `anyref` is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Any {
    /// Nothing.
    Null,
    /// A small number.
    I31,
    /// A structure.
    Struct,
    /// An array.
    Array,
    /// The host's value with this number.
    Host(u64),
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Make an instance of a module.
    Instantiate {
        /// The module's key in the generated program.
        module: u64,
        /// What the instance is called from here on.
        instance: usize,
    },
    /// Add an instance's exports to what `spectest` gives.
    Host {
        /// Which.
        instance: usize,
    },
    /// Let others import from an instance.
    Register {
        /// Which.
        instance: usize,
        /// The module name of the imports.
        name: String,
    },
    /// Call an exported function.
    Invoke {
        /// Whose export.
        instance: usize,
        /// Its name.
        function: String,
        /// What it is given.
        arguments: Vec<Value>,
    },
    /// Read an exported global.
    Get {
        /// Whose export.
        instance: usize,
        /// Its name.
        global: String,
    },
    /// Do things in another thread, in a store of its own.
    Thread {
        /// What the thread is called from here on.
        thread: usize,
        /// What is its instance 0.
        shared: Option<usize>,
        /// The things.
        commands: Vec<Command>,
    },
    /// Wait for the end of a thread.
    Wait {
        /// Which.
        thread: usize,
    },
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done; there is nothing to tell.
    Done,
    /// A call gave results, or a global has a value.
    Values(Vec<Value>),
    /// It ended in a trap, in these words.
    Trap(String),
    /// It ended in an exception that nobody caught.
    Exception,
    /// An import is missing or does not fit.
    Unlinkable(String),
    /// A thread came to its end; what came of its commands.
    Thread(Vec<Outcome>),
    /// It could not be tried at all.
    Error(String),
}

/// A line that is not what it should be.
#[derive(Debug)]
pub struct ProtocolError(&'static str);

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} expected", self.0)
    }
}

impl Error for ProtocolError {}

/// A string as one word.
struct Word<'a>(&'a str);

impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('x')?;
        self.0.bytes().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::I32(bits) => write!(f, "i32:{bits:x}"),
            Value::I64(bits) => write!(f, "i64:{bits:x}"),
            Value::F32(bits) => write!(f, "f32:{bits:x}"),
            Value::F64(bits) => write!(f, "f64:{bits:x}"),
            Value::V128(bits) => write!(f, "v128:{bits:x}"),
            Value::FuncRef { null: true } => f.write_str("func:null"),
            Value::FuncRef { null: false } => f.write_str("func:some"),
            Value::ExternRef(None) => f.write_str("extern:null"),
            Value::ExternRef(Some(key)) => write!(f, "extern:{key:x}"),
            Value::ExnRef { null: true } => f.write_str("exn:null"),
            Value::ExnRef { null: false } => f.write_str("exn:some"),
            Value::AnyRef(Any::Null) => f.write_str("any:null"),
            Value::AnyRef(Any::I31) => f.write_str("any:i31"),
            Value::AnyRef(Any::Struct) => f.write_str("any:struct"),
            Value::AnyRef(Any::Array) => f.write_str("any:array"),
            Value::AnyRef(Any::Host(key)) => write!(f, "host:{key:x}"),
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Command::Instantiate { module, instance } => {
                write!(f, "instantiate {module:x} {instance}")
            }
            Command::Host { instance } => write!(f, "host {instance}"),
            Command::Register { instance, name } => write!(f, "register {instance} {}", Word(name)),
            Command::Invoke {
                instance,
                function,
                arguments,
            } => {
                write!(f, "invoke {instance} {}", Word(function))?;
                arguments
                    .iter()
                    .try_for_each(|argument| write!(f, " {argument}"))
            }
            Command::Get { instance, global } => write!(f, "get {instance} {}", Word(global)),
            Command::Thread {
                thread,
                shared,
                commands,
            } => {
                write!(f, "thread {thread} ")?;
                match shared {
                    Some(instance) => write!(f, "{instance}")?,
                    None => f.write_str("none")?,
                }
                let mut commands = commands.iter();
                commands.try_for_each(|command| write!(f, " {}", Word(&command.to_string())))
            }
            Command::Wait { thread } => write!(f, "wait {thread}"),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Done => f.write_str("done"),
            Outcome::Values(values) => {
                f.write_str("values")?;
                values.iter().try_for_each(|value| write!(f, " {value}"))
            }
            Outcome::Trap(message) => write!(f, "trap {}", Word(message)),
            Outcome::Exception => f.write_str("exception"),
            Outcome::Unlinkable(message) => write!(f, "unlinkable {}", Word(message)),
            Outcome::Thread(outcomes) => {
                f.write_str("thread")?;
                let mut outcomes = outcomes.iter();
                outcomes.try_for_each(|outcome| write!(f, " {}", Word(&outcome.to_string())))
            }
            Outcome::Error(message) => write!(f, "error {}", Word(message)),
        }
    }
}

/// The words of a line, read one by one.
struct Words<'a>(SplitAsciiWhitespace<'a>);

impl<'a> Words<'a> {
    fn next(&mut self, what: &'static str) -> Result<&'a str, ProtocolError> {
        self.0.next().ok_or(ProtocolError(what))
    }

    fn number(&mut self) -> Result<usize, ProtocolError> {
        self.next("a number")?
            .parse()
            .map_err(|_| ProtocolError("a number"))
    }

    fn key(&mut self) -> Result<u64, ProtocolError> {
        u64::from_str_radix(self.next("a key")?, 16).map_err(|_| ProtocolError("a key"))
    }

    fn string(&mut self) -> Result<String, ProtocolError> {
        unhex(self.next("a string")?)
    }

    /// Commands or outcomes, each as a string.
    fn nested<T: FromStr<Err = ProtocolError>>(&mut self) -> Result<Vec<T>, ProtocolError> {
        self.0.by_ref().map(|word| unhex(word)?.parse()).collect()
    }

    fn values(&mut self) -> Result<Vec<Value>, ProtocolError> {
        self.0.by_ref().map(str::parse).collect()
    }

    fn end(mut self) -> Result<(), ProtocolError> {
        self.0
            .next()
            .map_or(Ok(()), |_| Err(ProtocolError("the end of the line")))
    }
}

/// The string that a word stands for.
fn unhex(word: &str) -> Result<String, ProtocolError> {
    const WHAT: ProtocolError = ProtocolError("a string in hexadecimal digits");
    let digits = word.strip_prefix('x').ok_or(WHAT)?;
    let bytes = digits.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).map_err(|_| WHAT)?;
        u8::from_str_radix(pair, 16).map_err(|_| WHAT)
    });
    String::from_utf8(bytes.collect::<Result<_, _>>()?).map_err(|_| WHAT)
}

impl FromStr for Value {
    type Err = ProtocolError;

    fn from_str(word: &str) -> Result<Value, ProtocolError> {
        const WHAT: ProtocolError = ProtocolError("a value");
        let (value_type, digits) = word.split_once(':').ok_or(WHAT)?;
        let small = || u32::from_str_radix(digits, 16).map_err(|_| WHAT);
        let large = || u64::from_str_radix(digits, 16).map_err(|_| WHAT);
        Ok(match (value_type, digits) {
            ("i32", _) => Value::I32(small()?),
            ("i64", _) => Value::I64(large()?),
            ("f32", _) => Value::F32(small()?),
            ("f64", _) => Value::F64(large()?),
            ("v128", _) => Value::V128(u128::from_str_radix(digits, 16).map_err(|_| WHAT)?),
            ("func", "null") => Value::FuncRef { null: true },
            ("func", "some") => Value::FuncRef { null: false },
            ("extern", "null") => Value::ExternRef(None),
            ("extern", _) => Value::ExternRef(Some(large()?)),
            ("exn", "null") => Value::ExnRef { null: true },
            ("exn", "some") => Value::ExnRef { null: false },
            ("any", "null") => Value::AnyRef(Any::Null),
            ("any", "i31") => Value::AnyRef(Any::I31),
            ("any", "struct") => Value::AnyRef(Any::Struct),
            ("any", "array") => Value::AnyRef(Any::Array),
            ("host", _) => Value::AnyRef(Any::Host(large()?)),
            _ => return Err(WHAT),
        })
    }
}

impl FromStr for Command {
    type Err = ProtocolError;

    fn from_str(line: &str) -> Result<Command, ProtocolError> {
        let mut words = Words(line.split_ascii_whitespace());
        let command = match words.next("a command")? {
            "instantiate" => Command::Instantiate {
                module: words.key()?,
                instance: words.number()?,
            },
            "host" => Command::Host {
                instance: words.number()?,
            },
            "register" => Command::Register {
                instance: words.number()?,
                name: words.string()?,
            },
            "invoke" => Command::Invoke {
                instance: words.number()?,
                function: words.string()?,
                arguments: words.values()?,
            },
            "get" => Command::Get {
                instance: words.number()?,
                global: words.string()?,
            },
            "thread" => Command::Thread {
                thread: words.number()?,
                shared: match words.next("an instance")? {
                    "none" => None,
                    number => Some(number.parse().map_err(|_| ProtocolError("a number"))?),
                },
                commands: words.nested()?,
            },
            "wait" => Command::Wait {
                thread: words.number()?,
            },
            _ => return Err(ProtocolError("a command")),
        };
        words.end()?;
        Ok(command)
    }
}

impl FromStr for Outcome {
    type Err = ProtocolError;

    fn from_str(line: &str) -> Result<Outcome, ProtocolError> {
        let mut words = Words(line.split_ascii_whitespace());
        let outcome = match words.next("an outcome")? {
            "done" => Outcome::Done,
            "values" => Outcome::Values(words.values()?),
            "trap" => Outcome::Trap(words.string()?),
            "exception" => Outcome::Exception,
            "unlinkable" => Outcome::Unlinkable(words.string()?),
            "thread" => Outcome::Thread(words.nested()?),
            "error" => Outcome::Error(words.string()?),
            _ => return Err(ProtocolError("an outcome")),
        };
        words.end()?;
        Ok(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_outcomes_come_back_as_they_were() {
        let values = vec![
            Value::I32(u32::MAX),
            Value::I64(0),
            Value::F32(0x7fa0_0001),
            Value::F64(0xfff0_0000_0000_0001),
            Value::V128(u128::MAX - 1),
            Value::FuncRef { null: true },
            Value::FuncRef { null: false },
            Value::ExternRef(None),
            Value::ExternRef(Some(7)),
            Value::ExnRef { null: true },
            Value::ExnRef { null: false },
            Value::AnyRef(Any::Null),
            Value::AnyRef(Any::Array),
            Value::AnyRef(Any::Host(u64::MAX)),
        ];
        let odd = "two words\n\0 \u{1F600}".to_string();
        for command in [
            Command::Instantiate {
                module: u64::MAX - 12,
                instance: 3,
            },
            Command::Host { instance: 0 },
            Command::Register {
                instance: 1,
                name: String::new(),
            },
            Command::Invoke {
                instance: 1,
                function: odd.clone(),
                arguments: values.clone(),
            },
            Command::Get {
                instance: 1,
                global: odd.clone(),
            },
            Command::Thread {
                thread: 1,
                shared: None,
                commands: vec![],
            },
            Command::Thread {
                thread: 2,
                shared: Some(3),
                commands: vec![
                    Command::Host { instance: 7 },
                    Command::Get {
                        instance: 1,
                        global: odd.clone(),
                    },
                ],
            },
            Command::Wait { thread: 2 },
        ] {
            assert_eq!(command.to_string().parse::<Command>().unwrap(), command);
        }
        for outcome in [
            Outcome::Done,
            Outcome::Values(values),
            Outcome::Trap(odd.clone()),
            Outcome::Exception,
            Outcome::Unlinkable(odd),
            Outcome::Error(String::new()),
            Outcome::Thread(vec![Outcome::Done, Outcome::Trap("two words".to_string())]),
        ] {
            assert_eq!(outcome.to_string().parse::<Outcome>().unwrap(), outcome);
        }
        assert!("done x".parse::<Outcome>().is_err());
        assert!("invoke 1 zz".parse::<Command>().is_err());
    }
}
