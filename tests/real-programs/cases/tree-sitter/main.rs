//! Parses Python with tree-sitter: a module of emscripten's, whose memory, table and stack its host
//! makes, and a grammar that is linked to it afterwards, as a dynamic library is.
#![forbid(unsafe_code)]

use std::error::Error;

use grammar::Instance as Grammar;
use tree_sitter::{Caller, Instance};
use wasm2rs_support::wasi::{Wasi, WasiHost};
use wasm2rs_support::{
    AnyTable, Extern, FuncRef, Global, HostError, Imports, Memory, SharedGlobal, Store, Table,
    Value,
};

// How the memory is laid out, as emscripten does it: data, stack, heap.
const DATA: i32 = 1024;
const STACK_LOW: i32 = 16704;
const STACK_HIGH: i32 = 82240;
// What the sections `dylink.0` ask for.
const PARSER_FUNCTIONS: u32 = 30;
const GRAMMAR_SIZE: i32 = 434_708;
const GRAMMAR_FUNCTIONS: u32 = 7;

/// UTF-16 code units that fit into the parser's buffer, but for the zero at the end.
const BUFFER: usize = 10 * 1024 / 2 - 1;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What the parser's module imports.
struct Host {
    memory: Memory,
    table: Table<FuncRef>,
    wasi: Wasi,
    /// What is being parsed.
    text: Vec<u16>,
}

impl tree_sitter::Env for Host {
    fn memory(&mut self) -> Memory {
        self.memory.clone()
    }

    fn indirect_function_table(&mut self) -> Table<FuncRef> {
        self.table.clone()
    }

    fn stack_pointer(&mut self) -> Global<i32> {
        Global::new(STACK_HIGH, true)
    }

    fn memory_base(&mut self) -> Global<i32> {
        Global::new(DATA, false)
    }

    fn table_base(&mut self) -> Global<i32> {
        Global::new(1, false)
    }

    fn emscripten_resize_heap(caller: &mut Caller<'_, Self>, size: i32) -> Result<i32, HostError> {
        let mut memory = caller.memory();
        let pages = u64::from(size.cast_unsigned()).div_ceil(65536);
        let grown = memory.grow(pages.saturating_sub(memory.size()) as u32);
        Ok(grown.is_some().into())
    }

    fn abort_js(_: &mut Caller<'_, Self>) -> Result<(), HostError> {
        Err(HostError::message("the parser aborted"))
    }

    fn tree_sitter_parse_callback(
        caller: &mut Caller<'_, Self>,
        buffer: i32,
        index: i32,
        _row: i32,
        _column: i32,
        length: i32,
    ) -> Result<(), HostError> {
        let (host, mut memory) = caller.split();
        let rest = host.text.get(index as usize..).unwrap_or_default();
        let part = &rest[..rest.len().min(BUFFER)];
        let bytes: Vec<u8> = part
            .iter()
            .chain(&[0])
            .flat_map(|unit| unit.to_le_bytes())
            .collect();
        memory.write(buffer.cast_unsigned(), &bytes)?;
        memory.write(length.cast_unsigned(), &(part.len() as u32).to_le_bytes())?;
        Ok(())
    }

    fn tree_sitter_progress_callback(
        _: &mut Caller<'_, Self>,
        _offset: i32,
        _error: i32,
    ) -> Result<i32, HostError> {
        Ok(0)
    }

    fn tree_sitter_query_progress_callback(
        _: &mut Caller<'_, Self>,
        _offset: i32,
    ) -> Result<i32, HostError> {
        Ok(0)
    }

    fn tree_sitter_log_callback(
        _: &mut Caller<'_, Self>,
        _lexing: i32,
        _message: i32,
    ) -> Result<(), HostError> {
        Ok(())
    }
}

impl tree_sitter::GOTMem for Host {
    fn stack_low(&mut self) -> Global<i32> {
        Global::new(STACK_LOW, true)
    }

    fn stack_high(&mut self) -> Global<i32> {
        Global::new(STACK_HIGH, true)
    }

    fn heap_base(&mut self) -> Global<i32> {
        Global::new(STACK_HIGH, true)
    }
}

impl WasiHost for Host {
    fn wasi(&mut self) -> &mut Wasi {
        &mut self.wasi
    }
}

