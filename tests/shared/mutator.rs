//! Messages that are damaged at random, the same way for the same seed.

/// A small generator of random numbers: splitmix64.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, or 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// One damage, or a few, one after the other.
pub(crate) fn mutate(random: &mut Random, text: &[u8], other: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    for _ in 0..=random.below(2) * random.below(4) {
        damage(random, &mut text, other);
    }
    text
}

fn damage(random: &mut Random, text: &mut Vec<u8>, other: &[u8]) {
    let at = random.below(text.len());
    match random.below(12) {
        0 => flip(random, text, at),
        1 => insert(text, at, &[random.next() as u8]),
        2 => drop(text.drain(at..(at + 1 + random.below(4)).min(text.len()))),
        3 => text.truncate(at),
        4 => splice(random, text, at, other),
        5 => insert(text, at, random.pick(&WORDS).as_bytes()),
        6 => insert(text, at, random.pick(&ESCAPES).as_bytes()),
        7 => insert(text, at, random.pick(&BYTES)),
        8 => replace(random, text, |byte| b"{}[]:,\"\\".contains(&byte), |byte| vec![byte, byte]),
        9 => replace(random, text, |byte| b"{}[]:,\"\\".contains(&byte), |_| Vec::new()),
        10 => {
            let number = random.pick(&NUMBERS).as_bytes().to_vec();
            replace(random, text, |byte| byte.is_ascii_digit(), |_| number.clone());
        }
        _ => {
            let end = (at + random.below(40)).min(text.len());
            let part = text[at.min(end)..end].to_vec();
            let to = random.below(text.len());
            insert(text, to, &part);
        }
    }
}

fn flip(random: &mut Random, text: &mut [u8], at: usize) {
    if let Some(byte) = text.get_mut(at) {
        *byte ^= 1 << random.below(8);
    }
}

fn insert(text: &mut Vec<u8>, at: usize, part: &[u8]) {
    let at = at.min(text.len());
    text.splice(at..at, part.iter().copied());
}

fn splice(random: &mut Random, text: &mut Vec<u8>, at: usize, other: &[u8]) {
    let from = random.below(other.len());
    text.truncate(at);
    text.extend_from_slice(&other[from.min(other.len())..]);
}

/// Replaces one of the bytes that are wanted.
fn replace(
    random: &mut Random,
    text: &mut Vec<u8>,
    wanted: impl Fn(u8) -> bool,
    with: impl Fn(u8) -> Vec<u8>,
) {
    let places: Vec<usize> = (0..text.len()).filter(|at| wanted(text[*at])).collect();
    if let Some(at) = places.get(random.below(places.len())) {
        let part = with(text[*at]);
        text.splice(*at..=*at, part);
    }
}

const WORDS: [&str; 16] = [
    "true",
    "null",
    "false",
    "{}",
    "[]",
    "\"\"",
    ",",
    ":",
    " ",
    "\t\r ",
    "\"id\":2,",
    "\"jsonrpc\":\"2.0\",",
    "\"method\":\"a\",",
    "\"x\":{\"y\":[1]},",
    "[[[[",
    "}}",
];
const ESCAPES: [&str; 16] = [
    "\\",
    "\\\\",
    "\\\"",
    "\\u",
    "\\u00e9",
    "\\ud83d\\ude00",
    "\\ud83d",
    "\\ude00",
    "\\x",
    "\\/",
    "\\n\\t",
    "\\u12",
    "\\uD800\\n",
    "\\\\\\",
    "\\u0000",
    "\\b\\f\\r",
];
const BYTES: [&[u8]; 14] = [
    b"\xff",
    b"\xc3\xa9",
    b"\xc3",
    b"\xa9",
    b"\xed\xa0\x80",
    b"\xf0\x9f\x93\xa6",
    b"\xf0\x9f",
    b"\xc0\x80",
    b"\x00",
    b"\x1f",
    b"\x7f",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xa8",
    b"\x0b",
];
const NUMBERS: [&str; 16] = [
    "0",
    "-0",
    "00",
    "-",
    "1.",
    ".5",
    "1e",
    "1e5",
    "1E+400",
    "-1e-400",
    "0.10",
    "12345678",
    "123456789012345678901234567890",
    "+1",
    "1.5e",
    "9223372036854775808",
];
