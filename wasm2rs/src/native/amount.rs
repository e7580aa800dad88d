//! Amounts as a person says them.

/// A number of bytes.
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// A number of seconds.
pub fn time(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 90.0 => format!("{seconds:.0} s"),
        seconds => format!("{:.0} min", seconds / 60.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_units() {
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(1_250), "1.2 kB");
        assert_eq!(bytes(26_267_204), "26.3 MB");
        assert_eq!(bytes(8_000_000_000), "8.0 GB");
        assert_eq!(time(3.4), "3 s");
        assert_eq!(time(372.0), "6 min");
    }
}
