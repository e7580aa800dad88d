//! Integer lanes.

use crate::simd::V128;

/// What all shapes have; the second list is of those that `i64x2` lacks.
macro_rules! integers {
    ($signed:ident $unsigned:ident $count:literal splat $value:ty) => {
        #[inline(always)]
        pub fn splat(value: $value) -> V128 {
            V128::from([value as $signed; $count])
        }

        lanewise! {
            eq(a, b): [$signed; $count] -> $signed { mask!(a == b) }
            ne(a, b): [$signed; $count] -> $signed { mask!(a != b) }
            lt_s(a, b): [$signed; $count] -> $signed { mask!(a < b) }
            gt_s(a, b): [$signed; $count] -> $signed { mask!(a > b) }
            le_s(a, b): [$signed; $count] -> $signed { mask!(a <= b) }
            ge_s(a, b): [$signed; $count] -> $signed { mask!(a >= b) }
            abs(a): [$signed; $count] -> $signed { a.wrapping_abs() }
            neg(a): [$signed; $count] -> $signed { a.wrapping_neg() }
            // The count is taken modulo the width.
            shl(a; count: i32): [$signed; $count] -> $signed { a.wrapping_shl(count as u32) }
            shr_s(a; count: i32): [$signed; $count] -> $signed { a.wrapping_shr(count as u32) }
            shr_u(a; count: i32): [$unsigned; $count] -> $unsigned { a.wrapping_shr(count as u32) }
            add(a, b): [$signed; $count] -> $signed { a.wrapping_add(b) }
            sub(a, b): [$signed; $count] -> $signed { a.wrapping_sub(b) }
        }

        #[inline(always)]
        pub fn all_true(a: V128) -> i32 {
            let lanes: [$signed; $count] = a.into();
            i32::from(lanes.iter().all(|&lane| lane != 0))
        }

        #[inline(always)]
        pub fn bitmask(a: V128) -> i32 {
            let lanes: [$signed; $count] = a.into();
            let bits = lanes.iter().rev();
            bits.fold(0, |mask, &lane| mask << 1 | i32::from(lane < 0))
        }
    };
    (more $signed:ident $unsigned:ident $count:literal) => {
        lanewise! {
            lt_u(a, b): [$unsigned; $count] -> $signed { mask!(a < b) }
            gt_u(a, b): [$unsigned; $count] -> $signed { mask!(a > b) }
            le_u(a, b): [$unsigned; $count] -> $signed { mask!(a <= b) }
            ge_u(a, b): [$unsigned; $count] -> $signed { mask!(a >= b) }
            min_s(a, b): [$signed; $count] -> $signed { a.min(b) }
            min_u(a, b): [$unsigned; $count] -> $unsigned { a.min(b) }
            max_s(a, b): [$signed; $count] -> $signed { a.max(b) }
            max_u(a, b): [$unsigned; $count] -> $unsigned { a.max(b) }
        }
    };
    (saturating $signed:ident $unsigned:ident $count:literal) => {
        lanewise! {
            add_sat_s(a, b): [$signed; $count] -> $signed { a.saturating_add(b) }
            add_sat_u(a, b): [$unsigned; $count] -> $unsigned { a.saturating_add(b) }
            sub_sat_s(a, b): [$signed; $count] -> $signed { a.saturating_sub(b) }
            sub_sat_u(a, b): [$unsigned; $count] -> $unsigned { a.saturating_sub(b) }
            avgr_u(a, b): [$unsigned; $count] -> $unsigned {
                (u32::from(a) + u32::from(b)).div_ceil(2) as $unsigned
            }
        }
    };
}

/// All bits, or none.
macro_rules! mask {
    ($condition:expr) => {
        if $condition { -1 } else { 0 }
    };
}

/// Lanes of two vectors made half as wide, those of the first one first.
macro_rules! narrow {
    ($($name:ident: [$wide:ty; $half:literal] as [$narrow:ty; $count:literal];)*) => {$(
        #[inline(always)]
        pub fn $name(a: V128, b: V128) -> V128 {
            let (a, b): ([$wide; $half], [$wide; $half]) = (a.into(), b.into());
            V128::from(core::array::from_fn::<$narrow, $count, _>(|lane| {
                let wide = if lane < $half { a[lane] } else { b[lane - $half] };
                wide.clamp(<$narrow>::MIN.into(), <$narrow>::MAX.into()) as $narrow
            }))
        }
    )*};
}

/// Lanes of one half made twice as wide: as they are, or multiplied, or neighbours added.
macro_rules! widen {
    ($([$narrow:ty; $count:literal] as [$wide:ty; $half:literal]:
        $extend_low:ident $extend_high:ident $extmul_low:ident $extmul_high:ident $($extadd:ident)?;
    )*) => {$(
        widen! { $extend_low $extmul_low [$narrow; $count] [$wide; $half] 0 }
        widen! { $extend_high $extmul_high [$narrow; $count] [$wide; $half] $half }
        $(
            #[inline(always)]
            pub fn $extadd(a: V128) -> V128 {
                let a: [$narrow; $count] = a.into();
                V128::from(core::array::from_fn::<$wide, $half, _>(|lane| {
                    <$wide>::from(a[2 * lane]) + <$wide>::from(a[2 * lane + 1])
                }))
            }
        )?
    )*};
    ($extend:ident $extmul:ident
        [$narrow:ty; $count:literal] [$wide:ty; $half:literal] $first:literal) => {
        #[inline(always)]
        pub fn $extend(a: V128) -> V128 {
            let a: [$narrow; $count] = a.into();
            V128::from(core::array::from_fn::<$wide, $half, _>(|lane| a[$first + lane].into()))
        }

        #[inline(always)]
        pub fn $extmul(a: V128, b: V128) -> V128 {
            let (a, b): ([$narrow; $count], [$narrow; $count]) = (a.into(), b.into());
            V128::from(core::array::from_fn::<$wide, $half, _>(|lane| {
                let place = $first + lane;
                <$wide>::from(a[place]) * <$wide>::from(b[place])
            }))
        }
    };
}

