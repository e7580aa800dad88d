//! Instructions on memories: the lists of loads, stores and atomic ones, and those on many bytes.
//!
//! A load or store of memory 0 where that is an ordinary one is a word; others have the number of the
//! memory and the offset behind it.

use wasmparser::Operator;

use super::code::{At, Context, Data, Handler, Next, Plain, go_on};
use super::numeric::with_lane;
use super::slot::{Slot, Width};
use super::stack::Window;
use crate::memory::Mem;
use crate::simd::V128;

/// How an instruction on a memory is carried out: in what form on memory 0, on others, and on those
/// that threads share.
#[derive(Clone, Copy)]
pub(super) enum Access {
    /// Result, address; offset, or memory and offset.
    Load(Handler<Plain>, [Handler<Data<1>>; 2], Width),
    /// Address, value; offset, or memory and offset. The second is for constants of 16 bits, which are
    /// sign-extended.
    Store(
        Handler<Plain>,
        Option<Handler<Plain>>,
        [Handler<Data<1>>; 2],
    ),
    /// Result, address, vector, lane; offset, memory.
    LoadLane([Handler<Data<2>>; 2]),
    /// Address, vector, lane; offset, memory.
    StoreLane([Handler<Data<2>>; 2]),
    /// Result, address and so many operands in all; offset, memory.
    Atomic([Handler<Data<2>>; 2], usize, Option<Width>),
}

