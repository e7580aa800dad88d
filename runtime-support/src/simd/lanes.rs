//! Instructions with lanes in them, the same for all forms: LLVM sees through arrays indexed by
//! constants, and makes one machine instruction of them where there is one.

use super::V128;

macro_rules! lanes {
    ($(
        $shape:ident: $lane:ident $count:literal as $value:ty;
        $replace:ident $($extract:ident $extracted:ident)*;
    )*) => {$(
        pub mod $shape {
            use super::V128;

            $(
                #[inline(always)]
                pub fn $extract<const LANE: usize>(a: V128) -> $value {
                    const { assert!(LANE < $count) }
                    let lanes: [$extracted; $count] = a.into();
                    lanes[LANE] as $value
                }
            )*

            #[inline(always)]
            pub fn $replace<const LANE: usize>(a: V128, b: $value) -> V128 {
                const { assert!(LANE < $count) }
                let mut lanes: [$lane; $count] = a.into();
                lanes[LANE] = b as $lane;
                lanes.into()
            }
        }
    )*};
}

lanes! {
    i8x16: u8 16 as i32; replace_lane extract_lane_s i8 extract_lane_u u8;
    i16x8: u16 8 as i32; replace_lane extract_lane_s i16 extract_lane_u u16;
    i32x4: i32 4 as i32; replace_lane extract_lane i32;
    i64x2: i64 2 as i64; replace_lane extract_lane i64;
    f32x4: f32 4 as f32; replace_lane extract_lane f32;
    f64x2: f64 2 as f64; replace_lane extract_lane f64;
}

/// `i8x16.shuffle`: each byte of the result is one of the 32 bytes of both operands.
#[rustfmt::skip]
#[inline(always)]
pub fn shuffle<
    const A: usize, const B: usize, const C: usize, const D: usize,
    const E: usize, const F: usize, const G: usize, const H: usize,
    const I: usize, const J: usize, const K: usize, const L: usize,
    const M: usize, const N: usize, const O: usize, const P: usize,
>(
    a: V128,
    b: V128,
) -> V128 {
    const {
        assert!(A < 32 && B < 32 && C < 32 && D < 32 && E < 32 && F < 32 && G < 32 && H < 32);
        assert!(I < 32 && J < 32 && K < 32 && L < 32 && M < 32 && N < 32 && O < 32 && P < 32);
    }
    let (a, b): ([u8; 16], [u8; 16]) = (a.into(), b.into());
    let byte = |place: usize| if place < 16 { a[place & 15] } else { b[place & 15] };
    V128::from([
        byte(A), byte(B), byte(C), byte(D), byte(E), byte(F), byte(G), byte(H),
        byte(I), byte(J), byte(K), byte(L), byte(M), byte(N), byte(O), byte(P),
    ])
}
