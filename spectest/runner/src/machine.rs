//! The store, the instances and the registered names of one script.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use wasm2rs_support::Value as SupportValue;
use wasm2rs_support::{
    AnyValue, CallError, Extern, ExternRef, Imports, InstantiationError, ObjectKind, Store, Trap,
};

use crate::protocol::{Any, Command, Outcome, Value};

/// What an instance exports.
pub type Exports = BTreeMap<String, Extern>;

/// Makes an instance of one module.
pub type Factory = fn(&Store, &Imports) -> Result<Exports, InstantiationError>;

/// Makes an instance of one module, of those that the machine knows.
type Maker = Arc<dyn Fn(&Store, &Imports) -> Result<Exports, InstantiationError> + Send + Sync>;

/// Modules of one generated crate, by their keys.
pub type Modules = &'static [(u64, Factory)];

/// The name under which the host's things are imported.
const HOST: &str = "spectest";

/// Carries out the commands of one script.
pub struct Machine {
    factories: HashMap<u64, Maker>,
    /// Modules to be interpreted, in every other instance or where they are not compiled in.
    #[cfg(feature = "interpreter")]
    interpreted: HashMap<u64, wasm2rs_support::interpreter::Module>,
    store: Store,
    instances: HashMap<usize, Exports>,
    registered: HashMap<String, Exports>,
    threads: HashMap<usize, JoinHandle<Vec<Outcome>>>,
}

impl Machine {
    /// A machine with an empty store that knows these modules.
    pub fn new(modules: &[Modules]) -> Machine {
        let modules = modules.iter().flat_map(|modules| modules.iter().copied());
        let maker = |(key, factory): (u64, Factory)| (key, Arc::new(factory) as Maker);
        Machine::with(modules.map(maker).collect())
    }

    /// A machine that interprets these modules, where they are compiled in, in every other instance.
    #[cfg(feature = "interpreter")]
    #[must_use]
    pub fn interpreting(
        mut self,
        modules: HashMap<u64, wasm2rs_support::interpreter::Module>,
    ) -> Machine {
        self.interpreted = modules;
        self
    }

    fn with(factories: HashMap<u64, Maker>) -> Machine {
        Machine {
            factories,
            #[cfg(feature = "interpreter")]
            interpreted: HashMap::new(),
            store: Store::new(),
            instances: HashMap::new(),
            registered: HashMap::new(),
            threads: HashMap::new(),
        }
    }

    /// Does one thing, and says what came of it.
    pub fn carry_out(&mut self, command: &Command) -> Outcome {
        match self.try_carry_out(command) {
            Ok(outcome) => outcome,
            Err(message) => Outcome::Error(message),
        }
    }

    fn try_carry_out(&mut self, command: &Command) -> Result<Outcome, String> {
        match command {
            Command::Instantiate { module, instance } => self.instantiate(*module, *instance),
            Command::Host { instance } => {
                let exports = self.instance(*instance)?.clone();
                self.registered
                    .entry(HOST.to_string())
                    .or_default()
                    .extend(exports);
                Ok(Outcome::Done)
            }
            Command::Register { instance, name } => {
                let exports = self.instance(*instance)?.clone();
                self.registered.insert(name.clone(), exports);
                Ok(Outcome::Done)
            }
            Command::Invoke {
                instance,
                function,
                arguments,
            } => self.invoke(*instance, function, arguments),
            Command::Get { instance, global } => match self.export(*instance, global)? {
                Extern::Global(found) => Ok(Outcome::Values(vec![from_support(&found.get())?])),
                _ => Err(format!("the export `{global}` is no global")),
            },
            Command::Thread {
                thread,
                shared,
                commands,
            } => {
                let mut machine = Machine::with(self.factories.clone());
                #[cfg(feature = "interpreter")]
                {
                    machine.interpreted = self.interpreted.clone();
                }
                if let Some(shared) = shared {
                    machine.instances.insert(0, self.instance(*shared)?.clone());
                }
                let commands = commands.clone();
                let work = move || {
                    let outcomes = commands.iter().map(|command| machine.carry_out(command));
                    outcomes.collect()
                };
                self.threads.insert(*thread, thread::spawn(work));
                Ok(Outcome::Done)
            }
            Command::Wait { thread } => {
                let thread = self.threads.remove(thread);
                let outcomes = thread.ok_or("there is no such thread")?.join();
                let outcomes = outcomes.map_err(|_| "the thread panicked")?;
                Ok(Outcome::Thread(outcomes))
            }
        }
    }

    fn instance(&self, instance: usize) -> Result<&Exports, String> {
        self.instances
            .get(&instance)
            .ok_or_else(|| "there is no such instance".to_string())
    }

    fn export(&self, instance: usize, name: &str) -> Result<&Extern, String> {
        let exports = self.instance(instance)?;
        exports
            .get(name)
            .ok_or_else(|| format!("nothing is exported as `{name}`"))
    }