macro_rules! load {
    ($name:ident) => {{
        fn fast(context: &mut Context, at: At<Plain>, window: Window, memory: Mem<'_>) -> Next {
            let value = memory.$name(i32::read(window, at.b()), at.cd());
            value.write(window, at.a());
            go_on(context, at.next(), window, memory)
        }
        fn other<const SHARED: bool>(
            context: &mut Context,
            at: At<Data<1>>,
            window: Window,
            memory: Mem<'_>,
        ) -> Next {
            let address = i64::read(window, at.b());
            let value = context
                .any_memory::<SHARED>(at.cd())
                .$name(address, at.data::<0>());
            value.write(window, at.a());
            go_on(context, at.next(), window, memory)
        }
        let width = result_width(|memory: Mem<'_>| memory.$name(0, 0));
        Access::Load(fast, [other::<false>, other::<true>], width)
    }};
}

fn result_width<R: Slot>(_: fn(Mem<'_>) -> R) -> Width {
    R::WIDTH
}

macro_rules! store {
    ($name:ident($value:tt)) => {{
        fn fast(context: &mut Context, at: At<Plain>, window: Window, memory: Mem<'_>) -> Next {
            let value = <$value as Slot>::read(window, at.b());
            memory.$name(i32::read(window, at.a()), at.cd(), value);
            go_on(context, at.next(), window, memory)
        }
        fn other<const SHARED: bool>(
            context: &mut Context,
            at: At<Data<1>>,
            window: Window,
            memory: Mem<'_>,
        ) -> Next {
            let value = <$value as Slot>::read(window, at.b());
            let address = i64::read(window, at.a());
            context
                .any_memory::<SHARED>(at.cd())
                .$name(address, at.data::<0>(), value);
            go_on(context, at.next(), window, memory)
        }
        Access::Store(
            fast,
            store!(@constant $name $value),
            [other::<false>, other::<true>],
        )
    }};
    (@constant $name:ident i32) => {
        store!(@integer $name i32)
    };
    (@constant $name:ident i64) => {
        store!(@integer $name i64)
    };
    (@constant $name:ident $other:tt) => {
        None
    };
    (@integer $name:ident $value:ty) => {{
        fn constant(context: &mut Context, at: At<Plain>, window: Window, memory: Mem<'_>) -> Next {
            let value = <$value>::from(at.b().cast_signed());
            memory.$name(i32::read(window, at.a()), at.cd(), value);
            go_on(context, at.next(), window, memory)
        }
        Some(constant as Handler<Plain>)
    }};
}

/// The memory that the data of an instruction names, and the offset.
macro_rules! in_memory {
    ($context:ident, $at:ident, $shared:ident, |$memory:ident, $offset:ident| $result:expr) => {{
        let ($memory, $offset) = (
            $context.any_memory::<$shared>($at.data::<1>() as u32),
            $at.data::<0>(),
        );
        $result
    }};
}

macro_rules! load_lane {
    ($name:ident($lanes:tt)) => {{
        fn other<const SHARED: bool>(
            context: &mut Context,
            at: At<Data<2>>,
            window: Window,
            memory: Mem<'_>,
        ) -> Next {
            let (address, vector) = (i64::read(window, at.b()), V128::read(window, at.c()));
            let result = in_memory!(context, at, SHARED, |memory, offset| with_lane!(
                at.d(), $lanes, LANE => memory.$name::<LANE>(address, offset, vector)));
            result.write(window, at.a());
            go_on(context, at.next(), window, memory)
        }
        Access::LoadLane([other::<false>, other::<true>])
    }};
}

macro_rules! store_lane {
    ($name:ident($lanes:tt)) => {{
        fn other<const SHARED: bool>(
            context: &mut Context,
            at: At<Data<2>>,
            window: Window,
            memory: Mem<'_>,
        ) -> Next {
            let (address, vector) = (i64::read(window, at.a()), V128::read(window, at.b()));
            in_memory!(context, at, SHARED, |memory, offset| with_lane!(
                at.c(), $lanes, LANE => memory.$name::<LANE>(address, offset, vector)));
            go_on(context, at.next(), window, memory)
        }
        Access::StoreLane([other::<false>, other::<true>])
    }};
}

macro_rules! atomic {
    ($name:ident($($operand:ident: $type:ty = $place:ident),*) $(-> $result:ty)?) => {{
        fn other<const SHARED: bool>(
            context: &mut Context,
            at: At<Data<2>>,
            window: Window,
            memory: Mem<'_>,
        ) -> Next {
            let address = i64::read(window, at.b());
            $(let $operand = <$type as Slot>::read(window, at.$place());)*
            let _result = in_memory!(context, at, SHARED, |memory, offset|
                memory.$name(address, offset $(, $operand)*));
            $(<$result as Slot>::write(_result, window, at.a());)?
            go_on(context, at.next(), window, memory)
        }
        let operands = 1 $(+ { stringify!($operand); 1 })*;
        Access::Atomic([other::<false>, other::<true>], operands, atomic!(@ $($result)?))
    }};
    (@) => { None };
    (@ $result:ty) => { Some(<$result as Slot>::WIDTH) };
}

macro_rules! accesses {
    (
        load { $($load:ident $load_name:ident;)* }
        store { $($store:ident $store_name:ident($value:tt);)* }
        load_lane { $($load_lane:ident $load_lane_name:ident($load_lanes:tt);)* }
        store_lane { $($store_lane:ident $store_lane_name:ident($store_lanes:tt);)* }
        atomic_load { $($atomic_load:ident $atomic_load_name:ident -> $loaded:ty;)* }
        atomic_store { $($atomic_store:ident $atomic_store_name:ident($stored:ty);)* }
        atomic_change { $($change:ident $change_name:ident($changed:ty) -> $old:ty;)* }
        atomic_exchange {
            $($exchange:ident $exchange_name:ident($a:ty, $b:ty) -> $exchanged:ty;)*
        }
    ) => {
        /// How an instruction on a memory is carried out, and where; `None` for others.
        pub(super) fn access(operator: &Operator<'_>) -> Option<(Access, wasmparser::MemArg, u8)> {
            Some(match operator {
                $(Operator::$load { memarg } => (load!($load_name), *memarg, 0),)*
                $(Operator::$store { memarg } => (store!($store_name($value)), *memarg, 0),)*
                $(Operator::$load_lane { memarg, lane } => {
                    (load_lane!($load_lane_name($load_lanes)), *memarg, *lane)
                })*
                $(Operator::$store_lane { memarg, lane } => {
                    (store_lane!($store_lane_name($store_lanes)), *memarg, *lane)
                })*
                $(Operator::$atomic_load { memarg } => {
                    (atomic!($atomic_load_name() -> $loaded), *memarg, 0)
                })*
                $(Operator::$atomic_store { memarg } => {
                    (atomic!($atomic_store_name(value: $stored = c)), *memarg, 0)
                })*
                $(Operator::$change { memarg } => {
                    (atomic!($change_name(value: $changed = c) -> $old), *memarg, 0)
                })*
                $(Operator::$exchange { memarg } => {
                    (atomic!($exchange_name(a: $a = c, b: $b = d) -> $exchanged), *memarg, 0)
                })*
                _ => return None,
            })
        }
    };
}

accesses! {
    load {
        I32Load i32_load; I64Load i64_load; F32Load f32_load; F64Load f64_load;
        I32Load8S i32_load8_s; I32Load8U i32_load8_u;
        I32Load16S i32_load16_s; I32Load16U i32_load16_u;
        I64Load8S i64_load8_s; I64Load8U i64_load8_u;
        I64Load16S i64_load16_s; I64Load16U i64_load16_u;
        I64Load32S i64_load32_s; I64Load32U i64_load32_u;
        V128Load v128_load;
        V128Load8x8S v128_load8x8_s; V128Load8x8U v128_load8x8_u;
        V128Load16x4S v128_load16x4_s; V128Load16x4U v128_load16x4_u;
        V128Load32x2S v128_load32x2_s; V128Load32x2U v128_load32x2_u;
        V128Load8Splat v128_load8_splat; V128Load16Splat v128_load16_splat;
        V128Load32Splat v128_load32_splat; V128Load64Splat v128_load64_splat;
        V128Load32Zero v128_load32_zero; V128Load64Zero v128_load64_zero;
    }
    store {
        I32Store i32_store(i32); I64Store i64_store(i64);
        F32Store f32_store(f32); F64Store f64_store(f64);
        I32Store8 i32_store8(i32); I32Store16 i32_store16(i32);
        I64Store8 i64_store8(i64); I64Store16 i64_store16(i64); I64Store32 i64_store32(i64);
        V128Store v128_store(V128);
    }
    load_lane {
        V128Load8Lane v128_load8_lane(16); V128Load16Lane v128_load16_lane(8);
        V128Load32Lane v128_load32_lane(4); V128Load64Lane v128_load64_lane(2);
    }
    store_lane {
        V128Store8Lane v128_store8_lane(16); V128Store16Lane v128_store16_lane(8);
        V128Store32Lane v128_store32_lane(4); V128Store64Lane v128_store64_lane(2);
    }
    atomic_load {
        I32AtomicLoad i32_atomic_load -> i32; I64AtomicLoad i64_atomic_load -> i64;
        I32AtomicLoad8U i32_atomic_load8_u -> i32; I32AtomicLoad16U i32_atomic_load16_u -> i32;
        I64AtomicLoad8U i64_atomic_load8_u -> i64; I64AtomicLoad16U i64_atomic_load16_u -> i64;
        I64AtomicLoad32U i64_atomic_load32_u -> i64;
    }
    atomic_store {
        I32AtomicStore i32_atomic_store(i32); I64AtomicStore i64_atomic_store(i64);
        I32AtomicStore8 i32_atomic_store8(i32); I32AtomicStore16 i32_atomic_store16(i32);
        I64AtomicStore8 i64_atomic_store8(i64); I64AtomicStore16 i64_atomic_store16(i64);
        I64AtomicStore32 i64_atomic_store32(i64);
    }
    atomic_change {
        MemoryAtomicNotify memory_atomic_notify(i32) -> i32;
        I32AtomicRmwAdd i32_atomic_rmw_add(i32) -> i32;
        I32AtomicRmwSub i32_atomic_rmw_sub(i32) -> i32;
        I32AtomicRmwAnd i32_atomic_rmw_and(i32) -> i32;
        I32AtomicRmwOr i32_atomic_rmw_or(i32) -> i32;
        I32AtomicRmwXor i32_atomic_rmw_xor(i32) -> i32;
        I32AtomicRmwXchg i32_atomic_rmw_xchg(i32) -> i32;
        I32AtomicRmw8AddU i32_atomic_rmw8_add_u(i32) -> i32;
        I32AtomicRmw8SubU i32_atomic_rmw8_sub_u(i32) -> i32;
        I32AtomicRmw8AndU i32_atomic_rmw8_and_u(i32) -> i32;
        I32AtomicRmw8OrU i32_atomic_rmw8_or_u(i32) -> i32;
        I32AtomicRmw8XorU i32_atomic_rmw8_xor_u(i32) -> i32;
        I32AtomicRmw8XchgU i32_atomic_rmw8_xchg_u(i32) -> i32;
        I32AtomicRmw16AddU i32_atomic_rmw16_add_u(i32) -> i32;
        I32AtomicRmw16SubU i32_atomic_rmw16_sub_u(i32) -> i32;
        I32AtomicRmw16AndU i32_atomic_rmw16_and_u(i32) -> i32;
        I32AtomicRmw16OrU i32_atomic_rmw16_or_u(i32) -> i32;
        I32AtomicRmw16XorU i32_atomic_rmw16_xor_u(i32) -> i32;
        I32AtomicRmw16XchgU i32_atomic_rmw16_xchg_u(i32) -> i32;
        I64AtomicRmwAdd i64_atomic_rmw_add(i64) -> i64;
        I64AtomicRmwSub i64_atomic_rmw_sub(i64) -> i64;
        I64AtomicRmwAnd i64_atomic_rmw_and(i64) -> i64;
        I64AtomicRmwOr i64_atomic_rmw_or(i64) -> i64;
        I64AtomicRmwXor i64_atomic_rmw_xor(i64) -> i64;
        I64AtomicRmwXchg i64_atomic_rmw_xchg(i64) -> i64;
        I64AtomicRmw8AddU i64_atomic_rmw8_add_u(i64) -> i64;
        I64AtomicRmw8SubU i64_atomic_rmw8_sub_u(i64) -> i64;
        I64AtomicRmw8AndU i64_atomic_rmw8_and_u(i64) -> i64;
        I64AtomicRmw8OrU i64_atomic_rmw8_or_u(i64) -> i64;
        I64AtomicRmw8XorU i64_atomic_rmw8_xor_u(i64) -> i64;
        I64AtomicRmw8XchgU i64_atomic_rmw8_xchg_u(i64) -> i64;
        I64AtomicRmw16AddU i64_atomic_rmw16_add_u(i64) -> i64;
        I64AtomicRmw16SubU i64_atomic_rmw16_sub_u(i64) -> i64;
        I64AtomicRmw16AndU i64_atomic_rmw16_and_u(i64) -> i64;
        I64AtomicRmw16OrU i64_atomic_rmw16_or_u(i64) -> i64;
        I64AtomicRmw16XorU i64_atomic_rmw16_xor_u(i64) -> i64;
        I64AtomicRmw16XchgU i64_atomic_rmw16_xchg_u(i64) -> i64;
        I64AtomicRmw32AddU i64_atomic_rmw32_add_u(i64) -> i64;
        I64AtomicRmw32SubU i64_atomic_rmw32_sub_u(i64) -> i64;
        I64AtomicRmw32AndU i64_atomic_rmw32_and_u(i64) -> i64;
        I64AtomicRmw32OrU i64_atomic_rmw32_or_u(i64) -> i64;
        I64AtomicRmw32XorU i64_atomic_rmw32_xor_u(i64) -> i64;
        I64AtomicRmw32XchgU i64_atomic_rmw32_xchg_u(i64) -> i64;
    }
    atomic_exchange {
        MemoryAtomicWait32 memory_atomic_wait32(i32, i64) -> i32;
        MemoryAtomicWait64 memory_atomic_wait64(i64, i64) -> i32;
        I32AtomicRmwCmpxchg i32_atomic_rmw_cmpxchg(i32, i32) -> i32;
        I32AtomicRmw8CmpxchgU i32_atomic_rmw8_cmpxchg_u(i32, i32) -> i32;
        I32AtomicRmw16CmpxchgU i32_atomic_rmw16_cmpxchg_u(i32, i32) -> i32;
        I64AtomicRmwCmpxchg i64_atomic_rmw_cmpxchg(i64, i64) -> i64;
        I64AtomicRmw8CmpxchgU i64_atomic_rmw8_cmpxchg_u(i64, i64) -> i64;
        I64AtomicRmw16CmpxchgU i64_atomic_rmw16_cmpxchg_u(i64, i64) -> i64;
        I64AtomicRmw32CmpxchgU i64_atomic_rmw32_cmpxchg_u(i64, i64) -> i64;
    }
}

/// An address or length of a memory or table: 64 bits, or the lower 32.
#[inline(always)]
pub(super) fn address(window: Window, slot: u16, wide: bool) -> i64 {
    if wide {
        i64::read(window, slot)
    } else {
        i64::from(i32::read(window, slot).cast_unsigned())
    }
}

/// Does something with a memory, shared or not.
macro_rules! either {
    ($context:ident, $index:expr, |$memory:ident| $result:expr) => {{
        let index = $index;
        if $context.s.memory_is_shared(index) {
            let $memory = $context.any_memory::<true>(index);
            $result
        } else {
            let $memory = $context.any_memory::<false>(index);
            $result
        }
    }};
}

/// `memory.size`: result; memory.
pub(super) fn size(context: &mut Context, at: At<Plain>, window: Window, memory: Mem<'_>) -> Next {
    let pages = either!(context, at.cd(), |memory| memory.size());
    window.set(at.a(), pages.cast_unsigned());
    go_on(context, at.next(), window, memory)
}

/// `memory.grow`: result, delta; memory.
pub(super) fn grow(context: &mut Context, at: At<Plain>, window: Window, memory: Mem<'_>) -> Next {
    let delta = address(window, at.b(), context.s.memory_is_wide(at.cd()));
    let old = either!(context, at.cd(), |memory| memory.grow(delta));
    window.set(at.a(), old.cast_unsigned());
    go_on(context, at.next(), window, memory)
}

/// `memory.fill`: destination, value, length; memory.
pub(super) fn fill(
    context: &mut Context,
    at: At<Data<1>>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let index = at.data::<0>() as u32;
    let wide = context.s.memory_is_wide(index);
    let (to, length) = (address(window, at.a(), wide), address(window, at.c(), wide));
    let value = i32::read(window, at.b());
    either!(context, index, |memory| memory.fill(to, value, length));
    go_on(context, at.next(), window, memory)
}

/// `memory.copy`: destination, source, length; the two memories.
pub(super) fn copy(
    context: &mut Context,
    at: At<Data<1>>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let (to_index, from_index) = (at.data::<0>() as u32, (at.data::<0>() >> 32) as u32);
    let (to_wide, from_wide) = (
        context.s.memory_is_wide(to_index),
        context.s.memory_is_wide(from_index),
    );
    let to = address(window, at.a(), to_wide);
    let from = address(window, at.b(), from_wide);
    let length = address(window, at.c(), to_wide && from_wide);
    either!(context, to_index, |to_memory| {
        either!(context, from_index, |from_memory| {
            to_memory.copy_from(to, from_memory, from, length)
        })
    });
    go_on(context, at.next(), window, memory)
}

/// `memory.init`: destination, source, length; memory and segment.
pub(super) fn init(
    context: &mut Context,
    at: At<Data<1>>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    let (index, segment) = (at.data::<0>() as u32, (at.data::<0>() >> 32) as u32);
    let to = address(window, at.a(), context.s.memory_is_wide(index));
    let (from, length) = (i32::read(window, at.b()), i32::read(window, at.c()));
    let data = context.s.data(segment);
    either!(context, index, |memory| memory.init(data, to, from, length));
    go_on(context, at.next(), window, memory)
}

/// `data.drop`: segment.
pub(super) fn drop_data(
    context: &mut Context,
    at: At<Plain>,
    window: Window,
    memory: Mem<'_>,
) -> Next {
    context.s.drop_data(at.cd());
    go_on(context, at.next(), window, memory)
}

/// `atomic.fence`
pub(super) fn fence(context: &mut Context, at: At<Plain>, window: Window, memory: Mem<'_>) -> Next {
    crate::memory::atomic_fence();
    go_on(context, at.next(), window, memory)
}