pub mod i8x16 {
    use super::V128;

    integers! { i8 u8 16 splat i32 }
    integers! { more i8 u8 16 }
    integers! { saturating i8 u8 16 }

    lanewise! {
        popcnt(a): [u8; 16] -> u8 { a.count_ones() as u8 }
    }

    narrow! {
        narrow_i16x8_s: [i16; 8] as [i8; 16];
        narrow_i16x8_u: [i16; 8] as [u8; 16];
    }

    #[inline(always)]
    pub fn swizzle(a: V128, places: V128) -> V128 {
        let (a, places): ([u8; 16], [u8; 16]) = (a.into(), places.into());
        V128::from(places.map(|place| if place < 16 { a[usize::from(place)] } else { 0 }))
    }
}

pub mod i16x8 {
    use super::V128;

    integers! { i16 u16 8 splat i32 }
    integers! { more i16 u16 8 }
    integers! { saturating i16 u16 8 }

    lanewise! {
        mul(a, b): [i16; 8] -> i16 { a.wrapping_mul(b) }
        q15mulr_sat_s(a, b): [i16; 8] -> i16 {
            ((i32::from(a) * i32::from(b) + 0x4000) >> 15).min(0x7fff) as i16
        }
    }

    #[inline(always)]
    pub fn relaxed_dot_i8x16_i7x16_s(a: V128, b: V128) -> V128 {
        let (a, b): ([i8; 16], [i8; 16]) = (a.into(), b.into());
        let product = |lane: usize| i16::from(a[lane]) * i16::from(b[lane]);
        V128::from(core::array::from_fn::<i16, 8, _>(|lane| {
            product(2 * lane).wrapping_add(product(2 * lane + 1))
        }))
    }

    narrow! {
        narrow_i32x4_s: [i32; 4] as [i16; 8];
        narrow_i32x4_u: [i32; 4] as [u16; 8];
    }

    widen! {
        [i8; 16] as [i16; 8]: extend_low_i8x16_s extend_high_i8x16_s
            extmul_low_i8x16_s extmul_high_i8x16_s extadd_pairwise_i8x16_s;
        [u8; 16] as [u16; 8]: extend_low_i8x16_u extend_high_i8x16_u
            extmul_low_i8x16_u extmul_high_i8x16_u extadd_pairwise_i8x16_u;
    }
}

pub mod i32x4 {
    use super::V128;

    integers! { i32 u32 4 splat i32 }
    integers! { more i32 u32 4 }

    lanewise! {
        mul(a, b): [i32; 4] -> i32 { a.wrapping_mul(b) }
        trunc_sat_f32x4_s(a): [f32; 4] -> i32 { a as i32 }
        trunc_sat_f32x4_u(a): [f32; 4] -> u32 { a as u32 }
    }

    #[inline(always)]
    pub fn trunc_sat_f64x2_s_zero(a: V128) -> V128 {
        let [a, b]: [f64; 2] = a.into();
        V128::from([a as i32, b as i32, 0, 0])
    }

    #[inline(always)]
    pub fn trunc_sat_f64x2_u_zero(a: V128) -> V128 {
        let [a, b]: [f64; 2] = a.into();
        V128::from([a as u32, b as u32, 0, 0])
    }

    #[inline(always)]
    pub fn dot_i16x8_s(a: V128, b: V128) -> V128 {
        let (a, b): ([i16; 8], [i16; 8]) = (a.into(), b.into());
        let product = |lane: usize| i32::from(a[lane]) * i32::from(b[lane]);
        V128::from(core::array::from_fn::<i32, 4, _>(|lane| {
            product(2 * lane).wrapping_add(product(2 * lane + 1))
        }))
    }

    widen! {
        [i16; 8] as [i32; 4]: extend_low_i16x8_s extend_high_i16x8_s
            extmul_low_i16x8_s extmul_high_i16x8_s extadd_pairwise_i16x8_s;
        [u16; 8] as [u32; 4]: extend_low_i16x8_u extend_high_i16x8_u
            extmul_low_i16x8_u extmul_high_i16x8_u extadd_pairwise_i16x8_u;
    }
}

pub mod i64x2 {
    use super::V128;

    integers! { i64 u64 2 splat i64 }

    lanewise! {
        mul(a, b): [i64; 2] -> i64 { a.wrapping_mul(b) }
    }

    widen! {
        [i32; 4] as [i64; 2]: extend_low_i32x4_s extend_high_i32x4_s
            extmul_low_i32x4_s extmul_high_i32x4_s;
        [u32; 4] as [u64; 2]: extend_low_i32x4_u extend_high_i32x4_u
            extmul_low_i32x4_u extmul_high_i32x4_u;
    }
}
