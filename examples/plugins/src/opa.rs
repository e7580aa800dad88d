//! [Open Policy Agent](https://www.openpolicyagent.org/docs/wasm): rules compiled to a module, ABI
//! 1.x. Input, data and results are JSON, which the module itself parses and writes: a host passes
//! text. What the rules use and the module doesn't have, built-in functions, the host provides.

use std::collections::BTreeMap;
use std::fmt;

use wasm2rs_support::{HostError, Memory, MemoryMut, Store, Trap};

use crate::Error;
use crate::guests::opa as guest;

type Caller<'a> = guest::Caller<'a, Host>;

/// A built-in function: from the JSON of its arguments to that of its result. What it returns when
/// there is none makes the rule undefined.
pub type Builtin = Box<dyn Fn(&[String]) -> Option<String> + Send>;

/// What a policy gives up with.
#[derive(Debug, PartialEq, Eq)]
pub struct Abort(String);

impl fmt::Display for Abort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the policy gave up: {}", self.0)
    }
}

impl std::error::Error for Abort {}

/// What the policy can reach.
pub struct Host {
    /// The policy's memory, until the policy has it.
    memory: Option<Memory>,
    builtins: BTreeMap<String, Builtin>,
    /// The functions of the host's that the policy uses, by their numbers.
    names: BTreeMap<i32, String>,
    printed: Vec<String>,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}

/// The text at an address, up to a zero.
fn text(memory: &MemoryMut<'_>, address: i32) -> Result<String, Trap> {
    Ok(String::from_utf8_lossy(memory.read_c_string(address)?).into_owned())
}

/// Calls a built-in function: turns arguments into JSON by calling the policy back, and so the
/// result into a value.
fn builtin(caller: &mut Caller<'_>, number: i32, arguments: &[i32]) -> Result<i32, HostError> {
    let mut texts = Vec::new();
    for &argument in arguments {
        let address = caller.instance().opa_json_dump(argument)?;
        texts.push(text(&caller.memory(), address)?);
    }
    let name = caller.names.get(&number);
    let found = name.and_then(|name| caller.builtins.get(name));
    let Some(builtin) = found else {
        let name = name.map_or("?", String::as_str);
        let message = format!("this host has no built-in function `{name}`, number {number}");
        return Err(HostError::message(message));
    };
    let Some(result) = builtin(&texts) else {
        return Ok(0);
    };
    let length = i32::try_from(result.len())?;
    let address = caller.instance().opa_malloc(length)?;
    caller.memory().write(address, result.as_bytes())?;
    match caller.instance().opa_json_parse(address, length)? {
        0 => Err(HostError::message(format!(
            "the built-in function number {number} gave what is not JSON: {result}"
        ))),
        value => Ok(value),
    }
}

impl guest::Env for Host {
    fn memory(&mut self) -> Memory {
        self.memory.take().expect("asked for once, by `new`")
    }

    fn opa_abort(caller: &mut Caller<'_>, message: i32) -> Result<(), HostError> {
        Err(Abort(text(&caller.memory(), message)?).into())
    }

    fn opa_println(caller: &mut Caller<'_>, message: i32) -> Result<(), HostError> {
        let (host, memory) = caller.split();
        host.printed.push(text(&memory, message)?);
        Ok(())
    }

    fn opa_builtin0(caller: &mut Caller<'_>, number: i32, _: i32) -> Result<i32, HostError> {
        builtin(caller, number, &[])
    }

    fn opa_builtin1(
        caller: &mut Caller<'_>,
        number: i32,
        _: i32,
        a: i32,
    ) -> Result<i32, HostError> {
        builtin(caller, number, &[a])
    }

    fn opa_builtin2(
        caller: &mut Caller<'_>,
        number: i32,
        _: i32,
        a: i32,
        b: i32,
    ) -> Result<i32, HostError> {
        builtin(caller, number, &[a, b])
    }

    fn opa_builtin3(
        caller: &mut Caller<'_>,
        number: i32,
        _: i32,
        a: i32,
        b: i32,
        c: i32,
    ) -> Result<i32, HostError> {
        builtin(caller, number, &[a, b, c])
    }

    fn opa_builtin4(
        caller: &mut Caller<'_>,
        number: i32,
        _: i32,
        a: i32,
        b: i32,
        c: i32,
        d: i32,
    ) -> Result<i32, HostError> {
        builtin(caller, number, &[a, b, c, d])
    }
}

