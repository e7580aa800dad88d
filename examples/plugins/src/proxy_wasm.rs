//! [proxy-wasm](https://github.com/proxy-wasm/spec), version 0.2.1: filters that a proxy asks about
//! each request and each answer. A filter gets at headers and bodies by calling the proxy, which
//! puts what it gives where the filter's `malloc` says.
//!
//! This host has what a filter of HTTP needs: headers, bodies, configuration, properties, answers
//! of the filter's own, the log. What else there is, it says that it doesn't have.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use wasm2rs_support::HostError;

use crate::Error;
use crate::guests::proxy_wasm as guest;

type Caller<'a> = guest::Caller<'a, Host>;

/// What functions of the proxy return (`proxy_status_t`).
const OK: i32 = 0;
const NOT_FOUND: i32 = 1;
const BAD_ARGUMENT: i32 = 2;
const UNIMPLEMENTED: i32 = 12;

/// Kinds of headers (`proxy_map_type_t`).
const REQUEST_HEADERS: i32 = 0;
const RESPONSE_HEADERS: i32 = 2;

/// Kinds of buffers (`proxy_buffer_type_t`).
const REQUEST_BODY: i32 = 0;
const RESPONSE_BODY: i32 = 1;
const PLUGIN_CONFIGURATION: i32 = 7;

/// The context of the plugin as a whole.
const ROOT: i32 = 1;

/// A request or an answer, as it is when the filter has seen it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Names and values, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Message {
    /// A message with these headers.
    pub fn new(headers: &[(&str, &str)], body: &[u8]) -> Message {
        let headers = headers.iter();
        Message {
            headers: headers
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
            body: body.to_vec(),
        }
    }

    /// The value of the first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn remove(&mut self, name: &str) {
        self.headers
            .retain(|(other, _)| !other.eq_ignore_ascii_case(name));
    }
}

/// What a filter wants.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The message goes on, as the filter left it.
    Continue(Message),
    /// The proxy is to wait.
    Pause,
    /// The proxy is to answer this.
    Respond {
        /// The status of HTTP.
        status: i32,
        /// The rest of the answer.
        response: Message,
    },
}

/// What is known of a request under way.
#[derive(Debug, Default)]
struct Stream {
    request: Message,
    response: Message,
    /// The filter's own answer.
    local: Option<(i32, Message)>,
}

/// What the filter can reach.
#[derive(Debug, Default)]
pub struct Host {
    configuration: Vec<u8>,
    properties: BTreeMap<Vec<u8>, Vec<u8>>,
    log: Vec<(i32, String)>,
    streams: BTreeMap<i32, Stream>,
    /// The context that calls are about.
    active: i32,
}

impl Host {
    /// The message with the headers of a kind.
    fn message(&mut self, kind: i32) -> Option<&mut Message> {
        let stream = self.streams.get_mut(&self.active)?;
        match kind {
            REQUEST_HEADERS => Some(&mut stream.request),
            RESPONSE_HEADERS => Some(&mut stream.response),
            _ => None,
        }
    }

    fn buffer(&mut self, kind: i32) -> Option<&mut Vec<u8>> {
        match kind {
            REQUEST_BODY => Some(&mut self.streams.get_mut(&self.active)?.request.body),
            RESPONSE_BODY => Some(&mut self.streams.get_mut(&self.active)?.response.body),
            PLUGIN_CONFIGURATION => Some(&mut self.configuration),
            _ => None,
        }
    }
}

/// Gives bytes to the filter: puts them where it says, and tells it where at two addresses.
fn give(caller: &mut Caller<'_>, bytes: &[u8], place: i32, size: i32) -> Result<i32, HostError> {
    let length = i32::try_from(bytes.len())?;
    let block = caller.instance().malloc(length)?;
    if block == 0 {
        return Err(HostError::message("the filter has no room"));
    }
    let mut memory = caller.memory();
    memory.write(block, bytes)?;
    memory.store(place, block)?;
    memory.store(size, length)?;
    Ok(OK)
}

/// Headers as they are passed: how many, their lengths, and each followed by a zero.
fn encode(headers: &[(String, String)]) -> Vec<u8> {
    let mut bytes = (headers.len() as u32).to_le_bytes().to_vec();
    for (name, value) in headers {
        bytes.extend((name.len() as u32).to_le_bytes());
        bytes.extend((value.len() as u32).to_le_bytes());
    }
    for text in headers.iter().flat_map(|(name, value)| [name, value]) {
        bytes.extend(text.as_bytes());
        bytes.push(0);
    }
    bytes
}

