//! What each byte means to a string, as tables that vector instructions look up.

/// A table of 128 bytes, as two vectors hold it.
pub(super) struct Table(pub(super) [u8; 64], pub(super) [u8; 64]);

/// The top bit for each byte that a string loop must stop at.
pub(super) static SPECIAL: Table = Table::new(Class::Special);
/// The top bit for each byte that must not stand behind a backslash, and for `u`, which needs a
/// closer look.
pub(super) static ILLEGAL_LETTER: Table = Table::new(Class::IllegalLetter);
/// The top bit and the letter for each byte that is escaped by a backslash and a letter; else 0.
pub(super) static ESCAPED_LETTER: Table = Table::new(Class::EscapedLetter);

/// The bytes that have an escape of a backslash and a letter, with that letter.
pub(super) const SHORT_ESCAPES: [(u8, u8); 7] = [
    (b'"', b'"'),
    (b'\\', b'\\'),
    (0x08, b'b'),
    (0x0c, b'f'),
    (b'\n', b'n'),
    (b'\r', b'r'),
    (b'\t', b't'),
];

#[derive(Clone, Copy)]
enum Class {
    Special,
    IllegalLetter,
    EscapedLetter,
}

impl Table {
    const fn new(class: Class) -> Self {
        let mut table = Self([0; 64], [0; 64]);
        let mut byte = 0;
        while byte < 64 {
            table.0[byte] = class.entry(byte as u8);
            table.1[byte] = class.entry(byte as u8 + 64);
            byte += 1;
        }
        table
    }
}

impl Class {
    const fn entry(self, byte: u8) -> u8 {
        match self {
            Self::Special if byte < 0x20 || byte == b'"' || byte == b'\\' => 0x80,
            Self::IllegalLetter if !is_letter(byte) || byte == b'u' => 0x80,
            Self::EscapedLetter => escaped_letter(byte),
            _ => 0,
        }
    }
}

const fn is_letter(byte: u8) -> bool {
    let mut i = 0;
    while i < LETTERS.len() {
        if LETTERS[i] == byte {
            return true;
        }
        i += 1;
    }
    false
}

const fn escaped_letter(byte: u8) -> u8 {
    let mut i = 0;
    while i < SHORT_ESCAPES.len() {
        if SHORT_ESCAPES[i].0 == byte {
            return SHORT_ESCAPES[i].1 | 0x80;
        }
        i += 1;
    }
    0
}

/// By the lower half of a letter behind a backslash: which upper halves are legal with it. A letter is legal
/// when the entries of its two halves share a bit. Each table of sixteen stands twice, to fill a vector.
pub(super) const LOW_NIBBLE: [u8; 32] = twice(table(LETTERS, true));
/// By the upper half of the letter: its own bit.
pub(super) const HIGH_NIBBLE: [u8; 32] = twice(table(LETTERS, false));

/// By the lower half of a byte: the quote or the backslash that ends so. Twice, to fill a vector.
pub(super) const QUOTE_OR_BACKSLASH: [u8; 32] = {
    let mut table = [0xff; 16];
    table[(b'"' & 15) as usize] = b'"';
    table[(b'\\' & 15) as usize] = b'\\';
    twice(table)
};

const LETTERS: &[u8; 9] = b"\"\\/bfnrtu";

const fn table(letters: &[u8; 9], by_low: bool) -> [u8; 16] {
    let mut table = [0; 16];
    let mut i = 0;
    while i < letters.len() {
        let bit = 1 << (letters[i] >> 4);
        let entry = if by_low { letters[i] & 15 } else { letters[i] >> 4 };
        table[entry as usize] |= bit;
        i += 1;
    }
    table
}

const fn twice(half: [u8; 16]) -> [u8; 32] {
    let mut whole = [0; 32];
    let mut i = 0;
    while i < 32 {
        whole[i] = half[i % 16];
        i += 1;
    }
    whole
}
