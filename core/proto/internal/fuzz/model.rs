//! A JSON text as every type of the model: what is read is written as something that reads as the same again.

use crate::error::Error;
use crate::internal::model::{TYPES, Type};
use crate::json::{Backend, Duplicates, Policy, Raw, validate};
use crate::limits::Limits;
use crate::version::Version;

/// The length of the input chooses the revision that is written.
pub(super) fn check(input: &[u8]) {
    let Ok(raw) = Raw::parse_bytes(input) else { return };
    let version = Version::ALL[input.len() % Version::ALL.len()];
    let unique = strictly(input).is_ok();
    for kind in TYPES {
        check_type(kind, raw, version, unique);
    }
}

fn check_type(kind: &Type, raw: Raw<'_>, version: Version, unique: bool) {
    let Ok(once) = kind.rewrite(raw, version) else { return };
    let about = || format!("{} in {version}: {raw} became {}", kind.name, once.text);
    assert!(once.owned_is_equal, "{}", about());
    assert!(!once.text.contains(['\n', '\r']), "{}", about());
    if unique {
        match strictly(once.text.as_bytes()) {
            Ok(()) => {}
            // A task that becomes a member of its result is one level deeper than it was.
            Err(Error::LimitExceeded { .. }) => return,
            Err(error) => panic!("{error}: {}", about()),
        }
    }
    let Ok(again) = Raw::parse(&once.text) else { return };
    let twice = kind.rewrite(again, version).unwrap_or_else(|it| panic!("{it}: {}", about()));
    assert_eq!(once.text, twice.text, "{}", about());
}

/// Whether a text is JSON without a key that comes twice.
fn strictly(text: &[u8]) -> Result<(), Error> {
    validate(text, Backend::detect(), Policy::new(&Limits::default(), Duplicates::Deep)).map(|_| ())
}
