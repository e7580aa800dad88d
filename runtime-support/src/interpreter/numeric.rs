//! Instructions that only compute: the list of those on numbers, each with what it does, and those on
//! vectors, from the list of `simd`. A new one enters in one of these lists, and nowhere else here.
//!
//! What an instruction does is a function of `crate::numeric` or `crate::simd`, or an operator of
//! Rust where generated code has that, too.

use wasmparser::Operator;

use super::code::{At, Context, Data, Handler, Jump, Next, Plain, go_on};
use super::slot::{Slot, Width};
use super::stack::Window;
use crate::memory::Mem;
use crate::numeric;
use crate::simd::{self, V128};

/// How an instruction is carried out.
#[derive(Clone, Copy)]
pub(super) enum Numeric {
    /// With so many operands; the first operand of the word is the slot of the result.
    Plain(Handler<Plain>, usize, Width),
    /// Two integers, of which the second may be a constant.
    Integer(&'static Integer),
    /// A comparison of two numbers.
    Comparison(&'static Comparison),
    /// A comparison of an integer with zero.
    Zero(&'static Comparison),
    /// With so many operands, and a lane in the fourth operand of the word.
    Lane(Handler<Plain>, usize, Width),
    /// Bytes of two vectors, by the places in the data.
    Shuffle(Handler<Data<2>>),
    /// Two numbers that are 128 bits each in four, or two, operands: gives two.
    Wide(Handler<Data<1>>, usize),
}

/// An instruction on two integers.
pub(super) struct Integer {
    pub(super) slots: Handler<Plain>,
    /// The second is the number of 32 bits, sign-extended, in the third and fourth operand.
    pub(super) immediate: Handler<Plain>,
    /// The second is the number of 64 bits in the data.
    pub(super) wide: Handler<Data<1>>,
    /// Whether the operands can be exchanged.
    pub(super) commutes: bool,
    /// What to use for one with the negative constant.
    pub(super) negated: Option<&'static Integer>,
}

/// A comparison.
pub(super) struct Comparison {
    pub(super) slots: Handler<Plain>,
    /// Jumps if it holds: the slots are the first operands.
    pub(super) jump: Handler<Jump>,
    /// Jumps unless it holds.
    pub(super) jump_unless: Handler<Jump>,
    /// The same with constants, of integers.
    pub(super) immediate: Option<Immediate>,
    /// The one to use with operands exchanged.
    pub(super) exchanged: Option<&'static Comparison>,
}

/// A comparison with a constant.
pub(super) struct Immediate {
    /// 32 bits, sign-extended.
    pub(super) value: Handler<Plain>,
    /// 16 bits, sign-extended.
    pub(super) jump: Handler<Jump>,
    pub(super) jump_unless: Handler<Jump>,
}

/// The constant of 32 bits in a word.
#[inline(always)]
fn constant(at: At<Plain>) -> i32 {
    at.cd().cast_signed()
}

/// A function that carries out something with the operands named.
macro_rules! handler {
    ($($operand:ident: $type:ty = $place:ident),*; $result:expr) => {{
        fn run(context: &mut Context, at: At<Plain>, window: Window, memory: Mem<'_>) -> Next {
            $(let $operand = <$type as Slot>::read(window, at.$place());)*
            Slot::write($result, window, at.a());
            go_on(context, at.next(), window, memory)
        }
        run as Handler<Plain>
    }};
}

macro_rules! branch {
    (
        $wanted:literal $at:ident, $window:ident: $a:ident, $b:ident = $first:expr, $second:expr;
        $condition:expr
    ) => {{
        fn run(context: &mut Context, $at: At<Jump>, $window: Window, memory: Mem<'_>) -> Next {
            let ($a, $b) = ($first, $second);
            let holds: bool = $condition;
            let next = if holds == $wanted {
                $at.target()
            } else {
                $at.next()
            };
            go_on(context, next, $window, memory)
        }
        run as Handler<Jump>
    }};
}

/// Types whose constants fit a word.
trait Constant: Slot {
    fn from_i32(number: i32) -> Self;
}
impl Constant for i32 {
    #[inline(always)]
    fn from_i32(number: i32) -> i32 {
        number
    }
}
impl Constant for i64 {
    #[inline(always)]
    fn from_i32(number: i32) -> i64 {
        number.into()
    }
}

macro_rules! immediate_handler {
    ($a:ident, $b:ident: $type:ty; $result:expr) => {{
        fn run(context: &mut Context, at: At<Plain>, window: Window, memory: Mem<'_>) -> Next {
            let $a = <$type as Slot>::read(window, at.b());
            let $b = <$type as Constant>::from_i32(constant(at));
            Slot::write($result, window, at.a());
            go_on(context, at.next(), window, memory)
        }
        run as Handler<Plain>
    }};
}

macro_rules! comparison_immediate {
    (integer $a:ident, $b:ident: $type:ty; $result:expr) => {
        Some(Immediate {
            value: immediate_handler!($a, $b: $type; i32::from($result)),
            jump: branch!(true at, window: $a, $b = <$type as Slot>::read(window, at.a()),
                <$type as Constant>::from_i32(i32::from(at.b().cast_signed())); $result),
            jump_unless: branch!(false at, window: $a, $b = <$type as Slot>::read(window, at.a()),
                <$type as Constant>::from_i32(i32::from(at.b().cast_signed())); $result),
        })
    };
    (float $($rest:tt)*) => { None };
}

macro_rules! negated {
    () => {
        None
    };
    ($name:ident) => {
        Some(&$name)
    };
}

macro_rules! exchanged {
    (none) => {
        None
    };
    ($name:ident) => {
        Some(&$name)
    };
}

macro_rules! numbers {
    (
        unary { $($unary:ident($ua:ident: $ut:ty) $us:expr;)* }
        integer {
            $($integer:ident($ia:ident, $ib:ident: $it:ty) $is:expr
                $(, commutes $commutes:literal)? $(, negated $negated:ident)?;)*
        }
        binary { $($binary:ident($ba:ident, $bb:ident: $bt:ty) $bs:expr;)* }
        comparison {
            $($comparison:ident($ca:ident, $cb:ident: $ckind:ident $ct:ty) $cs:expr,
                $exchanged:ident;)*
        }
        zero { $($zero:ident $equal:ident;)* }
    ) => {
        $(
            static $integer: Integer = Integer {
                slots: handler!($ia: $it = b, $ib: $it = c; $is),
                immediate: immediate_handler!($ia, $ib: $it; $is),
                wide: {
                    fn run(
                        context: &mut Context,
                        at: At<Data<1>>,
                        window: Window,
                        memory: Mem<'_>,
                    ) -> Next {
                        let $ia = <$it as Slot>::read(window, at.b());
                        let $ib = at.data::<0>() as $it;
                        Slot::write($is, window, at.a());
                        go_on(context, at.next(), window, memory)
                    }
                    run
                },
                commutes: false $(|| $commutes)?,
                negated: negated!($($negated)?),
            };
        )*
        $(
            pub(in crate::interpreter) static $comparison: Comparison = Comparison {
                slots: handler!($ca: $ct = b, $cb: $ct = c; i32::from($cs)),
                jump: branch!(true at, window: $ca, $cb = <$ct as Slot>::read(window, at.a()),
                    <$ct as Slot>::read(window, at.b()); $cs),
                jump_unless: branch!(false at, window: $ca, $cb = <$ct as Slot>::read(window, at.a()),
                    <$ct as Slot>::read(window, at.b()); $cs),
                immediate: comparison_immediate!($ckind $ca, $cb: $ct; $cs),
                exchanged: exchanged!($exchanged),
            };
        )*

        fn number(operator: &Operator<'_>) -> Option<Numeric> {
            Some(match operator {
                $(Operator::$unary => Numeric::Plain(
                    handler!($ua: $ut = b; $us), 1, width(|$ua: $ut| $us)),)*
                $(Operator::$integer => Numeric::Integer(&$integer),)*
                $(Operator::$binary => Numeric::Plain(
                    handler!($ba: $bt = b, $bb: $bt = c; $bs), 2, <$bt as Slot>::WIDTH),)*
                $(Operator::$comparison => Numeric::Comparison(&$comparison),)*
                $(Operator::$zero => Numeric::Zero(&$equal),)*
                _ => return None,
            })
        }
    };
}

fn width<A, R: Slot>(_: fn(A) -> R) -> Width {
    R::WIDTH
}

#[allow(
    non_upper_case_globals,
    reason = "named as wasmparser names instructions"
)]
mod list {
    use super::*;

