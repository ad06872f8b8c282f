//! Bytes on their way to one client: written from anywhere, read by the body of a response.

use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use crate::workers::lock;

/// A bounded queue of bytes with one reader. What was written while the reader was away leaves in one piece.
#[derive(Debug)]
pub(super) struct Pipe {
    state: Mutex<State>,
    most: usize,
}

#[derive(Debug, Default)]
struct State {
    bytes: Vec<u8>,
    end: End,
    reader: Option<Waker>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum End {
    #[default]
    Open,
    /// Nothing more is written; what waits is still read.
    Finished,
}

/// That a pipe holds as much as it may, since its reader does not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

impl Pipe {
    pub(super) fn new(most: usize) -> Self {
        Self { state: Mutex::default(), most }
    }

    /// Appends what `append` appends, unless the pipe is full. What is written behind the end is gone.
    pub(super) fn write(&self, append: impl FnOnce(&mut Vec<u8>)) -> Result<(), Full> {
        let mut state = lock(&self.state);
        if state.bytes.len() >= self.most {
            return Err(Full);
        }
        state.append(append);
        wake(state.reader.take(), state);
        Ok(())
    }

    /// Appends the last that is written. It always finds room: whatever it is, it is held only once.
    pub(super) fn finish_with(&self, append: impl FnOnce(&mut Vec<u8>)) {
        let mut state = lock(&self.state);
        state.append(append);
        state.end = End::Finished;
        wake(state.reader.take(), state);
    }

    pub(super) fn finish(&self) {
        self.finish_with(|_| {});
    }

    /// All that waits; `None` at the end.
    pub(super) fn poll(&self, cx: &Context<'_>) -> Poll<Option<Bytes>> {
        let mut state = lock(&self.state);
        if !state.bytes.is_empty() {
            return Poll::Ready(Some(std::mem::take(&mut state.bytes).into()));
        }
        if state.end == End::Finished {
            return Poll::Ready(None);
        }
        match &mut state.reader {
            Some(reader) => reader.clone_from(cx.waker()),
            reader => *reader = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}

impl State {
    fn append(&mut self, append: impl FnOnce(&mut Vec<u8>)) {
        if self.end == End::Open {
            append(&mut self.bytes);
        }
    }
}

/// Wakes outside of the lock.
fn wake<T>(waker: Option<Waker>, guard: T) {
    drop(guard);
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_leaves_in_one_piece_and_no_more_than_the_limit_waits() {
        let pipe = Pipe::new(4);
        let cx = Context::from_waker(Waker::noop());
        assert!(pipe.poll(&cx).is_pending());
        assert_eq!(pipe.write(|out| out.extend(b"abc")), Ok(()));
        assert_eq!(pipe.write(|out| out.extend(b"de")), Ok(()));
        assert_eq!(pipe.write(|out| out.extend(b"f")), Err(Full));
        assert_eq!(pipe.poll(&cx), Poll::Ready(Some("abcde".into())));
        pipe.finish_with(|out| out.extend(b"the last one"));
        assert_eq!(pipe.write(|out| out.extend(b"too late")), Err(Full));
        assert_eq!(pipe.poll(&cx), Poll::Ready(Some("the last one".into())));
        assert_eq!(pipe.write(|out| out.extend(b"too late")), Ok(()));
        assert_eq!(pipe.poll(&cx), Poll::Ready(None));
    }
}
