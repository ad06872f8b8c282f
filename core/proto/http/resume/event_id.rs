//! Ids of events: which stream of the session, and which event of the stream.

use core::fmt;

use crate::http::HttpRule;

/// The number of a stream in its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamNumber(pub(super) u64);

/// The id of an event: two decimal numbers, `stream-sequence`. No two events of a session have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId {
    /// The stream.
    pub stream: StreamNumber,
    /// The place in the stream; 0 stands before its first message.
    pub sequence: u64,
}

impl EventId {
    /// Reads what a client sends back as `Last-Event-ID`.
    ///
    /// # Errors
    ///
    /// [`HttpRule::EventIdMalformed`] for anything but the exact spelling of an id.
    pub fn parse(text: &[u8]) -> Result<Self, HttpRule> {
        let id = core::str::from_utf8(text).ok().and_then(|text| {
            let (stream, sequence) = text.split_once('-')?;
            Some(Self { stream: StreamNumber(number(stream)?), sequence: number(sequence)? })
        });
        id.ok_or(HttpRule::EventIdMalformed)
    }
}

impl fmt::Display for StreamNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.stream, self.sequence)
    }
}

/// A number in its shortest spelling.
fn number(digits: &str) -> Option<u64> {
    let shortest = digits == "0" || !digits.starts_with('0');
    let sound = shortest && digits.bytes().all(|byte| byte.is_ascii_digit());
    sound.then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_and_no_other_spelling_is() {
        for (stream, sequence) in [(0, 0), (1, 17), (u64::MAX, u64::MAX)] {
            let id = EventId { stream: StreamNumber(stream), sequence };
            assert_eq!(EventId::parse(id.to_string().as_bytes()), Ok(id));
        }
        for forged in [
            "",
            "-",
            "1-",
            "-1",
            "1",
            "01-1",
            "1-01",
            "+1-1",
            "1-+1",
            "1--1",
            "1-1-1",
            " 1-1",
            "1-1 ",
            "1-18446744073709551616",
            "a-1",
            "1-\u{661}",
        ] {
            assert_eq!(
                EventId::parse(forged.as_bytes()),
                Err(HttpRule::EventIdMalformed),
                "{forged}"
            );
        }
        assert!(EventId::parse(&[b'1'; 100_000]).is_err() && EventId::parse(b"1-\xff").is_err());
    }
}
