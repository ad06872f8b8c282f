//! Messages as lines in the pipes of a program, read and written here.

use std::os::fd::AsRawFd;

use mcp_engine::json::Seed;
use mcp_engine::transport::ChildPipes;
use mcp_engine::{Decoder, Duplicates, Error, Limits, Pool};
use rustix::io::Errno;

use super::incoming::{Other, Sorter};
use crate::unsent::Unsent;

pub(super) struct Lines {
    decoder: Decoder,
    pipes: ChildPipes,
    unsent: Unsent,
}

impl Lines {
    pub(super) fn new(pipes: ChildPipes, limits: &Limits) -> Self {
        let pool = Pool::new(limits, Seed::default());
        let mut decoder = Decoder::new(limits, Duplicates::Reserved, pool);
        decoder.keep_refused(EXCERPT);
        Self { decoder, pipes, unsent: Unsent::default() }
    }

    pub(super) fn descriptors(&self) -> Option<(i32, i32)> {
        Some((self.pipes.output().as_raw_fd(), self.pipes.input()?.as_raw_fd()))
    }

    /// Reads until nothing is left, or enough was read for one turn of the loop.
    pub(super) fn read(&mut self, sorter: &mut Sorter<'_>) -> Result<(), Error> {
        for _ in 0..READS {
            let spare = self.decoder.spare()?;
            let room = spare.len();
            match rustix::io::read(self.pipes.output(), spare) {
                Ok(n @ 1..) => {
                    self.decoder.commit(n)?;
                    self.sort(sorter);
                    if n < room {
                        break;
                    }
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Ok(_) | Err(_) => {
                    // A line that was cut off never was a message.
                    let _ = self.decoder.end();
                    sorter.other(Other::End);
                    break;
                }
            }
        }
        Ok(())
    }

    fn sort(&mut self, sorter: &mut Sorter<'_>) {
        while let Some(verdict) = self.decoder.poll() {
            match verdict {
                Ok(message) => sorter.message(message),
                Err(refusal) => sorter.refused(refusal, || self.decoder.take_refused()),
            }
        }
    }

    pub(super) fn push(&mut self, text: &[u8]) {
        self.unsent.bytes.extend_from_slice(text);
        self.unsent.bytes.push(b'\n');
    }

    /// Bytes that wait to be written.
    pub(super) fn waiting(&self) -> usize {
        self.unsent.waiting()
    }

    /// Writes as much as the program takes. Whether something is left.
    pub(super) fn flush(&mut self) -> bool {
        let Some(input) = self.pipes.input() else { return false };
        self.unsent.write(input)
    }
}

/// Reads in one turn of the loop, each of an arena at most.
const READS: usize = 16;
/// Bytes of a line that is no JSON which are kept.
const EXCERPT: usize = 64 << 10;
