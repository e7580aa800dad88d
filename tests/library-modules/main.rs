//! Uses modules from npm as libraries, and compares with what they answered in Node.
#![forbid(unsafe_code)]

mod argon2;
mod cjs_lexer;
mod es_lexer;
mod es_lexer_simd;
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
    es_lexer_simd::check();
    println!("es-module-lexer with vectors finds them as in Node");
    argon2::check();
    println!("argon2 hashes as its specification says, with vectors and without");
}
