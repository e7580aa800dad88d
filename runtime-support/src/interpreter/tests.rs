//! Tests of what the specification's suite doesn't see: limits, errors, long runs, the host's side.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{ExternType, Instance, Module};
use crate::{
    CallError, Exception, Extern, Func, FunctionType, HostError, Imports, Store, Tag, TrapKind,
    Value, ValueType,
};

fn module(text: &str) -> Module {
    Module::new(wat::parse_str(text).unwrap()).unwrap()
}

fn instance(text: &str) -> Instance {
    let store = Store::new();
    module(text).instantiate(&store, &Imports::new()).unwrap()
}

fn number(values: &[Value]) -> i64 {
    match values {
        [Value::I32(value)] => (*value).into(),
        [Value::I64(value)] => *value,
        other => panic!("{other:?}"),
    }
}

fn kind(result: Result<Vec<Value>, CallError>) -> TrapKind {
    match result {
        Err(CallError::Trap(trap)) => trap.kind(),
        other => panic!("{other:?}"),
    }
}

/// So often is done what must not take stack.
const OFTEN: i32 = if cfg!(any(miri, debug_assertions)) {
    100
} else {
    1_000_000
};

/// Runs something in a loop; without jumps between instructions the stack would overflow.
fn repeated(items: &str, body: &str) {
    let text = format!(
        "(module {items} (func (export \"run\") (param $n i32) (result i32) (local $i i32) \
         (loop $again {body} (local.set $i (i32.add (local.get $i) (i32.const 1))) \
         (br_if $again (i32.lt_u (local.get $i) (local.get $n)))) (local.get $i)))"
    );
    let results = instance(&text).call("run", &[Value::I32(OFTEN)]);
    let results = results.unwrap_or_else(|error| panic!("{body}: {error}"));
    assert_eq!(number(&results), OFTEN.into(), "{body}");
}

#[test]
fn nothing_takes_stack_in_a_loop() {
    repeated("(func $f)", "(call $f)");
    repeated(
        "(table funcref (elem $f)) (func $f (param i32) (result i32) (local.get 0))",
        "(drop (call_indirect (param i32) (result i32) (local.get $i) (i32.const 0)))",
    );
    repeated(
        "(elem declare func $f) (func $f (result i64 i64) (i64.const 1) (i64.const 2))",
        "(call_ref 0 (ref.func $f)) drop drop",
    );
    repeated(
        "(type $s (struct (field i32 i64)))",
        "(drop (struct.new $s (local.get $i) (i64.const 7)))",
    );
    repeated(
        "(type $s (struct (field i32)))",
        "(drop (struct.new_default $s))",
    );
    repeated(
        "(type $a (array i8))",
        "(drop (array.new $a (i32.const 3) (i32.const 5)))",
    );
    repeated(
        "(type $a (array i64))",
        "(drop (array.new_default $a (i32.const 5)))",
    );
    repeated(
        "(type $a (array i32))",
        "(drop (array.new_fixed $a 2 (i32.const 3) (local.get $i)))",
    );
    repeated(
        "(type $a (array i8)) (data $d \"abc\")",
        "(drop (array.new_data $a $d (i32.const 1) (i32.const 2)))",
    );
    repeated(
        "(type $a (array funcref)) (elem $e func $f) (func $f)",
        "(drop (array.new_elem $a $e (i32.const 0) (i32.const 1)))",
    );
    repeated(
        "",
        "(drop (any.convert_extern (extern.convert_any (ref.i31 (local.get $i)))))",
    );
    repeated(
        "(memory 1)",
        "(memory.fill (i32.const 0) (i32.const 0) (i32.const 9))",
    );
    repeated(
        "(memory 1)",
        "(memory.copy (i32.const 0) (i32.const 4) (i32.const 9))",
    );
    repeated("(memory 1)", "(drop (memory.grow (i32.const 0)))");
    repeated(
        "(table 1 funcref)",
        "(table.set 0 (i32.const 0) (table.get 0 (i32.const 0)))",
    );
    repeated(
        "(table 1 funcref)",
        "(drop (table.grow 0 (ref.null func) (i32.const 0)))",
    );
    repeated(
        "(global $g (export \"g\") (mut i64) (i64.const 0))",
        "(global.set $g (global.get $g))",
    );
    repeated(
        "",
        "(block $a (block $b (br_table $a $b (i32.and (local.get $i) (i32.const 1)))))",
    );
    repeated(
        "(tag $t (param i32))",
        "(drop (block $h (result i32) (try_table (catch $t $h) (throw $t (local.get $i))) \
         (i32.const 0)))",
    );
    repeated(
        "(tag $t) (func $f (throw $t))",
        "(block $h (try_table (catch_all $h) (call $f)))",
    );
    repeated("(memory i64 1)", "(drop (i32.load (i64.const 8)))");
    repeated(
        "(memory 1)",
        "(drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))",
    );
    repeated(
        "",
        "(drop (i8x16.extract_lane_s 3 (i8x16.add (i8x16.splat (local.get $i)) \
         (v128.const i64x2 1 2))))",
    );
}

