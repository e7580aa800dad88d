//! The instructions in plain Rust, lane by lane: for hosts without another form, and what tests
//! compare the other forms with.

use super::V128;

/// What a vector is here.
#[cfg_attr(test, allow(dead_code, reason = "another form may be in use"))]
#[derive(Clone, Copy)]
#[repr(C, align(16))]
pub struct Repr([u8; 16]);

/// Functions on whole vectors from expressions on lanes. A function takes lanes of one type in any
/// number of operands, perhaps also a number, and gives as many lanes of another type.
macro_rules! lanewise {
    ($($name:ident($($x:ident),+ $(; $n:ident: $number:ty)?): [$lane:ty; $count:literal] -> $result:ty
        { $expression:expr })*) => {$(
        #[inline(always)]
        pub fn $name($($x: V128),+ $(, $n: $number)?) -> V128 {
            $(let $x: [$lane; $count] = $x.into();)+
            V128::from(core::array::from_fn::<$result, $count, _>(|lane| {
                $(let $x = $x[lane];)+
                $expression
            }))
        }
    )*};
}

mod float;
mod integer;

pub use float::{f32x4, f64x2};
pub use integer::{i8x16, i16x8, i32x4, i64x2};

pub mod v128 {
    use super::V128;
    use crate::numeric::opaque_f64;

    #[cfg_attr(test, allow(dead_code, reason = "another form may be in use"))]
    #[inline(always)]
    pub fn opaque(a: V128) -> V128 {
        let [low, high]: [f64; 2] = a.into();
        V128::from([opaque_f64(low), opaque_f64(high)])
    }

    lanewise! {
        not(a): [u64; 2] -> u64 { !a }
        and(a, b): [u64; 2] -> u64 { a & b }
        andnot(a, b): [u64; 2] -> u64 { a & !b }
        or(a, b): [u64; 2] -> u64 { a | b }
        xor(a, b): [u64; 2] -> u64 { a ^ b }
        bitselect(a, b, c): [u64; 2] -> u64 { a & c | b & !c }
    }

    #[inline(always)]
    pub fn any_true(a: V128) -> i32 {
        i32::from(a.to_bits() != 0)
    }
}
