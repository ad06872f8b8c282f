//! Values spelled so that equal ones are equal byte for byte: for binding and for looking up, not for sending.

use super::raw::{Raw, ValueKind};

/// Appends a value so that equal values look equal: members sorted, strings unescaped. As deep as the scanner allows, and
/// no deeper.
pub(crate) fn value(out: &mut Vec<u8>, raw: Raw<'_>) {
    match raw.kind() {
        ValueKind::String => {
            out.push(b'"');
            let text = raw.string().map(|text| text.decode()).unwrap_or_default();
            part(out, text.as_bytes());
        }
        ValueKind::Object => object(out, raw, |_| false),
        ValueKind::Array => {
            out.push(b'[');
            for element in raw.elements().into_iter().flatten() {
                value(out, element);
            }
            out.push(b']');
        }
        _ => {
            out.push(b'#');
            part(out, raw.spelling().as_bytes());
        }
    }
}

/// As [`value`], for an object of which some members are left out.
pub(crate) fn object(out: &mut Vec<u8>, raw: Raw<'_>, is_left_out: impl Fn(&str) -> bool) {
    let members = raw.members().into_iter().flatten().map(|(key, value)| (key.decode(), value));
    let mut members: Vec<_> = members.filter(|(key, _)| !is_left_out(key)).collect();
    members.sort_by(|(one, _), (other, _)| one.cmp(other));
    out.push(b'{');
    for (key, member) in members {
        part(out, key.as_bytes());
        value(out, member);
    }
    out.push(b'}');
}

/// Appends bytes behind their length.
pub(crate) fn part(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    out.extend_from_slice(bytes);
}
