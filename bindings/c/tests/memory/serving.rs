//! Requests that stand alone, a cache, and a scheduler.

use mcp_engine_c::buffer::*;
use mcp_engine_c::cache::*;
use mcp_engine_c::config::*;
use mcp_engine_c::connection::*;
use mcp_engine_c::endpoint::*;
use mcp_engine_c::message::*;
use mcp_engine_c::names::*;
use mcp_engine_c::scheduler::*;
use mcp_engine_c::status::*;

use super::script::{NOW, Script};
use super::texts::{long, modern};
use crate::abi::{chars, first, from, none, sized, text, to, zero};
use crate::inside;

impl Script {
    pub(super) fn serve(&mut self) {
        let config = mcpe_config {
            role: MCPE_ROLE_SERVER,
            name: text("side"),
            version: text("1"),
            capabilities: text(r#"{"tools":{},"logging":{},"resources":{"subscribe":true}}"#),
            ..sized()
        };
        let (mut endpoint, buffer) = (zero(), self.buffer());
        self.done("endpoint_new", || mcpe_endpoint_new(from(&config), to(&mut endpoint)));
        let plain = long(40_000);
        let content = format!("\"{plain}\"");
        let accepted = self.accepted(endpoint, buffer, &modern("tools/call", &content));
        let (exchange, mut delivery, mut written, mut code) = (accepted.exchange, 0, 0, 0);
        self.done("exchange_progress", || {
            let (message, len) = (chars(&plain), plain.len());
            mcpe_exchange_progress(
                exchange,
                1.0,
                none(),
                message,
                len,
                buffer,
                to(&mut delivery),
                to(&mut written),
            )
        });
        self.done("exchange_log", || {
            let (text, len) = (chars(&content), content.len());
            mcpe_exchange_log(
                exchange,
                MCPE_LEVEL_ERROR,
                none(),
                0,
                text,
                len,
                buffer,
                to(&mut delivery),
                to(&mut written),
            )
        });
        let reply = mcpe_reply { kind: MCPE_REPLY_TEXT, text: text(&plain), ..sized() };
        self.done("exchange_respond", || {
            mcpe_exchange_respond(exchange, from(&reply), buffer, to(&mut code), to(&mut written))
        });
        assert_eq!(mcpe_exchange_free(exchange), MCPE_OK);
        self.listening(endpoint, buffer);
        assert_eq!((mcpe_endpoint_free(endpoint), mcpe_buffer_free(buffer)), (MCPE_OK, MCPE_OK));
    }

    fn accepted(
        &mut self,
        endpoint: mcpe_endpoint,
        buffer: mcpe_buffer,
        json: &str,
    ) -> mcpe_accepted {
        let message = self.parsed(json);
        let (mut accepted, mut written) = (zero(), 0);
        self.done("accept", || {
            mcpe_endpoint_accept(endpoint, message, buffer, to(&mut accepted), to(&mut written))
        });
        assert_eq!(mcpe_message_free(message), MCPE_OK);
        accepted
    }

    fn listening(&mut self, endpoint: mcpe_endpoint, buffer: mcpe_buffer) {
        let uris: Vec<String> =
            (0..600).map(|at| format!("\"file:///{at}/{}\"", long(60))).collect();
        let wanted = format!("{{\"resourceSubscriptions\":[{}]}}", uris.join(","));
        let listening =
            self.accepted(endpoint, buffer, &modern("subscriptions/listen", &wanted)).listening;
        let target = mcpe_target { buffer, ..zero() };
        let mut written = 0;
        self.done("acknowledge", || {
            mcpe_listening_acknowledge(listening, target, to(&mut written))
        });
        let uri = uris[0].trim_matches('"');
        let change = mcpe_change { kind: MCPE_CHANGE_RESOURCE, name: text(uri), ..sized() };
        self.done("tell", || {
            mcpe_listening_tell(listening, from(&change), target, to(&mut written))
        });
        self.done("end", || mcpe_listening_end(listening, target, to(&mut written)));
        assert_eq!(mcpe_listening_free(listening), MCPE_OK);
    }

    pub(super) fn keep(&mut self) {
        let mut cache = zero();
        self.done("cache_new", || mcpe_cache_new(none(), to(&mut cache)));
        let tools = format!(
            "{{\"tools\":[],\"ttlMs\":60000,\"cacheScope\":\"public\",\"x\":\"{}\"}}",
            long(50_000)
        );
        let answer = self.parsed(&format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{tools}}}"));
        // Where there is no memory, nothing is kept, which is no failure.
        let stored = inside(|| {
            mcpe_cache_store(cache, MCPE_METHOD_LIST_TOOLS, none(), 0, none(), 0, answer, NOW)
        });
        assert!(stored == MCPE_OK || stored == MCPE_NOTHING, "{stored}");
        let mut found = zero();
        let status = self.call("look_up", || {
            mcpe_cache_look_up(
                cache,
                MCPE_METHOD_LIST_TOOLS,
                none(),
                0,
                none(),
                0,
                NOW,
                to(&mut found),
            )
        });
        assert!(status == MCPE_OK || status == MCPE_NOTHING, "{status}");
        assert_eq!((mcpe_message_free(found), mcpe_message_free(answer)), (MCPE_OK, MCPE_OK));
        assert_eq!(mcpe_cache_free(cache), MCPE_OK);
    }