/// The headers in such bytes; none if that is not what they are.
fn decode(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    let Some((count, rest)) = bytes.split_first_chunk() else {
        // No bytes are no headers.
        return bytes.is_empty().then(Vec::new);
    };
    let count = u32::from_le_bytes(*count) as usize;
    let (lengths, mut texts) = rest.split_at_checked(count.checked_mul(8)?)?;
    let mut text = |length: &[u8]| {
        let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
        let (text, rest) = texts.split_at_checked(length)?;
        texts = rest.strip_prefix(&[0])?;
        Some(String::from_utf8_lossy(text).into_owned())
    };
    lengths
        .chunks_exact(8)
        .map(|lengths| Some((text(&lengths[..4])?, text(&lengths[4..])?)))
        .collect()
}

/// Functions that this host does not have.
macro_rules! unimplemented_functions {
    ($($name:ident($($arg:ident: $arg_type:ty),*);)*) => {
        $(
            fn $name(_: &mut Caller<'_>, $($arg: $arg_type),*) -> Result<i32, HostError> {
                Ok(UNIMPLEMENTED)
            }
        )*
    };
}

impl guest::Env for Host {
    fn proxy_log(
        caller: &mut Caller<'_>,
        level: i32,
        text: i32,
        length: i32,
    ) -> Result<i32, HostError> {
        let (host, memory) = caller.split();
        host.log.push((level, memory.read_string(text, length)?));
        Ok(OK)
    }

    fn proxy_get_log_level(caller: &mut Caller<'_>, place: i32) -> Result<i32, HostError> {
        // 2: information.
        caller.memory().store(place, 2)?;
        Ok(OK)
    }

    fn proxy_get_current_time_nanoseconds(
        caller: &mut Caller<'_>,
        place: i32,
    ) -> Result<i32, HostError> {
        let time = SystemTime::now().duration_since(UNIX_EPOCH)?;
        caller
            .memory()
            .store(place, u64::try_from(time.as_nanos())?)?;
        Ok(OK)
    }

    fn proxy_get_buffer_bytes(
        caller: &mut Caller<'_>,
        kind: i32,
        start: i32,
        length: i32,
        place: i32,
        size: i32,
    ) -> Result<i32, HostError> {
        let Some(buffer) = caller.buffer(kind) else {
            return Ok(NOT_FOUND);
        };
        let (start, length) = (
            start.cast_unsigned() as usize,
            length.cast_unsigned() as usize,
        );
        let end = start.saturating_add(length).min(buffer.len());
        let Some(bytes) = buffer.get(start..end).map(<[u8]>::to_vec) else {
            return Ok(BAD_ARGUMENT);
        };
        give(caller, &bytes, place, size)
    }

    fn proxy_set_buffer_bytes(
        caller: &mut Caller<'_>,
        kind: i32,
        start: i32,
        length: i32,
        bytes: i32,
        size: i32,
    ) -> Result<i32, HostError> {
        let (host, memory) = caller.split();
        let bytes = memory.read_vec(bytes, size)?;
        let Some(buffer) = host.buffer(kind) else {
            return Ok(NOT_FOUND);
        };
        let (start, length) = (
            start.cast_unsigned() as usize,
            length.cast_unsigned() as usize,
        );
        // What lies behind the end is the end: so are bytes added there.
        let start = start.min(buffer.len());
        let end = start.saturating_add(length).min(buffer.len());
        buffer.splice(start..end, bytes);
        Ok(OK)
    }

    fn proxy_get_header_map_pairs(
        caller: &mut Caller<'_>,
        kind: i32,
        place: i32,
        size: i32,
    ) -> Result<i32, HostError> {
        let Some(message) = caller.message(kind) else {
            return Ok(BAD_ARGUMENT);
        };
        let bytes = encode(&message.headers);
        give(caller, &bytes, place, size)
    }

    fn proxy_set_header_map_pairs(
        caller: &mut Caller<'_>,
        kind: i32,
        headers: i32,
        size: i32,
    ) -> Result<i32, HostError> {
        let (host, memory) = caller.split();
        match (host.message(kind), decode(memory.read(headers, size)?)) {
            (Some(message), Some(headers)) => {
                message.headers = headers;
                Ok(OK)
            }
            _ => Ok(BAD_ARGUMENT),
        }
    }

