//! Putting members into objects that are passed on as they are spelled.
//!
//! Parameters and results come from the application as JSON text. The connection adds its own members at the front and
//! copies the rest; only when the text has a member of the same name is it taken apart.

use memchr::memmem::find;

use crate::json::{Raw, Str};

/// Members that the connection puts into an object.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Additions<'a> {
    /// Put there, in place of those of the same name.
    pub(crate) members: &'a [(&'a str, &'a [u8])],
    /// Put there unless the object has one of the name.
    pub(crate) defaults: &'a [(&'a str, &'a [u8])],
    /// The spelled members of `_meta`, without braces. They win over members of the same name in the object's own.
    pub(crate) meta: &'a [u8],
    /// The same, but they give way.
    pub(crate) meta_defaults: &'a [u8],
    /// Left out of the object.
    pub(crate) dropped: &'a [&'a str],
    /// Left out of the object's `_meta`.
    pub(crate) meta_dropped: &'a [&'a str],
}

/// Appends `object` with the additions.
pub(crate) fn object(out: &mut Vec<u8>, object: Raw<'_>, add: Additions<'_>) {
    if add.is_disjoint(object) {
        return prepend(out, object, add);
    }
    out.push(b'{');
    let mut list = List::default();
    for (name, value) in add.members {
        list.member(out, name, value);
    }
    for (name, value) in add.defaults {
        if object.get(name).is_none() {
            list.member(out, name, value);
        }
    }
    let own = object.get("_meta");
    meta(out, &mut list, own, add);
    for (key, value) in object.members().into_iter().flatten() {
        let is_replaced = add.members.iter().any(|(name, _)| key == *name);
        if key != "_meta" && !is_replaced && !add.dropped.iter().any(|name| key == *name) {
            list.raw_member(out, key, value);
        }
    }
    out.push(b'}');
}

/// Appends `object` behind the additions, of which it has none.
fn prepend(out: &mut Vec<u8>, object: Raw<'_>, add: Additions<'_>) {
    front(out, object, add);
    out.extend_from_slice(after_brace(object).as_bytes());
}

/// What follows the additions when they are put before `object`; `None` when it has to be taken apart.
pub(crate) fn rest<'a>(object: Raw<'a>, add: Additions<'_>) -> Option<&'a str> {
    add.is_disjoint(object).then(|| after_brace(object))
}

/// Appends what stands before [`rest`].
pub(crate) fn front(out: &mut Vec<u8>, object: Raw<'_>, add: Additions<'_>) {
    out.push(b'{');
    let mut list = List::default();
    for (name, value) in add.members.iter().chain(add.defaults) {
        list.member(out, name, value);
    }
    meta(out, &mut list, None, add);
    if !list.is_empty() && !after_brace(object).trim_start().starts_with('}') {
        out.push(b',');
    }
}

fn after_brace(object: Raw<'_>) -> &str {
    object.spelling().get(1..).unwrap_or("}")
}

/// Appends the member `_meta`, when there is anything in it.
fn meta(out: &mut Vec<u8>, list: &mut List, own: Option<Raw<'_>>, add: Additions<'_>) {
    let members = || own.and_then(Raw::members).into_iter().flatten();
    if add.meta.is_empty() && add.meta_defaults.is_empty() && add.meta_dropped.is_empty() {
        if let Some(own) = own {
            list.member(out, "_meta", own.spelling().as_bytes());
        }
        return;
    }
    if add.meta.is_empty() && add.meta_defaults.is_empty() && own.is_none() {
        return;
    }
    list.comma(out);
    out.extend_from_slice(br#""_meta":{"#);
    let mut inner = List::default();
    inner.spelled(out, add.meta);
    if !members().any(|(key, _)| names(add.meta_defaults, key)) {
        inner.spelled(out, add.meta_defaults);
    }
    let is_dropped = |key: Str<'_>| add.meta_dropped.iter().any(|name| key == *name);
    for (key, value) in members().filter(|(key, _)| !is_dropped(*key) && !names(add.meta, *key)) {
        inner.raw_member(out, key, value);
    }
    out.push(b'}');
}

/// Whether spelled members have one of that name. The same name deeper inside does not count.
fn names(spelled: &[u8], key: Str<'_>) -> bool {
    let quoted = [b"\"", key.decode().as_bytes(), b"\":"].concat();
    if find(spelled, &quoted).is_none() {
        return false;
    }
    let object = String::from_utf8([b"{", spelled, b"}"].concat()).unwrap_or_default();
    let mut members = Raw::new(&object).members().into_iter().flatten();
    members.any(|(name, _)| name == key)
}

impl Additions<'_> {
    /// Whether the object surely has none of the members in question. A name that is spelled with escapes would have
    /// `\u00` in it.
    fn is_disjoint(&self, object: Raw<'_>) -> bool {
        let text = object.spelling().as_bytes();
        let has = |name: &str| find(text, name.as_bytes()).is_some();
        let asked = self.members.iter().chain(self.defaults).map(|(name, _)| *name);
        let is_mentioned = has("_meta")
            || asked.chain(self.dropped.iter().copied()).any(has)
            || find(text, b"\\u00").is_some();
        !is_mentioned
    }
}

