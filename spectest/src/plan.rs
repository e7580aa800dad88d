//! From directives to what the runner is to do, and what is to come of it.

use std::collections::HashMap;

use spectest_runner::Command;
use wasm2rs::features::PROPOSALS;

use crate::directive::{Action, Directive, Encoded, Invoke, Kind};
use crate::modules::{self, Answer, Import, Modules};
use crate::scripts::Script;
use crate::value::Pattern;

/// A directive on its way to a verdict.
#[derive(Debug)]
pub struct Case {
    /// The line it starts in.
    pub line: usize,
    /// What it is, for people.
    pub what: String,
    /// What there is left to do.
    pub step: Step,
}

/// What there is left to do about a directive.
#[derive(Debug)]
pub enum Step {
    /// Nothing.
    Decided(Verdict),
    /// See that this module compiles.
    Compile(u64),
    /// Let the runner do something.
    Run(Command, Expected),
}

/// What should come of a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// Nothing but success.
    Success,
    /// Values that fit.
    Values(Vec<Pattern>),
    /// A trap in these words.
    Trap(String),
    /// Imports that do not fit, in these words.
    Unlinkable(String),
    /// An exception that nobody caught.
    Exception,
    /// What a thread's directives are, and what should come of each.
    Thread(Vec<(String, Expected)>),
}

/// What is said about a directive in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All is as it should be.
    Passed,
    /// It is not.
    Failed {
        /// What should have been.
        expected: String,
        /// What was.
        got: String,
    },
    /// It needs these proposals, which are declared not to be supported.
    Skipped(String),
}

/// What became of something that later directives depend on.
#[derive(Clone, Debug)]
enum State<T> {
    /// It is there, as far as is known before anything runs.
    Ready(T),
    /// It needs these proposals.
    Skipped(String),
    /// It is not there, and this is why.
    Missing(String),
}

/// What the host's things are imported from.
const HOST_NAME: &str = "spectest";

/// The things of the host's that scripts import from `spectest`. Each of these that is supported
/// gives some.
const HOST: &[&str] = &[
    r#"(module
        (memory (export "memory") 1 2)
        (table (export "table") 10 20 funcref)
        (global (export "global_i32") i32 (i32.const 666))
        (global (export "global_i64") i64 (i64.const 666))
        (global (export "global_f32") f32 (f32.const 666.6))
        (global (export "global_f64") f64 (f64.const 666.6))
        (func (export "print"))
        (func (export "print_i32") (param i32))
        (func (export "print_i64") (param i64))
        (func (export "print_f32") (param f32))
        (func (export "print_f64") (param f64))
        (func (export "print_i32_f32") (param i32 f32))
        (func (export "print_f64_f64") (param f64 f64)))"#,
    r#"(module (table (export "table64") i64 10 20 funcref))"#,
    r#"(module (memory (export "shared_memory") 1 2 shared))"#,
];

/// What every script starts with.
#[derive(Debug, Default)]
pub struct Host {
    /// The commands.
    pub commands: Vec<Command>,
    /// The names in `spectest` that need proposals, and which.
    missing: HashMap<String, String>,
}

/// Plans the host's modules.
///
/// # Errors
/// When one is not accepted for another reason than what it needs.
pub fn host(modules: &mut Modules) -> Result<Host, String> {
    let mut host = Host::default();
    for (instance, text) in HOST.iter().enumerate() {
        let wasm = wasm2rs::parse_text(text).map_err(|error| error.to_string())?;
        match modules.add(&wasm) {
            Answer::Accepted(accepted) => {
                host.commands.push(Command::Instantiate {
                    module: accepted.key,
                    instance,
                });
                host.commands.push(Command::Host { instance });
            }
            Answer::Unsupported(proposals, _) => {
                let names = modules::exports(&wasm).into_iter();
                host.missing
                    .extend(names.map(|name| (name, proposals.clone())));
            }
            Answer::Refused(message) | Answer::Broken(message) => {
                return Err(format!("the host's own module: {message}"));
            }
        }
    }
    Ok(host)
}

/// Plans a script.
pub fn plan(
    script: &Script,
    directives: &[Directive],
    host: &Host,
    modules: &mut Modules,
) -> Vec<Case> {
    let mut planner = Planner {
        modules,
        host,
        script,
        instances: Instances::new(HOST.len()),
        current: State::Missing("there is no module yet".to_string()),
        named: HashMap::new(),
        registered: HashMap::new(),
        definition: State::Missing("there is no definition yet".to_string()),
        definitions: HashMap::new(),
        threads: HashMap::new(),
        line: 0,
    };
    let case = |directive: &Directive| Case {
        line: directive.line,
        what: directive.kind.describe(),
        step: planner.step(directive),
    };
    directives.iter().map(case).collect()
}

