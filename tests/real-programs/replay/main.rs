//! Plays again what `record.cjs` wrote down of a script and a module, with the module translated
//! to Rust, and compares: what the module calls, with which arguments; what it returns; and, as a
//! sum, all of its memory. It prints how many seconds it took to make an instance, and how many the
//! module ran after that.
//!
//! A line is an event:
//!
//! | | |
//! |---|---|
//! | `function PARAMETERS RESULTS` | a function of the script's, the next in number |
//! | `extern MODULE NAME KIND ...` | something that the module imports |
//! | `start`, `started` | an instance is made |
//! | `own NAME` | the memory is the export `NAME` |
//! | `call WHAT VALUE...` | the script calls an export, or the entry `TABLE[INDEX]` |
//! | `return VALUE...`, `threw` | how that ends |
//! | `import NUMBER VALUE...` | the module calls a function of the script's |
//! | `give VALUE...`, `throw` | how that ends |
//! | `write ADDRESS BYTES`, `grow PAGES` | what the script does to the memory |
//! | `set TABLE INDEX VALUE`, `extend TABLE COUNT VALUE` | and to a table |
//! | `memory PAGES SUM` | what the memory must be |
//! | `end SECONDS SECONDS` | all of it; how long it took there |
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use wasm2rs_support::{
    AnyTable, Extern, ExternRef, Func, HostError, Imports, Memory, SharedGlobal, Store, Table,
    Value,
};

mod bridge;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The trace and how far it was played. Handles to the module's parts are taken from it for as
/// long as it is played.
struct Trace {
    lines: Vec<String>,
    next: usize,
    parts: Option<Parts>,
    /// What the script's values are here, by their numbers in the trace. Those that it has of the
    /// module's are what the module gave, the others those numbers.
    values: HashMap<u64, ExternRef>,
    /// How long it took to make an instance.
    start: Duration,
    /// How long the module ran after that.
    inside: Duration,
}

/// What the script has of the instance.
struct Parts {
    memory: Option<Memory>,
    tables: Vec<(String, AnyTable)>,
    /// The script's functions, by number.
    hosts: Vec<Func>,
    functions: Vec<(String, Func)>,
}

#[derive(Clone)]
pub struct Player(Arc<Mutex<Trace>>);

fn main() -> Outcome<()> {
    let path = std::env::args_os().nth(1).ok_or("usage: replay TRACE")?;
    let lines = std::fs::read_to_string(path)?;
    let player = Player(Arc::new(Mutex::new(Trace {
        lines: lines.lines().map(str::to_string).collect(),
        next: 0,
        parts: None,
        values: HashMap::new(),
        start: Duration::ZERO,
        inside: Duration::ZERO,
    })));
    let played = player.play();
    let trace = player.trace();
    if let Err(error) = played {
        let line = trace.lines.get(trace.next.saturating_sub(1));
        let line: String = line
            .into_iter()
            .flat_map(|line| line.chars().take(200))
            .collect();
        return Err(format!("event {}, `{line}`: {error}", trace.next).into());
    }
    println!(
        "{:.6} {:.6}",
        trace.start.as_secs_f64(),
        trace.inside.as_secs_f64()
    );
    Ok(())
}

impl Player {
    fn trace(&self) -> MutexGuard<'_, Trace> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The words of the next event.
    fn event(&self) -> Outcome<Vec<String>> {
        let mut trace = self.trace();
        let line = trace.lines.get(trace.next).ok_or("the trace ends here")?;
        let words = line.split(' ').map(str::to_string).collect();
        trace.next += 1;
        Ok(words)
    }

