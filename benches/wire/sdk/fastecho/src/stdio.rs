//! Lines over standard input and output, which block.

use std::io::{self, IoSlice};

use memchr::memchr_iter;
use rustix::io::{read, writev};
use rustix::stdio::{stdin, stdout};

use crate::reply::Reply;

/// How large the pipes are made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pipes {
    AsTheyAre,
    /// 1 MiB.
    Large,
}

pub(crate) fn serve(pipes: Pipes) -> io::Result<()> {
    if pipes == Pipes::Large {
        rustix::pipe::fcntl_setpipe_size(stdin(), 1 << 20)?;
        rustix::pipe::fcntl_setpipe_size(stdout(), 1 << 20)?;
    }
    // Memory that is never touched costs nothing.
    let mut input = vec![0; LONGEST];
    let mut output = Vec::with_capacity(LONGEST);
    let (mut searched, mut filled) = (0, 0);
    loop {
        let room = (filled + STEP).min(LONGEST);
        let bytes = read(stdin(), &mut input[filled..room])?;
        if bytes == 0 {
            return Ok(());
        }
        filled += bytes;
        let mut begin = 0;
        for end in memchr_iter(b'\n', &input[searched..filled]) {
            let end = searched + end;
            if let Some(reply) = Reply::to(&input[begin..end]) {
                send(&reply, &mut output)?;
            }
            begin = end + 1;
        }
        flush(&mut output, &[])?;
        input.copy_within(begin..filled, 0);
        filled -= begin;
        searched = filled;
    }
}

/// Small replies leave together, large ones from where they are.
fn send(reply: &Reply<'_>, output: &mut Vec<u8>) -> io::Result<()> {
    if reply.text.len() > GATHERED {
        return flush(output, &reply.parts());
    }
    for part in reply.parts() {
        output.extend_from_slice(part);
    }
    Ok(())
}

fn flush(output: &mut Vec<u8>, parts: &[&[u8]]) -> io::Result<()> {
    let mut slices = [IoSlice::new(&[]); 6];
    slices[0] = IoSlice::new(output);
    for (slice, part) in slices[1..].iter_mut().zip(parts) {
        *slice = IoSlice::new(part);
    }
    let mut left = &mut slices[..=parts.len()];
    while left.iter().any(|slice| !slice.is_empty()) {
        let written = writev(stdout(), left)?;
        IoSlice::advance_slices(&mut left, written);
    }
    output.clear();
    Ok(())
}

/// The longest line.
const LONGEST: usize = 4 << 20;
/// Most bytes of one read: what is read next to each other stays in the cache.
const STEP: usize = 256 << 10;
/// From here on, a text is not copied.
const GATHERED: usize = 16 << 10;