    fn proxy_get_header_map_value(
        caller: &mut Caller<'_>,
        kind: i32,
        name: i32,
        name_length: i32,
        place: i32,
        size: i32,
    ) -> Result<i32, HostError> {
        let name = caller.memory().read_string(name, name_length)?;
        let Some(message) = caller.message(kind) else {
            return Ok(BAD_ARGUMENT);
        };
        match message.header(&name).map(str::to_string) {
            Some(value) => give(caller, value.as_bytes(), place, size),
            None => Ok(NOT_FOUND),
        }
    }

    fn proxy_add_header_map_value(
        caller: &mut Caller<'_>,
        kind: i32,
        name: i32,
        name_length: i32,
        value: i32,
        value_length: i32,
    ) -> Result<i32, HostError> {
        let (host, memory) = caller.split();
        let name = memory.read_string(name, name_length)?;
        let value = memory.read_string(value, value_length)?;
        let Some(message) = host.message(kind) else {
            return Ok(BAD_ARGUMENT);
        };
        message.headers.push((name, value));
        Ok(OK)
    }

    fn proxy_replace_header_map_value(
        caller: &mut Caller<'_>,
        kind: i32,
        name: i32,
        name_length: i32,
        value: i32,
        value_length: i32,
    ) -> Result<i32, HostError> {
        let removed = Self::proxy_remove_header_map_value(caller, kind, name, name_length)?;
        if removed != OK {
            return Ok(removed);
        }
        Self::proxy_add_header_map_value(caller, kind, name, name_length, value, value_length)
    }

    fn proxy_remove_header_map_value(
        caller: &mut Caller<'_>,
        kind: i32,
        name: i32,
        name_length: i32,
    ) -> Result<i32, HostError> {
        let (host, memory) = caller.split();
        let name = memory.read_string(name, name_length)?;
        let Some(message) = host.message(kind) else {
            return Ok(BAD_ARGUMENT);
        };
        message.remove(&name);
        Ok(OK)
    }

    fn proxy_get_property(
        caller: &mut Caller<'_>,
        path: i32,
        path_length: i32,
        place: i32,
        size: i32,
    ) -> Result<i32, HostError> {
        // The path's parts are separated by zeros.
        let path = caller.memory().read_vec(path, path_length)?;
        match caller.properties.get(&path).cloned() {
            Some(value) => give(caller, &value, place, size),
            None => Ok(NOT_FOUND),
        }
    }

    fn proxy_set_property(
        caller: &mut Caller<'_>,
        path: i32,
        path_length: i32,
        value: i32,
        value_length: i32,
    ) -> Result<i32, HostError> {
        let (host, memory) = caller.split();
        let path = memory.read_vec(path, path_length)?;
        let value = memory.read_vec(value, value_length)?;
        host.properties.insert(path, value);
        Ok(OK)
    }

    fn proxy_send_local_response(
        caller: &mut Caller<'_>,
        status: i32,
        _details: i32,
        _details_length: i32,
        body: i32,
        body_length: i32,
        headers: i32,
        headers_length: i32,
        _grpc_status: i32,
    ) -> Result<i32, HostError> {
        let (host, memory) = caller.split();
        let body = memory.read_vec(body, body_length)?;
        let headers = decode(memory.read(headers, headers_length)?);
        match (host.streams.get_mut(&host.active), headers) {
            (Some(stream), Some(headers)) => {
                stream.local = Some((status, Message { headers, body }));
                Ok(OK)
            }
            _ => Ok(BAD_ARGUMENT),
        }
    }

    fn proxy_set_effective_context(
        caller: &mut Caller<'_>,
        context: i32,
    ) -> Result<i32, HostError> {
        if context != ROOT && !caller.streams.contains_key(&context) {
            return Ok(BAD_ARGUMENT);
        }
        caller.active = context;
        Ok(OK)
    }

    fn proxy_done(_: &mut Caller<'_>) -> Result<i32, HostError> {
        Ok(OK)
    }