    pub(super) fn schedule(&mut self) {
        let mut scheduler = zero();
        self.done("scheduler_new", || mcpe_scheduler_new(none(), to(&mut scheduler)));
        let (mut quota, mut policy) = (0, 0);
        self.done("open_quota", || mcpe_scheduler_open_quota(scheduler, none(), to(&mut quota)));
        for at in 0..300 {
            let pattern = format!("{at}.{}", long(60));
            self.done("set_policy", || {
                mcpe_scheduler_set_policy(
                    scheduler,
                    chars(&pattern),
                    pattern.len(),
                    none(),
                    to(&mut policy),
                )
            });
        }
        let pattern = long(20_000);
        self.done("set_policy", || {
            mcpe_scheduler_set_policy(
                scheduler,
                chars(&pattern),
                pattern.len(),
                none(),
                to(&mut policy),
            )
        });
        let quotas = [quota];
        let options = mcpe_key_options { quotas: first(&quotas), quotas_len: 1, ..sized() };
        let mut keys = vec![0u64; 1_200];
        for key in &mut keys {
            self.done("open_key", || mcpe_scheduler_open_key(scheduler, from(&options), to(key)));
        }
        let mut tasks: Vec<u64> = Vec::with_capacity(3_000);
        for at in 0..2_400 {
            let task = mcpe_task { key: keys[at % keys.len()], deadline_ns: 1 << 40, ..sized() };
            let mut id = 0;
            self.done("submit", || mcpe_scheduler_submit(scheduler, from(&task), 0, to(&mut id)));
            tasks.push(id);
        }
        let task =
            mcpe_task { key: keys[0], after: first(&tasks), after_len: tasks.len(), ..sized() };
        let mut id = 0;
        self.done("submit", || mcpe_scheduler_submit(scheduler, from(&task), 0, to(&mut id)));
        self.finish(scheduler);
        assert_eq!(mcpe_scheduler_free(scheduler), MCPE_OK);
    }

    /// Runs every task, and hears of its end.
    fn finish(&mut self, scheduler: mcpe_scheduler) {
        let (mut ready, mut settled, mut event): (mcpe_ready, _, _) = (zero(), zero(), zero());
        let mut ended = 0;
        while self.call("poll_ready", || mcpe_scheduler_poll_ready(scheduler, 1, to(&mut ready)))
            == MCPE_OK
        {
            let task = ready.task;
            self.done("complete", || {
                mcpe_scheduler_complete(
                    scheduler,
                    task,
                    MCPE_COMPLETION_SUCCEEDED,
                    none(),
                    1,
                    to(&mut settled),
                )
            });
            while self.call("poll_event", || mcpe_scheduler_poll_event(scheduler, to(&mut event)))
                == MCPE_OK
            {
                ended += 1;
            }
        }
        assert_eq!(ended, 2_401);
    }
}