    /// Plays all of it.
    fn play(&self) -> Outcome<()> {
        let store = Store::new();
        let mut host = bridge::instance(&store, self.clone())?;
        let mut imports = Imports::new();
        let mut define = |module: &str, name: &str, what| -> Outcome<()> {
            imports.define(&plain(module)?, &plain(name)?, what);
            Ok(())
        };
        for name in (0..).map(|number| format!("f{number}")) {
            let Some(func) = host.func(&name) else { break };
            self.parts(|parts| parts.hosts.push(func));
        }
        loop {
            let words = self.event()?;
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            match words[..] {
                ["function", ..] => {}
                ["extern", module, name, "function", number] => {
                    define(module, name, Extern::Func(self.host(number)?))?;
                }
                ["extern", module, name, "memory", minimum, maximum] => {
                    let memory = Memory::new(&store, minimum.parse()?, number(maximum)?)?;
                    self.parts(|parts| parts.memory = Some(memory.clone()));
                    define(module, name, Extern::Memory(memory))?;
                }
                ["extern", module, name, "table", minimum, maximum] => {
                    let table = Table::new(&store, minimum.parse()?, number(maximum)?)?;
                    define(module, name, Extern::Table(AnyTable::FuncRef(table)))?;
                }
                ["extern", module, name, "global", value] => {
                    let global = SharedGlobal::with_value(&store, &self.value(value)?, false)?;
                    define(module, name, Extern::Global(global))?;
                }
                ["write", ..] | ["grow", ..] => self.change(&words)?,
                ["start"] => break,
                _ => return Err("not expected here".into()),
            }
        }
        let begin = Instant::now();
        let mut instance = module::Instance::link(&store, &imports)?;
        self.trace().start = begin.elapsed();
        let names: Vec<_> = instance.exports().collect();
        for name in names {
            match instance.export(name).ok_or("an export is not there")? {
                Extern::Func(func) => {
                    self.parts(|parts| parts.functions.push((name.to_string(), func)));
                }
                Extern::Table(table) => {
                    self.parts(|parts| parts.tables.push((name.to_string(), table)));
                }
                _ => {}
            }
        }
        loop {
            let words = self.event()?;
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            match words[..] {
                ["own", name] => match instance.export(&plain(name)?) {
                    Some(Extern::Memory(memory)) => self.parts(|parts| parts.memory = Some(memory)),
                    _ => return Err("no such memory".into()),
                },
                ["started"] => {}
                ["end", ..] => break,
                _ => self.change(&words)?,
            }
        }
        // Handles keep the store alive, and the store what is linked in it.
        self.trace().parts = None;
        Ok(())
    }

    fn parts<R>(&self, use_them: impl FnOnce(&mut Parts) -> R) -> R {
        use_them(self.trace().parts.get_or_insert_with(|| Parts {
            memory: None,
            tables: Vec::new(),
            hosts: Vec::new(),
            functions: Vec::new(),
        }))
    }

    /// What a script does while it has control.
    fn change(&self, words: &[&str]) -> Outcome<()> {
        let memory = || {
            self.parts(|parts| parts.memory.clone())
                .ok_or("there is no memory yet")
        };
        match *words {
            ["function", ..] => Ok(()),
            ["call", what, ref arguments @ ..] => self.call(what, arguments),
            ["write", address, bytes] => {
                let bytes = bytes
                    .as_bytes()
                    .chunks(2)
                    .map(|digits| Ok(u8::from_str_radix(std::str::from_utf8(digits)?, 16)?));
                let bytes = bytes.collect::<Outcome<Vec<u8>>>()?;
                Ok(memory()?.view().write(address.parse::<u32>()?, &bytes)?)
            }
            ["grow", pages] => {
                let grown = memory()?.view().grow(pages.parse::<u32>()?);
                Ok(grown.map(drop).ok_or("the memory does not grow")?)
            }
            ["memory", pages, sum] => {
                let mut memory = memory()?;
                let view = memory.view();
                let (size, got) = (view.size(), crc32fast::hash(view.data()));
                if size != pages.parse::<u64>()? {
                    return Err(format!("the memory has {size} pages").into());
                }
                if got != sum.parse::<u32>()? {
                    return Err(format!("the sum of the memory is {got}").into());
                }
                Ok(())
            }
            ["set", table, index, value] => {
                let value = self.value(value)?;
                let set = match self.table(table)? {
                    AnyTable::FuncRef(table) => table.set(index.parse()?, &value)?,
                    AnyTable::ExternRef(table) => table.set(index.parse()?, &value)?,
                    _ => return Err("not such a table".into()),
                };
                Ok(set.then_some(()).ok_or("beyond the table's end")?)
            }
            ["extend", table, count, value] => {
                let value = self.value(value)?;
                let grown = match self.table(table)? {
                    AnyTable::FuncRef(table) => table.grow(count.parse()?, &value)?,
                    AnyTable::ExternRef(table) => table.grow(count.parse()?, &value)?,
                    _ => return Err("not such a table".into()),
                };
                Ok(grown.map(drop).ok_or("the table does not grow")?)
            }
            _ => Err("the module returned to the script".into()),
        }
    }

    /// Calls the module, and compares how that ends.
    fn call(&self, what: &str, arguments: &[&str]) -> Outcome<()> {
        let function = match what.strip_suffix(']').and_then(|what| what.split_once('[')) {
            Some((table, index)) => match self.table(table)? {
                AnyTable::FuncRef(table) => match table.get(index.parse()?) {
                    Some(Value::FuncRef(Some(function))) => function,
                    _ => return Err("no function there".into()),
                },
                _ => return Err("not a table of functions".into()),
            },
            None => self.function(what)?,
        };
        let arguments = arguments.iter().map(|word| self.value(word));
        let arguments = arguments.collect::<Outcome<Vec<_>>>()?;
        let begin = Instant::now();
        let got = function.call(&arguments);
        self.trace().inside += begin.elapsed();
        let expected = self.event()?;
        match (got, expected[0].as_str()) {
            (Ok(values), "return") => self.compare(&values, &expected[1..]),
            (Err(_), "threw") => Ok(()),
            (Ok(values), _) => Err(format!("it returned {values:?}").into()),
            (Err(error), _) => Err(format!("it failed: {error}").into()),
        }
    }

