//! Which letters may follow a backslash, as two tables of sixteen entries, each table twice so that
//! it fills a vector: a letter is legal when the entries of its two halves share a bit.

/// By the lower half of the letter: which upper halves are legal with it.
pub(super) const LOW_NIBBLE: [u8; 32] = twice(table(LETTERS, true));
/// By the upper half of the letter: its own bit.
pub(super) const HIGH_NIBBLE: [u8; 32] = twice(table(LETTERS, false));

const LETTERS: &[u8; 9] = b"\"\\/bfnrtu";

const fn table(letters: &[u8; 9], by_low: bool) -> [u8; 16] {
    let mut table = [0; 16];
    let mut i = 0;
    while i < letters.len() {
        let bit = 1 << (letters[i] >> 4);
        let entry = if by_low {
            letters[i] & 15
        } else {
            letters[i] >> 4
        };
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
