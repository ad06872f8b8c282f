//! URI templates (RFC 6570): `{name}` and `{+name}`, matched and expanded.

use core::ops::Range;
use std::borrow::Cow;

use super::check::Uri;
use super::percent::{Allow, decode, encode, escape};
use super::positions::{Positions, occurrences};
use super::{UriLimits, UriRule};

/// A template of URIs, such as `notes://{folder}/{+path}`.
///
/// `{name}` stands for one segment or a part of one, `{+name}` for any number of segments; neither for nothing, and neither
/// for a way up. Where a URI can be taken apart in several ways, variables further left get as little as possible.
///
/// ```
/// use mcp_engine_proto::uri::{Template, UriLimits, UriPolicy};
///
/// let template = Template::parse("notes://{folder}/{+path}", &UriLimits::default())?;
/// let policy = UriPolicy::default().allow("notes")?;
/// let values = template.matches(policy.check("notes://work/2026/a%20b.md")?).unwrap();
/// assert_eq!((values.get("folder"), values.get("path")), (Some("work"), Some("2026/a b.md")));
///
/// let uri = template.expand(|name| Some(if name == "folder" { "a/b" } else { "c d" }));
/// assert!(uri.is_err(), "a folder has no slash");
/// assert_eq!(template.expand(|_| Some("x y"))?, "notes://x%20y/x%20y");
/// # Ok::<(), mcp_engine_proto::uri::UriRule>(())
/// ```
#[derive(Clone, Debug)]
pub struct Template {
    text: Box<str>,
    parts: Vec<Part>,
    limits: UriLimits,
}

/// The values of a template's variables, in the order of the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values<'t, 'u>(Vec<(&'t str, Cow<'u, str>)>);

#[derive(Clone, Debug)]
enum Part {
    Literal(Range<usize>),
    Variable { name: Range<usize>, kind: Kind },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `{name}`
    Simple,
    /// `{+name}`
    Reserved,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// [`UriRule::Bytes`] or [`UriRule::Variables`] above the limits; [`UriRule::Expression`] for an expression of another
    /// kind, or a brace that is none; [`UriRule::DuplicateVariable`]; [`UriRule::Escape`] for a percent sign that a value could
    /// complete.
    pub fn parse(text: &str, limits: &UriLimits) -> Result<Self, UriRule> {
        if text.len() > limits.bytes as usize {
            return Err(UriRule::Bytes);
        }
        let mut template = Self { text: text.into(), parts: Vec::new(), limits: *limits };
        let mut at = 0usize;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let brace = rest.find(['{', '}']).unwrap_or(rest.len());
            if brace > 0 {
                let end = at.saturating_add(brace);
                check_escapes(text.get(at..end).unwrap_or_default())?;
                template.parts.push(Part::Literal(at..end));
                at = end;
            } else {
                let end = rest.find('}').map_or(at, |end| at.saturating_add(end));
                template.add_variable(at.saturating_add(1)..end)?;
                at = end.saturating_add(1);
            }
        }
        Ok(template)
    }

    /// The template as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The names of the variables, in order.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable { name, .. } => self.text.get(name.clone()),
            Part::Literal(_) => None,
        })
    }

    /// Takes a URI apart. `None` when it is none of the template's, or a value is one that a template never gives out.
    pub fn matches<'u>(&self, uri: Uri<'u>) -> Option<Values<'_, 'u>> {
        let uri = uri.as_str();
        let reachable = self.reachable(uri);
        if !reachable.first()?.has(0) {
            return None;
        }
        let (mut values, mut at) = (Vec::new(), 0usize);
        for (part, behind) in self.parts.iter().zip(reachable.iter().skip(1)) {
            match part {
                Part::Literal(literal) => at = at.saturating_add(literal.len()),
                Part::Variable { name, kind } => {
                    let end = kind.end(uri, at, behind)?;
                    let value = decode(uri.get(at..end)?)?;
                    if !is_safe(&value, *kind) {
                        return None;
                    }
                    values.push((self.text.get(name.clone())?, value));
                    at = end;
                }
            }
        }
        Some(Values(values))
    }

    /// Puts a URI together from the values of its variables.
    ///
    /// # Errors
    ///
    /// [`UriRule::ValueMissing`] for a variable without a value; [`UriRule::ValueRefused`] for a value that would lead out
    /// of its place: a slash in `{name}`, a segment `..`, a backslash, a control character. Every other [`UriRule`] says what
    /// is wrong with the whole.
    pub fn expand<'v>(
        &self,
        mut value: impl FnMut(&str) -> Option<&'v str>,
    ) -> Result<String, UriRule> {
        let mut uri = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => {
                    uri.push_str(self.text.get(literal.clone()).unwrap_or_default());
                }
                Part::Variable { name, kind } => {
                    let value = value(self.text.get(name.clone()).unwrap_or_default());
                    let value = value.filter(|value| !value.is_empty());
                    let value = value.ok_or(UriRule::ValueMissing)?;
                    if !is_safe(value, *kind) {
                        return Err(UriRule::ValueRefused);
                    }
                    encode(&mut uri, value, kind.allow());
                }
            }
            if uri.len() > self.limits.bytes as usize {
                return Err(UriRule::Bytes);
            }
        }
        Uri::read(&uri)?;
        Ok(uri)
    }

    fn add_variable(&mut self, inside: Range<usize>) -> Result<(), UriRule> {
        let expression = self.text.get(inside.clone()).ok_or(UriRule::Expression)?;
        let (kind, start) = match expression.strip_prefix('+') {
            Some(_) => (Kind::Reserved, inside.start.saturating_add(1)),
            None => (Kind::Simple, inside.start),
        };
        let name = expression.trim_start_matches('+');
        let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_.".contains(&byte);
        let sound = !name.is_empty() && name.bytes().all(of_name);
        if !sound || name.len() != inside.end.saturating_sub(start) {
            return Err(UriRule::Expression);
        }
        if self.variables().any(|other| other == name) {
            return Err(UriRule::DuplicateVariable);
        }
        if self.variables().count() >= self.limits.variables as usize {
            return Err(UriRule::Variables);
        }
        self.parts.push(Part::Variable { name: start..inside.end, kind });
        Ok(())
    }

    /// For each part, the positions from which it and all parts behind it match to the end; and behind the last one the
    /// end itself. Each part costs one pass over the URI.
    fn reachable(&self, uri: &str) -> Vec<Positions> {
        let mut behind = Positions::none(uri.len());
        behind.insert(uri.len());
        let mut reachable = Vec::with_capacity(self.parts.len().saturating_add(1));
        for part in self.parts.iter().rev() {
            let mut here = Positions::none(uri.len());
            match part {
                Part::Literal(literal) => {
                    let literal = self.text.get(literal.clone()).unwrap_or_default().as_bytes();
                    occurrences(uri.as_bytes(), literal, |at| {
                        if behind.has(at.saturating_add(literal.len())) {
                            here.insert(at);
                        }
                    });
                }
                Part::Variable { kind, .. } => kind.reach(uri, &behind, &mut here),
            }
            reachable.push(core::mem::replace(&mut behind, here));
        }
        reachable.push(behind);
        reachable.reverse();
        reachable
    }
}

