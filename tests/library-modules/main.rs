//! Uses modules from npm as libraries, and compares with what they answered in Node.
#![forbid(unsafe_code)]

mod cjs_lexer;
mod es_lexer;
mod llhttp;
mod source_map;

fn main() {
    llhttp::check();
    println!("llhttp parses as in Node");
    source_map::check();
    println!("source-map reads mappings as in Node");
    cjs_lexer::check();
    println!("cjs-module-lexer finds exports as in Node");
    es_lexer::check();
    println!("es-module-lexer finds imports and exports as in Node");
}
