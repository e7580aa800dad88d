//! [waPC](https://wapc.io): calls of named operations with bytes, from the host to the guest and
//! back. The guest fetches what it is asked, and delivers what it answers, by calling the host.

use std::fmt;

use wasm2rs_support::HostError;

use crate::Error;
use crate::guests::wapc as guest;

/// A call from the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call<'a> {
    /// Which of several of a kind is meant, by agreement.
    pub binding: &'a str,
    /// What the operation belongs to.
    pub namespace: &'a str,
    /// The operation.
    pub operation: &'a str,
    /// What it is given.
    pub payload: &'a [u8],
}

/// What answers calls from the guest. An error is told the guest in words.
pub type Handler = Box<dyn FnMut(Call<'_>) -> Result<Vec<u8>, String> + Send>;

/// What the guest can reach.
pub struct Host {
    handler: Handler,
    log: Vec<String>,
    /// What the guest is asked.
    operation: String,
    payload: Vec<u8>,
    /// What it answered.
    response: Vec<u8>,
    error: Option<String>,
    /// What it was answered last.
    host_response: Vec<u8>,
    host_error: String,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}

impl guest::Wapc for Host {
    fn console_log(
        caller: &mut guest::Caller<'_, Self>,
        text: i32,
        length: i32,
    ) -> Result<(), HostError> {
        let (host, memory) = caller.split();
        host.log.push(memory.read_string(text, length)?);
        Ok(())
    }

    fn guest_request(
        caller: &mut guest::Caller<'_, Self>,
        operation: i32,
        payload: i32,
    ) -> Result<(), HostError> {
        let (host, mut memory) = caller.split();
        memory.write(operation, host.operation.as_bytes())?;
        memory.write(payload, &host.payload)?;
        Ok(())
    }

    fn guest_response(
        caller: &mut guest::Caller<'_, Self>,
        response: i32,
        length: i32,
    ) -> Result<(), HostError> {
        let (host, memory) = caller.split();
        host.response = memory.read_vec(response, length)?;
        Ok(())
    }

    fn guest_error(
        caller: &mut guest::Caller<'_, Self>,
        error: i32,
        length: i32,
    ) -> Result<(), HostError> {
        let (host, memory) = caller.split();
        host.error = Some(memory.read_string(error, length)?);
        Ok(())
    }

    fn host_call(
        caller: &mut guest::Caller<'_, Self>,
        binding: i32,
        binding_length: i32,
        namespace: i32,
        namespace_length: i32,
        operation: i32,
        operation_length: i32,
        payload: i32,
        payload_length: i32,
    ) -> Result<i32, HostError> {
        let (host, memory) = caller.split();
        let answer = (host.handler)(Call {
            binding: &memory.read_string(binding, binding_length)?,
            namespace: &memory.read_string(namespace, namespace_length)?,
            operation: &memory.read_string(operation, operation_length)?,
            payload: memory.read(payload, payload_length)?,
        });
        match answer {
            Ok(response) => {
                host.host_response = response;
                Ok(1)
            }
            Err(error) => {
                host.host_error = error;
                Ok(0)
            }
        }
    }

    fn host_response_len(caller: &mut guest::Caller<'_, Self>) -> Result<i32, HostError> {
        Ok(i32::try_from(caller.host_response.len())?)
    }

    fn host_response(caller: &mut guest::Caller<'_, Self>, place: i32) -> Result<(), HostError> {
        let (host, mut memory) = caller.split();
        Ok(memory.write(place, &host.host_response)?)
    }

    fn host_error_len(caller: &mut guest::Caller<'_, Self>) -> Result<i32, HostError> {
        Ok(i32::try_from(caller.host_error.len())?)
    }

    fn host_error(caller: &mut guest::Caller<'_, Self>, place: i32) -> Result<(), HostError> {
        let (host, mut memory) = caller.split();
        Ok(memory.write(place, host.host_error.as_bytes())?)
    }
}

/// A waPC guest.
#[derive(Debug)]
pub struct Plugin {
    instance: guest::Instance<Host>,
}

impl Plugin {
    /// The one that is compiled in.
    ///
    /// # Errors
    /// When it can't be instantiated or initialized.
    pub fn built_in(handler: Handler) -> Result<Plugin, Error> {
        let instance = guest::Instance::new(Host {
            handler,
            log: Vec::new(),
            operation: String::new(),
            payload: Vec::new(),
            response: Vec::new(),
            error: None,
            host_response: Vec::new(),
            host_error: String::new(),
        })?;
        let mut plugin = Plugin { instance };
        // A guest may have any of these, to be called before all else.
        for name in ["_start", "_initialize", "wapc_init"] {
            if let Some(initialize) = plugin.instance.func(name) {
                initialize.call(&[])?;
            }
        }
        Ok(plugin)
    }

    /// Has the guest do an operation.
    ///
    /// # Errors
    /// What the guest says went wrong, or the trap it ended in.
    pub fn call(&mut self, operation: &str, payload: &[u8]) -> Result<Vec<u8>, Error> {
        let (operation_length, length) = (operation.len().try_into()?, payload.len().try_into()?);
        {
            let mut host = self.instance.host();
            host.operation = operation.to_string();
            host.payload = payload.to_vec();
            host.response.clear();
            host.error = None;
        }
        let success = self.instance.guest_call(operation_length, length)?;
        let mut host = self.instance.host();
        match (success, host.error.take()) {
            (1, _) => Ok(std::mem::take(&mut host.response)),
            (_, Some(error)) => Err(error.into()),
            (_, None) => Err(format!("the guest failed at `{operation}`").into()),
        }
    }

    /// The lines that the guest logged.
    pub fn take_log(&mut self) -> Vec<String> {
        std::mem::take(&mut self.instance.host().log)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plugin whose host says what it was asked.
    fn plugin() -> Plugin {
        Plugin::built_in(Box::new(|call| {
            let Call {
                binding,
                namespace,
                operation,
                payload,
            } = call;
            match String::from_utf8_lossy(payload).as_ref() {
                "nothing" => Err("there is nothing".to_string()),
                text => Ok(format!("{binding}/{namespace}/{operation}: {text}").into_bytes()),
            }
        }))
        .expect("a guest")
    }

    fn call(plugin: &mut Plugin, operation: &str, payload: &str) -> Result<String, String> {
        let answer = plugin.call(operation, payload.as_bytes());
        answer
            .map(|bytes| String::from_utf8(bytes).expect("text"))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn operations_are_called_by_name() {
        let mut plugin = plugin();
        assert_eq!(
            call(&mut plugin, "hello", "waPC").expect("said"),
            "Hello, waPC!"
        );
        assert_eq!(plugin.take_log(), ["greeting waPC"]);
        let long = "long ".repeat(50_000);
        let answer = call(&mut plugin, "hello", &long).expect("said");
        assert_eq!(answer, format!("Hello, {long}!"));
    }

    #[test]
    fn the_guest_calls_back() {
        let mut plugin = plugin();
        assert_eq!(
            call(&mut plugin, "ask", "something").expect("answered"),
            "the host says: binding/sample/ask: something"
        );
        assert_eq!(
            call(&mut plugin, "ask", "nothing").expect_err("the host failed"),
            "Host error: there is nothing"
        );
    }

    #[test]
    fn failures_are_told_in_words() {
        let mut plugin = plugin();
        assert_eq!(
            call(&mut plugin, "fail", "").expect_err("fails"),
            "on purpose"
        );
        assert_eq!(
            call(&mut plugin, "dance", "").expect_err("no such operation"),
            "No handler registered for function dance"
        );
        assert_eq!(
            call(&mut plugin, "hello", "you").expect("said"),
            "Hello, you!"
        );
    }
}
