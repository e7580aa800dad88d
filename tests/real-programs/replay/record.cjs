// Writes down all that a script and one WebAssembly module do to each other, so that it can be
// played again without the script:
//
//     RECORD_MODULE=a.wasm RECORD_TRACE=a.trace \
//       node --experimental-wasm-type-reflection -r ./record.cjs drive.mjs
//
// The trace is text, an event a line; `main.rs` beside this file has what they mean.
'use strict';

const fs = require('fs');
const { crc32 } = require('zlib');

const target = fs.readFileSync(process.env.RECORD_MODULE);
const trace = fs.openSync(process.env.RECORD_TRACE, 'w');
let pending = [];
let finished = false;

function event(line) {
  pending.push(line);
  if (pending.length >= 4096) flush();
}

function flush() {
  if (pending.length) fs.writeSync(trace, pending.join('\n') + '\n');
  pending = [];
}

const seconds = (milliseconds) => (milliseconds / 1e3).toFixed(6);

process.on('exit', () => {
  if (!recorded) throw new Error('the script made no instance of the module');
  if (!finished) checkMemory();
  finished = true;
  event(`end ${seconds(starting)} ${seconds(inside)}`);
  flush();
});

function fail(message) {
  throw new Error(`record: ${message}`);
}

// Values, as they are after the conversions between JavaScript and WebAssembly.

const LETTERS = {
  i32: 'i',
  i64: 'l',
  f32: 'f',
  f64: 'd',
  externref: 'x',
  '(ref extern)': 'X',
  anyref: 'a',
  '(ref array)': 'A',
  funcref: 'c',
};
// A type of the module's own; of those only what strings of JavaScript are made of and copied to goes
// in and out: `(array (mut i16))`.
const OWN = /^\(ref null \d+\)$/;
const ids = new Map();
const scratch = Buffer.alloc(8);

function value(type, given) {
  switch (OWN.test(type) ? 'anyref' : type) {
    case 'i32': return `i:${given | 0}`;
    case 'i64': return `l:${BigInt.asIntN(64, BigInt(given))}`;
    case 'f32': scratch.writeFloatBE(given); return `f:${scratch.toString('hex', 0, 4)}`;
    case 'f64': scratch.writeDoubleBE(given); return `d:${scratch.toString('hex')}`;
    case 'externref':
    case '(ref extern)':
    case 'anyref':
    case '(ref array)':
      // To a script they are all values of its own.
      if (given === null) return 'x:-';
      if (!ids.has(given)) ids.set(given, ids.size);
      return `x:${ids.get(given)}`;
    case 'funcref':
      if (given === null) return 'c:-';
      if (names.has(given)) return `c:${names.get(given)}`;
      if (hosts.has(given)) return `h:${hosts.get(given)}`;
  }
  fail(`a ${type} between script and module`);
}

function values(types, given) {
  return types.map((type, index) => ' ' + value(type, given[index])).join('');
}

function results(types, given) {
  if (types.length === 0) return '';
  return values(types, types.length === 1 ? [given] : [...given]);
}

function letters(types) {
  const letter = (type) => LETTERS[type] ?? (OWN.test(type) ? 'W' : fail(`type ${type}`));
  return types.map(letter).join('') || '-';
}