type Instance = State<usize>;
type Module = State<(u64, Vec<Import>)>;

struct Planner<'a> {
    modules: &'a mut Modules,
    host: &'a Host,
    script: &'a Script,
    instances: Instances,
    current: Instance,
    named: HashMap<String, Instance>,
    registered: HashMap<String, Instance>,
    definition: Module,
    definitions: HashMap<String, Module>,
    /// The threads that were begun, by name: their numbers, and what should come of them.
    threads: HashMap<String, State<(usize, Expected)>>,
    /// Of the directive that is being planned.
    line: usize,
}

/// The instances that are made, and which of them share things.
struct Instances {
    /// For each, one number for all that share something, directly or not.
    groups: Vec<usize>,
    /// The groups that a module which is skipped would have taken part in: nobody knows what it
    /// would have done to them.
    touched: HashMap<usize, String>,
}

impl Instances {
    fn new(count: usize) -> Instances {
        Instances {
            groups: (0..count).collect(),
            touched: HashMap::new(),
        }
    }

    /// A new one that shares things with others.
    fn add(&mut self, others: &[usize]) -> usize {
        let new = self.groups.len();
        self.groups.push(new);
        for &other in others {
            let joined = self.groups[other];
            for group in &mut self.groups {
                if *group == joined {
                    *group = new;
                }
            }
        }
        new
    }

    fn touch(&mut self, instance: usize, reason: &str) {
        self.touched
            .entry(self.groups[instance])
            .or_insert_with(|| reason.to_string());
    }

    /// Why nothing can be said about it, if that is so.
    fn touched(&self, instance: usize) -> Option<&String> {
        self.touched.get(&self.groups[instance])
    }
}

