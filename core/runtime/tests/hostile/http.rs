//! Rows 4 and 9 over HTTP: requests in pieces.

use crate::talk::{Talk, call};
use crate::way::Way;

#[tokio::test]
async fn row_04_requests_may_come_byte_by_byte() {
    for way in Way::ALL.into_iter().filter(|way| way.is_http()) {
        let mut talk = Talk::open(way).await;
        talk.come_in_pieces();
        assert!(talk.call().await.is_empty(), "{way:?}");
    }
}

#[tokio::test]
async fn row_09_half_a_body_harms_nobody() {
    for way in Way::ALL.into_iter().filter(|way| way.is_http()) {
        let mut talk = Talk::open(way).await;
        talk.break_off(call("5", way).as_bytes()).await;
        assert!(talk.call().await.is_empty(), "{way:?}");
    }
}
