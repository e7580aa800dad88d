//! A proxy-wasm filter by the toolkit's crate: marks requests, refuses some, tells the server's
//! name no further.
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, LogLevel};

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Info);
    proxy_wasm::set_root_context(|_| Box::new(Root::default()));
}}

#[derive(Default)]
struct Root {
    mark: String,
}

impl Context for Root {}

impl RootContext for Root {
    fn on_configure(&mut self, _: usize) -> bool {
        let configuration = self.get_plugin_configuration().unwrap_or_default();
        self.mark = String::from_utf8(configuration).unwrap_or_default();
        !self.mark.is_empty()
    }

    fn create_http_context(&self, context_id: u32) -> Option<Box<dyn HttpContext>> {
        let mark = self.mark.clone();
        Some(Box::new(Filter { context_id, mark }))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

struct Filter {
    context_id: u32,
    mark: String,
}

impl Context for Filter {}

impl HttpContext for Filter {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        if self.get_http_request_header("x-forbidden").is_some() {
            let headers = vec![("content-type", "text/plain")];
            self.send_http_response(403, headers, Some(b"forbidden"));
            return Action::Pause;
        }
        let path = self.get_http_request_header(":path").unwrap_or_default();
        let _ = proxy_wasm::hostcalls::log(LogLevel::Info, &format!("#{} {path}", self.context_id));
        self.add_http_request_header("x-filtered-by", &self.mark);
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        let count = self.get_http_response_headers().len();
        self.set_http_response_header("server", None);
        self.set_http_response_header("x-headers", Some(&count.to_string()));
        Action::Continue
    }

    fn on_http_response_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        if let Some(body) = self.get_http_response_body(0, size) {
            let body: Vec<u8> = body.iter().map(u8::to_ascii_uppercase).collect();
            self.set_http_response_body(0, size, &body);
        }
        assert!(end_of_stream);
        Action::Continue
    }
}
