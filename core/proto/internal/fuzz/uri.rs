//! URIs: a template on the first line, a URI on the second, values on the others.

use crate::uri::{Template, Uri, UriLimits, UriPolicy, UriRule};

pub(super) fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut lines = text.split('\n');
    let limits = UriLimits::default();
    let template = Template::parse(lines.next().unwrap_or_default(), &limits);
    let uri = lines.next().unwrap_or_default();
    let scheme = uri.split(':').next().unwrap_or_default();
    let policy = UriPolicy::default().allow(scheme);
    let checked = policy.and_then(|policy| policy.check(uri));
    if let Ok(checked) = checked {
        leads_down(checked);
    }
    let Ok(template) = template else { return };
    if let Ok(checked) = checked {
        take_apart(&template, checked);
    }
    let values: Vec<_> = lines.collect();
    put_together(&template, &values);
}

/// The path, decoded as often as anybody might, never leads up.
fn leads_down(uri: Uri<'_>) {
    let (once, twice) = (decode(uri.path()), decode(&decode(uri.path())));
    for path in [uri.path(), &once, &twice] {
        assert!(path.split('/').all(|segment| !matches!(segment, "." | "..")), "{path}");
        assert!(!path.contains(['\\', '\0', '\n', '\r']), "{path}");
        assert!(!path.contains("//"), "{path}");
    }
    assert_eq!(once.matches('/').count(), uri.path().matches('/').count());
    assert!(!decode(uri.as_str()).contains(|letter: char| letter.is_control() || letter == '\\'));
}

fn take_apart(template: &Template, uri: Uri<'_>) {
    let values = template.matches(uri);
    let text = uri.as_str();
    if text.len() > LONGEST_TRIED || template.variables().count() > MOST_TRIED {
        return;
    }
    let possible = tries(template.as_str(), text);
    match values {
        Some(values) => {
            assert!(possible, "{} {text}", template.as_str());
            let simple = |name: &str| template.as_str().contains(&format!("{{{name}}}"));
            for (name, value) in values.iter() {
                assert!(!value.is_empty() && !value.contains(['\\', '\0']));
                assert!(value.split('/').all(|segment| segment != ".."));
                assert!(!simple(name) || !value.contains('/'), "{name} {value}");
            }
        }
        // A way through was there, but what a variable got was refused.
        None => assert!(!possible || text.contains(['.', '%']), "{} {text}", template.as_str()),
    }
}

fn put_together(template: &Template, values: &[&str]) {
    let names: Vec<_> = template.variables().collect();
    let value = |name: &str| {
        let at = names.iter().position(|own| *own == name)?;
        values.get(at).copied()
    };
    match template.expand(value) {
        Ok(uri) => {
            let scheme = uri.split(':').next().expect("a part");
            let policy = UriPolicy::default().allow(scheme).expect("it was accepted");
            let checked = policy.check(&uri).expect("it was accepted");
            leads_down(checked);
            let reserved = template.as_str().contains("{+");
            if let ([name], false) = (names.as_slice(), reserved) {
                let values = template.matches(checked).expect("one variable can be found again");
                assert_eq!(values.get(name), value(name));
            }
        }
        Err(UriRule::Bytes) => {}
        Err(rule) => assert_ne!(rule, UriRule::SchemeDenied),
    }
}

/// Whether some way of giving the variables values makes the URI of the template; all are tried.
fn tries(template: &str, uri: &str) -> bool {
    let Some(rest) = template.strip_prefix('{') else {
        let Some(letter) = template.chars().next() else { return uri.is_empty() };
        return uri
            .strip_prefix(letter)
            .is_some_and(|uri| tries(&template[letter.len_utf8()..], uri));
    };
    let (name, behind) = rest.split_once('}').expect("the template is sound");
    let ends = uri.char_indices().map(|(at, letter)| (at + letter.len_utf8(), letter));
    ends.take_while(|(_, letter)| name.starts_with('+') || !"/?#".contains(*letter)).any(
        |(end, _)| {
            let before = &uri.as_bytes()[..end];
            let cut = before.iter().rev().take(2).any(|byte| *byte == b'%');
            !cut && tries(behind, &uri[end..])
        },
    )
}

fn decode(text: &str) -> String {
    let (mut out, mut at) = (Vec::new(), 0);
    while at < text.len() {
        let hex = text.get(at + 1..at + 3).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if text.as_bytes()[at] == b'%' => {
                out.push(byte);
                at += 3;
            }
            _ => {
                out.push(text.as_bytes()[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

const LONGEST_TRIED: usize = 48;
const MOST_TRIED: usize = 3;