fn main() -> Outcome<()> {
    let store = Store::new();
    let mut memory = Memory::new(&store, 512, Some(32768))?;
    // The first entry stays empty: null pointers to functions lead there.
    let table = Table::new(&store, 1 + PARSER_FUNCTIONS, None)?;
    let host = Host {
        memory: memory.clone(),
        table: table.clone(),
        wasi: Wasi::builder().inherit_stderr().build(),
        text: Vec::new(),
    };
    let mut parser = Instance::new_in(&store, host)?;
    parser.wasm_apply_data_relocs()?;
    parser.wasm_call_ctors()?;
    let transfer = parser.ts_init()?.cast_unsigned();

    let language = link_grammar(&store, &mut parser, &memory, &table)?;
    parser.ts_parser_new_wasm()?;
    let own = number(&mut memory, transfer)?;
    let input = number(&mut memory, transfer + 4)?;
    assert_eq!(parser.ts_parser_set_language(own, language)?, 1);

    let class = |n| {
        format!(
            "class C{n}(Base):\n    \"\"\"Number {n}\"\"\"\n    def f(self, *args, naïve={n}.5):\n        \
             return [x ** 2 for x in args if x]\n"
        )
    };
    let texts = [
        "def f(x):\n  return x+1 if x else [1,2]\n".to_string(),
        "match command:\n    case {\"a\": [1, *rest]} if rest:\n        \
         print(f\"{rest!r:>{10}}\")\n"
            .to_string(),
        "def broken(:\n  x = (1,\n".to_string(),
        (0..400).map(class).collect(),
    ];
    for text in texts {
        parser.host().text = text.encode_utf16().collect();
        let tree = parser.ts_parser_parse_wasm(own, input, 0, 0, 0)?;
        // The root is left where nodes are passed, and taken from there.
        parser.ts_tree_root_node_wasm(tree)?;
        let wrong = parser.ts_node_has_error_wasm(tree)? != 0;
        parser.ts_tree_root_node_wasm(tree)?;
        let place = parser.ts_node_to_string_wasm(tree)?;
        let found = {
            let view = memory.view();
            let text = &view.data()[place as usize..];
            let end = text.iter().position(|&byte| byte == 0).ok_or("no end")?;
            String::from_utf8(text[..end].to_vec())?
        };
        parser.free(place)?;
        let sum = found.bytes().fold(0x811c_9dc5_u32, |sum, byte| {
            (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        println!("{} {sum} {wrong}", found.len());
        if found.len() < 1000 {
            println!("{found}");
        }
        parser.ts_tree_delete(tree)?;
    }
    Ok(())
}

/// Makes an instance of the grammar beside the parser, with memory of the parser's heap and functions
/// after the parser's; gives what stands for the language.
fn link_grammar(
    store: &Store,
    parser: &mut Instance<Host>,
    memory: &Memory,
    table: &Table<FuncRef>,
) -> Outcome<i32> {
    let data = parser.calloc(GRAMMAR_SIZE + 16, 1)?;
    let data = (data + 15) & !15;
    let functions = table.grow(GRAMMAR_FUNCTIONS, &Value::FuncRef(None))?;
    let functions = functions.ok_or("the table does not grow")?;
    let mut imports = Imports::new();
    for name in ["malloc", "calloc", "realloc", "free", "memcpy"] {
        imports.define("env", name, parser.export(name).ok_or("no such export")?);
    }
    let table = Extern::Table(AnyTable::FuncRef(table.clone()));
    imports.define("env", "__indirect_function_table", table);
    imports.define("env", "memory", Extern::Memory(memory.clone()));
    for (name, value) in [("__memory_base", data), ("__table_base", functions as i32)] {
        let global = SharedGlobal::with_value(store, &Value::I32(value), false)?;
        imports.define("env", name, Extern::Global(global));
    }
    let mut grammar = Grammar::link(store, &imports)?;
    grammar.wasm_apply_data_relocs()?;
    grammar.wasm_call_ctors()?;
    // The store keeps it, for as long as anything of it can be called.
    Ok(grammar.tree_sitter_python()?)
}

fn number(memory: &mut Memory, place: u32) -> Outcome<i32> {
    let bytes = memory.view().read(place, 4)?.try_into()?;
    Ok(i32::from_le_bytes(bytes))
}