impl Planner<'_> {
    fn step(&mut self, directive: &Directive) -> Step {
        self.line = directive.line;
        self.step_of(&directive.kind)
    }

    fn step_of(&mut self, kind: &Kind) -> Step {
        match kind {
            Kind::Module { id, module } => {
                let module = self.module(module);
                let instance = self.instance_of(&module);
                self.name_instance(id.as_ref(), &instance);
                self.define(id.as_ref(), module.clone());
                self.instantiate(&module, &instance, Expected::Success)
            }
            Kind::Definition { id, module } => {
                let module = self.module(module);
                self.define(id.as_ref(), module.clone());
                module.then("a module", |(key, _)| Step::Compile(key))
            }
            Kind::Instance {
                instance: id,
                module,
            } => {
                let module = match module {
                    Some(name) => find(&self.definitions, name),
                    None => self.definition.clone(),
                };
                let instance = self.instance_of(&module);
                self.name_instance(id.as_ref(), &instance);
                self.instantiate(&module, &instance, Expected::Success)
            }
            Kind::Register { name, module } => {
                // Kept as it is, so that what touches it later is seen.
                let instance = match module {
                    Some(name) => find(&self.named, name),
                    None => self.current.clone(),
                };
                self.registered.insert(name.clone(), instance.clone());
                instance.then("an instance", |instance| {
                    let command = Command::Register {
                        instance,
                        name: name.clone(),
                    };
                    Step::Run(command, Expected::Success)
                })
            }
            Kind::Invoke(invoke) => self.invoke(invoke, Expected::Success),
            Kind::Return(action, results) => self.action(action, Expected::Values(results.clone())),
            Kind::Trap(action, message) => self.action(action, Expected::Trap(message.clone())),
            Kind::Exhaustion(invoke, message) => {
                self.invoke(invoke, Expected::Trap(message.clone()))
            }
            Kind::Exception(action) => self.action(action, Expected::Exception),
            Kind::Unlinkable(module, message) => {
                self.try_instantiate(module, Expected::Unlinkable(message.clone()))
            }
            Kind::Invalid(module) => Step::Decided(self.refused(module, "an invalid module")),
            Kind::Malformed(module) => Step::Decided(self.refused(module, "a malformed module")),
            // What is wrong with a custom section must not make a module invalid. Those that look
            // into the section may refuse the text; nobody else does.
            Kind::Custom(Err(_)) => Step::Decided(Verdict::Passed),
            Kind::Custom(module) => {
                let module = self.module(module);
                module.then("a module", |_| Step::Decided(Verdict::Passed))
            }
            Kind::Thread {
                thread,
                shared,
                directives,
            } => self.thread(thread, shared.as_ref(), directives),
            Kind::Wait(thread) => find(&self.threads, thread).then("a thread", |(thread, ends)| {
                Step::Run(Command::Wait { thread }, ends)
            }),
            Kind::Needs(proposal) => {
                let declared = PROPOSALS.iter().find(|declared| declared.name == *proposal);
                Step::Decided(match declared {
                    Some(declared) if !declared.supported => {
                        Verdict::Skipped((*proposal).to_string())
                    }
                    _ => Verdict::Failed {
                        expected: "a directive that this suite can carry out".to_string(),
                        got: format!("one of {proposal}, for which it has no code"),
                    },
                })
            }
            Kind::Unparsable(message) => Step::Decided(self.unparsable("a directive", message)),
        }
    }

    /// Plans a thread: a script of its own that runs while this one goes on.
    fn thread(&mut self, thread: &str, shared: Option<&String>, directives: &[Kind]) -> Step {
        let number = self.threads.len();
        let known = match shared {
            Some(name) => self.instance(Some(name)),
            None => State::Missing("the thread shares nothing".to_string()),
        };
        let mut planner = Planner {
            modules: &mut *self.modules,
            host: self.host,
            script: self.script,
            instances: Instances::new(1),
            current: State::Missing("there is no module yet".to_string()),
            named: HashMap::new(),
            registered: HashMap::new(),
            definition: State::Missing("there is no definition yet".to_string()),
            definitions: HashMap::new(),
            threads: HashMap::new(),
            line: self.line,
        };
        if let Some(name) = shared {
            // Its first instance.
            let instance = match &known {
                State::Ready(_) => State::Ready(0),
                other => other.clone(),
            };
            planner.named.insert(name.clone(), instance);
        }
        let (mut commands, mut expected) = (Vec::new(), Vec::new());
        let mut hindered = None;
        for kind in directives {
            match planner.step_of(kind) {
                Step::Run(command, result) => {
                    commands.push(command);
                    expected.push((kind.describe(), result));
                }
                // What does not compile can't be instantiated either.
                Step::Compile(_) | Step::Decided(Verdict::Passed) => {}
                Step::Decided(Verdict::Skipped(reason)) => {
                    hindered.get_or_insert(State::Skipped(reason));
                }
                Step::Decided(Verdict::Failed { got, .. }) => {
                    hindered.get_or_insert(State::Missing(format!("{}: {got}", kind.describe())));
                }
            }
        }
        let ends = hindered.unwrap_or(State::Ready((number, Expected::Thread(expected))));
        self.threads.insert(thread.to_string(), ends.clone());
        ends.then("a thread", |(thread, _)| {
            let shared = match known {
                State::Ready(instance) => Some(instance),
                _ => None,
            };
            let command = Command::Thread {
                thread,
                shared,
                commands,
            };
            Step::Run(command, Expected::Success)
        })
    }

    /// The verdict on text that the parser does not understand.
    fn unparsable(&self, expected: &str, message: &str) -> Verdict {
        match self.script.unsupported_proposal() {
            Some(proposal) => Verdict::Skipped(proposal.to_string()),
            None => Verdict::Failed {
                expected: expected.to_string(),
                got: format!("text that can't be parsed: {message}"),
            },
        }
    }

    fn module(&mut self, module: &Encoded) -> Module {
        let wasm = match module {
            Ok(wasm) => wasm,
            Err(message) => {
                return match self.unparsable("a module", message) {
                    Verdict::Failed { got, .. } => State::Missing(got),
                    Verdict::Skipped(reason) => State::Skipped(reason),
                    Verdict::Passed => State::Missing(message.clone()),
                };
            }
        };
        match self.modules.add(wasm) {
            Answer::Accepted(accepted) => State::Ready((accepted.key, accepted.imports.clone())),
            Answer::Unsupported(proposals, imports) => {
                for import in imports {
                    if let Some(State::Ready(instance)) = self.registered.get(&import.module) {
                        self.instances.touch(*instance, proposals);
                    }
                }
                State::Skipped(proposals.clone())
            }
            // The validator may know another draft of a proposal than the script.
            Answer::Refused(message) => match self.script.unsupported_proposal() {
                Some(proposal) => State::Skipped(proposal.to_string()),
                None => State::Missing(format!("it is refused: {message}")),
            },
            Answer::Broken(message) => State::Missing(message.clone()),
        }
    }

    /// The verdict on a module that has to be refused.
    fn refused(&self, module: &Encoded, expected: &str) -> Verdict {
        let expected = format!("{expected} to be refused");
        let Ok(wasm) = module else {
            return Verdict::Passed;
        };
        match modules::ask(wasm) {
            Answer::Refused(_) => Verdict::Passed,
            // Without a proposal of a later version than the script's it is not valid indeed.
            Answer::Unsupported(proposals, _) if self.script.is_older_than(&proposals) => {
                Verdict::Passed
            }
            Answer::Unsupported(proposals, _) => Verdict::Skipped(proposals),
            // So does the validator, if told to know nothing of what came later.
            Answer::Accepted(_) if modules::needs(wasm, self.script.later_features()) => {
                Verdict::Passed
            }
            Answer::Accepted(_) => Verdict::Failed {
                expected,
                got: "it is accepted".to_string(),
            },
            Answer::Broken(got) => Verdict::Failed { expected, got },
        }
    }

    fn define(&mut self, id: Option<&String>, module: Module) {
        if let Some(id) = id {
            self.definitions.insert(id.clone(), module.clone());
        }
        self.definition = module;
    }

    /// A new instance of a module, if it can be made.
    fn instance_of(&mut self, module: &Module) -> Instance {
        let imports = match module {
            State::Ready((_, imports)) => imports,
            State::Skipped(reason) => return State::Skipped(reason.clone()),
            State::Missing(_) => {
                let message = format!("there is no instance of the module of line {}", self.line);
                return State::Missing(message);
            }
        };
        let mut others = Vec::new();
        for Import { module, name } in imports {
            match self
                .registered
                .get(module)
                .map(|instance| self.known(instance))
            {
                Some(State::Ready(instance)) => others.push(instance),
                Some(State::Skipped(reason)) => return State::Skipped(reason),
                Some(State::Missing(_)) => {}
                None => {
                    if let (HOST_NAME, Some(reason)) = (&**module, self.host.missing.get(name)) {
                        return State::Skipped(reason.clone());
                    }
                }
            }
        }
        State::Ready(self.instances.add(&others))
    }

    /// What is known of an instance by now.
    fn known(&self, instance: &Instance) -> Instance {
        match instance {
            State::Ready(number) => match self.instances.touched(*number) {
                Some(reason) => State::Skipped(reason.clone()),
                None => State::Ready(*number),
            },
            other => other.clone(),
        }
    }

    fn name_instance(&mut self, id: Option<&String>, instance: &Instance) {
        if let Some(id) = id {
            self.named.insert(id.clone(), instance.clone());
        }
        self.current = instance.clone();
    }

    fn instantiate(&self, module: &Module, instance: &Instance, expected: Expected) -> Step {
        match (module, instance) {
            (State::Ready((module, _)), State::Ready(instance)) => {
                let command = Command::Instantiate {
                    module: *module,
                    instance: *instance,
                };
                Step::Run(command, expected)
            }
            (State::Missing(message), _) | (_, State::Missing(message)) => {
                missing("a module", message)
            }
            (State::Skipped(reason), _) | (_, State::Skipped(reason)) => skipped(reason),
        }
    }

    /// Makes an instance that no later directive can name.
    fn try_instantiate(&mut self, module: &Encoded, expected: Expected) -> Step {
        let module = self.module(module);
        let instance = self.instance_of(&module);
        self.instantiate(&module, &instance, expected)
    }

    fn instance(&self, name: Option<&String>) -> Instance {
        self.known(&match name {
            Some(name) => find(&self.named, name),
            None => self.current.clone(),
        })
    }

    fn invoke(&self, invoke: &Invoke, expected: Expected) -> Step {
        self.instance(invoke.module.as_ref())
            .then("an instance", |instance| {
                let arguments = match &invoke.arguments {
                    Ok(arguments) => arguments.clone(),
                    Err(argument) => {
                        return missing("arguments", &format!("{argument}, which can't be passed"));
                    }
                };
                let function = invoke.function.clone();
                Step::Run(
                    Command::Invoke {
                        instance,
                        function,
                        arguments,
                    },
                    expected,
                )
            })
    }

    fn action(&mut self, action: &Action, expected: Expected) -> Step {
        match action {
            Action::Invoke(invoke) => self.invoke(invoke, expected),
            Action::Get { module, global } => {
                self.instance(module.as_ref())
                    .then("an instance", |instance| {
                        Step::Run(
                            Command::Get {
                                instance,
                                global: global.clone(),
                            },
                            expected,
                        )
                    })
            }
            Action::Instantiate(module) => self.try_instantiate(module, expected),
        }
    }
}

impl<T> State<T> {
    fn then(self, expected: &str, ready: impl FnOnce(T) -> Step) -> Step {
        match self {
            State::Ready(value) => ready(value),
            State::Skipped(reason) => skipped(&reason),
            State::Missing(message) => missing(expected, &message),
        }
    }
}

fn skipped(reason: &str) -> Step {
    Step::Decided(Verdict::Skipped(reason.to_string()))
}

fn missing(expected: &str, message: &str) -> Step {
    let got = message.to_string();
    Step::Decided(Verdict::Failed {
        expected: expected.to_string(),
        got,
    })
}

fn find<T: Clone>(named: &HashMap<String, State<T>>, name: &str) -> State<T> {
    let unknown = || State::Missing(format!("nothing is called ${name}"));
    named.get(name).cloned().unwrap_or_else(unknown)
}
