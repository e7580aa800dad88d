//! Argon2, the hash for passwords, in the form with vectors and in that without.

use wasm2rs_support::HostError;

/// What Emscripten's programs ask for.
struct Host;

/// A form of the module, whose exports have the names that a minifier gave them.
macro_rules! form {
    ($name:ident, $file:literal) => {
        mod $name {
            use super::{Answer, Host, HostError, Input};

            mod module {
                wasm2rs_support::include_wasm!($file);
            }
            use module::{Caller, Instance};

            impl module::A for Host {
                fn a(
                    caller: &mut Caller<'_, Self>,
                    to: i32,
                    from: i32,
                    length: i32,
                ) -> Result<i32, HostError> {
                    let mut memory = caller.memory();
                    let bytes = memory
                        .read(from.cast_unsigned(), length.cast_unsigned())?
                        .to_vec();
                    memory.write(to.cast_unsigned(), &bytes)?;
                    Ok(to)
                }

                fn b(caller: &mut Caller<'_, Self>, size: i32) -> Result<i32, HostError> {
                    let mut memory = caller.memory();
                    let size = size.cast_unsigned() as usize;
                    let missing = size.saturating_sub(memory.data().len()).div_ceil(1 << 16);
                    Ok(i32::from(memory.grow(missing as u32).is_some()))
                }
            }

            pub struct Argon2(Instance<Host>);

            impl Argon2 {
                pub fn new() -> Argon2 {
                    let mut instance = Instance::new(Host).expect("an instance");
                    instance.d().expect("no trap");
                    Argon2(instance)
                }

                /// A place with these bytes and a zero; null for none.
                fn put(&mut self, bytes: &[u8]) -> i32 {
                    if bytes.is_empty() {
                        return 0;
                    }
                    let place = self.0.f(bytes.len() as i32 + 1).expect("no trap");
                    let bytes = [bytes, &[0]].concat();
                    self.0
                        .c()
                        .write(place.cast_unsigned(), &bytes)
                        .expect("room");
                    place
                }

                fn text(&mut self, place: i32) -> String {
                    let memory = self.0.c();
                    let bytes = memory.data()[place as usize..].iter();
                    let bytes = bytes.copied().take_while(|byte| *byte != 0).collect();
                    String::from_utf8(bytes).expect("text")
                }

                pub fn hash(&mut self, input: &Input) -> Answer {
                    let length = input.salt.len() as i32;
                    let Input {
                        kind,
                        passes,
                        memory,
                        lanes,
                        ..
                    } = *input;
                    let size = self.0.j(passes, memory, lanes, length, 32, kind);
                    let size = size.expect("no trap");
                    let hash = self.0.f(32).expect("no trap");
                    let encoded = self.0.f(size + 1).expect("no trap");
                    let places = [input.password, input.salt, input.secret, input.data]
                        .map(|bytes| (self.put(bytes), bytes.len() as i32));
                    let [password, salt, secret, data] = places;
                    #[rustfmt::skip]
                    let error = self.0.l(
                        passes, memory, lanes, password.0, password.1, salt.0, salt.1, hash, 32,
                        encoded, size, kind, secret.0, secret.1, data.0, data.1, 0x13,
                    );
                    let error = error.expect("no trap");
                    let answer = if error == 0 {
                        let hash = self.0.c().read(hash.cast_unsigned(), 32).expect("it").to_vec();
                        let hex = hash.iter().map(|byte| format!("{byte:02x}")).collect();
                        Ok((hex, self.text(encoded)))
                    } else {
                        let message = self.0.i(error).expect("no trap");
                        Err((error, self.text(message)))
                    };
                    let taken = places.map(|(place, _)| place);
                    for place in taken.into_iter().chain([hash, encoded]) {
                        self.0.g(place).expect("no trap");
                    }
                    answer
                }

                /// 0 if the password is the one whose hash this is.
                pub fn verify(&mut self, encoded: &str, password: &str, kind: i32) -> i32 {
                    let encoded = self.put(encoded.as_bytes());
                    let place = self.put(password.as_bytes());
                    let answer = self.0.h(encoded, place, password.len() as i32, kind);
                    answer.expect("no trap")
                }
            }
        }
    };
}

form!(vectors, "wasm/argon2_simd.wasm");
form!(scalar, "wasm/argon2.wasm");

const D: i32 = 0;
const I: i32 = 1;
const ID: i32 = 2;

/// What is hashed, and how.
struct Input {
    kind: i32,
    passes: i32,
    memory: i32,
    lanes: i32,
    password: &'static [u8],
    salt: &'static [u8],
    secret: &'static [u8],
    data: &'static [u8],
}

/// The hash, and it with its parameters as text; or an error's number and text.
type Answer = Result<(String, String), (i32, String)>;

/// The inputs of RFC 9106, section 5.
const fn of_the_rfc(kind: i32) -> Input {
    Input {
        kind,
        passes: 3,
        memory: 32,
        lanes: 4,
        password: &[1; 32],
        salt: &[2; 16],
        secret: &[3; 8],
        data: &[4; 12],
    }
}

const fn plain(kind: i32, memory: i32, salt: &'static [u8]) -> Input {
    Input {
        kind,
        passes: 2,
        memory,
        lanes: 1,
        password: b"password",
        salt,
        secret: &[],
        data: &[],
    }
}

/// The hashes of the RFC, those that Argon2's own tests have for these inputs, and an error.
const CASES: [(Input, Result<(&str, &str), (i32, &str)>); 6] = [
    (
        of_the_rfc(D),
        Ok((
            "512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb",
            "$argon2d$v=19$m=32,t=3,p=4$AgICAgICAgICAgICAgICAg$\
             USs5G28RYpdTcdMJGXNClPho4745hPPBoTpNufq+Sss",
        )),
    ),
    (
        of_the_rfc(I),
        Ok((
            "c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8",
            "$argon2i$v=19$m=32,t=3,p=4$AgICAgICAgICAgICAgICAg$\
             yBTZ0dx/N6oT8Nd/JJS9ocjeawFt04jSmVKkxGcrbOg",
        )),
    ),
    (
        of_the_rfc(ID),
        Ok((
            "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659",
            "$argon2id$v=19$m=32,t=3,p=4$AgICAgICAgICAgICAgICAg$\
             DWQN9Y14dmwIwDejSotTydAe8EUtdbZetSUg6WsB5lk",
        )),
    ),
    (
        plain(I, 65536, b"somesalt"),
        Ok((
            "c1628832147d9720c5bd1cfd61367078729f6dfb6f8fea9ff98158e0d7816ed0",
            "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$\
             wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
        )),
    ),
    (
        plain(ID, 65536, b"somesalt"),
        Ok((
            "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7",
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$\
             CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        )),
    ),
    (plain(ID, 256, b"some"), Err((-6, "Salt is too short"))),
];

pub fn check() {
    let (mut vectors, mut scalar) = (vectors::Argon2::new(), scalar::Argon2::new());
    for (input, expected) in &CASES {
        let expected = expected.map(|(hash, text)| (hash.to_string(), text.to_string()));
        let expected = expected.map_err(|(error, text)| (error, text.to_string()));
        assert_eq!(vectors.hash(input), expected);
        assert_eq!(scalar.hash(input), expected);
    }
    let encoded = CASES[4].1.expect("a hash").1;
    for (password, answer) in [("password", 0), ("passwore", -35)] {
        assert_eq!(vectors.verify(encoded, password, ID), answer);
        assert_eq!(scalar.verify(encoded, password, ID), answer);
    }
}
