//! Sets of positions in a text: how a template is matched in time proportional to it.

/// The positions of a text at which something may begin, one bit each.
#[derive(Clone, Debug)]
pub(super) struct Positions(Vec<u64>);

impl Positions {
    /// None of the positions from 0 to `last`, both included.
    pub(super) fn none(last: usize) -> Self {
        Self(vec![0; (last >> 6).saturating_add(1)])
    }

    pub(super) fn has(&self, at: usize) -> bool {
        self.0.get(at >> 6).is_some_and(|word| word & bit(at) != 0)
    }

    pub(super) fn insert(&mut self, at: usize) {
        if let Some(word) = self.0.get_mut(at >> 6) {
            *word |= bit(at);
        }
    }
}

/// Shows the offset of every occurrence of a pattern that is not empty, those that overlap included (Knuth, Morris
/// and Pratt).
pub(super) fn occurrences(text: &[u8], pattern: &[u8], mut see: impl FnMut(usize)) {
    let borders = borders(pattern);
    let mut matched = 0usize;
    for (at, byte) in text.iter().enumerate() {
        matched = step(pattern, &borders, matched, *byte);
        if matched == pattern.len() {
            see(at.saturating_add(1).saturating_sub(matched));
        }
    }
}

/// How much of the pattern ends at a byte, when so much ended before it.
fn step(pattern: &[u8], borders: &[usize], mut matched: usize, byte: u8) -> usize {
    while pattern.get(matched) != Some(&byte) {
        let Some(shorter) = matched.checked_sub(1).and_then(|last| borders.get(last)) else {
            return 0;
        };
        matched = *shorter;
    }
    matched.saturating_add(1)
}

/// For each prefix of the pattern, the length of the longest shorter one that it also ends with.
fn borders(pattern: &[u8]) -> Vec<usize> {
    let mut borders = Vec::with_capacity(pattern.len());
    borders.push(0);
    let mut matched = 0;
    for byte in pattern.iter().skip(1) {
        matched = step(pattern, &borders, matched, *byte);
        borders.push(matched);
    }
    borders
}

fn bit(at: usize) -> u64 {
    1u64.wrapping_shl(at as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_occurrence_is_found_and_no_other() {
        let texts = ["", "a", "aaaa", "abababa", "aabaab", "xyz", "abcabcabd", "ababcabab"];
        for text in texts {
            for pattern in ["a", "aa", "aba", "aab", "abcabd", "abab", "z", "abababab"] {
                let mut found = Vec::new();
                occurrences(text.as_bytes(), pattern.as_bytes(), |at| found.push(at));
                let plain = (0..text.len()).filter(|at| text[*at..].starts_with(pattern));
                assert_eq!(found, plain.collect::<Vec<_>>(), "{pattern} in {text}");
            }
        }
    }

    #[test]
    fn positions_are_kept_apart() {
        let mut positions = Positions::none(130);
        for at in [0, 63, 64, 130] {
            assert!(!positions.has(at));
            positions.insert(at);
        }
        let kept: Vec<_> = (0..200).filter(|at| positions.has(*at)).collect();
        assert_eq!(kept, [0, 63, 64, 130]);
    }
}
