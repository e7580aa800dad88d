//! Which processor a program is compiled for.
//!
//! The least that 64-bit x86 has, SSE2, lacks instructions that vectors need badly: without
//! `pshufb` a swizzle takes 70. So modules with vectors are compiled for newer processors unless
//! the user says which: programs that run here for what is here, others for `x86-64-v2`, which
//! is what processors have had since 2009. They look at the processor when they start, and say
//! what is missing.

use super::Main;

/// A level of x86-64, as its ABI defines it.
const LEVELS: [&str; 2] = ["x86-64-v3", "x86-64-v2"];

/// What a program with vectors is compiled for, if not the least; `target` is none for this
/// machine.
pub fn default_for_vectors(main: &Main, target: Option<&str>) -> Option<&'static str> {
    match (main, target) {
        (Main::Standalone { .. }, Some(target)) => {
            target.starts_with("x86_64-").then_some(LEVELS[1])
        }
        // Compiling runs programs of the same kind here, so it must have them.
        (Main::Standalone { .. }, None) => here().map(|_| LEVELS[1]),
        (Main::Runner { .. }, _) => here(),
    }
}

/// The level of this machine, if it is one of those that make a difference.
#[cfg(target_arch = "x86_64")]
fn here() -> Option<&'static str> {
    macro_rules! has {
        ($($feature:tt)*) => {
            $(std::arch::is_x86_feature_detected!($feature))&&*
        };
    }
    if !has!("cmpxchg16b" "popcnt" "sse3" "ssse3" "sse4.1" "sse4.2") {
        return None;
    }
    let newer = has!("avx" "avx2" "bmi1" "bmi2" "f16c" "fma" "lzcnt" "movbe");
    Some(LEVELS[usize::from(!newer)])
}

/// The level of this machine: there are none.
#[cfg(not(target_arch = "x86_64"))]
fn here() -> Option<&'static str> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_for_elsewhere_ask_for_little() {
        let main = Main::Standalone {
            directories: Vec::new(),
        };
        let default = |target| default_for_vectors(&main, Some(target));
        assert_eq!(default("x86_64-unknown-linux-musl"), Some("x86-64-v2"));
        assert_eq!(default("aarch64-unknown-linux-gnu"), None);
        assert!(default_for_vectors(&main, None).is_none_or(|level| level == "x86-64-v2"));
    }
}
