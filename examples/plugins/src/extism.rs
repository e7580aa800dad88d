//! [Extism](https://extism.org): plugins that take bytes and give bytes. All that is passed lies in
//! blocks of the host's, not in the plugin's memory: a plugin has their addresses, which are the
//! host's to give, and reads and writes them by calls.

use std::collections::BTreeMap;

use wasm2rs_support::{HostError, Value};

use crate::Error;
use crate::guests::extism as guest;

/// How urgent a line of the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For who follows every step.
    Trace,
    /// For who looks for a mistake.
    Debug,
    /// Good to know.
    Info,
    /// Something is odd.
    Warn,
    /// Something failed.
    Error,
}

/// The blocks of one call.
#[derive(Debug, Default)]
struct Blocks {
    blocks: BTreeMap<u64, Vec<u8>>,
    next: u64,
    size: u64,
}

impl Blocks {
    /// No call may use more.
    const LIMIT: u64 = 64 << 20;

    fn new() -> Blocks {
        Blocks {
            // No block has the address 0, which says "none".
            next: 16,
            ..Blocks::default()
        }
    }

    /// A new block with these bytes.
    fn add(&mut self, bytes: Vec<u8>) -> Result<i64, HostError> {
        let size = bytes.len() as u64;
        if self.size.saturating_add(size) > Blocks::LIMIT {
            return Err(HostError::message("the plugin uses too many blocks"));
        }
        self.size += size;
        let address = self.next;
        // Blocks don't touch, so that none can be mistaken for a part of another.
        self.next = (address + size + 16) & !7;
        self.blocks.insert(address, bytes);
        Ok(address.cast_signed())
    }

    /// A new block of `length` zeros; none for a length that can't be had.
    fn allocate(&mut self, length: i64) -> Result<i64, HostError> {
        match length.cast_unsigned() {
            0 => Ok(0),
            length if length > Blocks::LIMIT => {
                Err(HostError::message("the plugin asks for too large a block"))
            }
            length => self.add(vec![0; length as usize]),
        }
    }

    fn free(&mut self, address: i64) {
        if let Some(bytes) = self.blocks.remove(&address.cast_unsigned()) {
            self.size -= bytes.len() as u64;
        }
    }

    /// The block that begins at an address.
    fn block(&self, address: i64) -> Option<&[u8]> {
        let block = self.blocks.get(&address.cast_unsigned());
        block.map(Vec::as_slice)
    }

    /// The `N` bytes at an address in some block.
    fn place<const N: usize>(&mut self, address: i64) -> Result<&mut [u8; N], HostError> {
        let address = address.cast_unsigned();
        let block = self.blocks.range_mut(..=address).next_back();
        let place = block.and_then(|(begin, bytes)| {
            let offset = usize::try_from(address - begin).ok()?;
            bytes.get_mut(offset..)?.first_chunk_mut::<N>()
        });
        place.ok_or_else(|| {
            HostError::message(format!("no block has {N} bytes at address {address}"))
        })
    }

    /// The text of a block that must be there.
    fn text(&self, address: i64) -> Result<String, HostError> {
        let bytes = self
            .block(address)
            .ok_or_else(|| HostError::message(format!("no block begins at address {address}")))?;
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }
}

/// What the plugin can reach.
#[derive(Debug)]
pub struct Host {
    config: BTreeMap<String, String>,
    variables: BTreeMap<String, Vec<u8>>,
    log: Vec<(Level, String)>,
    blocks: Blocks,
    input: i64,
    input_length: i64,
    output: Vec<u8>,
    error: Option<String>,
}

/// Notes a line of the log.
fn log(caller: &mut guest::Caller<'_, Host>, level: Level, text: i64) -> Result<(), HostError> {
    let text = caller.blocks.text(text)?;
    caller.log.push((level, text));
    Ok(())
}

impl guest::ExtismHostEnv for Host {
    fn input_offset(caller: &mut guest::Caller<'_, Self>) -> Result<i64, HostError> {
        Ok(caller.input)
    }

    fn input_length(caller: &mut guest::Caller<'_, Self>) -> Result<i64, HostError> {
        Ok(caller.input_length)
    }

    fn input_load_u8(caller: &mut guest::Caller<'_, Self>, at: i64) -> Result<i32, HostError> {
        let address = caller.input.wrapping_add(at);
        Self::load_u8(caller, address)
    }

    fn input_load_u64(caller: &mut guest::Caller<'_, Self>, at: i64) -> Result<i64, HostError> {
        let address = caller.input.wrapping_add(at);
        Self::load_u64(caller, address)
    }

