//! Where everything inside a valid JSON value stands, found in one pass.
//!
//! Cursors walk a container's text again on every visit, which is right for reading a value once; who looks at the same
//! containers many times, as a validator does, builds an outline first. It holds slices of the text alone: nothing is
//! decoded or copied, every value is in it, and each container knows its size and where it ends.

use super::cursor::scalar_end;
use super::raw::Raw;
use super::string::{Str, string_end};

/// A value and all values inside it, in the order of the text, each known by its place: the value itself is place 0.
///
/// Takes 40 bytes a value.
///
/// ```
/// use mcp_engine_proto::json::{Outline, Raw};
///
/// let outline = Outline::new(Raw::parse(r#"{"days": [1, 2], "city": "Bern"}"#)?, 100).unwrap();
/// let city = outline.children(0).find(|place| outline.key(*place).is_some_and(|key| key == "city"));
/// assert_eq!(outline.value(city.unwrap()).spelling(), r#""Bern""#);
/// assert_eq!((outline.len(), outline.size(0)), (5, 2));
/// # Ok::<(), mcp_engine_proto::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Outline<'a> {
    entries: Vec<Entry<'a>>,
    depth: u32,
}

/// The places of the members or elements of a container, in the order of the text.
#[derive(Clone, Debug)]
pub struct Children<'o, 'a> {
    outline: &'o Outline<'a>,
    at: u32,
    end: u32,
}

#[derive(Clone, Copy, Debug)]
struct Entry<'a> {
    /// As it is spelled; empty for all but members.
    key: &'a str,
    value: Raw<'a>,
    /// The place behind this value and everything in it.
    end: u32,
    /// Number of members or elements; the two highest bits mark a member, and one whose key has escapes.
    size: u32,
}

impl<'a> Outline<'a> {
    /// Outlines a value; `None` when it holds more than `limit` values, itself included. Takes time proportional to the
    /// text.
    pub fn new(value: Raw<'a>, limit: u32) -> Option<Self> {
        let text = value.spelling();
        let expected = text.len().checked_div(GUESS)?.saturating_add(1).min(limit as usize);
        let mut builder = Builder {
            text,
            entries: Vec::with_capacity(expected),
            open: Vec::new(),
            key: None,
            depth: 0,
            limit,
        };
        builder.run()?;
        Some(Self { entries: builder.entries, depth: builder.depth })
    }

    /// Number of values, the outermost included.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no value at all, as in the default outline.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Deepest nesting of arrays and objects; 0 for a string, a number or a literal.
    pub fn depth(&self) -> u32 {
        self.depth
    }

    /// The value at a place; `null` at one that does not exist.
    #[inline]
    pub fn value(&self, place: u32) -> Raw<'a> {
        self.entries.get(place as usize).map_or(Raw::new("null"), |entry| entry.value)
    }

    /// The key of the value at a place, when it is a member of an object.
    #[inline]
    pub fn key(&self, place: u32) -> Option<Str<'a>> {
        let entry = self.entries.get(place as usize)?;
        (entry.size & MEMBER != 0).then(|| Str::new(entry.key))
    }

    /// The key of the value at a place, when it is a member and its key is spelled without escapes. Takes no time.
    #[inline]
    pub fn plain_key(&self, place: u32) -> Option<&'a str> {
        let entry = self.entries.get(place as usize)?;
        (entry.size & (MEMBER | ESCAPED) == MEMBER).then_some(entry.key)
    }

    /// Number of members or elements of the value at a place.
    #[inline]
    pub fn size(&self, place: u32) -> u32 {
        self.entries.get(place as usize).map_or(0, |entry| entry.size & !(MEMBER | ESCAPED))
    }

    /// The place behind the value at a place and everything in it.
    #[inline]
    pub fn end(&self, place: u32) -> u32 {
        self.entries.get(place as usize).map_or(place, |entry| entry.end)
    }

    /// The places of the members or elements of the value at a place.
    #[inline]
    pub fn children(&self, place: u32) -> Children<'_, 'a> {
        Children { outline: self, at: place.saturating_add(1), end: self.end(place) }
    }
}

impl Iterator for Children<'_, '_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        let place = self.at;
        if place >= self.end {
            return None;
        }
        self.at = self.outline.end(place);
        Some(place)
    }
}

struct Builder<'a> {
    text: &'a str,
    entries: Vec<Entry<'a>>,
    /// Places of the containers that are open, with the offsets at which they begin.
    open: Vec<(u32, usize)>,
    /// The key whose value is awaited.
    key: Option<Str<'a>>,
    /// Most containers that were open together.
    depth: u32,
    limit: u32,
}

