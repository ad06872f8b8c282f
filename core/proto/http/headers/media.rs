//! Media types: what a body is, and what a client takes (RFC 9110, sections 8.3 and 12.5.1).
//!
//! It turns the headers `Content-Type` and `Accept` into the two questions that MCP asks: is this JSON, is that an event
//! stream. Names are compared without regard to case and in full, so that `application/jsonx` is no JSON, and each header
//! is read once from left to right.

/// The media type of a body, as far as MCP tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum MediaType {
    Json,
    Events,
    Other,
}

/// Which of the two media types of MCP a client takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepts {
    json: Preference,
    events: Preference,
}

/// What the most specific range that covers a media type says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Preference {
    specificity: Specificity,
    taken: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Specificity {
    None,
    Anything,
    Type,
    Subtype,
}

impl MediaType {
    /// The media type that a `Content-Type` names.
    pub(in crate::http) fn of(value: &[u8]) -> Self {
        let (name, parameters) = split_parameters(value);
        if name.eq_ignore_ascii_case(JSON) && parameters.is_none_or(is_utf8) {
            Self::Json
        } else if name.eq_ignore_ascii_case(EVENTS) {
            Self::Events
        } else {
            Self::Other
        }
    }
}

/// Whether a `Content-Type` is JSON, in UTF-8 if it says so.
pub(in crate::http) fn is_json(value: &[u8]) -> bool {
    MediaType::of(value) == MediaType::Json
}

impl Accepts {
    /// What a client takes that sends no `Accept` (RFC 9110, section 12.5.1): anything.
    pub const ANYTHING: Self = Self { json: Preference::ANYTHING, events: Preference::ANYTHING };
    /// Where the lines of an `Accept` are added.
    pub(super) const NOTHING: Self = Self { json: Preference::NONE, events: Preference::NONE };

    /// Whether it takes `application/json`.
    pub fn json(self) -> bool {
        self.json.taken
    }

    /// Whether it takes `text/event-stream`.
    pub fn events(self) -> bool {
        self.events.taken
    }

    /// Adds one line of `Accept`.
    pub(super) fn add(&mut self, value: &[u8]) {
        for element in value.split(|byte| *byte == b',') {
            let (range, parameters) = split_parameters(element);
            let taken = parameters.is_none_or(|parameters| !is_refused(parameters));
            self.json.learn(specificity(range, JSON), taken);
            self.events.learn(specificity(range, EVENTS), taken);
        }
    }
}

impl Preference {
    const NONE: Self = Self { specificity: Specificity::None, taken: false };
    const ANYTHING: Self = Self { specificity: Specificity::Anything, taken: true };

    fn learn(&mut self, specificity: Specificity, taken: bool) {
        if specificity == Specificity::None {
            return;
        }
        if specificity > self.specificity {
            *self = Self { specificity, taken };
        } else if specificity == self.specificity {
            self.taken |= taken;
        }
    }
}

/// How exactly a media range covers a media type.
fn specificity(range: &[u8], media_type: &[u8]) -> Specificity {
    if range.eq_ignore_ascii_case(media_type) {
        return Specificity::Subtype;
    }
    match range.strip_suffix(b"/*") {
        Some(b"*") => Specificity::Anything,
        Some(kind) => {
            let covers = media_type.split_at_checked(kind.len()).is_some_and(|(own, rest)| {
                own.eq_ignore_ascii_case(kind) && rest.starts_with(b"/")
            });
            if covers { Specificity::Type } else { Specificity::None }
        }
        None => Specificity::None,
    }
}

/// Splits a media type from its parameters.
fn split_parameters(value: &[u8]) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(b';', value) {
        Some(at) => {
            let (name, rest) = value.split_at_checked(at).unwrap_or((value, &[]));
            (name.trim_ascii(), Some(rest.get(1..).unwrap_or_default()))
        }
        None => (value.trim_ascii(), None),
    }
}

/// The parameters, name and value.
fn parameters(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    text.split(|byte| *byte == b';').map(|parameter| {
        let at = memchr::memchr(b'=', parameter).unwrap_or(parameter.len());
        let (name, value) = parameter.split_at_checked(at).unwrap_or((parameter, &[]));
        (name.trim_ascii(), value.strip_prefix(b"=").unwrap_or(value).trim_ascii())
    })
}

/// Whether the weight is zero: the client does not take it.
fn is_refused(text: &[u8]) -> bool {
    let mut weights = parameters(text).filter(|(name, _)| name.eq_ignore_ascii_case(b"q"));
    weights.next().is_some_and(|(_, weight)| {
        let digits = weight.strip_prefix(b"0").map(|rest| rest.strip_prefix(b".").unwrap_or(rest));
        digits.is_some_and(|digits| digits.iter().all(|digit| *digit == b'0'))
    })
}

/// Whether the parameters of JSON name no other character encoding. A comma would be a second header value.
fn is_utf8(text: &[u8]) -> bool {
    let utf8 = |value: &[u8]| {
        let inside = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
        inside.unwrap_or(value).eq_ignore_ascii_case(b"utf-8")
    };
    !text.contains(&b',')
        && parameters(text)
            .all(|(name, value)| !name.eq_ignore_ascii_case(b"charset") || utf8(value))
}

const JSON: &[u8] = b"application/json";
const EVENTS: &[u8] = b"text/event-stream";

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(lines: &[&str]) -> (bool, bool) {
        let mut accepts = Accepts::NOTHING;
        for line in lines {
            accepts.add(line.as_bytes());
        }
        (accepts.json(), accepts.events())
    }

    #[test]
    fn json_is_recognised_exactly() {
        for json in [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
            " application/json ;profile=x",
        ] {
            assert!(is_json(json.as_bytes()), "{json}");
        }
        for other in [
            "",
            "text/plain",
            "application/jsonx",
            "application/json-seq",
            "application/json, text/plain",
            "application/json; charset=utf-8, text/plain",
            "text/plain; application/json",
            "application/json; charset=latin1",
            "multipart/form-data; boundary=application/json",
            "application/*",
        ] {
            assert!(!is_json(other.as_bytes()), "{other}");
        }
        assert_eq!(MediaType::of(b"text/event-stream;charset=utf-8"), MediaType::Events);
    }

    #[test]
    fn ranges_cover_what_they_name() {
        assert_eq!(accepts(&["application/json, text/event-stream"]), (true, true));
        assert_eq!(accepts(&["application/json", "text/event-stream"]), (true, true));
        assert_eq!(accepts(&["*/*"]), (true, true));
        assert_eq!(accepts(&["application/*"]), (true, false));
        assert_eq!(accepts(&["TEXT/*;q=0.1"]), (false, true));
        assert_eq!(accepts(&["text/html"]), (false, false));
        assert_eq!(accepts(&["application/jsonx, text/event"]), (false, false));
        assert_eq!(accepts(&["applicatio/*"]), (false, false));
        assert_eq!(accepts(&[""]), (false, false));
    }

    #[test]
    fn a_weight_of_zero_refuses_and_the_most_specific_range_decides() {
        assert_eq!(accepts(&["application/json;q=0, */*"]), (false, true));
        assert_eq!(accepts(&["*/*, text/event-stream; Q=0.000"]), (true, false));
        assert_eq!(accepts(&["*/*;q=0, application/json"]), (true, false));
        assert_eq!(accepts(&["application/json;q=0.001"]), (true, false));
    }
}