    /// What makes an instance of a module.
    fn maker(&self, module: u64, instance: usize) -> Option<Maker> {
        let compiled = self.factories.get(&module).cloned();
        #[cfg(feature = "interpreter")]
        if let Some(interpreted) = self.interpreted.get(&module)
            && (compiled.is_none() || instance % 2 == 1)
        {
            let module = interpreted.clone();
            return Some(Arc::new(move |store, imports| {
                let mut instance = module.instantiate(store, imports)?;
                Ok(instance.exports().into_iter().collect())
            }));
        }
        let _ = instance;
        compiled
    }

    fn instantiate(&mut self, module: u64, instance: usize) -> Result<Outcome, String> {
        let factory = self
            .maker(module, instance)
            .ok_or("the module is not in this program")?;
        let mut imports = Imports::new();
        for (module, exports) in &self.registered {
            for (name, value) in exports {
                imports.define(module, name, value.clone());
            }
        }
        match factory(&self.store, &imports) {
            Ok(exports) => {
                self.instances.insert(instance, exports);
                Ok(Outcome::Done)
            }
            Err(InstantiationError::Link(error)) => Ok(Outcome::Unlinkable(error.to_string())),
            Err(InstantiationError::Trap(trap)) => Ok(ended(&trap)),
            Err(error) => Err(error.to_string()),
        }
    }

    fn invoke(
        &mut self,
        instance: usize,
        function: &str,
        arguments: &[Value],
    ) -> Result<Outcome, String> {
        let Extern::Func(func) = self.export(instance, function)? else {
            return Err(format!("the export `{function}` is no function"));
        };
        let arguments = arguments
            .iter()
            .map(|value| to_support(&self.store, value))
            .collect::<Result<Vec<_>, _>>()?;
        match func.call(&arguments) {
            Ok(results) => Ok(Outcome::Values(
                results.iter().map(from_support).collect::<Result<_, _>>()?,
            )),
            Err(CallError::Trap(trap)) => Ok(ended(&trap)),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// How a call ended that gave no results.
fn ended(trap: &Trap) -> Outcome {
    match trap.exception() {
        Some(_) => Outcome::Exception,
        None => Outcome::Trap(trap.to_string()),
    }
}

/// A value as the support crate takes it.
fn to_support(store: &Store, value: &Value) -> Result<SupportValue, String> {
    Ok(match *value {
        Value::I32(bits) => SupportValue::I32(bits.cast_signed()),
        Value::I64(bits) => SupportValue::I64(bits.cast_signed()),
        Value::F32(bits) => SupportValue::F32(f32::from_bits(bits)),
        Value::F64(bits) => SupportValue::F64(f64::from_bits(bits)),
        Value::V128(bits) => SupportValue::V128(bits.into()),
        Value::FuncRef { null: true } => SupportValue::FuncRef(None),
        Value::FuncRef { null: false } => return Err("no way to pass a function".to_string()),
        Value::ExternRef(reference) => SupportValue::ExternRef(reference.map(ExternRef)),
        Value::ExnRef { null: true } => SupportValue::ExnRef(None),
        Value::AnyRef(Any::Null) => SupportValue::AnyRef(None),
        Value::AnyRef(Any::Host(key)) => {
            let object = store.host_object(ExternRef(key));
            SupportValue::AnyRef(Some(object.map_err(|error| error.to_string())?))
        }
        Value::AnyRef(_) => return Err("no way to pass an object".to_string()),
        Value::ExnRef { null: false } => return Err("no way to pass an exception".to_string()),
    })
}

/// A value as the driver reads it.
fn from_support(value: &SupportValue) -> Result<Value, String> {
    Ok(match value {
        SupportValue::I32(value) => Value::I32(value.cast_unsigned()),
        SupportValue::I64(value) => Value::I64(value.cast_unsigned()),
        SupportValue::F32(value) => Value::F32(value.to_bits()),
        SupportValue::F64(value) => Value::F64(value.to_bits()),
        SupportValue::V128(value) => Value::V128(value.to_bits()),
        SupportValue::FuncRef(function) => Value::FuncRef {
            null: function.is_none(),
        },
        SupportValue::ExternRef(reference) => Value::ExternRef(reference.map(|ExternRef(key)| key)),
        SupportValue::ExnRef(exception) => Value::ExnRef {
            null: exception.is_none(),
        },
        SupportValue::AnyRef(None) => Value::AnyRef(Any::Null),
        SupportValue::AnyRef(Some(AnyValue::I31(_))) => Value::AnyRef(Any::I31),
        SupportValue::AnyRef(Some(AnyValue::Object(object))) => {
            Value::AnyRef(match (object.kind(), object.host()) {
                (ObjectKind::Struct, _) => Any::Struct,
                (ObjectKind::Array, _) => Any::Array,
                (_, Some(ExternRef(key))) => Any::Host(key),
                _ => return Err("an object of no kind".to_string()),
            })
        }
        other => return Err(format!("the runner does not know the value {other:?}")),
    })
}