    numbers! {
        unary {
            I32Clz(a: i32) a.leading_zeros() as i32;
            I32Ctz(a: i32) a.trailing_zeros() as i32;
            I32Popcnt(a: i32) a.count_ones() as i32;
            I64Clz(a: i64) i64::from(a.leading_zeros());
            I64Ctz(a: i64) i64::from(a.trailing_zeros());
            I64Popcnt(a: i64) i64::from(a.count_ones());
            I32Extend8S(a: i32) i32::from(a as i8);
            I32Extend16S(a: i32) i32::from(a as i16);
            I64Extend8S(a: i64) i64::from(a as i8);
            I64Extend16S(a: i64) i64::from(a as i16);
            I64Extend32S(a: i64) i64::from(a as i32);
            I32WrapI64(a: i64) a as i32;
            I64ExtendI32S(a: i32) i64::from(a);
            I64ExtendI32U(a: i32) i64::from(a.cast_unsigned());
            I32TruncF32S(a: f32) numeric::i32_trunc_f32_s(a);
            I32TruncF32U(a: f32) numeric::i32_trunc_f32_u(a);
            I32TruncF64S(a: f64) numeric::i32_trunc_f64_s(a);
            I32TruncF64U(a: f64) numeric::i32_trunc_f64_u(a);
            I64TruncF32S(a: f32) numeric::i64_trunc_f32_s(a);
            I64TruncF32U(a: f32) numeric::i64_trunc_f32_u(a);
            I64TruncF64S(a: f64) numeric::i64_trunc_f64_s(a);
            I64TruncF64U(a: f64) numeric::i64_trunc_f64_u(a);
            I32TruncSatF32S(a: f32) a as i32;
            I32TruncSatF32U(a: f32) (a as u32).cast_signed();
            I32TruncSatF64S(a: f64) a as i32;
            I32TruncSatF64U(a: f64) (a as u32).cast_signed();
            I64TruncSatF32S(a: f32) a as i64;
            I64TruncSatF32U(a: f32) (a as u64).cast_signed();
            I64TruncSatF64S(a: f64) a as i64;
            I64TruncSatF64U(a: f64) (a as u64).cast_signed();
            F32ConvertI32S(a: i32) a as f32;
            F32ConvertI32U(a: i32) a.cast_unsigned() as f32;
            F32ConvertI64S(a: i64) a as f32;
            F32ConvertI64U(a: i64) a.cast_unsigned() as f32;
            F64ConvertI32S(a: i32) f64::from(a);
            F64ConvertI32U(a: i32) f64::from(a.cast_unsigned());
            F64ConvertI64S(a: i64) a as f64;
            F64ConvertI64U(a: i64) a.cast_unsigned() as f64;
            F32DemoteF64(a: f64) numeric::f32_demote_f64(a);
            F64PromoteF32(a: f32) numeric::f64_promote_f32(a);
            I32ReinterpretF32(a: f32) a.to_bits().cast_signed();
            I64ReinterpretF64(a: f64) a.to_bits().cast_signed();
            F32ReinterpretI32(a: i32) f32::from_bits(a.cast_unsigned());
            F64ReinterpretI64(a: i64) f64::from_bits(a.cast_unsigned());
            F32Abs(a: f32) numeric::f32_abs(a);
            F32Neg(a: f32) numeric::f32_neg(a);
            F32Ceil(a: f32) numeric::f32_ceil(a);
            F32Floor(a: f32) numeric::f32_floor(a);
            F32Trunc(a: f32) numeric::f32_trunc(a);
            F32Nearest(a: f32) numeric::f32_nearest(a);
            F32Sqrt(a: f32) numeric::f32_sqrt(a);
            F64Abs(a: f64) numeric::f64_abs(a);
            F64Neg(a: f64) numeric::f64_neg(a);
            F64Ceil(a: f64) numeric::f64_ceil(a);
            F64Floor(a: f64) numeric::f64_floor(a);
            F64Trunc(a: f64) numeric::f64_trunc(a);
            F64Nearest(a: f64) numeric::f64_nearest(a);
            F64Sqrt(a: f64) numeric::f64_sqrt(a);
        }
        integer {
            I32Add(a, b: i32) a.wrapping_add(b), commutes true;
            I32Sub(a, b: i32) a.wrapping_sub(b), negated I32Add;
            I32Mul(a, b: i32) a.wrapping_mul(b), commutes true;
            I32DivS(a, b: i32) numeric::i32_div_s(a, b);
            I32DivU(a, b: i32) numeric::i32_div_u(a, b);
            I32RemS(a, b: i32) numeric::i32_rem_s(a, b);
            I32RemU(a, b: i32) numeric::i32_rem_u(a, b);
            I32And(a, b: i32) a & b, commutes true;
            I32Or(a, b: i32) a | b, commutes true;
            I32Xor(a, b: i32) a ^ b, commutes true;
            I32Shl(a, b: i32) a.wrapping_shl(b.cast_unsigned());
            I32ShrS(a, b: i32) a.wrapping_shr(b.cast_unsigned());
            I32ShrU(a, b: i32) a.cast_unsigned().wrapping_shr(b.cast_unsigned()).cast_signed();
            I32Rotl(a, b: i32) a.rotate_left(b.cast_unsigned() & 31);
            I32Rotr(a, b: i32) a.rotate_right(b.cast_unsigned() & 31);
            I64Add(a, b: i64) a.wrapping_add(b), commutes true;
            I64Sub(a, b: i64) a.wrapping_sub(b), negated I64Add;
            I64Mul(a, b: i64) a.wrapping_mul(b), commutes true;
            I64DivS(a, b: i64) numeric::i64_div_s(a, b);
            I64DivU(a, b: i64) numeric::i64_div_u(a, b);
            I64RemS(a, b: i64) numeric::i64_rem_s(a, b);
            I64RemU(a, b: i64) numeric::i64_rem_u(a, b);
            I64And(a, b: i64) a & b, commutes true;
            I64Or(a, b: i64) a | b, commutes true;
            I64Xor(a, b: i64) a ^ b, commutes true;
            I64Shl(a, b: i64) a.wrapping_shl(b as u32);
            I64ShrS(a, b: i64) a.wrapping_shr(b as u32);
            I64ShrU(a, b: i64) a.cast_unsigned().wrapping_shr(b as u32).cast_signed();
            I64Rotl(a, b: i64) a.rotate_left(b as u32 & 63);
            I64Rotr(a, b: i64) a.rotate_right(b as u32 & 63);
        }
        binary {
            F32Add(a, b: f32) a + b;
            F32Sub(a, b: f32) a - b;
            F32Mul(a, b: f32) a * b;
            F32Div(a, b: f32) a / b;
            F32Min(a, b: f32) numeric::f32_min(a, b);
            F32Max(a, b: f32) numeric::f32_max(a, b);
            F32Copysign(a, b: f32) numeric::f32_copysign(a, b);
            F64Add(a, b: f64) a + b;
            F64Sub(a, b: f64) a - b;
            F64Mul(a, b: f64) a * b;
            F64Div(a, b: f64) a / b;
            F64Min(a, b: f64) numeric::f64_min(a, b);
            F64Max(a, b: f64) numeric::f64_max(a, b);
            F64Copysign(a, b: f64) numeric::f64_copysign(a, b);
        }
        comparison {
            I32Eq(a, b: integer i32) a == b, I32Eq;
            I32Ne(a, b: integer i32) a != b, I32Ne;
            I32LtS(a, b: integer i32) a < b, I32GtS;
            I32LtU(a, b: integer i32) a.cast_unsigned() < b.cast_unsigned(), I32GtU;
            I32GtS(a, b: integer i32) a > b, I32LtS;
            I32GtU(a, b: integer i32) a.cast_unsigned() > b.cast_unsigned(), I32LtU;
            I32LeS(a, b: integer i32) a <= b, I32GeS;
            I32LeU(a, b: integer i32) a.cast_unsigned() <= b.cast_unsigned(), I32GeU;
            I32GeS(a, b: integer i32) a >= b, I32LeS;
            I32GeU(a, b: integer i32) a.cast_unsigned() >= b.cast_unsigned(), I32LeU;
            I64Eq(a, b: integer i64) a == b, I64Eq;
            I64Ne(a, b: integer i64) a != b, I64Ne;
            I64LtS(a, b: integer i64) a < b, I64GtS;
            I64LtU(a, b: integer i64) a.cast_unsigned() < b.cast_unsigned(), I64GtU;
            I64GtS(a, b: integer i64) a > b, I64LtS;
            I64GtU(a, b: integer i64) a.cast_unsigned() > b.cast_unsigned(), I64LtU;
            I64LeS(a, b: integer i64) a <= b, I64GeS;
            I64LeU(a, b: integer i64) a.cast_unsigned() <= b.cast_unsigned(), I64GeU;
            I64GeS(a, b: integer i64) a >= b, I64LeS;
            I64GeU(a, b: integer i64) a.cast_unsigned() >= b.cast_unsigned(), I64LeU;
            F32Eq(a, b: float f32) a == b, none;
            F32Ne(a, b: float f32) a != b, none;
            F32Lt(a, b: float f32) a < b, none;
            F32Gt(a, b: float f32) a > b, none;
            F32Le(a, b: float f32) a <= b, none;
            F32Ge(a, b: float f32) a >= b, none;
            F64Eq(a, b: float f64) a == b, none;
            F64Ne(a, b: float f64) a != b, none;
            F64Lt(a, b: float f64) a < b, none;
            F64Gt(a, b: float f64) a > b, none;
            F64Le(a, b: float f64) a <= b, none;
            F64Ge(a, b: float f64) a >= b, none;
        }
        zero {
            I32Eqz I32Eq;
            I64Eqz I64Eq;
        }
    }