#[test]
fn tail_calls_take_no_stack() {
    let mut instance = instance(
        "(module (table funcref (elem $odd))
          (func $even (export \"even\") (param i64) (result i32)
            (if (result i32) (i64.eqz (local.get 0)) (then (i32.const 1))
              (else (return_call $odd (i64.sub (local.get 0) (i64.const 1))))))
          (func $odd (param i64) (result i32)
            (if (result i32) (i64.eqz (local.get 0)) (then (i32.const 0))
              (else (return_call_indirect (param i64) (result i32)
                (i64.sub (local.get 0) (i64.const 1)) (i32.const 0))))))",
    );
    let often = Value::I64(OFTEN.into());
    assert_eq!(number(&instance.call("even", &[often]).unwrap()), 0);
}

#[test]
fn overflow_is_a_trap_and_leaves_nothing_behind() {
    let mut instance = instance(
        "(module (func $f (export \"f\") (result i32) (i32.add (call $f) (i32.const 1)))
          (func (export \"g\") (result i32) (i32.const 5)))",
    );
    for _ in 0..50 {
        assert_eq!(kind(instance.call("f", &[])), TrapKind::StackOverflow);
    }
    assert_eq!(number(&instance.call("g", &[]).unwrap()), 5);
}

#[test]
fn too_many_slots_are_an_overflow() {
    let locals = "(local v128)".repeat(40_000);
    let text = format!("(module (func (export \"f\") {locals}) (func (export \"g\")))");
    let mut instance = instance(&text);
    assert_eq!(kind(instance.call("f", &[])), TrapKind::StackOverflow);
    assert!(instance.call("g", &[]).unwrap().is_empty());
    let mut text = String::from("(module (func (export \"f\") ");
    text.push_str(&"(local.get 0)".repeat(0));
    text.push_str(&"i32.const 1 ".repeat(70_000));
    text.push_str(&"drop ".repeat(70_000));
    text.push_str("))");
    let store = Store::new();
    let mut deep = module(&text).instantiate(&store, &Imports::new()).unwrap();
    assert_eq!(kind(deep.call("f", &[])), TrapKind::StackOverflow);
}

#[test]
fn nesting_takes_no_stack() {
    let depth = if cfg!(miri) { 100 } else { 50_000 };
    let mut bytes = vec![0x20, 0];
    bytes.extend([0x02, 0x40].repeat(depth));
    bytes.extend([0x0b].repeat(depth));
    bytes.push(0x0b);
    let mut body = vec![0];
    body.extend(&bytes);
    let leb = |mut number: usize| {
        let mut out = Vec::new();
        while number > 127 {
            out.push(number as u8 | 128);
            number >>= 7;
        }
        out.push(number as u8);
        out
    };
    let mut code = vec![1];
    code.extend(leb(body.len()));
    code.extend(&body);
    let mut wasm = b"\0asm\x01\0\0\0\x01\x06\x01\x60\x01\x7f\x01\x7f\x03\x02\x01\0".to_vec();
    wasm.extend(b"\x07\x05\x01\x01f\0\0\x0a");
    wasm.extend(leb(code.len()));
    wasm.extend(&code);
    let module = Module::new(wasm).unwrap();
    let mut instance = module.instantiate(&Store::new(), &Imports::new()).unwrap();
    assert_eq!(number(&instance.call("f", &[Value::I32(9)]).unwrap()), 9);
}

#[test]
fn errors_say_where() {
    let wasm = wat::parse_str("(module (func) (func (export \"f\") (param i32)))").unwrap();
    let mut wrong = wasm.clone();
    let last = wrong.len() - 2;
    // In the place of the second body: `local.get 7`.
    wrong[last] = 0;
    wrong.truncate(wasm.len() - 3);
    let error = Module::new(wrong).unwrap_err();
    assert!(error.offset() > 8, "{error}");
    let invalid = wat::parse_str("(module (func) (func (result i32)))").unwrap();
    let error = Module::new(invalid).unwrap_err();
    assert_eq!(error.function(), Some(1), "{error}");
    assert!(Module::new(&b"\0asm"[..]).is_err());
    assert!(Module::new(&b"\0asm\x0d\0\x01\0"[..]).is_err());
}

#[test]
fn imports_and_exports_are_listed() {
    let module = module(
        "(module (import \"env\" \"f\" (func (param i32) (result i64)))
          (memory (export \"m\") 1) (global (export \"g\") (mut f32) (f32.const 0)))",
    );
    let import = module.imports().next().unwrap();
    assert_eq!((import.module, import.name), ("env", "f"));
    let function_type = FunctionType {
        params: &[ValueType::I32],
        results: &[ValueType::I64],
    };
    assert_eq!(import.ty, ExternType::Func(function_type));
    let names: Vec<_> = module.exports().map(|export| export.name).collect();
    assert_eq!(names, ["m", "g"]);
    assert!(module.export("h").is_none());
    let error = module.instantiate(&Store::new(), &Imports::new());
    assert!(error.unwrap_err().to_string().contains("`env` `f`"));
}

#[test]
fn closures_are_called_and_call_back() {
    let store = Store::new();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let add = Func::new(
        &store,
        &[ValueType::I32, ValueType::F64, ValueType::FuncRef],
        &[ValueType::F64],
        move |caller, args, results| {
            counted.fetch_add(1, Ordering::Relaxed);
            let (Value::I32(address), Value::F64(number)) = (&args[0], &args[1]) else {
                return Err(HostError::message("other types"));
            };
            let mut memory = caller.memory().ok_or(HostError::message("no memory"))?;
            memory.write(*address, &[7])?;
            drop(memory);
            if let Value::FuncRef(Some(function)) = &args[2] {
                function.call(&[])?;
            }
            results[0] = Value::F64(number + 0.5);
            Ok(())
        },
    )
    .unwrap();
    let mut imports = Imports::new();
    imports.define("env", "add", Extern::Func(add.clone()));
    let module = module(
        "(module (import \"env\" \"add\" (func $add (param i32 f64 funcref) (result f64)))
          (memory 1) (table (export \"t\") 1 funcref) (global $g (mut i32) (i32.const 0))
          (elem declare func $callback $add)
          (func $callback (global.set $g (i32.const 41)))
          (func (export \"run\") (result i32)
            (drop (call $add (i32.const 100) (f64.const 1) (ref.func $callback)))
            (table.set 0 (i32.const 0) (ref.func $add))
            (drop (call_indirect (param i32 f64 funcref) (result f64)
              (i32.const 101) (f64.const 2) (ref.null func) (i32.const 0)))
            (i32.add (i32.add (global.get $g) (i32.load8_u (i32.const 100)))
              (i32.load8_u (i32.const 101)))))",
    );
    let mut instance = module.instantiate(&store, &imports).unwrap();
    assert_eq!(number(&instance.call("run", &[]).unwrap()), 41 + 7 + 7);
    assert_eq!(calls.load(Ordering::Relaxed), 2);
    // Called by the host, there is no memory.
    let args = [Value::I32(0), Value::F64(0.0), Value::FuncRef(None)];
    assert_eq!(kind(add.call(&args)), TrapKind::Host);
}

#[test]
fn exceptions_cross_closures() {
    let store = Store::new();
    let tag = Tag::new(&[ValueType::I32]);
    let throw = move |_: &mut super::FuncCaller<'_>, _: &[Value], _: &mut [Value]| {
        Err(Exception::new(tag, vec![Value::I32(9)])?.into())
    };
    let throw = Func::new(&store, &[], &[], throw).unwrap();
    let mut imports = Imports::new();
    imports.define("env", "throw", Extern::Func(throw));
    imports.define("env", "tag", Extern::Tag(tag));
    let module = module(
        "(module (import \"env\" \"throw\" (func $throw))
          (import \"env\" \"tag\" (tag $t (param i32)))
          (func (export \"caught\") (result i32)
            (block $h (result i32)
              (try_table (catch $t $h) (call $throw)) (i32.const 0)))
          (func (export \"not\") (call $throw)))",
    );
    let mut instance = module.instantiate(&store, &imports).unwrap();
    for _ in 0..3 {
        assert_eq!(number(&instance.call("caught", &[]).unwrap()), 9);
        assert_eq!(kind(instance.call("not", &[])), TrapKind::Exception);
    }
}

#[test]
fn instances_of_a_module_are_apart() {
    let module = module(
        "(module (global $g (mut i32) (i32.const 0)) (func (export \"next\") (result i32)
          (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g)))",
    );
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let module = module.clone();
            std::thread::spawn(move || {
                let mut instance = module.instantiate(&Store::new(), &Imports::new()).unwrap();
                (1..50).all(|number_of| number(&instance.call("next", &[]).unwrap()) == number_of)
            })
        })
        .collect();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap()));
}

#[test]
fn objects_are_collected_and_those_in_slots_are_kept() {
    let mut instance = instance(
        "(module (type $s (struct (field (mut i32)) (field (ref null $s))))
          (func (export \"run\") (param $n i32) (result i32) (local $i i32) (local $kept (ref null $s))
            (local.set $kept (struct.new $s (i32.const 42) (ref.null $s)))
            (loop $again
              (drop (struct.new $s (local.get $i) (struct.new $s (local.get $i) (ref.null $s))))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br_if $again (i32.lt_u (local.get $i) (local.get $n))))
            (struct.get $s 0 (local.get $kept))))",
    );
    assert_eq!(
        number(&instance.call("run", &[Value::I32(OFTEN)]).unwrap()),
        42
    );
}
