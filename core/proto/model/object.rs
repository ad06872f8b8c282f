//! The part of reading and writing that all declared object types share.
//!
//! An object is read in one walk over its members: each goes to the field that has its name, to a type that is
//! flattened into this one, or among the extra members. It is written in the order of the declaration.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Extra, Front, Mismatch, Value};
use crate::json::{Raw, write};
use crate::version::{Revisions, Version};

/// What `object!` makes of a declaration.
pub(crate) trait Object<'a>: Sized {
    /// The fields, as far as they have been seen.
    type Parts: Default;

    /// Takes in the member of that name, whose value is at the front; `false`, and it stays there, when the type has none.
    fn take(parts: &mut Self::Parts, name: &str, front: &mut Front<'a>) -> Result<bool, Mismatch>;

    /// Puts the type together.
    fn build(parts: Self::Parts, extra: Extra<'a>) -> Result<Self, Mismatch>;

    /// Whether the type has a member of that name in any revision.
    fn knows(name: &str) -> bool;

    /// Writes the members that the revision has.
    fn write_members(&self, object: &mut ObjectWriter<'_>);

    /// Writes the members that no revision has.
    fn write_extra(&self, object: &mut ObjectWriter<'_>);
}

/// Writes one object, comma by comma.
pub(crate) struct ObjectWriter<'o> {
    out: &'o mut Vec<u8>,
    version: Version,
    separator: u8,
}

impl<'o> ObjectWriter<'o> {
    pub(crate) fn open(out: &'o mut Vec<u8>, version: Version) -> Self {
        Self { out, version, separator: b'{' }
    }

    /// The revision that is written.
    pub(crate) fn version(&self) -> Version {
        self.version
    }

    pub(crate) fn close(self) {
        if self.separator == b'{' {
            self.out.push(b'{');
        }
        self.out.push(b'}');
    }

    /// A member whose value is a word that needs no escaping.
    pub(crate) fn word(&mut self, name: &'static str, word: &'static str) {
        self.name(name);
        self.out.push(b'"');
        self.out.extend_from_slice(word.as_bytes());
        self.out.push(b'"');
    }

    /// A member whose value is valid JSON.
    pub(crate) fn spelled(&mut self, name: &'static str, json: &'static str) {
        self.name(name);
        self.out.extend_from_slice(json.as_bytes());
    }

    /// A member that every revision of the type has.
    pub(crate) fn required<T>(&mut self, name: &'static str, value: &T, write: Write<T>) {
        self.name(name);
        write(value, self.out, self.version);
    }

    /// A member of any name.
    pub(crate) fn entry<'v>(&mut self, name: &str, value: &impl Value<'v>) {
        self.out.push(self.separator);
        self.separator = b',';
        write::string(self.out, name);
        self.out.push(b':');
        value.write(self.out, self.version);
    }

    /// An optional member as `rule` wants it.
    pub(crate) fn optional<'v, T: Value<'v>>(
        &mut self,
        name: &'static str,
        value: Option<&T>,
        rule: Rule<T>,
    ) {
        let version = self.version;
        if !rule.revisions.contains(version) {
            return;
        }
        if let Some(value) = value.filter(|value| (rule.fits)(value, version)) {
            self.required(name, value, T::write);
        } else if let Some(json) = (rule.otherwise)(version) {
            self.spelled(name, json);
        }
    }

    /// The members that the type does not know itself.
    pub(crate) fn extra(&mut self, extra: &Extra<'_>, knows: fn(&str) -> bool) {
        for (name, value) in extra.iter().filter(|(name, _)| !knows(name)) {
            self.entry(name, value);
        }
    }

    /// As [`extra`](Self::extra), for members of a type that is flattened into one with extra members of its own.
    pub(crate) fn extra_beside(
        &mut self,
        extra: &Extra<'_>,
        own: &Extra<'_>,
        knows: fn(&str) -> bool,
    ) {
        if own.is_empty() {
            return self.extra(extra, knows);
        }
        let taken: BTreeSet<&str> = own.iter().map(|(name, _)| name).collect();
        let free = |name: &str| !knows(name) && !taken.contains(name);
        for (name, value) in extra.iter().filter(|(name, _)| free(name)) {
            self.entry(name, value);
        }
    }

    /// A name that needs no escaping.
    fn name(&mut self, name: &'static str) {
        self.out.extend_from_slice(&[self.separator, b'"']);
        self.separator = b',';
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }
}

/// How a value is written under a revision.
pub(crate) type Write<T> = fn(&T, &mut Vec<u8>, Version);

/// When an optional member is written.
pub(crate) struct Rule<T> {
    /// The revisions that have the member.
    pub(crate) revisions: Revisions,
    /// Whether a revision has a form for the value.
    pub(crate) fits: fn(&T, Version) -> bool,
    /// The JSON that stands for nothing, where a revision requires the member.
    pub(crate) otherwise: fn(Version) -> Option<&'static str>,
}

/// Where nothing is written as nothing.
pub(crate) fn nothing(_: Version) -> Option<&'static str> {
    None
}

/// Reads an object.
pub(crate) fn read<'a, T: Object<'a>>(front: &mut Front<'a>) -> Result<T, Mismatch> {
    if !front.enter_object() {
        return Err(Mismatch::expected("an object"));
    }
    let (mut parts, mut extra) = (T::Parts::default(), Extra::new());
    while let Some(name) = front.name() {
        let name = name.decode();
        if !T::take(&mut parts, &name, front)? {
            extra.push(name, front.value().into());
        }
    }
    T::build(parts, extra)
}

/// Writes an object.
pub(crate) fn write<'a, T: Object<'a>>(object: &T, out: &mut Vec<u8>, version: Version) {
    let mut writer = ObjectWriter::open(out, version);
    object.write_members(&mut writer);
    object.write_extra(&mut writer);
    writer.close();
}

/// Reads an optional member. Some peers write `null` for nothing, which only an open value can mean.
pub(crate) fn optional<'a, T: Value<'a>>(front: &mut Front<'a>) -> Result<Option<T>, Mismatch> {
    if front.is_null() {
        return Ok(T::read(front.value()).ok());
    }
    T::read_front(front).map(Some)
}

/// The member of an object that tells alternatives apart. The object stays at the front.
pub(crate) fn tag<'a>(
    front: &Front<'a>,
    object: &'static str,
    member: &'static str,
) -> Result<Cow<'a, str>, Mismatch> {
    if !front.clone().enter_object() {
        return Err(Mismatch::expected("an object"));
    }
    let tag = front.find(member).ok_or(Mismatch::missing(object, member))?;
    Value::read(tag).map_err(|mismatch: Mismatch| mismatch.within(object, member))
}

/// Checks a member whose value is fixed.
pub(crate) fn word(
    raw: Raw<'_>,
    word: &'static str,
    expected: &'static str,
) -> Result<bool, Mismatch> {
    match raw.string() {
        Some(text) if text == word => Ok(true),
        _ => Err(Mismatch::expected(expected)),
    }
}
