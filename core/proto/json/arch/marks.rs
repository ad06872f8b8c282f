//! Where strings end, read off a list instead of a mask: what a backend with fast compression has for a window.
//!
//! The list tells the places of all special bytes among 256, in their order; where the list ends, zeros follow. Of a string
//! that is listed the closing quote comes next behind the opening one, so its place is known without looking at the
//! string before, and the processor works on many strings at once. A key that was recognised at a glance leaves its marks
//! behind, and so do escapes and white space: whether the next mark is that of the opening quote is always compared, and
//! where it is not, the list is searched, or made anew.
//!
//! A backend brings `list`, which makes the list of the 256 bytes at a place.

macro_rules! marks {
    ($(#[$features:meta])*) => {
        /// Prepares for the strings from `p` on.
        #[inline]
        $(#[$features])*
        fn look_ahead<'a>(s: &mut Scan<'a, '_>, p: Pos<'a>) {
            list(s, p);
        }

        /// Learns that so many strings were stepped over without [`next_special`].
        #[inline]
        $(#[$features])*
        fn stepped_over(s: &mut Scan<'_, '_>, strings: usize) {
            s.mark = s.mark.wrapping_add(2 * strings);
        }

        /// The first special byte of a string from `body` on, or some place before it when that is far.
        #[inline]
        $(#[$features])*
        fn next_special<'a>(s: &mut Scan<'a, '_>, body: Pos<'a>) -> Pos<'a> {
            let mark = s.mark & 0xff;
            let (open, close) = (s.scratch.marks[mark], s.scratch.marks[mark + 1]);
            if body.since(s.window) != u32::from(open) + 1 || close == 0 {
                return find_mark(s, body);
            }
            s.mark = mark + 2;
            // SAFETY: the mark of the opening quote was found, and the next one is that of the next special byte; there is
            // no sentinel between them, for every sentinel is special.
            unsafe { s.window.ahead(usize::from(close)) }
        }

        /// [`next_special`], when the next mark is not that of the opening quote or is the last one.
        #[inline(never)]
        $(#[$features])*
        fn find_mark<'a>(s: &mut Scan<'a, '_>, body: Pos<'a>) -> Pos<'a> {
            let open = body.since(s.window).wrapping_sub(1);
            let mut mark = s.mark & 0xff;
            if s.scratch.marks[mark] == 0 {
                mark = 0;
            }
            if open < 256 {
                while u32::from(s.scratch.marks[mark]) < open && s.scratch.marks[mark + 1] != 0 {
                    mark += 1;
                }
            }
            if u32::from(s.scratch.marks[mark]) != open {
                // SAFETY: the opening quote stands before `body`.
                list(s, unsafe { body.back(1) });
                mark = 0;
            } else if s.scratch.marks[mark + 1] == 0 {
                // SAFETY: the mark of the opening quote is the last one, so that no special byte, and no sentinel, stands
                // between `body` and the end of the list.
                let next = unsafe { s.window.ahead(256) };
                list(s, next);
                s.mark = 1;
                // SAFETY: the first mark is that of the first special byte; without any it is 0.
                return unsafe { next.ahead(usize::from(s.scratch.marks[0])) };
            }
            s.mark = mark + 2;
            match s.scratch.marks[mark + 1] {
                0 => body,
                // SAFETY: as in `next_special`.
                close => unsafe { s.window.ahead(usize::from(close)) },
            }
        }
    };
}

pub(super) use marks;
