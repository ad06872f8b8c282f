//! JSON Pointers (RFC 6901): writing them, and cutting what is too long to show.

/// Appends a reference token.
pub(crate) fn push(path: &mut String, token: &str) {
    path.push('/');
    for letter in token.chars() {
        match letter {
            '~' => path.push_str("~0"),
            '/' => path.push_str("~1"),
            letter => path.push(letter),
        }
    }
}

/// The text, cut to at most `limit` bytes; a cut is marked.
pub(crate) fn cut(mut text: String, limit: u32) -> String {
    let limit = limit as usize;
    if text.len() > limit {
        text.truncate(start(&text, limit.saturating_sub(CUT.len())).len());
        text.push_str(CUT);
    }
    text
}

/// The longest start of a text that is no longer than `limit` bytes.
pub(crate) fn start(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

const CUT: &str = "…";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_escaped() {
        let mut path = String::new();
        push(&mut path, "a/b");
        push(&mut path, "~");
        push(&mut path, "");
        assert_eq!(path, "/a~1b/~0/");
    }

    #[test]
    fn a_cut_keeps_whole_characters_and_the_limit() {
        assert_eq!(cut("abcdef".to_owned(), 6), "abcdef");
        assert_eq!(cut("abcdefg".to_owned(), 6), "abc…");
        assert_eq!(cut("äöüß".to_owned(), 7), "äö…");
        assert_eq!(cut("abc".to_owned(), 2), "…");
    }
}