/// A policy with its data.
#[derive(Debug)]
pub struct Policy {
    instance: guest::Instance<Host>,
    entrypoints: BTreeMap<String, i32>,
    /// The data's value.
    data: i32,
    /// What lies below is kept from one evaluation to the next.
    heap: i32,
    /// The heap without data.
    base: i32,
}

impl Policy {
    /// The one that is compiled in, without data.
    ///
    /// # Errors
    /// When it can't be instantiated, or is of another ABI.
    pub fn built_in(builtins: Vec<(&str, Builtin)>) -> Result<Policy, Error> {
        let builtins = builtins.into_iter();
        let mut instance = guest::Instance::new(Host {
            memory: Some(Memory::new(&Store::new(), 2, None)?),
            builtins: builtins
                .map(|(name, builtin)| (name.to_string(), builtin))
                .collect(),
            names: BTreeMap::new(),
            printed: Vec::new(),
        })?;
        let version = instance.opa_wasm_abi_version();
        if version != 1 {
            return Err(format!("the policy is of ABI {version}, not 1").into());
        }
        let names = instance.builtins()?;
        let names = numbers(&json(&mut instance, names)?)?;
        instance.host().names = names
            .into_iter()
            .map(|(name, number)| (number, name))
            .collect();
        let entrypoints = instance.entrypoints()?;
        let entrypoints = numbers(&json(&mut instance, entrypoints)?)?;
        let heap = instance.opa_heap_ptr_get()?;
        let mut policy = Policy {
            instance,
            entrypoints,
            data: 0,
            heap,
            base: heap,
        };
        policy.set_data("{}")?;
        Ok(policy)
    }

    /// The names of the rules that can be asked for.
    pub fn entrypoints(&self) -> impl Iterator<Item = &str> {
        self.entrypoints.keys().map(String::as_str)
    }

    /// Replaces the data, JSON that rules can refer to.
    ///
    /// # Errors
    /// When it isn't JSON, or the policy traps.
    pub fn set_data(&mut self, data: &str) -> Result<(), Error> {
        self.instance.opa_heap_ptr_set(self.base)?;
        self.data = self.value(data)?;
        self.heap = self.instance.opa_heap_ptr_get()?;
        Ok(())
    }

    /// The JSON of the results of a rule for an input, which is JSON, too.
    ///
    /// # Errors
    /// When there is no such rule, the policy gives up ([`Abort`]) or traps, or a built-in function
    /// is not there.
    pub fn evaluate(&mut self, entrypoint: &str, input: &str) -> Result<String, Error> {
        let number = *self
            .entrypoints
            .get(entrypoint)
            .ok_or_else(|| format!("the policy has no rule `{entrypoint}`"))?;
        let result = if self.instance.opa_wasm_abi_minor_version() >= 2 {
            self.evaluate_at_once(number, input)
        } else {
            self.evaluate_in_steps(number, input)
        };
        result.map_err(|error| match error.downcast::<Trap>() {
            Ok(trap) => trap
                .downcast::<Abort>()
                .map_or_else(Error::from, Error::from),
            Err(error) => error,
        })
    }

    /// What the policy printed.
    pub fn take_printed(&mut self) -> Vec<String> {
        std::mem::take(&mut self.instance.host().printed)
    }

    /// By `opa_eval`, which there is since ABI 1.2.
    fn evaluate_at_once(&mut self, entrypoint: i32, input: &str) -> Result<String, Error> {
        let instance = &mut self.instance;
        let length = i32::try_from(input.len())?;
        // The input's text goes where the heap ends, and the heap goes on behind it.
        let end = u64::from(self.heap.cast_unsigned()) + input.len() as u64;
        let mut memory = instance.memory();
        let missing = end.saturating_sub(memory.data().len() as u64);
        if missing > 0 && memory.grow(missing.div_ceil(0x1_0000)).is_none() {
            return Err("the policy's memory can't have the input".into());
        }
        memory.write(self.heap, input.as_bytes())?;
        drop(memory);
        let heap = u32::try_from(end)?.cast_signed();
        let result = instance.opa_eval(0, entrypoint, self.data, self.heap, length, heap, 0)?;
        Ok(text(&instance.memory(), result)?)
    }

    /// As it was before.
    fn evaluate_in_steps(&mut self, entrypoint: i32, input: &str) -> Result<String, Error> {
        self.instance.opa_heap_ptr_set(self.heap)?;
        let input = self.value(input)?;
        let instance = &mut self.instance;
        let context = instance.opa_eval_ctx_new()?;
        instance.opa_eval_ctx_set_input(context, input)?;
        instance.opa_eval_ctx_set_data(context, self.data)?;
        instance.opa_eval_ctx_set_entrypoint(context, entrypoint)?;
        instance.eval(context)?;
        let result = instance.opa_eval_ctx_get_result(context)?;
        json(instance, result)
    }

