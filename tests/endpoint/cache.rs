//! Which results are used again, for whom and for how long.

use mcp_engine::endpoint::{Cache, CacheLimits};
use mcp_engine::json::Raw;
use mcp_engine::{Message, Method, Now};

use crate::{message, raw};

const ALICE: &[u8] = b"alice";
const BOB: &[u8] = b"bob";
const NOW: Now = Now { mono_ns: 5_000_000, unix_ms: 0 };

fn answer(members: &str) -> Message {
    message(&format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{{members}}}}}"#))
}

fn public(ttl_ms: &str) -> Message {
    answer(&format!(r#""tools":[],"ttlMs":{ttl_ms},"cacheScope":"public""#))
}

fn cache() -> Cache {
    Cache::new(CacheLimits::default())
}

fn stored(method: Method, params: Option<Raw<'_>>, answer: &Message) -> Cache {
    let mut cache = cache();
    cache.store(method, params, ALICE, answer, NOW);
    cache
}

#[test]
fn a_result_is_fresh_until_its_time_is_over() {
    let mut cache = stored(Method::ListTools, None, &public("10"));
    let at = |ms: u64| NOW.after(ms * 1_000_000);
    assert!(cache.look_up(Method::ListTools, None, ALICE, at(9)).is_some());
    assert!(cache.look_up(Method::ListTools, None, ALICE, at(10)).is_none());
    assert!(cache.is_empty());
}

#[test]
fn without_a_time_nothing_is_kept() {
    for ttl_ms in ["0", "-5", "1.5", "\"9\"", "null"] {
        assert!(stored(Method::ListTools, None, &public(ttl_ms)).is_empty(), "{ttl_ms}");
    }
    assert!(stored(Method::ListTools, None, &answer(r#""tools":[]"#)).is_empty());
}

#[test]
fn what_is_private_is_kept_for_its_principal_alone() {
    let private = answer(r#""tools":[],"ttlMs":10,"cacheScope":"private""#);
    let silent = answer(r#""tools":[],"ttlMs":10"#);
    for answer in [private, silent] {
        let mut cache = stored(Method::ListTools, None, &answer);
        assert!(cache.look_up(Method::ListTools, None, BOB, NOW).is_none());
        assert!(cache.look_up(Method::ListTools, None, ALICE, NOW).is_some());
    }
    let mut cache = stored(Method::ListTools, None, &public("10"));
    assert!(cache.look_up(Method::ListTools, None, BOB, NOW).is_some());
}

#[test]
fn parameters_tell_results_apart_but_not_their_spelling_nor_meta() {
    let params = raw(r#"{"uri":"a:1","x":{"b":1,"a":2}}"#);
    let read = answer(r#""contents":[],"ttlMs":10"#);
    let mut cache = stored(Method::ReadResource, Some(params), &read);
    let mut has =
        |params| cache.look_up(Method::ReadResource, Some(raw(params)), ALICE, NOW).is_some();
    assert!(has(r#"{ "_meta":{"progressToken":1}, "x":{"a":2,"b":1}, "uri":"a:\u0031" }"#));
    assert!(!has(r#"{"uri":"a:2","x":{"b":1,"a":2}}"#));
}

#[test]
fn pages_are_kept_apart_and_forgotten_together() {
    let mut cache = cache();
    for cursor in [None, Some(raw(r#"{"cursor":"2"}"#))] {
        assert!(cache.store(Method::ListTools, cursor, ALICE, &public("10"), NOW));
    }
    assert_eq!(cache.len(), 2);
    cache.forget(Method::ListTools);
    assert!(cache.is_empty());
}

#[test]
fn a_notification_makes_stale_what_it_is_about_and_nothing_else() {
    let read = |uri: &str| format!(r#"{{"uri":"{uri}"}}"#);
    let mut cache = cache();
    for uri in ["a:1", "a:2"] {
        let read = read(uri);
        cache.store(Method::ReadResource, Some(raw(&read)), ALICE, &public("10"), NOW);
    }
    cache.store(Method::ListTools, None, ALICE, &public("10"), NOW);
    cache.store(Method::ListResources, None, ALICE, &public("10"), NOW);
    let notify = |method: &str, params: &str| {
        message(&format!(
            r#"{{"jsonrpc":"2.0","method":"notifications/{method}","params":{params}}}"#
        ))
    };
    cache.invalidate(&notify("resources/updated", r#"{"uri":"a:1"}"#));
    assert_eq!(cache.len(), 3);
    assert!(cache.look_up(Method::ReadResource, Some(raw(&read("a:2"))), ALICE, NOW).is_some());
    cache.invalidate(&notify("tools/list_changed", "{}"));
    assert!(cache.look_up(Method::ListTools, None, ALICE, NOW).is_none());
    cache.invalidate(&notify("resources/list_changed", "{}"));
    assert_eq!(cache.len(), 1);
}

#[test]
fn results_that_ask_for_input_and_other_methods_are_never_kept() {
    let asking = answer(r#""resultType":"input_required","requestState":"s","ttlMs":10"#);
    assert!(stored(Method::ReadResource, None, &asking).is_empty());
    assert!(stored(Method::CallTool, None, &public("10")).is_empty());
    let error =
        message(r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"","data":{"ttlMs":9}}}"#);
    assert!(stored(Method::ListTools, None, &error).is_empty());
}

#[test]
fn the_result_used_longest_ago_makes_room() {
    let mut cache = Cache::new(CacheLimits { entries: 2, ..CacheLimits::default() });
    let key = |n: u8| format!(r#"{{"cursor":"{n}"}}"#);
    let put = |cache: &mut Cache, n: u8| {
        cache.store(Method::ListTools, Some(raw(&key(n))), ALICE, &public("10"), NOW)
    };
    let get = |cache: &mut Cache, n: u8| {
        cache.look_up(Method::ListTools, Some(raw(&key(n))), ALICE, NOW).is_some()
    };
    assert!(put(&mut cache, 1) && put(&mut cache, 2) && get(&mut cache, 1) && put(&mut cache, 3));
    assert!(get(&mut cache, 1) && !get(&mut cache, 2) && get(&mut cache, 3));
}

#[test]
fn the_limits_on_bytes_and_on_time_are_kept() {
    let size = public("10").as_str().len() as u32;
    let mut cache = Cache::new(CacheLimits { bytes: 2 * size, ..CacheLimits::default() });
    for n in 0..5 {
        let params = format!(r#"{{"cursor":"{n}"}}"#);
        assert!(cache.store(Method::ListTools, Some(raw(&params)), ALICE, &public("10"), NOW));
    }
    assert_eq!(cache.len(), 2);
    let mut tiny = Cache::new(CacheLimits { bytes: size - 1, ..CacheLimits::default() });
    assert!(!tiny.store(Method::ListTools, None, ALICE, &public("10"), NOW));
    let mut short = Cache::new(CacheLimits { ttl_ms: 1, ..CacheLimits::default() });
    assert!(short.store(Method::ListTools, None, ALICE, &public("18446744073709551615"), NOW));
    assert!(short.look_up(Method::ListTools, None, ALICE, NOW.after(1_000_000)).is_none());
}