    unimplemented_functions! {
        proxy_set_tick_period_milliseconds(_a: i32);
        proxy_continue_stream(_a: i32);
        proxy_close_stream(_a: i32);
        proxy_get_status(_a: i32, _b: i32, _c: i32);
        proxy_get_shared_data(_a: i32, _b: i32, _c: i32, _d: i32, _e: i32);
        proxy_set_shared_data(_a: i32, _b: i32, _c: i32, _d: i32, _e: i32);
        proxy_register_shared_queue(_a: i32, _b: i32, _c: i32);
        proxy_resolve_shared_queue(_a: i32, _b: i32, _c: i32, _d: i32, _e: i32);
        proxy_enqueue_shared_queue(_a: i32, _b: i32, _c: i32);
        proxy_dequeue_shared_queue(_a: i32, _b: i32, _c: i32);
        proxy_define_metric(_a: i32, _b: i32, _c: i32, _d: i32);
        proxy_get_metric(_a: i32, _b: i32);
        proxy_record_metric(_a: i32, _b: i64);
        proxy_increment_metric(_a: i32, _b: i64);
        proxy_http_call(
            _a: i32, _b: i32, _c: i32, _d: i32, _e: i32, _f: i32, _g: i32, _h: i32, _i: i32, _j: i32
        );
        proxy_grpc_call(
            _a: i32, _b: i32, _c: i32, _d: i32, _e: i32, _f: i32, _g: i32, _h: i32, _i: i32,
            _j: i32, _k: i32, _l: i32
        );
        proxy_grpc_stream(
            _a: i32, _b: i32, _c: i32, _d: i32, _e: i32, _f: i32, _g: i32, _h: i32, _i: i32
        );
        proxy_grpc_send(_a: i32, _b: i32, _c: i32, _d: i32);
        proxy_grpc_cancel(_a: i32);
        proxy_grpc_close(_a: i32);
        proxy_call_foreign_function(_a: i32, _b: i32, _c: i32, _d: i32, _e: i32, _f: i32);
    }
}

/// A filter.
#[derive(Debug)]
pub struct Filter {
    instance: guest::Instance<Host>,
    contexts: i32,
}

/// A request that a filter is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamId(i32);

impl Filter {
    /// The one that is compiled in, with its configuration.
    ///
    /// # Errors
    /// When it can't be instantiated, or does not accept the configuration.
    pub fn built_in(configuration: &str) -> Result<Filter, Error> {
        let instance = guest::Instance::new(Host {
            configuration: configuration.as_bytes().to_vec(),
            ..Host::default()
        })?;
        let mut filter = Filter {
            instance,
            contexts: ROOT,
        };
        let instance = &mut filter.instance;
        for name in ["_initialize", "_start"] {
            if let Some(initialize) = instance.func(name) {
                initialize.call(&[])?;
                break;
            }
        }
        instance.host().active = ROOT;
        instance.proxy_on_context_create(ROOT, 0)?;
        if instance.proxy_on_vm_start(ROOT, 0)? == 0 {
            return Err("the filter does not start".into());
        }
        let size = i32::try_from(configuration.len())?;
        if instance.proxy_on_configure(ROOT, size)? == 0 {
            return Err("the filter does not accept its configuration".into());
        }
        Ok(filter)
    }

    /// Begins with a request.
    ///
    /// # Errors
    /// When the filter traps.
    pub fn open(&mut self) -> Result<StreamId, Error> {
        self.contexts += 1;
        let context = self.contexts;
        let mut host = self.instance.host();
        host.streams.insert(context, Stream::default());
        host.active = context;
        drop(host);
        self.instance.proxy_on_context_create(context, ROOT)?;
        Ok(StreamId(context))
    }

    /// Shows the filter a request.
    ///
    /// # Errors
    /// When the filter traps, or the stream is closed.
    pub fn request(&mut self, stream: StreamId, request: Message) -> Result<Verdict, Error> {
        let (headers, body) = sizes(&request)?;
        self.stream(stream, |stream| stream.request = request)?;
        let instance = &mut self.instance;
        let mut action =
            instance.proxy_on_request_headers(stream.0, headers, (body == 0).into())?;
        if action == 0 && body != 0 {
            action = instance.proxy_on_request_body(stream.0, body, 1)?;
        }
        self.verdict(stream, action, |stream| stream.request.clone())
    }

    /// Shows the filter the answer to a request.
    ///
    /// # Errors
    /// As [`Filter::request`].
    pub fn response(&mut self, stream: StreamId, response: Message) -> Result<Verdict, Error> {
        let (headers, body) = sizes(&response)?;
        self.stream(stream, |stream| stream.response = response)?;
        let instance = &mut self.instance;
        let mut action =
            instance.proxy_on_response_headers(stream.0, headers, (body == 0).into())?;
        if action == 0 && body != 0 {
            action = instance.proxy_on_response_body(stream.0, body, 1)?;
        }
        self.verdict(stream, action, |stream| stream.response.clone())
    }

