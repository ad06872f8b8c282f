//! The two ways of a channel to its server: the pipes of a program, which the loop reads and writes itself, and the ferry of a connection
//! that the thread of the engine drives.

use std::os::fd::AsRawFd;

use mcp_engine::Error;
use mcp_engine::connection::Event;
use mcp_engine::transport::ChildPipes;
use rustix::io::Errno;

use crate::clock::Clock;
use crate::conversation::Conversation;
use crate::ferry::Ferry;
use crate::unsent::Unsent;

pub(crate) enum Way {
    Pipes(Pipes),
    Ferry(Ferry),
}

/// The pipes of a program, and what it has not read yet.
pub(crate) struct Pipes {
    pipes: ChildPipes,
    unsent: Unsent,
}

impl Way {
    /// The descriptors to wait for: that of what comes, and that of what is sent. The latter is waited for only after `flush` has left something.
    pub(crate) fn descriptors(&self) -> Option<(i32, i32)> {
        match self {
            Self::Pipes(Pipes { pipes, .. }) => {
                Some((pipes.output().as_raw_fd(), pipes.input()?.as_raw_fd()))
            }
            Self::Ferry(ferry) => Some((ferry.descriptor(), ferry.descriptor())),
        }
    }

    /// Sends what there is room for. Whether to wait until there is more.
    pub(crate) fn flush(&mut self, talk: &mut Conversation) -> bool {
        match self {
            Self::Pipes(pipes) => pipes.flush(talk),
            Self::Ferry(ferry) => {
                ferry.load(|| talk.poll_transmit());
                // What is left is asked for by the descriptor of what comes.
                false
            }
        }
    }
}

impl Pipes {
    pub(crate) fn new(pipes: ChildPipes) -> Self {
        Self { pipes, unsent: Unsent::default() }
    }

    /// Reads until nothing is left, or enough was read for one turn of the loop.
    pub(crate) fn read(
        &self,
        talk: &mut Conversation,
        clock: Clock,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        for _ in 0..READS {
            let spare = talk.decoder.spare()?;
            let room = spare.len();
            match rustix::io::read(self.pipes.output(), spare) {
                Ok(0) => {
                    talk.end(events);
                    break;
                }
                Ok(n) => {
                    talk.decoder.commit(n)?;
                    talk.take_in(clock.now(), events);
                    if n < room {
                        break;
                    }
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(_) => {
                    talk.end(events);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Writes as much as the program takes. Whether something is left.
    fn flush(&mut self, talk: &mut Conversation) -> bool {
        talk.transmit(&mut self.unsent.bytes);
        let Some(input) = self.pipes.input() else { return false };
        self.unsent.write(input)
    }
}

/// Reads in one turn of the loop, each of an arena at most.
const READS: usize = 16;
