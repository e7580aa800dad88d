//! Numbers as memories keep them.

/// A number that views of memory load and store: little-endian, wherever the host runs
/// (specification: *Memory Instructions*).
pub trait Number: Copy + sealed::Sealed {}

pub(crate) mod sealed {
    pub trait Sealed: Sized {
        /// How many bytes it has: at most 8.
        const LENGTH: usize;
        /// Its bytes, and zeros after them.
        fn to_bytes(self) -> [u8; 8];
        /// The number whose bytes are the first of these, if there are enough.
        fn from_bytes(bytes: &[u8]) -> Option<Self>;
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {
        $(
            impl Number for $number {}
            impl sealed::Sealed for $number {
                const LENGTH: usize = size_of::<$number>();
                fn to_bytes(self) -> [u8; 8] {
                    let mut bytes = [0; 8];
                    for (to, from) in bytes.iter_mut().zip(self.to_le_bytes()) {
                        *to = from;
                    }
                    bytes
                }
                fn from_bytes(bytes: &[u8]) -> Option<$number> {
                    bytes.first_chunk().copied().map(<$number>::from_le_bytes)
                }
            }
        )*
    };
}

numbers!(i8 u8 i16 u16 i32 u32 i64 u64 f32 f64);