    fn length(caller: &mut guest::Caller<'_, Self>, block: i64) -> Result<i64, HostError> {
        Ok(caller.blocks.block(block).map_or(0, <[u8]>::len) as i64)
    }

    fn length_unsafe(caller: &mut guest::Caller<'_, Self>, block: i64) -> Result<i64, HostError> {
        Self::length(caller, block)
    }

    fn alloc(caller: &mut guest::Caller<'_, Self>, length: i64) -> Result<i64, HostError> {
        caller.blocks.allocate(length)
    }

    fn free(caller: &mut guest::Caller<'_, Self>, block: i64) -> Result<(), HostError> {
        caller.blocks.free(block);
        Ok(())
    }

    fn load_u8(caller: &mut guest::Caller<'_, Self>, address: i64) -> Result<i32, HostError> {
        Ok(caller.blocks.place::<1>(address)?[0].into())
    }

    fn load_u64(caller: &mut guest::Caller<'_, Self>, address: i64) -> Result<i64, HostError> {
        Ok(i64::from_le_bytes(*caller.blocks.place(address)?))
    }

    fn store_u8(
        caller: &mut guest::Caller<'_, Self>,
        address: i64,
        value: i32,
    ) -> Result<(), HostError> {
        *caller.blocks.place(address)? = [value as u8];
        Ok(())
    }

    fn store_u64(
        caller: &mut guest::Caller<'_, Self>,
        address: i64,
        value: i64,
    ) -> Result<(), HostError> {
        *caller.blocks.place(address)? = value.to_le_bytes();
        Ok(())
    }

    fn output_set(
        caller: &mut guest::Caller<'_, Self>,
        address: i64,
        length: i64,
    ) -> Result<(), HostError> {
        let bytes = caller.blocks.block(address).unwrap_or_default();
        let output = usize::try_from(length)
            .ok()
            .and_then(|length| bytes.get(..length))
            .ok_or_else(|| HostError::message("the output is not in the block"))?;
        caller.output = output.to_vec();
        Ok(())
    }

    fn error_set(caller: &mut guest::Caller<'_, Self>, text: i64) -> Result<(), HostError> {
        caller.error = match text {
            0 => None,
            text => Some(caller.blocks.text(text)?),
        };
        Ok(())
    }

    fn config_get(caller: &mut guest::Caller<'_, Self>, key: i64) -> Result<i64, HostError> {
        let key = caller.blocks.text(key)?;
        match caller.config.get(&key) {
            Some(value) => {
                let value = value.clone().into_bytes();
                caller.blocks.add(value)
            }
            None => Ok(0),
        }
    }

    fn var_get(caller: &mut guest::Caller<'_, Self>, key: i64) -> Result<i64, HostError> {
        let key = caller.blocks.text(key)?;
        match caller.variables.get(&key) {
            Some(value) => {
                let value = value.clone();
                caller.blocks.add(value)
            }
            None => Ok(0),
        }
    }

    fn var_set(
        caller: &mut guest::Caller<'_, Self>,
        key: i64,
        value: i64,
    ) -> Result<(), HostError> {
        let key = caller.blocks.text(key)?;
        let value = caller.blocks.block(value).map(<[u8]>::to_vec);
        // Without a value it is removed.
        match value {
            Some(value) => caller.variables.insert(key, value),
            None => caller.variables.remove(&key),
        };
        Ok(())
    }

    fn http_request(
        _: &mut guest::Caller<'_, Self>,
        _request: i64,
        _body: i64,
    ) -> Result<i64, HostError> {
        Err(HostError::message("this host allows no HTTP requests"))
    }

    fn http_status_code(_: &mut guest::Caller<'_, Self>) -> Result<i32, HostError> {
        Ok(0)
    }

    fn http_headers(_: &mut guest::Caller<'_, Self>) -> Result<i64, HostError> {
        Ok(0)
    }

    fn log_trace(caller: &mut guest::Caller<'_, Self>, text: i64) -> Result<(), HostError> {
        log(caller, Level::Trace, text)
    }

    fn log_debug(caller: &mut guest::Caller<'_, Self>, text: i64) -> Result<(), HostError> {
        log(caller, Level::Debug, text)
    }

    fn log_info(caller: &mut guest::Caller<'_, Self>, text: i64) -> Result<(), HostError> {
        log(caller, Level::Info, text)
    }

    fn log_warn(caller: &mut guest::Caller<'_, Self>, text: i64) -> Result<(), HostError> {
        log(caller, Level::Warn, text)
    }

    fn log_error(caller: &mut guest::Caller<'_, Self>, text: i64) -> Result<(), HostError> {
        log(caller, Level::Error, text)
    }

