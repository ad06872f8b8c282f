//! What is measured at a time: a size of the payload, and how many calls are outstanding.

use crate::units;

/// One row of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// Bytes of text; `None` where the arguments are given.
    pub(super) payload: Option<usize>,
    pub(super) outstanding: usize,
}

impl Cell {
    /// Whether so much may be on its way at a time.
    pub(super) fn fits(&self) -> bool {
        self.payload.unwrap_or_default().saturating_mul(self.outstanding) <= MOST_OUTSTANDING_BYTES
    }

    pub(super) fn name(&self) -> String {
        let payload =
            self.payload.map_or("the arguments".into(), |bytes| units::bytes(bytes as u64));
        format!("{payload}, {} at a time", self.outstanding)
    }
}

/// So many bytes of text.
pub(super) fn text(bytes: usize) -> String {
    SENTENCE.chars().cycle().take(bytes).collect()
}

/// Reads a number of bytes: `100`, `64k`, `1m`.
pub(super) fn bytes(text: &str) -> Result<usize, String> {
    let lower = text.to_ascii_lowercase();
    let (digits, shift) = match (lower.strip_suffix('k'), lower.strip_suffix('m')) {
        (Some(digits), _) => (digits, 10),
        (_, Some(digits)) => (digits, 20),
        _ => (lower.as_str(), 0),
    };
    let number =
        digits.parse::<usize>().map_err(|_| "a number of bytes, such as 100, 64k or 1m")?;
    let bytes = number.checked_mul(1 << shift).filter(|bytes| *bytes <= LARGEST_PAYLOAD);
    bytes.ok_or_else(|| "a payload has 8 MiB at most".into())
}

/// Reads a number of seconds that can be waited for.
pub(super) fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.01..=86_400.0).contains(seconds));
    seconds.ok_or_else(|| "a number of seconds, from 0.01 to a day".into())
}

pub(super) const TOO_MUCH: &str = "more than 32 MiB would be on their way";
const MOST_OUTSTANDING_BYTES: usize = 32 << 20;
const LARGEST_PAYLOAD: usize = 8 << 20;
const SENTENCE: &str = "The quick brown fox jumps over the lazy dog, again and again. ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        let read = ["100", "64k", "64K", "1m", "0"].map(bytes);
        assert_eq!(read, [100, 64 << 10, 64 << 10, 1 << 20, 0].map(Ok));
        for wrong in ["", "k", "-1", "1g", "9m", "99999999999999999999"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
        assert_eq!(text(100).len(), 100);
    }

    #[test]
    fn what_would_flood_a_connection_does_not_fit() {
        assert!(Cell { payload: Some(1 << 20), outstanding: 32 }.fits());
        assert!(!Cell { payload: Some(1 << 20), outstanding: 33 }.fits());
        assert!(Cell { payload: None, outstanding: 4_096 }.fits());
    }
}