    /// The module calls what it imports.
    ///
    /// # Errors
    /// As the script's function threw, or when the trace says otherwise.
    pub fn import(&self, number: usize, arguments: &[Value]) -> Result<Vec<Value>, HostError> {
        let begin = Instant::now();
        let answer = self.answer(number, arguments);
        // This time is the script's; what it calls is counted again.
        let mut trace = self.trace();
        trace.inside = trace.inside.saturating_sub(begin.elapsed());
        drop(trace);
        match answer {
            Ok(Some(values)) => Ok(values),
            Ok(None) => Err(HostError::message("the script threw")),
            Err(error) => Err(HostError::new(error)),
        }
    }

    fn answer(&self, number: usize, arguments: &[Value]) -> Outcome<Option<Vec<Value>>> {
        let expected = self.event()?;
        if expected[0] != "import" || expected[1] != number.to_string() {
            return Err(format!("the module calls import {number} with {arguments:?}").into());
        }
        self.compare(arguments, &expected[2..])?;
        loop {
            let words = self.event()?;
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            match words[..] {
                ["give", ref values @ ..] => {
                    let values = values.iter().map(|word| self.value(word));
                    return values.collect::<Outcome<_>>().map(Some);
                }
                ["throw"] => return Ok(None),
                _ => self.change(&words)?,
            }
        }
    }

    fn compare(&self, got: &[Value], expected: &[String]) -> Outcome<()> {
        let mut wanted = Vec::new();
        for (place, word) in expected.iter().enumerate() {
            if let (Some(Value::ExternRef(Some(got))), Some(id)) =
                (got.get(place), word.strip_prefix("x:"))
                && let Ok(id) = id.parse()
            {
                // What the script had not seen before.
                self.trace().values.entry(id).or_insert(*got);
            }
            wanted.push(self.value(word)?);
        }
        if got.len() == wanted.len() && got.iter().zip(&wanted).all(|(one, other)| same(one, other))
        {
            return Ok(());
        }
        Err(format!("got {got:?}, expected {wanted:?}").into())
    }

    fn value(&self, word: &str) -> Outcome<Value> {
        let (letter, text) = word.split_once(':').ok_or("not a value")?;
        Ok(match letter {
            "i" => Value::I32(text.parse()?),
            "l" => Value::I64(text.parse()?),
            "f" => Value::F32(f32::from_bits(u32::from_str_radix(text, 16)?)),
            "d" => Value::F64(f64::from_bits(u64::from_str_radix(text, 16)?)),
            "x" if text == "-" => Value::ExternRef(None),
            "x" => {
                let id = text.parse()?;
                let value = *self.trace().values.entry(id).or_insert(ExternRef(id));
                Value::ExternRef(Some(value))
            }
            "c" if text == "-" => Value::FuncRef(None),
            "c" => Value::FuncRef(Some(self.function(text)?)),
            "h" => Value::FuncRef(Some(self.host(text)?)),
            _ => return Err(format!("`{word}` is not a value").into()),
        })
    }

    fn function(&self, name: &str) -> Outcome<Func> {
        let name = plain(name)?;
        let found = self.parts(|parts| find(&parts.functions, &name));
        Ok(found.ok_or("no such function is exported")?)
    }

    fn host(&self, number: &str) -> Outcome<Func> {
        let number: usize = number.parse()?;
        let found = self.parts(|parts| parts.hosts.get(number).cloned());
        Ok(found.ok_or("no such function of the script's")?)
    }

    fn table(&self, name: &str) -> Outcome<AnyTable> {
        let name = plain(name)?;
        Ok(self
            .parts(|parts| find(&parts.tables, &name))
            .ok_or("no such table is exported")?)
    }
}

fn find<T: Clone>(parts: &[(String, T)], name: &str) -> Option<T> {
    let found = parts.iter().find(|(called, _)| called == name)?;
    Some(found.1.clone())
}

fn number(word: &str) -> Outcome<Option<u32>> {
    Ok(if word == "-" {
        None
    } else {
        Some(word.parse()?)
    })
}

/// A name without the escapes for what would end a word.
fn plain(name: &str) -> Outcome<String> {
    let mut parts = name.split('%');
    let mut plain = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let (code, rest) = part.split_at_checked(2).ok_or("half an escape")?;
        plain.push(u8::from_str_radix(code, 16)?.into());
        plain.push_str(rest);
    }
    Ok(plain)
}

/// Whether both are the same; of NaNs a script sees only that they are.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::F32(one), Value::F32(other)) if one.is_nan() => other.is_nan(),
        (Value::F64(one), Value::F64(other)) if one.is_nan() => other.is_nan(),
        _ => one.same_bits(other),
    }
}