function name(text) {
  return text.replace(/[% \r\n]/g, (one) => `%${one.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

// The memory: what the script writes is what differs between its getting and giving up control.

let memory = null;
let shadow = null;
let calls = 0;
const PAGE = 65536;
const BLOCK = 4096;

function toScript() {
  if (!memory) return;
  const now = Buffer.from(memory.buffer);
  if (!shadow || shadow.length !== now.length) shadow = Buffer.allocUnsafe(now.length);
  now.copy(shadow);
}

function toModule() {
  if (!memory) return;
  const now = Buffer.from(memory.buffer);
  if (now.length > shadow.length) {
    event(`grow ${(now.length - shadow.length) / PAGE}`);
    shadow = Buffer.concat([shadow, Buffer.alloc(now.length - shadow.length)]);
  }
  for (let block = 0; block < now.length; block += BLOCK) {
    if (now.compare(shadow, block, block + BLOCK, block, block + BLOCK) === 0) continue;
    let first = block;
    let last = Math.min(block + BLOCK, now.length) - 1;
    while (now[first] === shadow[first]) first += 1;
    while (now[last] === shadow[last]) last -= 1;
    event(`write ${first} ${now.toString('hex', first, last + 1)}`);
  }
}

function checkMemory() {
  if (!memory) return;
  const now = Buffer.from(memory.buffer);
  event(`memory ${now.length / PAGE} ${crc32(now)}`);
}

// Functions

// What the script has of the module's functions, by the name of their export.
const names = new Map();
// The module's own functions of what the script was given instead.
const originals = new Map();

// The numbers of functions of the script's that it made functions of WebAssembly.
const hosts = new Map();

let depth = 0;
// Milliseconds that it took to make an instance, and that the module ran after that.
let starting = 0;
let inside = 0;

function callable(what, func) {
  // The proposal changed where it has this.
  const { parameters, results: types } = func.type?.() ?? real.Function.type(func);
  const wrapper = function (...given) {
    toModule();
    event(`call ${what}${values(parameters, given)}`);
    depth += 1;
    let got;
    const begin = performance.now();
    try {
      got = func(...given);
    } catch (error) {
      inside += performance.now() - begin;
      depth -= 1;
      toScript();
      event('threw');
      throw error;
    }
    inside += performance.now() - begin;
    depth -= 1;
    toScript();
    event(`return${results(types, got)}`);
    calls += 1;
    // The whole memory, but not so often that it takes most of the time.
    if (depth === 0 && (calls <= 32 || calls % 64 === 0)) checkMemory();
    return got;
  };
  Object.defineProperty(wrapper, 'length', { value: func.length });
  originals.set(wrapper, func);
  return wrapper;
}

let declared = 0;

// A function of the script's that the module may call, by its number.
function declare({ parameters, results: types }) {
  event(`function ${letters(parameters)} ${letters(types)}`);
  declared += 1;
  return declared - 1;
}

function host(func, { parameters, results: types }, number) {
  return (...given) => {
    const begin = performance.now();
    toScript();
    event(`import ${number}${values(parameters, given)}`);
    let got;
    try {
      got = func(...given);
    } catch (error) {
      toModule();
      event('throw');
      inside -= performance.now() - begin;
      throw error;
    }
    toModule();
    event(`give${results(types, got)}`);
    inside -= performance.now() - begin;
    return got;
  };
}

// Tables

function tableOf(what, table) {
  const { element } = table.type();
  const entries = new Map();
  const own = (entry) => originals.get(entry) ?? entry;
  const wrapper = Object.create(WebAssembly.Table.prototype, {
    length: { get: () => table.length },
    type: { value: () => table.type() },
    get: {
      value: (index) => {
        const entry = table.get(index);
        if (element === 'externref' || entry === null || hosts.has(entry)) return entry;
        if (!entries.has(entry)) entries.set(entry, callable(`${what}[${index}]`, entry));
        return entries.get(entry);
      },
    },
    set: {
      value: (index, entry) => {
        // That throws when it is a function of JavaScript alone.
        table.set(index, own(entry));
        event(`set ${what} ${index} ${value(element, entry ?? null)}`);
      },
    },
    grow: {
      value: (count, entry) => {
        if (element === 'externref') {
          event(`extend ${what} ${count} ${value(element, entry)}`);
          return table.grow(count, entry);
        }
        event(`extend ${what} ${count} ${value(element, entry ?? null)}`);
        return entry ? table.grow(count, own(entry)) : table.grow(count);
      },
    },
  });
  originals.set(wrapper, table);
  return wrapper;
}

// The instance

const real = {
  Function: WebAssembly.Function,
  Module: WebAssembly.Module,
  Instance: WebAssembly.Instance,
  compile: WebAssembly.compile,
  instantiate: WebAssembly.instantiate,
};

let recorded = false;
const shape = (module) => JSON.stringify(
  [real.Module.imports(module), real.Module.exports(module)]);
const wanted = shape(new real.Module(target));

function instance(module, imports) {
  if (shape(module) === wanted && !recorded) return record(module, imports);
  // Emscripten makes a function for a table by a module that does nothing but export what it
  // imports.
  const [given, ...more] = real.Module.imports(module);
  if (!recorded || more.length > 0 || given?.kind !== 'function'
      || real.Module.exports(module).length !== 1) {
    return new real.Instance(module, imports);
  }
  const { module: from, name: called, type } = given;
  const number = declare(type);
  const wrapper = host(imports[from][called], type, number);
  const made = new real.Instance(module, { [from]: { [called]: wrapper } });
  for (const entry of Object.values(made.exports)) hosts.set(entry, number);
  return made;
}

function record(module, imports) {
  recorded = true;
  const given = {};
  for (const { module: from, name: called, kind, type } of real.Module.imports(module)) {
    let what = imports?.[from]?.[called];
    const start = `extern ${name(from)} ${name(called)} ${kind}`;
    if (kind === 'function') {
      if (typeof what !== 'function') fail(`no ${from} ${called}`);
      const number = declare(type);
      event(`${start} ${number}`);
      what = host(what, type, number);
    } else if (kind === 'memory') {
      if (memory) fail('two memories');
      memory = what;
      const { minimum, maximum } = what.type();
      event(`${start} ${minimum} ${maximum ?? '-'}`);
    } else if (kind === 'table' && type.element === 'funcref') {
      const { minimum, maximum } = what.type();
      event(`${start} ${minimum} ${maximum ?? '-'}`);
    } else if (kind === 'global' && !type.mutable) {
      event(`${start} ${value(type.value, typeof what === 'object' ? what.value : what)}`);
    } else {
      fail(`${kind} ${from} ${called} is imported`);
    }
    given[from] ??= {};
    given[from][called] = what;
  }
  if (memory) {
    shadow = Buffer.alloc(memory.buffer.byteLength);
    toModule();
  }
  event('start');
  const begin = performance.now();
  const made = new real.Instance(module, given);
  starting = performance.now() - begin;
  const exports = {};
  for (const [called, what] of Object.entries(made.exports)) {
    exports[called] = what;
    if (typeof what === 'function') {
      const wrapper = callable(name(called), what);
      exports[called] = wrapper;
      names.set(wrapper, name(called));
    } else if (what instanceof WebAssembly.Memory) {
      if (memory && memory !== what) fail('two memories');
      memory = what;
      event(`own ${name(called)}`);
    } else if (what instanceof WebAssembly.Table) {
      exports[called] = tableOf(name(called), what);
    }
  }
  toScript();
  event('started');
  const wrapper = Object.create(WebAssembly.Instance.prototype, { exports: { value: exports } });
  return wrapper;
}

WebAssembly.Instance = function (module, imports) {
  return instance(module, imports);
};
WebAssembly.Instance.prototype = real.Instance.prototype;

WebAssembly.Function = function (type, func) {
  const number = declare(type);
  const made = new real.Function(type, host(func, type, number));
  hosts.set(made, number);
  return made;
};
WebAssembly.Function.prototype = real.Function.prototype;

WebAssembly.instantiate = async function (source, imports) {
  if (source instanceof real.Module) return instance(source, imports);
  const module = await real.compile(source);
  return { module, instance: instance(module, imports) };
};
// Whoever has the module as a file reads it.
delete WebAssembly.instantiateStreaming;
