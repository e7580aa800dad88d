//! Expressions as Rust, with parentheses only where Rust needs them: rustc's check for redundant
//! ones takes quadratic time even where the lint is allowed.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::function::Writer;
use super::{global_field, ident, numbered};
use crate::lower::tree::{Binary, Expression, ObjectRead, Ternary, Unary};
use crate::module::ValueType;

/// How tightly the outermost operator of an expression binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Compare,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Add,
    Multiply,
    Cast,
    Unary,
    Atom,
}

/// An expression, and how tightly it binds.
struct Piece(TokenStream, Level);

impl Piece {
    fn atom(tokens: TokenStream) -> Piece {
        Piece(tokens, Level::Atom)
    }

    /// As an operand where at least `level` is needed.
    fn at(self, level: Level) -> TokenStream {
        let Piece(tokens, own) = self;
        if own >= level {
            tokens
        } else {
            quote!((#tokens))
        }
    }

    fn cast(self, to: &str) -> Piece {
        let operand = self.at(Level::Cast);
        let to = ident(to);
        Piece(quote!(#operand as #to), Level::Cast)
    }

    fn method(self, name: &str, arg: Option<TokenStream>) -> Piece {
        let receiver = self.at(Level::Atom);
        let name = ident(name);
        Piece::atom(quote!(#receiver.#name(#arg)))
    }
}

impl Writer<'_> {
    /// The expression, to stand alone or as an argument.
    pub fn expression(&mut self, expression: &Expression) -> TokenStream {
        self.piece(expression).0
    }

    /// The expression as a `bool`: whether it is not zero.
    pub fn condition(&mut self, expression: &Expression) -> TokenStream {
        self.bool(expression).0
    }

    fn bool(&mut self, expression: &Expression) -> Piece {
        match expression {
            Expression::Binary(op, operands) => {
                if let Some(comparison) = comparison(*op) {
                    return self.compare(comparison, &operands.0, &operands.1);
                }
            }
            Expression::Unary(Unary::I32Eqz, operand) => {
                if let Some(opposite) = self.negated(operand) {
                    return opposite;
                }
                let operand = self.piece(operand).at(Level::BitOr);
                return Piece(quote!(#operand == 0), Level::Compare);
            }
            Expression::Unary(Unary::I64Eqz, operand) => {
                let operand = self.piece(operand).at(Level::BitOr);
                return Piece(quote!(#operand == 0), Level::Compare);
            }
            Expression::IsNull(reference) => return self.piece(reference).method("is_none", None),
            Expression::Object(ObjectRead::RefTest(cast), operands) => {
                return Piece::atom(self.object_test(*cast, &operands[0]));
            }
            Expression::IsCaught(tag) => {
                let tag = Literal::u32_unsuffixed(*tag);
                return Piece::atom(quote!(c.is_caught(c.s.tags[#tag])));
            }
            _ => {}
        }
        let number = self.piece(expression).at(Level::BitOr);
        Piece(quote!(#number != 0), Level::Compare)
    }

    /// The opposite of a truth value; `None` for a number that is none.
    fn negated(&mut self, expression: &Expression) -> Option<Piece> {
        match expression {
            Expression::Unary(Unary::I32Eqz, inner) => Some(self.bool(inner)),
            Expression::Unary(Unary::I64Eqz, _)
            | Expression::IsNull(_)
            | Expression::Object(ObjectRead::RefTest(_), _)
            | Expression::IsCaught(_) => {
                let truth = self.bool(expression).at(Level::Unary);
                Some(Piece(quote!(!#truth), Level::Unary))
            }
            Expression::Binary(op, operands) => {
                let comparison = comparison(*op)?;
                let Some(opposite) = comparison.opposite() else {
                    let truth = self.bool(expression).at(Level::Unary);
                    return Some(Piece(quote!(!#truth), Level::Unary));
                };
                Some(self.compare(opposite, &operands.0, &operands.1))
            }
            _ => None,
        }
    }

    fn compare(&mut self, comparison: Comparison, left: &Expression, right: &Expression) -> Piece {
        let (mut left, mut right) = (self.piece(left), self.piece(right));
        if let Some(unsigned) = comparison.unsigned {
            left = left.cast(unsigned);
            right = right.cast(unsigned);
        }
        // `a as u32 < b` would be read as the start of generic arguments.
        let left = left.at(if comparison.op == "<" {
            Level::Unary
        } else {
            Level::BitOr
        });
        let right = right.at(Level::BitOr);
        let op: TokenStream = match comparison.op {
            "==" => quote!(==),
            "!=" => quote!(!=),
            "<" => quote!(<),
            ">" => quote!(>),
            "<=" => quote!(<=),
            _ => quote!(>=),
        };
        Piece(quote!(#left #op #right), Level::Compare)
    }

    fn piece(&mut self, expression: &Expression) -> Piece {
        match expression {
            Expression::I32(value) => integer((*value).into(), "i32"),
            Expression::I64(value) => integer(*value, "i64"),
            Expression::F32(bits) => f32_literal(*bits),
            Expression::F64(bits) => f64_literal(*bits),
            Expression::V128(bits) => Piece::atom(vector_literal(*bits)),
            Expression::Null(ValueType::FuncRef) => Piece::atom(quote!(None::<FuncRef>)),
            Expression::Null(ValueType::ExnRef) => Piece::atom(quote!(None::<ExnRef>)),
            Expression::Null(ValueType::AnyRef) => Piece::atom(quote!(None::<AnyRef>)),
            Expression::Null(_) => Piece::atom(quote!(None::<ExternRef>)),
            Expression::Local(local) => Piece::atom(self.local(*local)),
            Expression::Temp(temp) => Piece::atom(self.temp(*temp)),
            Expression::Global(index) => Piece::atom(self.global(*index)),
            Expression::Unary(op, operand) => self.unary(*op, operand),
            Expression::Binary(op, operands) => self.binary(*op, &operands.0, &operands.1),
            Expression::Ternary(op, operands) => {
                let (a, b, c) = &**operands;
                let operands = match op {
                    Ternary::F32x4RelaxedMadd
                    | Ternary::F32x4RelaxedNmadd
                    | Ternary::F64x2RelaxedMadd
                    | Ternary::F64x2RelaxedNmadd => {
                        [a, b, c].map(|operand| self.opaque_vector(operand))
                    }
                    _ => [a, b, c].map(|operand| self.expression(operand)),
                };
                function(&format!("{op:?}"), &operands, None)
            }
            Expression::Extract(op, lane, vector) => {
                function(&format!("{op:?}"), &[self.expression(vector)], Some(*lane))
            }
            Expression::Replace(op, lane, operands) => {
                let operands = [self.expression(&operands.0), self.expression(&operands.1)];
                function(&format!("{op:?}"), &operands, Some(*lane))
            }
            Expression::Shuffle(lanes, operands) => {
                let operands = [self.expression(&operands.0), self.expression(&operands.1)];
                let places = hexadecimal(u128::from_le_bytes(*lanes));
                Piece::atom(quote!(i8x16::shuffle::<#places>(#(#operands),*)))
            }
            Expression::LoadLane {
                op,
                operands,
                offset,
                lane,
            } => {
                let address = self.expression(&operands.0);
                let vector = self.expression(&operands.1);
                let memory = self.memory(offset.memory);
                let offset = Literal::u64_unsuffixed(offset.bytes);
                let lane = Literal::u8_unsuffixed(*lane);
                let load = ident(&snake(&format!("{op:?}")));
                Piece::atom(quote!(#memory.#load::<#lane>(#address, #offset, #vector)))
            }
            Expression::Load {
                op,
                address,
                offset,
            } => {
                let address = self.expression(address);
                let memory = self.memory(offset.memory);
                let offset = Literal::u64_unsuffixed(offset.bytes);
                let load = ident(&snake(&format!("{op:?}")));
                Piece::atom(quote!(#memory.#load(#address, #offset)))
            }
            Expression::Select(parts) => {
                let (condition, then, otherwise) = &**parts;
                let condition = self.condition(condition);
                let then = self.expression(then);
                let otherwise = self.expression(otherwise);
                // An `if` at the start of a statement would be a statement.
                Piece(
                    quote!(if #condition { #then } else { #otherwise }),
                    Level::Compare,
                )
            }
            Expression::MemorySize(memory) => {
                let memory = self.memory(*memory);
                Piece::atom(quote!(#memory.size()))
            }
            Expression::TableSize(table) => {
                let name = self.table(*table);
                let size = Piece::atom(quote!(#name.size()));
                if self.is_table64(*table) {
                    size.cast("i64")
                } else {
                    size
                }
            }
            Expression::TableGet { table, index } => {
                let index = self.table_index(*table, index);
                let table = self.table(*table);
                Piece::atom(quote!(#table.get(#index)))
            }
            Expression::RefFunc(function) => {
                let entry = Literal::u32_unsuffixed(self.plan.state.entry(*function));
                Piece::atom(quote!(Some(function_reference(c, #entry))))
            }
            Expression::IsNull(_) | Expression::IsCaught(_) => self.bool(expression).cast("i32"),
            Expression::Thrown { place, value_type } => {
                let (place, value_type) = (
                    Literal::u32_unsuffixed(*place),
                    super::rust_type(*value_type),
                );
                Piece::atom(quote!(c.thrown::<#value_type>(#place)))
            }
            Expression::CaughtReference => Piece::atom(quote!(c.caught())),
            Expression::Object(op, operands) => Piece::atom(self.object_read(*op, operands)),
        }
    }

    pub fn is_table64(&self, table: u32) -> bool {
        self.plan.module.tables[table as usize].table64
    }

    /// An index or a count of elements. No table has more than 32 bits can say, so those of 64 are
    /// narrowed, what is more to the most.
    pub fn table_index(&mut self, table: u32, index: &Expression) -> TokenStream {
        let narrow = self.is_table64(table);
        let index = self.expression(index);
        if narrow {
            quote!(narrow(#index))
        } else {
            index
        }
    }

    /// The place of a global, to read; a shared one by a call.
    fn global(&mut self, index: u32) -> TokenStream {
        let value_type = self.plan.module.globals[index as usize].value_type;
        let place = self.plan.state.global(index);
        let (field, number) = (
            global_field(value_type),
            Literal::u32_unsuffixed(place.place),
        );
        if place.shared {
            quote!(c.s.shared.#field[#number].get())
        } else {
            quote!(c.s.globals.#field[#number])
        }
    }

    fn unary(&mut self, op: Unary, operand: &Expression) -> Piece {
        use Unary::*;
        let value = match op {
            I32Eqz | I64Eqz => {
                let truth = Expression::Unary(op, Box::new(operand.clone()));
                return self.bool(&truth).cast("i32");
            }
            _ => self.piece(operand),
        };
        match op {
            I32Eqz | I64Eqz => value,
            I32Clz => value.method("leading_zeros", None).cast("i32"),
            I32Ctz => value.method("trailing_zeros", None).cast("i32"),
            I32Popcnt => value.method("count_ones", None).cast("i32"),
            I64Clz => value.method("leading_zeros", None).cast("i64"),
            I64Ctz => value.method("trailing_zeros", None).cast("i64"),
            I64Popcnt => value.method("count_ones", None).cast("i64"),
            I32Extend8S => value.cast("i8").cast("i32"),
            I32Extend16S => value.cast("i16").cast("i32"),
            I64Extend8S => value.cast("i8").cast("i64"),
            I64Extend16S => value.cast("i16").cast("i64"),
            I64Extend32S => value.cast("i32").cast("i64"),
            I32WrapI64 => value.cast("i32"),
            I64ExtendI32S => value.cast("i64"),
            I64ExtendI32U => value.cast("u32").cast("i64"),
            I32TruncSatF32S | I32TruncSatF64S => value.cast("i32"),
            I32TruncSatF32U | I32TruncSatF64U => value.cast("u32").cast("i32"),
            I64TruncSatF32S | I64TruncSatF64S => value.cast("i64"),
            I64TruncSatF32U | I64TruncSatF64U => value.cast("u64").cast("i64"),
            F32ConvertI32S | F32ConvertI64S => value.cast("f32"),
            F32ConvertI32U => value.cast("u32").cast("f32"),
            F32ConvertI64U => value.cast("u64").cast("f32"),
            F64ConvertI32S | F64ConvertI64S => value.cast("f64"),
            F64ConvertI32U => value.cast("u32").cast("f64"),
            F64ConvertI64U => value.cast("u64").cast("f64"),
            I32ReinterpretF32 => value.method("to_bits", None).cast("i32"),
            I64ReinterpretF64 => value.method("to_bits", None).cast("i64"),
            F32ReinterpretI32 => {
                let bits = value.cast("u32").0;
                Piece::atom(quote!(f32::from_bits(#bits)))
            }
            F64ReinterpretI64 => {
                let bits = value.cast("u64").0;
                Piece::atom(quote!(f64::from_bits(#bits)))
            }
            _ => function(&format!("{op:?}"), &[value.0], None),
        }
    }

    fn binary(&mut self, op: Binary, left: &Expression, right: &Expression) -> Piece {
        use Binary::*;
        if let Some(comparison) = comparison(op) {
            return self.compare(comparison, left, right).cast("i32");
        }
        match op {
            I32Add | I64Add => return self.method(left, "wrapping_add", right),
            I32Sub | I64Sub => return self.method(left, "wrapping_sub", right),
            I32Mul | I64Mul => return self.method(left, "wrapping_mul", right),
            I32And | I64And => return self.infix(left, quote!(&), right, Level::BitAnd),
            I32Or | I64Or => return self.infix(left, quote!(|), right, Level::BitOr),
            I32Xor | I64Xor => return self.infix(left, quote!(^), right, Level::BitXor),
            I32Shl | I64Shl => return self.shift(left, None, "<<", "wrapping_shl", right),
            I32ShrS | I64ShrS => return self.shift(left, None, ">>", "wrapping_shr", right),
            I32ShrU => {
                return self
                    .shift(left, Some("u32"), ">>", "wrapping_shr", right)
                    .cast("i32");
            }
            I64ShrU => {
                return self
                    .shift(left, Some("u64"), ">>", "wrapping_shr", right)
                    .cast("i64");
            }
            I32Rotl | I64Rotl => return self.rotate(left, "rotate_left", right),
            I32Rotr | I64Rotr => return self.rotate(left, "rotate_right", right),
            F32Add | F64Add => return self.float(left, quote!(+), right, Level::Add),
            F32Sub | F64Sub => return self.float(left, quote!(-), right, Level::Add),
            F32Mul | F64Mul => return self.float(left, quote!(*), right, Level::Multiply),
            F32Div | F64Div => return self.float(left, quote!(/), right, Level::Multiply),
            _ => {}
        }
        let operands = match op {
            F32x4Add | F32x4Sub | F32x4Mul | F32x4Div | F64x2Add | F64x2Sub | F64x2Mul
            | F64x2Div => [left, right].map(|operand| self.opaque_vector(operand)),
            _ => [self.expression(left), self.expression(right)],
        };
        function(&format!("{op:?}"), &operands, None)
    }

    fn method(&mut self, left: &Expression, name: &str, right: &Expression) -> Piece {
        let left = self.piece(left);
        let right = self.expression(right);
        left.method(name, Some(right))
    }

    fn infix(
        &mut self,
        left: &Expression,
        op: TokenStream,
        right: &Expression,
        level: Level,
    ) -> Piece {
        let tighter = match level {
            Level::BitOr => Level::BitXor,
            Level::BitXor => Level::BitAnd,
            Level::BitAnd => Level::Shift,
            Level::Add => Level::Multiply,
            _ => Level::Cast,
        };
        let (left, right) = (self.piece(left).at(level), self.piece(right).at(tighter));
        Piece(quote!(#left #op #right), level)
    }

    /// Arithmetic on floats. LLVM takes `x * 1.0` for `x`, which leaves a signalling NaN as it is
    /// where the specification wants a quiet one; so such constants are hidden from it.
    fn float(
        &mut self,
        left: &Expression,
        op: TokenStream,
        right: &Expression,
        level: Level,
    ) -> Piece {
        let tighter = if level == Level::Add {
            Level::Multiply
        } else {
            Level::Cast
        };
        let left = self.opaque(left).at(level);
        let right = self.opaque(right).at(tighter);
        Piece(quote!(#left #op #right), level)
    }

    fn opaque(&mut self, operand: &Expression) -> Piece {
        let (neutral, name) = match operand {
            Expression::F32(bits) => (
                matches!(f32::from_bits(*bits).abs(), 0.0 | 1.0),
                "opaque_f32",
            ),
            Expression::F64(bits) => (
                matches!(f64::from_bits(*bits).abs(), 0.0 | 1.0),
                "opaque_f64",
            ),
            _ => (false, ""),
        };
        let operand = self.piece(operand);
        if neutral {
            let (name, operand) = (ident(name), operand.0);
            return Piece::atom(quote!(numeric::#name(#operand)));
        }
        operand
    }

    /// An operand of arithmetic on vectors of floats; as [`Self::opaque`].
    fn opaque_vector(&mut self, operand: &Expression) -> TokenStream {
        let f32 = |bits| matches!(f32::from_bits(bits).abs(), 0.0 | 1.0);
        let f64 = |bits| matches!(f64::from_bits(bits).abs(), 0.0 | 1.0);
        let is_neutral = match operand {
            // Whichever lanes they are meant for.
            Expression::V128(bits) => {
                (0..4).any(|lane| f32((bits >> (32 * lane)) as u32))
                    || (0..2).any(|lane| f64((bits >> (64 * lane)) as u64))
            }
            Expression::Unary(Unary::F32x4Splat | Unary::F64x2Splat, lane) => match **lane {
                Expression::F32(bits) => f32(bits),
                Expression::F64(bits) => f64(bits),
                _ => false,
            },
            _ => false,
        };
        let operand = self.expression(operand);
        if is_neutral {
            return quote!(opaque_v128(#operand));
        }
        operand
    }

    fn shift(
        &mut self,
        left: &Expression,
        unsigned: Option<&str>,
        op: &str,
        method: &str,
        count: &Expression,
    ) -> Piece {
        let mut value = self.piece(left);
        if let Some(unsigned) = unsigned {
            value = value.cast(unsigned);
        }
        let constant = match count {
            Expression::I32(count) => Some(*count as u32 & 31),
            Expression::I64(count) => Some(*count as u32 & 63),
            _ => None,
        };
        match constant {
            Some(count) => {
                let count = Literal::u32_unsuffixed(count);
                // As with `<`, a cast before `<<` would be misread.
                let value = value.at(Level::Unary);
                let op = if op == "<<" { quote!(<<) } else { quote!(>>) };
                Piece(quote!(#value #op #count), Level::Shift)
            }
            None => {
                let count = self.piece(count).cast("u32").0;
                value.method(method, Some(count))
            }
        }
    }

    fn rotate(&mut self, left: &Expression, name: &str, count: &Expression) -> Piece {
        let value = self.piece(left);
        let count = match count {
            Expression::I32(count) => Literal::u32_unsuffixed(*count as u32 & 31).into_token(),
            Expression::I64(count) => Literal::u32_unsuffixed(*count as u32 & 63).into_token(),
            count => self.piece(count).cast("u32").0,
        };
        value.method(name, Some(count))
    }
}

trait IntoToken {
    fn into_token(self) -> TokenStream;
}

impl IntoToken for Literal {
    fn into_token(self) -> TokenStream {
        proc_macro2::TokenTree::from(self).into()
    }
}

/// A function of the support crate, by the instruction's name and the lane in it, if there is one:
/// for scalars in `numeric`, for vectors in the module called like their shape.
fn function(instruction: &str, operands: &[TokenStream], lane: Option<u8>) -> Piece {
    let name = snake(instruction);
    let (module, name) = match name.split_once('_') {
        Some((shape, name)) if shape == "v128" || shape.contains('x') => (shape, name),
        _ => ("numeric", &*name),
    };
    let (module, name) = (ident(module), ident(name));
    let lane = lane.map(|lane| {
        let lane = Literal::u8_unsuffixed(lane);
        quote!(::<#lane>)
    });
    Piece::atom(quote!(#module::#name #lane (#(#operands),*)))
}

/// `I32TruncF64S` as `i32_trunc_f64_s`: the specification's name for an instruction from ours,
/// which is the parser's.
pub fn snake(name: &str) -> String {
    // What the specification takes for one word, and the parser for two.
    const WORDS: [(&str, &str); 6] = [
        ("AndNot", "Andnot"),
        ("ExtAdd", "Extadd"),
        ("ExtMul", "Extmul"),
        ("PMax", "Pmax"),
        ("PMin", "Pmin"),
        ("Q15Mulr", "Q15mulr"),
    ];
    let name = WORDS
        .iter()
        .fold(name.to_string(), |name, (two, one)| name.replace(two, one));
    let mut snake = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}

/// A literal with its type.
pub fn integer_literal(value: i64, suffix: &str) -> TokenStream {
    integer(value, suffix).0
}

/// A literal with its type; a negative one binds like a negation.
fn integer(value: i64, suffix: &str) -> Piece {
    let text = format!("{}{suffix}", value.unsigned_abs());
    let digits: Literal = text.parse().expect("digits and a suffix are a literal");
    if value < 0 {
        Piece(quote!(-#digits), Level::Unary)
    } else {
        Piece::atom(digits.into_token())
    }
}

/// A vector, by its bits.
pub fn vector_literal(bits: u128) -> TokenStream {
    if bits == 0 {
        return quote!(V128::ZERO);
    }
    let bits = hexadecimal(bits);
    quote!(V128::from_bits(#bits))
}

fn hexadecimal(bits: u128) -> Literal {
    format!("0x{bits:032x}")
        .parse()
        .expect("digits are a literal")
}

fn f32_literal(bits: u32) -> Piece {
    let value = f32::from_bits(bits);
    if !value.is_finite() {
        let bits: Literal = format!("0x{bits:08x}")
            .parse()
            .expect("digits are a literal");
        return Piece::atom(quote!(f32::from_bits(#bits)));
    }
    float_literal(format!("{:?}f32", value.abs()), value.is_sign_negative())
}

fn f64_literal(bits: u64) -> Piece {
    let value = f64::from_bits(bits);
    if !value.is_finite() {
        let bits: Literal = format!("0x{bits:016x}")
            .parse()
            .expect("digits are a literal");
        return Piece::atom(quote!(f64::from_bits(#bits)));
    }
    float_literal(format!("{:?}f64", value.abs()), value.is_sign_negative())
}

fn float_literal(text: String, negative: bool) -> Piece {
    let literal: Literal = text.parse().expect("Rust prints floats as it reads them");
    if negative {
        Piece(quote!(-#literal), Level::Unary)
    } else {
        Piece::atom(literal.into_token())
    }
}

/// A comparison: its operator, and the unsigned type it is made in, if any.
#[derive(Clone, Copy)]
struct Comparison {
    op: &'static str,
    unsigned: Option<&'static str>,
    float: bool,
}

impl Comparison {
    /// What holds just when this does not; for floats there may be no such operator.
    fn opposite(self) -> Option<Comparison> {
        let op = match self.op {
            "==" => "!=",
            "!=" => "==",
            _ if self.float => return None,
            "<" => ">=",
            ">" => "<=",
            "<=" => ">",
            _ => "<",
        };
        Some(Comparison { op, ..self })
    }
}

fn comparison(op: Binary) -> Option<Comparison> {
    use Binary::*;
    let (op, unsigned, float) = match op {
        I32Eq | I64Eq => ("==", None, false),
        I32Ne | I64Ne => ("!=", None, false),
        I32LtS | I64LtS => ("<", None, false),
        I32GtS | I64GtS => (">", None, false),
        I32LeS | I64LeS => ("<=", None, false),
        I32GeS | I64GeS => (">=", None, false),
        I32LtU => ("<", Some("u32"), false),
        I32GtU => (">", Some("u32"), false),
        I32LeU => ("<=", Some("u32"), false),
        I32GeU => (">=", Some("u32"), false),
        I64LtU => ("<", Some("u64"), false),
        I64GtU => (">", Some("u64"), false),
        I64LeU => ("<=", Some("u64"), false),
        I64GeU => (">=", Some("u64"), false),
        F32Eq | F64Eq => ("==", None, true),
        F32Ne | F64Ne => ("!=", None, true),
        F32Lt | F64Lt => ("<", None, true),
        F32Gt | F64Gt => (">", None, true),
        F32Le | F64Le => ("<=", None, true),
        F32Ge | F64Ge => (">=", None, true),
        _ => return None,
    };
    Some(Comparison {
        op,
        unsigned,
        float,
    })
}

/// The name of a local.
pub fn local_name(local: u32) -> TokenStream {
    let name = numbered("l", local);
    quote!(#name)
}