    /// The value of JSON.
    fn value(&mut self, text: &str) -> Result<i32, Error> {
        let length = i32::try_from(text.len())?;
        let address = self.instance.opa_malloc(length)?;
        self.instance.memory().write(address, text.as_bytes())?;
        match self.instance.opa_json_parse(address, length)? {
            0 => Err(format!("not JSON: {text}").into()),
            value => Ok(value),
        }
    }
}

/// The JSON of a value.
fn json(instance: &mut guest::Instance<Host>, value: i32) -> Result<String, Error> {
    let address = instance.opa_json_dump(value)?;
    Ok(text(&instance.memory(), address)?)
}

/// The names and numbers in a JSON object of the form `{"name":0,"other":1}`, as policies give
/// them. (A real host has a parser of JSON.)
fn numbers(json: &str) -> Result<BTreeMap<String, i32>, Error> {
    let unexpected = || format!("not an object of numbers: {json}");
    let members = json.trim().strip_prefix('{');
    let members = members.and_then(|members| members.strip_suffix('}'));
    let members = members.ok_or_else(unexpected)?.split(',');
    members
        .filter(|member| !member.trim().is_empty())
        .map(|member| {
            let (name, number) = member.rsplit_once(':').ok_or_else(unexpected)?;
            let name = name.trim().strip_prefix('"');
            let name = name.and_then(|name| name.strip_suffix('"'));
            let name = name.ok_or_else(unexpected)?;
            Ok((name.to_string(), number.trim().parse()?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A policy whose host grants what the data mentions.
    fn policy() -> Policy {
        let granted: Builtin = Box::new(|arguments| match arguments {
            [input, _] if input == "null" => None,
            [input, data] => Some(data.contains(input.as_str()).to_string()),
            _ => None,
        });
        Policy::built_in(vec![("example.granted", granted)]).expect("a policy")
    }

    #[test]
    fn rules_are_evaluated() {
        let mut policy = policy();
        assert_eq!(
            policy.entrypoints().collect::<Vec<_>>(),
            ["example/allow", "example/input"]
        );
        policy
            .set_data(r#"{"users":["alice","bob"]}"#)
            .expect("data");
        let mut allow = |input| policy.evaluate("example/allow", input).expect("a result");
        assert_eq!(allow(r#""alice""#), r#"[{"result":true}]"#);
        assert_eq!(allow(r#""eve""#), r#"[{"result":false}]"#);
        // Undefined.
        assert_eq!(allow("null"), "[]");
        assert_eq!(policy.take_printed(), ["deciding"; 3]);
        policy.set_data("{}").expect("data");
        let result = policy.evaluate("example/allow", r#""alice""#);
        assert_eq!(result.expect("a result"), r#"[{"result":false}]"#);
    }

    #[test]
    fn both_ways_to_evaluate_give_the_same() {
        let mut policy = policy();
        let long = format!("\"{}\"", "x".repeat(300_000));
        for input in ["1", r#"{"a":[null]}"#, &long] {
            let at_once = policy.evaluate_at_once(1, input).expect("a result");
            let in_steps = policy.evaluate_in_steps(1, input).expect("a result");
            assert_eq!(at_once, format!(r#"[{{"result":{input}}}]"#));
            assert_eq!(at_once, in_steps);
        }
        // Nothing piles up.
        let size = policy.instance.memory().size();
        for _ in 0..100 {
            policy.evaluate("example/input", &long).expect("a result");
        }
        assert_eq!(policy.instance.memory().size(), size);
    }

    #[test]
    fn what_is_missing_is_named() {
        let mut policy = policy();
        let error = policy.evaluate("example/deny", "1").expect_err("no rule");
        assert_eq!(error.to_string(), "the policy has no rule `example/deny`");
        let error = policy.set_data("oops").expect_err("no JSON");
        assert_eq!(error.to_string(), "not JSON: oops");
        let mut policy = Policy::built_in(vec![]).expect("a policy");
        let error = policy
            .evaluate("example/allow", "1")
            .expect_err("no function");
        assert_eq!(
            error.to_string(),
            "host error: this host has no built-in function `example.granted`, number 0"
        );
        policy.entrypoints.insert("illegal".to_string(), 7);
        let error = policy.evaluate("illegal", "1").expect_err("gives up");
        assert_eq!(
            error.downcast::<Abort>().expect("an abort").0,
            "illegal entrypoint id"
        );
    }
}
