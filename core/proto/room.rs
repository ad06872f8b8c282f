//! Memory that is asked for before anything is changed, since the system may refuse it.
//!
//! What a peer or an application decides the size of is asked for here, and a refusal is [`Limit::Memory`]. Vectors that stay below [`SMALL`] grow by
//! themselves, as everything does whose size is known: there a refusal ends the process, as everywhere in Rust.

use crate::error::Error;
use crate::limits::Limit;

/// Vectors grow by themselves as long as they hold no more: growing doubles them at most, so that no such allocation reaches twice as much.
const SMALL: usize = 8 << 10;

/// What the fixed parts of any message take beside the texts and values in it, and what the writers of strings reach ahead.
pub(crate) const ENVELOPE: usize = 2 << 10;

/// What a text takes in JSON at most. A long one is counted, so that six times as much is not asked for.
#[inline]
pub(crate) fn escaped(text: &str) -> usize {
    if text.len() > LONG { counted(text) } else { text.len().saturating_mul(LONGEST_ESCAPE) }
}

#[cold]
fn counted(text: &str) -> usize {
    let special = |byte: &&u8| **byte < b' ' || matches!(**byte, b'"' | b'\\');
    let escapes = text.as_bytes().iter().filter(special).count();
    text.len().saturating_add(escapes.saturating_mul(LONGEST_ESCAPE - 1))
}

/// From here on a text is counted.
const LONG: usize = 1 << 20;

/// `\u0001`
const LONGEST_ESCAPE: usize = 6;

/// The error about memory that was refused.
pub(crate) const REFUSED: Error = Error::LimitExceeded { limit: Limit::Memory, offset: 0 };

/// Makes room for more elements behind those of a list.
#[inline]
pub(crate) fn behind<T>(list: &mut Vec<T>, more: usize) -> Result<(), Error> {
    if list.capacity().saturating_sub(list.len()) >= more { Ok(()) } else { grow(list, more) }
}

#[cold]
fn grow<T>(list: &mut Vec<T>, more: usize) -> Result<(), Error> {
    let wanted = list.len().saturating_add(more).saturating_mul(size_of::<T>());
    if wanted <= SMALL {
        return Ok(());
    }
    list.try_reserve(more).map_err(|_| REFUSED)
}

/// A copy of a text.
pub(crate) fn copy(text: &str) -> Result<Box<str>, Error> {
    let mut copy = String::new();
    copy.try_reserve_exact(text.len()).map_err(|_| REFUSED)?;
    copy.push_str(text);
    Ok(copy.into_boxed_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_that_no_machine_has_is_refused() {
        let mut list = vec![0u64];
        assert_eq!(behind(&mut list, usize::MAX >> 4), Err(REFUSED));
        assert_eq!(list, [0]);
        assert_eq!(behind(&mut list, 1 << 20), Ok(()));
        assert!(list.capacity() > 1 << 20);
    }

    #[test]
    fn a_long_text_is_counted() {
        let plain = "x".repeat(LONG);
        assert_eq!(escaped(&plain), 6 * LONG);
        assert_eq!(escaped(&format!("{plain}\"\u{1}")), LONG + 12);
    }

    #[test]
    fn what_is_small_is_left_to_grow_by_itself() {
        let mut list: Vec<u8> = Vec::new();
        assert_eq!(behind(&mut list, SMALL), Ok(()));
        assert_eq!(list.capacity(), 0);
    }
}
