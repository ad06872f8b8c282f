//! The contract between an arena and the scan loops.

/// How many readable bytes must follow the sentinel of a [`Padded`] text.
///
/// The longest load of a scan loop is 256 bytes from the place under inspection.
pub(crate) const PADDING: usize = 256 + 64;

/// How the text of a message ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// At the next newline, wherever that is: one message of a newline-delimited stream. A newline is
    /// known to exist.
    Newline,
    /// At a byte 0 that was written behind it: a body in which newlines are white space.
    Zero,
}

/// A text that scan loops may over-read: a sentinel stands at `end`, and [`PADDING`] initialised
/// bytes follow it in the same slice.
///
/// # Invariant
///
/// `start <= end`, `end + PADDING < memory.len()`, and `memory[end]` is what `ending` says.
#[derive(Clone, Copy)]
pub(crate) struct Padded<'a> {
    memory: &'a [u8],
    start: usize,
    end: usize,
    ending: Ending,
}

impl<'a> Padded<'a> {
    /// The text from `start` to the sentinel at `end`; `None` where the contract does not hold.
    #[inline]
    pub(crate) fn new(memory: &'a [u8], start: usize, end: usize, ending: Ending) -> Option<Self> {
        let sentinel = match ending {
            Ending::Newline => b'\n',
            Ending::Zero => 0,
        };
        let room = memory.len().checked_sub(end)?;
        let sound = start <= end && room > PADDING && memory.get(end) == Some(&sentinel);
        sound.then_some(Self { memory, start, end, ending })
    }

    /// Everything from the first byte of the text to the end of the padding.
    #[inline]
    pub(super) fn readable(self) -> &'a [u8] {
        self.memory.get(self.start..).unwrap_or_default()
    }

    /// The bytes between two offsets from the start of the text.
    #[inline]
    pub(crate) fn slice(self, from: u32, to: u32) -> &'a [u8] {
        self.readable().get(from as usize..to as usize).unwrap_or_default()
    }

    /// The lower half of the address of the first byte.
    #[inline]
    pub(super) fn low(self) -> u32 {
        self.readable().as_ptr().addr() as u32
    }

    #[inline]
    pub(crate) fn ending(self) -> Ending {
        self.ending
    }

    /// Offset of the sentinel from the start of the text.
    #[inline]
    pub(crate) fn len(self) -> u32 {
        self.end.saturating_sub(self.start) as u32
    }
}
