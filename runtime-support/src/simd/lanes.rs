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

/// `i8x16.shuffle`: each byte of the result is one of the 32 bytes of both operands, by the bytes
/// of `PLACES`, the first lane's the lowest, each less than 32.
#[inline(always)]
pub fn shuffle<const PLACES: u128>(a: V128, b: V128) -> V128 {
    const {
        assert!(PLACES & (u128::MAX / 0xff * 0xe0) == 0);
    }
    shuffle_by(PLACES, a, b)
}

/// The same with places that are known when it runs.
#[inline(always)]
pub(crate) fn shuffle_by(places: u128, a: V128, b: V128) -> V128 {
    let (a, b): ([u8; 16], [u8; 16]) = (a.into(), b.into());
    V128::from(places.to_le_bytes().map(|place| {
        let place = usize::from(place);
        if place < 16 { a[place] } else { b[place & 15] }
    }))
}
