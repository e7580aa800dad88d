//! Numbers that are addresses, offsets and lengths.

/// A number as an address, an offset, a length or a number of pages: taken as unsigned, whatever
/// its type says.
///
/// Host code has addresses as `i32` or `i64`, as WebAssembly gave them, or as what it computed
/// from them; views of memory take all.
pub trait Address: Copy + sealed::Sealed {
    /// The number.
    fn unsigned(self) -> u64;
}

/// A type of addresses (specification: *Address Type*).
pub trait AddressType: Address + 'static {
    /// The type of the offsets of loads and stores.
    type Offset: Address;
    /// Whether it is the one with 64 bits.
    const WIDE: bool;
    /// The number as WebAssembly has it: its lower bits.
    fn wrap(number: u64) -> Self;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! addresses {
    ($($number:ty as $unsigned:ty;)*) => {
        $(
            impl sealed::Sealed for $number {}
            impl Address for $number {
                #[inline(always)]
                fn unsigned(self) -> u64 {
                    self as $unsigned as u64
                }
            }
        )*
    };
}

addresses! {
    i32 as u32;
    u32 as u32;
    i64 as u64;
    u64 as u64;
    usize as usize;
}

impl AddressType for i32 {
    type Offset = u32;
    const WIDE: bool = false;
    #[inline(always)]
    fn wrap(number: u64) -> i32 {
        number as i32
    }
}

impl AddressType for i64 {
    type Offset = u64;
    const WIDE: bool = true;
    #[inline(always)]
    fn wrap(number: u64) -> i64 {
        number as i64
    }
}