    fn get_log_level(_: &mut guest::Caller<'_, Self>) -> Result<i32, HostError> {
        Ok(Level::Info as i32)
    }
}

/// An Extism plugin.
#[derive(Debug)]
pub struct Plugin {
    instance: guest::Instance<Host>,
}

impl Plugin {
    /// The one that is compiled in, with what it can ask to be configured.
    ///
    /// # Errors
    /// When it can't be instantiated or initialized.
    pub fn built_in(config: &[(&str, &str)]) -> Result<Plugin, Error> {
        let config = config.iter();
        let instance = guest::Instance::new(Host {
            config: config
                .map(|(key, value)| (key.to_string(), value.to_string()))
                .collect(),
            variables: BTreeMap::new(),
            log: Vec::new(),
            blocks: Blocks::new(),
            input: 0,
            input_length: 0,
            output: Vec::new(),
            error: None,
        })?;
        let mut plugin = Plugin { instance };
        if let Some(initialize) = plugin.instance.func("_initialize") {
            initialize.call(&[])?;
        }
        Ok(plugin)
    }

    /// Whether the plugin has a function of this name.
    pub fn has(&mut self, function: &str) -> bool {
        self.instance.func(function).is_some()
    }

    /// Calls a function of the plugin's.
    ///
    /// # Errors
    /// When there is none of that name, with the plugin's words when it fails, or the trap it ended
    /// in.
    pub fn call(&mut self, function: &str, input: &[u8]) -> Result<Vec<u8>, Error> {
        {
            let mut host = self.instance.host();
            // Nothing is left of the call before but variables.
            host.blocks = Blocks::new();
            host.output.clear();
            host.error = None;
            host.input_length = input.len().try_into()?;
            host.input = host
                .blocks
                .add(input.to_vec())
                .map_err(HostError::into_trap)?;
        }
        let results = self.instance.call(function, &[])?;
        let mut host = self.instance.host();
        match (&results[..], host.error.take()) {
            ([] | [Value::I32(0)], None) => Ok(std::mem::take(&mut host.output)),
            (_, Some(error)) => Err(error.into()),
            (results, None) => Err(format!("`{function}` failed: {results:?}").into()),
        }
    }

    /// The lines that the plugin logged.
    pub fn take_log(&mut self) -> Vec<(Level, String)> {
        std::mem::take(&mut self.instance.host().log)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(plugin: &mut Plugin, function: &str, input: &str) -> Result<String, String> {
        let output = plugin.call(function, input.as_bytes());
        output
            .map(|bytes| String::from_utf8(bytes).expect("text"))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn vowels_are_counted() {
        let mut plugin = Plugin::built_in(&[]).expect("a plugin");
        assert_eq!(
            call(&mut plugin, "count_vowels", "Hello, World!").expect("counted"),
            r#"{"count":3,"total":3,"vowels":"aeiouAEIOU"}"#
        );
        assert_eq!(plugin.take_log(), [(Level::Info, "3 vowels".to_string())]);
        // The total is a variable, which outlives the call.
        assert_eq!(
            call(&mut plugin, "count_vowels", &"a".repeat(10_000)).expect("counted"),
            r#"{"count":10000,"total":10003,"vowels":"aeiouAEIOU"}"#
        );
        assert_eq!(
            call(&mut plugin, "count_vowels", "").expect("counted"),
            r#"{"count":0,"total":10003,"vowels":"aeiouAEIOU"}"#
        );
    }

    #[test]
    fn the_vowels_can_be_configured() {
        let mut plugin = Plugin::built_in(&[("vowels", "xyz")]).expect("a plugin");
        assert_eq!(
            call(&mut plugin, "count_vowels", "lazy fox").expect("counted"),
            r#"{"count":3,"total":3,"vowels":"xyz"}"#
        );
    }

    #[test]
    fn failures_are_told_in_words() {
        let mut plugin = Plugin::built_in(&[]).expect("a plugin");
        assert_eq!(
            call(&mut plugin, "fail", "bread").expect_err("fails"),
            "no bread today"
        );
        assert!(plugin.has("fail") && !plugin.has("sing") && !plugin.has("memory"));
        let error = call(&mut plugin, "sing", "").expect_err("no such function");
        assert_eq!(error, "no function `sing` is exported");
        // The plugin goes on.
        call(&mut plugin, "count_vowels", "a").expect("counted");
    }

    #[test]
    fn blocks_of_others_are_out_of_reach() {
        let mut plugin = Plugin::built_in(&[]).expect("a plugin");
        let error = call(&mut plugin, "stray", "four").expect_err("nothing there");
        assert_eq!(error, "host error: no block has 1 bytes at address 20");
    }
}
