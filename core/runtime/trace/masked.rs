//! Words that look like secrets, left out.

use std::borrow::Cow;

/// A line without what looks like a secret: what follows a word for one, the query of a URL, long words of letters and digits. It is a net
/// below others, for text that somebody else wrote, and not for what we know to be secret.
pub(super) fn masked(line: &str) -> Cow<'_, str> {
    let mut masked = String::new();
    let (mut rest, mut follows) = (line, Follows::Anything);
    while let Some(start) = rest.find(is_of_word) {
        let (before, from) = rest.split_at(start);
        if before.contains('?') && before.ends_with('?') {
            follows = Follows::Query;
        }
        let end = from.find(|c| !is_of_word(c)).unwrap_or(from.len());
        let (word, behind) = from.split_at(end);
        masked.push_str(before);
        if follows == Follows::Query && before.contains(char::is_whitespace) {
            follows = Follows::Anything;
        }
        let is_secret = follows != Follows::Anything || is_like_a_token(word);
        masked.push_str(if is_secret { MASK } else { word });
        follows = follows.behind(word);
        rest = behind;
    }
    masked.push_str(rest);
    if masked == line { Cow::Borrowed(line) } else { Cow::Owned(masked) }
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Follows {
    Anything,
    /// One secret.
    Secret,
    /// Nothing but secrets, to the end of the line.
    Secrets,
    /// The query of a URL, up to a space.
    Query,
}

impl Follows {
    fn behind(self, word: &str) -> Self {
        let lower = word.to_ascii_lowercase();
        match self {
            Self::Secrets | Self::Query => self,
            _ if ALL_SECRET.iter().any(|name| lower.ends_with(name)) => Self::Secrets,
            _ if SECRET.iter().any(|name| lower.ends_with(name)) => Self::Secret,
            _ => Self::Anything,
        }
    }
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-')
}

fn is_like_a_token(word: &str) -> bool {
    word.len() >= SHORTEST_TOKEN && word.contains(|c: char| c.is_ascii_digit())
}

const MASK: &str = "***";
const SHORTEST_TOKEN: usize = 20;
const ALL_SECRET: &[&str] = &["authorization", "cookie"];
const SECRET: &[&str] = &[
    "bearer",
    "basic",
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "api_key",
    "apikey",
    "api-key",
    "session",
    "session-id",
    "session_id",
    "credential",
    "credentials",
];

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn secrets_are_left_out_and_the_rest_is_kept() {
        for (line, shown) in [
            ("listening on 127.0.0.1:8080", "listening on 127.0.0.1:8080"),
            ("authorization: Bearer abc.def-1", "authorization: *** ***.***"),
            ("Set-Cookie: a=b; c=d", "Set-Cookie: ***=***; ***=***"),
            ("token=hunter2, then", "token=***, then"),
            ("GITHUB_TOKEN: \"x\"", "GITHUB_TOKEN: \"***\""),
            (
                "GET https://a.example/mcp?key=v&x=y HTTP",
                "GET https://a.example/mcp?***=***&***=*** HTTP",
            ),
            ("got sk-proj-0123456789abcdefghij!", "got ***!"),
            ("what? nothing", "what? nothing"),
        ] {
            assert_eq!(masked(line), shown);
        }
    }
}