/// A list of members, which knows where commas go.
#[derive(Debug, Default)]
struct List {
    members: usize,
}

impl List {
    fn is_empty(&self) -> bool {
        self.members == 0
    }

    fn comma(&mut self, out: &mut Vec<u8>) {
        if self.members > 0 {
            out.push(b',');
        }
        self.members = self.members.saturating_add(1);
    }

    fn member(&mut self, out: &mut Vec<u8>, name: &str, value: &[u8]) {
        self.comma(out);
        out.push(b'"');
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        out.extend_from_slice(value);
    }

    fn raw_member(&mut self, out: &mut Vec<u8>, key: Str<'_>, value: Raw<'_>) {
        self.member(out, key.spelling(), value.spelling().as_bytes());
    }

    fn spelled(&mut self, out: &mut Vec<u8>, members: &[u8]) {
        if !members.is_empty() {
            self.comma(out);
            out.extend_from_slice(members);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADD: Additions<'_> = Additions {
        members: &[],
        defaults: &[("resultType", b"\"complete\"")],
        meta: br#""own":1"#,
        meta_defaults: br#""info":{}"#,
        dropped: &["ttlMs"],
        meta_dropped: &["progressToken"],
    };

    fn spliced(text: &str) -> String {
        let mut out = Vec::new();
        object(&mut out, Raw::parse(text).unwrap(), ADD);
        let text = String::from_utf8(out).unwrap();
        Raw::parse(&text).unwrap();
        text
    }

    #[test]
    fn additions_stand_before_what_the_object_has() {
        let front = r#"{"resultType":"complete","_meta":{"own":1,"info":{}}"#;
        assert_eq!(spliced("{}"), format!("{front}}}"));
        assert_eq!(spliced("{ }"), format!("{front} }}"));
        assert_eq!(spliced(r#"{ "a":[1.0] }"#), format!(r#"{front}, "a":[1.0] }}"#));
    }

    #[test]
    fn members_of_the_same_name_are_kept_merged_or_dropped() {
        assert_eq!(
            spliced(r#"{"ttlMs":5,"a":1,"resultType":"task","_meta":{"own":2,"b":3}}"#),
            r#"{"_meta":{"own":1,"info":{},"b":3},"a":1,"resultType":"task"}"#
        );
        assert_eq!(
            spliced(r#"{"_meta":{"info":7,"progressToken":1}}"#),
            r#"{"resultType":"complete","_meta":{"own":1,"info":7}}"#
        );
    }

    #[test]
    fn a_name_that_is_ours_only_deeper_is_not_ours() {
        let add = Additions { meta: br#""info":{"name":1}"#, ..Additions::default() };
        let mut out = Vec::new();
        object(&mut out, Raw::parse(r#"{"_meta":{"name":2}}"#).unwrap(), add);
        assert_eq!(out, br#"{"_meta":{"info":{"name":1},"name":2}}"#);
    }

    #[test]
    fn names_that_are_spelled_with_escapes_are_recognised() {
        assert_eq!(
            spliced(r#"{"\u005fmeta":{"\u006fwn":2},"\u0072esultType":"task"}"#),
            r#"{"_meta":{"own":1,"info":{}},"\u0072esultType":"task"}"#
        );
    }

    #[test]
    fn a_name_that_only_appears_deeper_changes_nothing() {
        let inner = r#""content":[{"resultType":1,"_meta":{}}]"#;
        assert_eq!(
            spliced(&format!("{{{inner}}}")),
            format!(r#"{{"resultType":"complete","_meta":{{"own":1,"info":{{}}}},{inner}}}"#)
        );
    }
}
