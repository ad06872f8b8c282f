//! Rows 1 and 62 of the hostile inputs, by the heap: what a peer that never ends its line or event can
//! make a decoder hold.

use mcp_engine::{Decoder, Error, EventDecoder, Limit, Limits};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

#[test]
fn endless_input_holds_no_more_than_the_cap_and_a_mebibyte() {
    let limits = Limits::default();
    let line = || {
        let mut decoder = Decoder::default();
        let mut errors = Vec::new();
        for _ in 0..pieces() {
            fill(decoder.spare().expect("everything was polled"));
            decoder.commit(PIECE).expect("within the spare room");
            while let Some(verdict) = decoder.poll() {
                errors.push(verdict.expect_err("too long").error());
            }
        }
        errors
    };
    check(line, Limit::MessageBytes, limits.message_bytes);
    let event = || {
        let mut decoder = EventDecoder::default();
        decoder.feed(b"data: ").expect("room");
        let mut errors = Vec::new();
        for _ in 0..pieces() {
            fill(decoder.spare().expect("everything was polled"));
            decoder.commit(PIECE).expect("within the spare room");
            while let Some(polled) = decoder.poll() {
                errors.push(polled.expect_err("too long").error());
            }
        }
        errors
    };
    check(event, Limit::EventBytes, limits.event_bytes);
}

/// Checks that the input gives one error and that the heap was never larger than allowed.
fn check(read: impl Fn() -> Vec<Error>, limit: Limit, cap: u32) {
    let profiler = dhat::Profiler::builder().testing().build();
    assert_eq!(read(), [Error::LimitExceeded { limit, offset: 0 }]);
    let peak = dhat::HeapStats::get().max_bytes;
    assert!(peak >= cap as usize, "the heap was measured: {peak}");
    assert!(peak <= cap as usize + (1 << 20), "{peak} bytes for {limit}");
    drop(profiler);
}

fn fill(spare: &mut [u8]) {
    spare[..PIECE].fill(b'x');
}

/// Twice what the largest default cap allows.
fn pieces() -> usize {
    (32 << 20) / PIECE
}

/// What every read brings; the decoders promise as much room.
const PIECE: usize = 16 << 10;
