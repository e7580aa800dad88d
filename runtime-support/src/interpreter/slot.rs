//! Values in slots.

use super::stack::Window;
#[cfg(feature = "gc")]
use crate::any::AnyRef;
use crate::simd::V128;
use crate::value::{ExternRef, ValueType};

/// How many slots a value takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    One,
    Two,
}

impl Width {
    pub(super) const fn of(value_type: ValueType) -> Width {
        match value_type {
            ValueType::V128 | ValueType::ExternRef => Width::Two,
            _ => Width::One,
        }
    }

    pub(super) const fn slots(self) -> u32 {
        match self {
            Width::One => 1,
            Width::Two => 2,
        }
    }
}

/// How many slots values of such types take.
pub(super) fn slots(types: &[ValueType]) -> u32 {
    types
        .iter()
        .map(|&value_type| Width::of(value_type).slots())
        .sum()
}

/// A type of values that slots hold as they are.
pub(super) trait Slot: Copy {
    const WIDTH: Width;
    fn read(window: Window, slot: u16) -> Self;
    fn write(self, window: Window, slot: u16);
}

macro_rules! one {
    ($($rust:ty: $from:expr, $to:expr;)*) => {$(
        impl Slot for $rust {
            const WIDTH: Width = Width::One;
            #[inline(always)]
            fn read(window: Window, slot: u16) -> $rust {
                ($from)(window.get(slot))
            }
            #[inline(always)]
            fn write(self, window: Window, slot: u16) {
                window.set(slot, ($to)(self));
            }
        }
    )*};
}
// Of an `i32`, the upper half of the slot may be anything.
one! {
    i32: |slot| slot as i32, |value: i32| u64::from(value.cast_unsigned());
    i64: |slot: u64| slot.cast_signed(), |value: i64| value.cast_unsigned();
    f32: |slot| f32::from_bits(slot as u32), |value: f32| u64::from(value.to_bits());
    f64: f64::from_bits, f64::to_bits;
}
#[cfg(feature = "gc")]
one! {
    Option<AnyRef>: |slot| AnyRef::from_bits(slot as u32), |value| u64::from(crate::any::bits(value));
}

impl Slot for V128 {
    const WIDTH: Width = Width::Two;
    #[inline(always)]
    fn read(window: Window, slot: u16) -> V128 {
        let [low, high] = window.get_two(slot);
        V128::from([low, high])
    }
    #[inline(always)]
    fn write(self, window: Window, slot: u16) {
        window.set_two(slot, self.into());
    }
}

impl Slot for Option<ExternRef> {
    const WIDTH: Width = Width::Two;
    #[inline(always)]
    fn read(window: Window, slot: u16) -> Option<ExternRef> {
        let [number, there] = window.get_two(slot);
        (there != 0).then_some(ExternRef(number))
    }
    #[inline(always)]
    fn write(self, window: Window, slot: u16) {
        let number = self.map_or(0, |ExternRef(number)| number);
        window.set_two(slot, [number, self.is_some().into()]);
    }
}