impl Kind {
    const fn allow(self) -> Allow {
        match self {
            Self::Simple => Allow::Unreserved,
            Self::Reserved => Allow::UnreservedAndReserved,
        }
    }

    /// Finds the positions from which a value of this kind leads to one of `behind`.
    fn reach(self, uri: &str, behind: &Positions, here: &mut Positions) {
        let mut leads = false;
        for at in (0..uri.len()).rev() {
            let end = at.saturating_add(1);
            leads |= behind.has(end) && may_end(uri, end);
            leads &= self.holds(uri, at);
            if leads {
                here.insert(at);
            }
        }
    }

    /// The nearest end of a value of this kind that leads to one of `behind`.
    fn end(self, uri: &str, start: usize, behind: &Positions) -> Option<usize> {
        let held = (start..uri.len()).take_while(|at| self.holds(uri, *at));
        let mut ends = held.map(|at| at.saturating_add(1));
        ends.find(|end| behind.has(*end) && may_end(uri, *end))
    }

    /// Whether the byte at a position may stand in a value.
    fn holds(self, uri: &str, at: usize) -> bool {
        let byte = uri.as_bytes().get(at);
        byte.is_some_and(|byte| self == Self::Reserved || !b"/?#".contains(byte))
    }
}

impl<'u> Values<'_, 'u> {
    /// The value of a variable, without escapes.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    /// Names and values, in the order of the template.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (*name, &**value))
    }
}

/// Whether a value stays in its place. What it stands for is judged, without escapes.
fn is_safe(value: &str, kind: Kind) -> bool {
    let sound = !value.contains(|letter: char| letter.is_control() || letter == '\\');
    let mut segments = value.split('/');
    let down = !segments.any(|segment| matches!(segment, "." | ".."));
    sound && down && (kind == Kind::Reserved || !value.contains('/'))
}

/// Whether a value may end at a position: not inside an escape, nor inside a character.
fn may_end(uri: &str, end: usize) -> bool {
    let escape = |back: usize| {
        let at = end.checked_sub(back);
        at.is_some_and(|at| uri.as_bytes().get(at) == Some(&b'%'))
    };
    uri.is_char_boundary(end) && !escape(1) && !escape(2)
}
/// Whether every percent sign of a literal begins an escape that is whole.
fn check_escapes(literal: &str) -> Result<(), UriRule> {
    let bytes = literal.as_bytes();
    let mut signs = memchr::memchr_iter(b'%', bytes);
    let is_whole = |at: usize| bytes.get(at..).and_then(escape).is_some();
    signs.all(is_whole).then_some(()).ok_or(UriRule::Escape)
}