    /// A test of the list above, by the operator.
    pub(super) fn find(operator: &Operator<'_>) -> Option<Numeric> {
        number(operator)
    }
}

pub(super) use list::{I32Eq, I32Ne};

/// Calls a function with a constant lane, whichever it is.
macro_rules! with_lane {
    ($lane:expr, $count:tt, $LANE:ident => $result:expr) => {
        with_lane!(@$count $lane, $LANE => $result)
    };
    (@2 $lane:expr, $LANE:ident => $result:expr) => {
        with_lane!(@arms $lane, $LANE => $result; 0 1)
    };
    (@4 $lane:expr, $LANE:ident => $result:expr) => {
        with_lane!(@arms $lane, $LANE => $result; 0 1 2 3)
    };
    (@8 $lane:expr, $LANE:ident => $result:expr) => {
        with_lane!(@arms $lane, $LANE => $result; 0 1 2 3 4 5 6 7)
    };
    (@16 $lane:expr, $LANE:ident => $result:expr) => {
        with_lane!(@arms $lane, $LANE => $result; 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
    };
    (@arms $lane:expr, $LANE:ident => $result:expr; 0 $($other:literal)*) => {
        match $lane {
            $($other => {
                const $LANE: usize = $other;
                $result
            })*
            // Validation lets no others through.
            _ => {
                const $LANE: usize = 0;
                $result
            }
        }
    };
}
pub(super) use with_lane;

macro_rules! vectors {
    ($(
        $shape:ident { $($name:ident $op:ident($($param:ty),+) -> $result:ty;)* }
        lanes $lanes:tt {
            $($lane:ident $lane_op:ident($($lane_param:ty),+) -> $lane_result:ty;)*
        }
        $(+ $other:ident)?
    )*) => {
        fn vector(operator: &Operator<'_>) -> Option<Numeric> {
            Some(match operator {
                $($(Operator::$op => vector!(simd::$shape::$name; $($param),+; $result),)*)*
                $($(Operator::$lane_op { .. } => vector!(
                    $shape $lane $lanes; $($lane_param),+; $lane_result),)*)*
                Operator::I8x16Shuffle { .. } => Numeric::Shuffle(shuffle),
                _ => return None,
            })
        }
    };
}

macro_rules! vector {
    ($function:path; $a:ty; $result:ty) => {
        Numeric::Plain(handler!(a: $a = b; $function(a)), 1, <$result as Slot>::WIDTH)
    };
    ($function:path; $a:ty, $b:ty; $result:ty) => {
        Numeric::Plain(handler!(a: $a = b, b: $b = c; $function(a, b)), 2, <$result as Slot>::WIDTH)
    };
    ($function:path; $a:ty, $b:ty, $c:ty; $result:ty) => {
        Numeric::Plain(
            handler!(a: $a = b, b: $b = c, c: $c = d; $function(a, b, c)),
            3,
            <$result as Slot>::WIDTH,
        )
    };
    ($shape:ident $name:ident $lanes:tt; $a:ty; $result:ty) => {{
        fn run(context: &mut Context, at: At<Plain>, window: Window, memory: Mem<'_>) -> Next {
            let a = <$a as Slot>::read(window, at.b());
            let result: $result = with_lane!(at.d(), $lanes, LANE => simd::$shape::$name::<LANE>(a));
            result.write(window, at.a());
            go_on(context, at.next(), window, memory)
        }
        Numeric::Lane(run, 1, <$result as Slot>::WIDTH)
    }};
    ($shape:ident $name:ident $lanes:tt; $a:ty, $b:ty; $result:ty) => {{
        fn run(context: &mut Context, at: At<Plain>, window: Window, memory: Mem<'_>) -> Next {
            let a = <$a as Slot>::read(window, at.b());
            let b = <$b as Slot>::read(window, at.c());
            let result: $result =
                with_lane!(at.d(), $lanes, LANE => simd::$shape::$name::<LANE>(a, b));
            result.write(window, at.a());
            go_on(context, at.next(), window, memory)
        }
        Numeric::Lane(run, 2, <$result as Slot>::WIDTH)
    }};
}

crate::simd::instructions::instructions!(vectors);

fn shuffle(context: &mut Context, at: At<Data<2>>, window: Window, memory: Mem<'_>) -> Next {
    let places = u128::from(at.data::<0>()) | u128::from(at.data::<1>()) << 64;
    let (a, b) = (V128::read(window, at.b()), V128::read(window, at.c()));
    simd::shuffle_by(places, a, b).write(window, at.a());
    go_on(context, at.next(), window, memory)
}

/// Instructions with two results, in this slot and the next.
macro_rules! wide {
    ($($op:ident: $function:ident($($operand:ident = $place:expr),*);)*) => {
        fn wide(operator: &Operator<'_>) -> Option<Numeric> {
            Some(match operator {
                $(Operator::$op => {
                    fn run(
                        context: &mut Context,
                        at: At<Data<1>>,
                        window: Window,
                        memory: Mem<'_>,
                    ) -> Next {
                        let _more = at.data::<0>();
                        $(let $operand = i64::read(window, ($place)(at, _more));)*
                        let (low, high) = numeric::$function($($operand),*);
                        window.set_two(at.a(), [low.cast_unsigned(), high.cast_unsigned()]);
                        go_on(context, at.next(), window, memory)
                    }
                    Numeric::Wide(run, [$(stringify!($operand)),*].len())
                })*
                _ => return None,
            })
        }
    };
}
wide! {
    I64Add128: i64_add128(
        a = |at: At<Data<1>>, _| at.b(), b = |at: At<Data<1>>, _| at.c(),
        c = |at: At<Data<1>>, _| at.d(), d = |_, more| more as u16);
    I64Sub128: i64_sub128(
        a = |at: At<Data<1>>, _| at.b(), b = |at: At<Data<1>>, _| at.c(),
        c = |at: At<Data<1>>, _| at.d(), d = |_, more| more as u16);
    I64MulWideS: i64_mul_wide_s(a = |at: At<Data<1>>, _| at.b(), b = |at: At<Data<1>>, _| at.c());
    I64MulWideU: i64_mul_wide_u(a = |at: At<Data<1>>, _| at.b(), b = |at: At<Data<1>>, _| at.c());
}

/// How an instruction is carried out, if it only computes.
pub(super) fn numeric(operator: &Operator<'_>) -> Option<Numeric> {
    list::find(operator)
        .or_else(|| vector(operator))
        .or_else(|| wide(operator))
}