    /// Ends with a request.
    ///
    /// # Errors
    /// As [`Filter::request`].
    pub fn close(&mut self, stream: StreamId) -> Result<(), Error> {
        self.stream(stream, |_| ())?;
        if self.instance.proxy_on_done(stream.0)? != 0 {
            self.instance.proxy_on_log(stream.0)?;
            self.instance.proxy_on_delete(stream.0)?;
        }
        self.instance.host().streams.remove(&stream.0);
        Ok(())
    }

    /// The lines that the filter logged, with their levels.
    pub fn take_log(&mut self) -> Vec<(i32, String)> {
        std::mem::take(&mut self.instance.host().log)
    }

    /// Makes a stream the one that calls are about.
    fn stream<R>(
        &mut self,
        stream: StreamId,
        f: impl FnOnce(&mut Stream) -> R,
    ) -> Result<R, Error> {
        let mut host = self.instance.host();
        host.active = stream.0;
        let stream = host.streams.get_mut(&stream.0);
        Ok(f(stream.ok_or("the stream is closed")?))
    }

    fn verdict(
        &mut self,
        stream: StreamId,
        action: i32,
        message: impl FnOnce(&Stream) -> Message,
    ) -> Result<Verdict, Error> {
        self.stream(stream, |stream| match stream.local.take() {
            Some((status, response)) => Verdict::Respond { status, response },
            None if action == 0 => Verdict::Continue(message(stream)),
            None => Verdict::Pause,
        })
    }
}

/// How many headers a message has, and how many bytes its body.
fn sizes(message: &Message) -> Result<(i32, i32), Error> {
    let headers = i32::try_from(message.headers.len())?;
    Ok((headers, i32::try_from(message.body.len())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_marked_and_answers_changed() {
        let mut filter = Filter::built_in("wasm2rs").expect("a filter");
        let stream = filter.open().expect("a stream");
        let request = Message::new(&[(":method", "GET"), (":path", "/plugins")], b"");
        let verdict = filter.request(stream, request.clone()).expect("a verdict");
        let mut marked = request;
        marked
            .headers
            .push(("x-filtered-by".to_string(), "wasm2rs".to_string()));
        assert_eq!(verdict, Verdict::Continue(marked));
        assert_eq!(filter.take_log(), [(2, "#2 /plugins".to_string())]);

        let response = Message::new(
            &[
                (":status", "200"),
                ("Server", "secret/1.0"),
                ("x-headers", "?"),
            ],
            b"hello",
        );
        let Verdict::Continue(response) = filter.response(stream, response).expect("a verdict")
        else {
            panic!("it must go on");
        };
        assert_eq!(response.header("server"), None);
        assert_eq!(response.header("x-headers"), Some("3"));
        assert_eq!(response.body, b"HELLO");
        filter.close(stream).expect("closed");
        let error = filter
            .request(stream, Message::default())
            .expect_err("closed");
        assert_eq!(error.to_string(), "the stream is closed");
    }

    #[test]
    fn requests_are_refused() {
        let mut filter = Filter::built_in("x").expect("a filter");
        let allowed = filter.open().expect("a stream");
        let refused = filter.open().expect("a stream");
        let request = Message::new(&[(":path", "/"), ("X-Forbidden", "")], b"body");
        assert_eq!(
            filter.request(refused, request).expect("a verdict"),
            Verdict::Respond {
                status: 403,
                response: Message::new(&[("content-type", "text/plain")], b"forbidden"),
            }
        );
        // Streams are apart.
        let request = Message::new(&[(":path", "/")], b"body");
        let verdict = filter.request(allowed, request).expect("a verdict");
        assert!(matches!(verdict, Verdict::Continue(message) if message.body == b"body"));
    }

    #[test]
    fn a_configuration_is_needed() {
        let error = Filter::built_in("").expect_err("none");
        assert_eq!(
            error.to_string(),
            "the filter does not accept its configuration"
        );
    }

    #[test]
    fn headers_are_passed_as_bytes() {
        let headers = Message::new(&[("a", "1"), ("", ""), ("name", "a value")], b"").headers;
        let bytes = encode(&headers);
        assert_eq!(decode(&bytes), Some(headers));
        for length in 1..bytes.len() {
            assert_eq!(decode(&bytes[..length]), None);
        }
        assert_eq!(decode(&[]), Some(vec![]));
        assert_eq!(decode(&[0xFF; 12]), None);
    }
}