impl<'a> Builder<'a> {
    /// `None` at the limit. A text that is not valid after all ends early.
    fn run(&mut self) -> Option<()> {
        let mut at = 0usize;
        while let Some(byte) = self.text.as_bytes().get(at) {
            let rest = self.text.get(at..).unwrap_or_default();
            at = match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' => at.saturating_add(1),
                b'{' | b'[' => {
                    let place = self.push(rest)?;
                    self.open.push((place, at));
                    self.depth = self.depth.max(self.open.len() as u32);
                    at.saturating_add(1)
                }
                b'}' | b']' => {
                    at = at.saturating_add(1);
                    self.close(at);
                    at
                }
                b'"' => {
                    let Some((len, plain)) = string_end(rest.as_bytes()) else { break };
                    self.string(rest.get(..len).unwrap_or_default(), plain)?;
                    at.saturating_add(len)
                }
                _ => {
                    let end = scalar_end(rest.as_bytes()).max(1);
                    self.push(rest.get(..end).unwrap_or_default())?;
                    at.saturating_add(end)
                }
            };
            if self.open.is_empty() {
                break;
            }
        }
        Some(())
    }

    /// A key where an object awaits one, else a value. Its first escape stands behind `plain` bytes of its inside.
    fn string(&mut self, spelling: &'a str, plain: usize) -> Option<()> {
        let in_object = self.open.last().is_some_and(|(_, start)| {
            self.text.as_bytes().get(*start).is_some_and(|byte| *byte == b'{')
        });
        if in_object && self.key.is_none() {
            let inside = spelling.len().checked_sub(1).and_then(|end| spelling.get(1..end));
            self.key = Some(Str::walked(inside.unwrap_or_default(), plain));
            return Some(());
        }
        self.push(spelling).map(|_| ())
    }

    fn push(&mut self, value: &'a str) -> Option<u32> {
        let place = u32::try_from(self.entries.len()).ok()?;
        if place >= self.limit.min(MOST) {
            return None;
        }
        if let Some((parent, _)) = self.open.last()
            && let Some(parent) = self.entries.get_mut(*parent as usize)
        {
            parent.size = parent.size.saturating_add(1);
        }
        let marks = match self.key {
            None => 0,
            Some(key) if key.plain().is_some() => MEMBER,
            Some(_) => MEMBER | ESCAPED,
        };
        let key = self.key.take().map_or("", Str::spelling);
        let end = place.saturating_add(1);
        self.entries.push(Entry { key, value: Raw::new(value), end, size: marks });
        Some(place)
    }

    /// Ends the innermost container; `at` is behind its closing bracket.
    fn close(&mut self, at: usize) {
        let end = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        if let Some((place, start)) = self.open.pop()
            && let Some(entry) = self.entries.get_mut(place as usize)
        {
            entry.value = Raw::new(self.text.get(start..at).unwrap_or_default());
            entry.end = end;
        }
    }
}

/// Bytes of text for each value, as a first guess at the memory needed.
const GUESS: usize = 12;

const MEMBER: u32 = 1 << 31;
const ESCAPED: u32 = 1 << 30;

/// More values than that would run into the marks.
const MOST: u32 = 1 << 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outline_is_what_the_cursors_read() {
        for text in [
            "null",
            " [ ] ",
            r#"{}"#,
            r#"[1,"a",[true,[]],{"b":{"c":[null,-1.5e3]},"d":"e,]}\""}]"#,
            r#"{"a\"":1 , "b" : [ {"":""} ] , "b":[[[[]]]]}"#,
        ] {
            let raw = Raw::parse(text).unwrap();
            let outline = Outline::new(raw, 100).unwrap();
            assert_eq!(compare(&outline, 0, raw), outline.len() as u32, "{text}");
        }
    }

    #[test]
    fn depth_counts_the_containers_around_the_innermost_value() {
        for (text, depth) in [("1", 0), ("[]", 1), (r#"{"a":[1],"b":[[{}]]}"#, 4)] {
            let outline = Outline::new(Raw::parse(text).unwrap(), 10).unwrap();
            assert_eq!(outline.depth(), depth, "{text}");
        }
    }

    #[test]
    fn one_value_more_than_the_limit_is_refused() {
        let raw = Raw::parse(r#"{"a": [1, 2]}"#).unwrap();
        assert_eq!(Outline::new(raw, 4).map(|outline| outline.len()), Some(4));
        assert!(Outline::new(raw, 3).is_none());
        assert!(Outline::new(raw, 0).is_none());
    }

    #[test]
    fn places_that_do_not_exist_hold_nothing() {
        let outline = Outline::new(Raw::parse("[1]").unwrap(), 10).unwrap();
        assert!(outline.value(7).is_null() && outline.key(7).is_none());
        assert_eq!((outline.size(7), outline.children(7).count()), (0, 0));
    }

    /// Yields the place behind what was compared.
    fn compare(outline: &Outline<'_>, place: u32, raw: Raw<'_>) -> u32 {
        assert_eq!(outline.value(place), raw);
        let mut places = outline.children(place);
        let mut end = place + 1;
        if let Some(members) = raw.members() {
            for (key, value) in members {
                let place = places.next().unwrap();
                assert_eq!(outline.key(place).unwrap(), key);
                assert_eq!(outline.plain_key(place), key.plain());
                end = compare(outline, place, value);
            }
        }
        for value in raw.elements().into_iter().flatten() {
            let place = places.next().unwrap();
            assert!(outline.key(place).is_none() && outline.plain_key(place).is_none());
            end = compare(outline, place, value);
        }
        assert!(places.next().is_none());
        assert_eq!(outline.children(place).count(), outline.size(place) as usize);
        assert_eq!(outline.end(place), end);
        end
    }
}
