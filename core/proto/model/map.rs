//! Objects with names of the peer's own choosing, kept in the order they were written.
//!
//! A [`Map`] is a list, not a table: entries are read once, walked and written again, and nothing here hashes what a
//! peer sends. Names are unique when they come from a message, because the scanner has seen to it.

use std::borrow::Cow;

use super::object::ObjectWriter;
use super::{Front, Json, Mismatch, Value};
use crate::json::Raw;
use crate::version::Version;

/// The entries of an object, in order.
///
/// ```
/// use mcp_engine_proto::model::Map;
///
/// let mut arguments: Map<'_, i64> = Map::new();
/// arguments.insert("days", 3);
/// assert_eq!(arguments.get("days"), Some(&3));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map<'a, T>(Vec<(Cow<'a, str>, T)>);

/// Members that no revision knows, kept for whoever the object is passed on to.
pub type Extra<'a> = Map<'a, Json<'a>>;

impl<'a, T> Map<'a, T> {
    /// Without entries.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The value of that name. Takes time proportional to the entries before it.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Sets the value of a name, and returns the one it had. Takes time proportional to the entries.
    pub fn insert(&mut self, name: impl Into<Cow<'a, str>>, value: T) -> Option<T> {
        let name = name.into();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => Some(std::mem::replace(old, value)),
            None => {
                self.0.push((name, value));
                None
            }
        }
    }

    /// Takes out the value of a name. Takes time proportional to the entries.
    pub fn remove(&mut self, name: &str) -> Option<T> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(at).1)
    }

    /// The entries, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends an entry whose name is known to be new.
    pub(super) fn push(&mut self, name: Cow<'a, str>, value: T) {
        self.0.push((name, value));
    }
}

impl<'a, T: Value<'a>> Map<'a, T> {
    /// Reads an object.
    ///
    /// # Errors
    ///
    /// A [`Mismatch`] when it is no object, or one of its values is not what it should be.
    pub fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        Self::read_front(&mut Front::new(raw))
    }

    /// Appends the object as `version` has it.
    pub fn write(&self, out: &mut Vec<u8>, version: Version) {
        let mut object = ObjectWriter::open(out, version);
        for (name, value) in self.iter().filter(|(_, value)| value.fits(version)) {
            object.entry(name, value);
        }
        object.close();
    }

    /// Copies what is borrowed.
    pub fn into_owned(self) -> Map<'static, T::Owned> {
        let owned =
            |(name, value): (Cow<'_, str>, T)| (Cow::Owned(name.into_owned()), value.into_owned());
        Map(self.0.into_iter().map(owned).collect())
    }
}

impl<T> Default for Map<'_, T> {
    fn default() -> Self {
        Self::new()
    }
}

/// The names must differ.
impl<'a, T, N: Into<Cow<'a, str>>> FromIterator<(N, T)> for Map<'a, T> {
    fn from_iter<I: IntoIterator<Item = (N, T)>>(entries: I) -> Self {
        Self(entries.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }
}

impl<'a, T> IntoIterator for Map<'a, T> {
    type Item = (Cow<'a, str>, T);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T: Value<'a>> Value<'a> for Map<'a, T> {
    type Owned = Map<'static, T::Owned>;

    fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        Self::read(raw)
    }

    fn read_front(front: &mut Front<'a>) -> Result<Self, Mismatch> {
        if !front.enter_object() {
            return Err(Mismatch::expected("an object"));
        }
        let mut map = Self::new();
        while let Some(name) = front.name() {
            let value = T::read_front(front).map_err(Mismatch::in_an_entry)?;
            map.push(name.decode(), value);
        }
        Ok(map)
    }

    fn write(&self, out: &mut Vec<u8>, version: Version) {
        self.write(out, version);
    }

    fn into_owned(self) -> Self::Owned {
        self.into_owned()
    }
}
