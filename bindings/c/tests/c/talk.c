// A client and a server talk in memory, in every revision; and a server answers requests that stand alone.
#include "check.h"

static const mcpe_now NOW = {1000, 1790000000000};

struct side {
  mcpe_connection connection;
  mcpe_decoder decoder;
  mcpe_buffer buffer;
};

static int destroyed;

static void destroy(void *userdata) {
  destroyed += *(int *)userdata;
}

static struct side open_side(const mcpe_config *config) {
  struct side side;
  OK(mcpe_connection_new(config, &side.connection));
  OK(mcpe_decoder_new(NULL, &side.decoder));
  OK(mcpe_buffer_new(MCPE_FRAMING_LINE, &side.buffer));
  return side;
}

static void close_side(struct side side) {
  OK(mcpe_connection_free(side.connection));
  OK(mcpe_decoder_free(side.decoder));
  OK(mcpe_buffer_free(side.buffer));
}

// What one side has to say goes to the decoder of the other.
static void carry(struct side from, struct side to) {
  mcpe_transmit transmit;
  mcpe_str pieces[4];
  size_t count;
  while (mcpe_connection_poll_transmit(from.connection, from.buffer, &transmit) == MCPE_OK) {
    CHECK(transmit.stream == MCPE_STREAM_MAIN && transmit.fin == MCPE_FIN_OPEN);
  }
  while (mcpe_buffer_pieces(from.buffer, pieces, 4, sizeof(mcpe_str), &count) == MCPE_OK) {
    for (size_t at = 0; at < count; at++) {
      OK(mcpe_decoder_feed(to.decoder, (const uint8_t *)pieces[at].ptr, pieces[at].len));
      OK(mcpe_buffer_consume(from.buffer, pieces[at].len));
      mcpe_status took;
      while ((took = mcpe_connection_receive_next(to.connection, MCPE_STREAM_MAIN, to.decoder, NOW)) != MCPE_NOTHING) {
        // The end of a subscription is told twice on a byte stream, and the second time it is known.
        CHECK(took == MCPE_OK || (took == MCPE_ERR_PEER && strstr(mcpe_error_message(), "cancel-unknown")));
      }
    }
  }
}

static mcpe_event next(struct side side, uint32_t kind) {
  mcpe_event event;
  OK(mcpe_connection_poll_event(side.connection, &event));
  CHECK(event.kind == kind);
  return event;
}

static void nothing_more(struct side side) {
  mcpe_event event;
  IS(MCPE_NOTHING, mcpe_connection_poll_event(side.connection, &event));
}

static int64_t ask(struct side side, const char *method, mcpe_str params) {
  mcpe_request request = {.size = sizeof request, .method = mcpe_text(method), .params = params, .wants_progress = 1,
                          .idle_ns = 5000000000, .total_ns = MCPE_FOREVER};
  int64_t id = 0;
  OK(mcpe_connection_request(side.connection, &request, NOW, &id));
  return id;
}

static void answer(struct side side, mcpe_id id, mcpe_reply reply) {
  uint32_t delivery = 0;
  reply.size = sizeof reply;
  OK(mcpe_connection_respond(side.connection, &id, &reply, NOW, &delivery));
  CHECK(delivery == MCPE_DELIVERY_QUEUED);
}

static void free_message(mcpe_event event) {
  OK(mcpe_message_free(event.message));
}

// A call with progress, and its answer.
static void a_tool_is_called(struct side client, struct side server) {
  int64_t id = ask(client, "tools/call", S("{\"name\":\"echo\"}"));
  double total = 4;
  uint32_t delivery = 0, is_wanted = 0;
  mcpe_call call;
  mcpe_call_result result;
  mcpe_block block;
  size_t count;
  carry(client, server);
  mcpe_event asked = next(server, MCPE_EVENT_REQUEST);
  OK(mcpe_message_call(asked.message, &call));
  CHECK(same(call.name, "echo") && asked.id.tag == MCPE_TAG_INTEGER && asked.id.integer == id);
  OK(mcpe_connection_is_wanted(server.connection, &asked.id, &is_wanted));
  CHECK(is_wanted == 1);
  OK(mcpe_connection_progress(server.connection, &asked.id, 1, &total, T("working"), &delivery));
  CHECK(delivery == MCPE_DELIVERY_QUEUED);
  IS(MCPE_ERR_MISUSE, mcpe_connection_progress(server.connection, &asked.id, 1, NULL, NULL, 0, &delivery));
  carry(server, client);
  mcpe_event far = next(client, MCPE_EVENT_PROGRESS);
  CHECK(far.id.integer == id);
  free_message(far);
  answer(server, asked.id, (mcpe_reply){.kind = MCPE_REPLY_TEXT, .text = S("hello")});
  OK(mcpe_connection_is_wanted(server.connection, &asked.id, &is_wanted));
  CHECK(is_wanted == 0);
  free_message(asked);
  carry(server, client);
  mcpe_event answered = next(client, MCPE_EVENT_RESPONSE);
  CHECK(answered.id.integer == id);
  OK(mcpe_message_call_result(answered.message, &result));
  OK(mcpe_message_blocks(answered.message, 0, &block, 1, sizeof block, &count));
  CHECK(!result.is_error && same(block.text, "hello"));
  free_message(answered);
}

// Each kind of answer.
static void answers_are_of_every_kind(struct side client, struct side server) {
  mcpe_message relayed;
  mcpe_reply replies[] = {
      {.kind = MCPE_REPLY_TEXT_ERROR, .text = S("failed")},
      {.kind = MCPE_REPLY_RESULT, .json = S("{\"content\":[]}")},
      {.kind = MCPE_REPLY_ERROR, .code = -32602, .text = S("no"), .json = S("[1]")},
      {.kind = MCPE_REPLY_RELAY},
      {.kind = MCPE_REPLY_CAPABILITY_REQUIRED, .capabilities = MCPE_CAPABILITY_ROOTS},
  };
  // A large result is passed on without a copy.
  static char text[40000];
  size_t len = (size_t)snprintf(text, sizeof text, "{\"jsonrpc\":\"2.0\",\"id\":\"other\",\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"");
  memset(text + len, 'x', 30000);
  strcpy(text + len + 30000, "\"}]}}");
  OK(mcpe_message_parse(text, strlen(text), &relayed));
  replies[3].message = relayed;
  for (size_t at = 0; at < sizeof replies / sizeof *replies; at++) {
    ask(client, "tools/call", S("{\"name\":\"echo\"}"));
    carry(client, server);
    mcpe_event asked = next(server, MCPE_EVENT_REQUEST);
    answer(server, asked.id, replies[at]);
    free_message(asked);
    carry(server, client);
    mcpe_event answered = next(client, MCPE_EVENT_RESPONSE);
    mcpe_str bytes;
    OK(mcpe_message_bytes(answered.message, &bytes));
    CHECK(at != 0 || has(bytes, "\"isError\":true"));
    CHECK(at != 2 || has(bytes, "-32602"));
    CHECK(at != 3 || (bytes.len > 30000 && has(bytes, "xxx\"}]")));
    free_message(answered);
  }
  OK(mcpe_message_free(relayed));
  mcpe_reply none = {.size = sizeof none, .kind = 99};
  mcpe_id id = {.tag = MCPE_TAG_INTEGER, .integer = 1};
  uint32_t delivery;
  IS(MCPE_ERR_VALUE, mcpe_connection_respond(server.connection, &id, &none, NOW, &delivery));
}

static void a_call_is_cancelled(struct side client, struct side server) {
  int64_t id = ask(client, "tools/call", S("{\"name\":\"echo\"}"));
  uint32_t delivery = 0;
  carry(client, server);
  mcpe_event asked = next(server, MCPE_EVENT_REQUEST);
  OK(mcpe_connection_cancel(client.connection, id, T("enough"), NOW));
  IS(MCPE_ERR_MISUSE, mcpe_connection_cancel(client.connection, id, NULL, 0, NOW));
  carry(client, server);
  mcpe_event cancelled = next(server, MCPE_EVENT_CANCELLED);
  CHECK(cancelled.id.integer == id);
  mcpe_reply reply = {.size = sizeof reply, .kind = MCPE_REPLY_TEXT, .text = S("late")};
  OK(mcpe_connection_respond(server.connection, &cancelled.id, &reply, NOW, &delivery));
  CHECK(delivery == MCPE_DELIVERY_DROPPED);
  free_message(cancelled);
  free_message(asked);
}

static void a_call_runs_out_of_time(struct side client, struct side server) {
  int64_t id = ask(client, "tools/call", S("{\"name\":\"echo\"}"));
  uint64_t due = 0;
  OK(mcpe_connection_poll_timeout(client.connection, &due));
  CHECK(due == NOW.mono_ns + 5000000000);
  mcpe_now late = {due, 0};
  OK(mcpe_connection_handle_timeout(client.connection, late));
  mcpe_event failed = next(client, MCPE_EVENT_FAILED);
  CHECK(failed.id.integer == id && failed.reason == MCPE_REASON_TIMED_OUT && failed.message.generation == 0);
  IS(MCPE_NOTHING, mcpe_connection_poll_timeout(client.connection, &due));
  carry(client, server);
  mcpe_event asked = next(server, MCPE_EVENT_REQUEST);
  free_message(next(server, MCPE_EVENT_CANCELLED));
  free_message(asked);
}

// What only sessions have: the server asks and tells of its own accord.
static void a_server_of_a_session_asks_and_tells(struct side client, struct side server) {
  uint32_t delivery = 0;
  mcpe_change change = {.size = sizeof change, .kind = MCPE_CHANGE_TOOLS};
  OK(mcpe_connection_log(server.connection, MCPE_LEVEL_ERROR, T("here"), T("\"it burns\""), NULL, &delivery));
  OK(mcpe_connection_publish(server.connection, &change));
  change.kind = MCPE_CHANGE_TASK;
  change.name = S("t");
  change.json = S("{}");
  IS(MCPE_ERR_MISUSE, mcpe_connection_publish(server.connection, &change));
  OK(mcpe_connection_notify(server.connection, T("notifications/prompts/list_changed"), NULL, 0, NULL));
  ask(server, "roots/list", (mcpe_str){NULL, 0});
  carry(server, client);
  for (int at = 0; at < 3; at++) free_message(next(client, MCPE_EVENT_NOTIFICATION));
  mcpe_event asked = next(client, MCPE_EVENT_REQUEST);
  answer(client, asked.id, (mcpe_reply){.kind = MCPE_REPLY_RESULT, .json = S("{\"roots\":[]}")});
  free_message(asked);
  carry(client, server);
  free_message(next(server, MCPE_EVENT_RESPONSE));
  ask(client, "resources/subscribe", S("{\"uri\":\"a:b\"}"));
  carry(client, server);
  free_message(next(server, MCPE_EVENT_SUBSCRIBED));
  carry(server, client);
  free_message(next(client, MCPE_EVENT_RESPONSE));
}

// What only the modern era has: input by coming again, and subscriptions.
static void a_modern_server_is_asked_again_and_listened_to(struct side client, struct side server) {
  const mcpe_str WANTED = S("{\"r\":{\"method\":\"roots/list\"}}");
  mcpe_request request = {.size = sizeof request, .method = S("tools/call"), .params = S("{\"name\":\"echo\"}"), .level = MCPE_LEVEL_INFO};
  int64_t id = 0, again = 0;
  uint32_t delivery = 0;
  OK(mcpe_connection_request(client.connection, &request, NOW, &id));
  carry(client, server);
  mcpe_event asked = next(server, MCPE_EVENT_REQUEST);
  CHECK(asked.level == MCPE_LEVEL_INFO && (asked.capabilities & MCPE_CAPABILITY_ROOTS));
  OK(mcpe_connection_log(server.connection, MCPE_LEVEL_DEBUG, NULL, 0, T("1"), &asked.id, &delivery));
  CHECK(delivery == MCPE_DELIVERY_DROPPED);
  answer(server, asked.id, (mcpe_reply){.kind = MCPE_REPLY_INPUT_REQUIRED, .json = WANTED, .text = S("state")});
  free_message(asked);
  carry(server, client);
  mcpe_event wanted = next(client, MCPE_EVENT_INPUT_REQUIRED);
  OK(mcpe_connection_retry(client.connection, &request, wanted.message, T("{\"r\":{\"roots\":[]}}"), NOW, &again));
  CHECK(again != id);
  free_message(wanted);
  carry(client, server);
  asked = next(server, MCPE_EVENT_REQUEST);
  mcpe_str bytes;
  OK(mcpe_message_bytes(asked.message, &bytes));
  CHECK(has(bytes, "\"requestState\":\"state\""));
  answer(server, asked.id, (mcpe_reply){.kind = MCPE_REPLY_TEXT, .text = S("done")});
  free_message(asked);
  carry(server, client);
  free_message(next(client, MCPE_EVENT_RESPONSE));

  OK(mcpe_connection_listen(client.connection, T("{\"toolsListChanged\":true}"), NOW, &id));
  carry(client, server);
  mcpe_event subscribed = next(server, MCPE_EVENT_SUBSCRIBED);
  mcpe_change change = {.size = sizeof change, .kind = MCPE_CHANGE_TOOLS};
  OK(mcpe_connection_publish(server.connection, &change));
  OK(mcpe_connection_end_subscription(server.connection, &subscribed.id));
  IS(MCPE_ERR_MISUSE, mcpe_connection_end_subscription(server.connection, &subscribed.id));
  free_message(subscribed);
  carry(server, client);
  free_message(next(client, MCPE_EVENT_LISTENING));
  mcpe_event told = next(client, MCPE_EVENT_NOTIFICATION);
  CHECK(told.subscription.integer == id);
  free_message(told);
  mcpe_event ended = next(client, MCPE_EVENT_LISTENING_ENDED);
  CHECK(ended.reason == MCPE_REASON_SERVER);
  free_message(ended);
}

static void the_peer_is_known(struct side client, uint32_t revision) {
  mcpe_standing standing;
  char text[256];
  size_t written = 0;
  OK(mcpe_connection_standing(client.connection, &standing));
  CHECK(standing.revision == revision && standing.closed == 0 && standing.own_requests == 0);
  CHECK(standing.era == (revision == MCPE_REVISION_2026_07_28 ? MCPE_ERA_MODERN : MCPE_ERA_LEGACY));
  CHECK(standing.peer_capabilities & MCPE_CAPABILITY_TOOLS);
  OK(mcpe_connection_peer(client.connection, MCPE_PEER_IMPLEMENTATION, mcpe_to_memory(text, sizeof text), &written));
  CHECK(has((mcpe_str){text, written}, "\"name\":\"server\""));
  OK(mcpe_connection_peer(client.connection, MCPE_PEER_CAPABILITIES, mcpe_to_memory(text, sizeof text), &written));
  OK(mcpe_connection_peer(client.connection, MCPE_PEER_INSTRUCTIONS, mcpe_to_memory(text, sizeof text), &written));
  CHECK(same((mcpe_str){text, written}, "be kind"));
  IS(MCPE_ERR_VALUE, mcpe_connection_peer(client.connection, 9, mcpe_to_memory(text, sizeof text), &written));
  mcpe_message none = {0, 0};
  mcpe_status settings = mcpe_connection_extension(client.connection, T("com.example/x"), none, mcpe_to_memory(text, sizeof text), &written);
  if (revision == MCPE_REVISION_2026_07_28) {
    CHECK(settings == MCPE_OK && same((mcpe_str){text, written}, "{\"a\":1}"));
  } else {
    CHECK(settings == MCPE_ERR_INCOMPATIBLE);
  }
}

static void they_talk(uint32_t revision) {
  static int one = 1;
  mcpe_config server_config = {
      .size = sizeof server_config, .role = MCPE_ROLE_SERVER, .name = S("server"), .version = S("1"), .instructions = S("be kind"),
      .capabilities = S("{\"tools\":{\"listChanged\":true},\"prompts\":{\"listChanged\":true},\"resources\":{\"subscribe\":true},\"logging\":{},"
                        "\"extensions\":{\"com.example/x\":{\"a\":1}}}"),
      .revisions = 1u << revision, .userdata = &one, .destroy = destroy};
  mcpe_config client_config = {
      .size = sizeof client_config, .role = MCPE_ROLE_CLIENT, .implementation = S("{\"name\":\"client\",\"version\":\"1\"}"),
      .capabilities = S("{\"roots\":{},\"extensions\":{\"com.example/x\":{}}}"), .known_revision = revision};
  struct side server = open_side(&server_config), client = open_side(&client_config);
  void *userdata = NULL;
  mcpe_counters counters;
  OK(mcpe_connection_userdata(server.connection, &userdata));
  CHECK(userdata == &one);
  OK(mcpe_connection_start(client.connection, NOW));
  IS(MCPE_ERR_MISUSE, mcpe_connection_start(server.connection, NOW));
  for (int round = 0; round < 3; round++) {
    carry(client, server);
    carry(server, client);
  }
  mcpe_event ready = next(client, MCPE_EVENT_READY);
  CHECK(ready.revision == revision);
  if (revision != MCPE_REVISION_2026_07_28) {
    CHECK(next(server, MCPE_EVENT_READY).revision == revision);
  }
  IS(MCPE_ERR_MISUSE, mcpe_connection_fall_back(client.connection, NOW));
  the_peer_is_known(client, revision);
  a_tool_is_called(client, server);
  answers_are_of_every_kind(client, server);
  a_call_is_cancelled(client, server);
  a_call_runs_out_of_time(client, server);
  if (revision == MCPE_REVISION_2026_07_28) {
    a_modern_server_is_asked_again_and_listened_to(client, server);
  } else {
    a_server_of_a_session_asks_and_tells(client, server);
  }
  nothing_more(client);
  nothing_more(server);
  OK(mcpe_connection_counters(client.connection, &counters));
  CHECK(counters.responses > 3);

  // A client that is closed, and a server whose client is gone.
  int64_t id = ask(client, "tools/list", (mcpe_str){NULL, 0});
  OK(mcpe_connection_close(client.connection));
  mcpe_event failed = next(client, MCPE_EVENT_FAILED);
  CHECK(failed.reason == MCPE_REASON_LOCAL && failed.id.integer == id);
  CHECK(next(client, MCPE_EVENT_CLOSED).reason == MCPE_REASON_LOCAL);
  OK(mcpe_connection_peer_closed(server.connection));
  CHECK(next(server, MCPE_EVENT_CLOSED).reason == MCPE_REASON_PEER);
  int before = destroyed;
  close_side(client);
  close_side(server);
  CHECK(destroyed == before + 1);
}

static void a_refused_message_is_answered_and_harms_nothing(void) {
  mcpe_config config = {.size = sizeof config, .role = MCPE_ROLE_SERVER, .name = S("s"), .version = S("1")};
  struct side server = open_side(&config);
  mcpe_transmit transmit;
  mcpe_message message;
  OK(mcpe_decoder_feed(server.decoder, (const uint8_t *)"{]\n", 3));
  OK(mcpe_decoder_next(server.decoder, &message));
  OK(mcpe_connection_receive(server.connection, MCPE_STREAM_MAIN, message, NOW));
  OK(mcpe_message_free(message));
  OK(mcpe_connection_poll_transmit(server.connection, server.buffer, &transmit));
  CHECK(has(all_of(server.buffer), "-32700") && transmit.len == all_of(server.buffer).len);
  OK(mcpe_buffer_clear(server.buffer));
  OK(mcpe_message_parse(T("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}"), &message));
  IS(MCPE_ERR_PEER, mcpe_connection_receive(server.connection, MCPE_STREAM_MAIN, message, NOW));
  OK(mcpe_message_free(message));
  OK(mcpe_connection_poll_transmit(server.connection, server.buffer, &transmit));
  close_side(server);
}

// Over HTTP each request has a stream, which ends.
static void streams_of_http_end(void) {
  mcpe_config config = {.size = sizeof config, .role = MCPE_ROLE_SERVER, .topology = MCPE_TOPOLOGY_HTTP, .name = S("s"), .version = S("1")};
  struct side server = open_side(&config);
  mcpe_transmit transmit;
  mcpe_message message;
  OK(mcpe_message_parse(T("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\","
                          "\"capabilities\":{},\"clientInfo\":{\"name\":\"c\",\"version\":\"1\"}}}"), &message));
  OK(mcpe_connection_receive(server.connection, 7, message, NOW));
  OK(mcpe_message_free(message));
  OK(mcpe_connection_poll_transmit(server.connection, server.buffer, &transmit));
  CHECK(transmit.stream == 7 && transmit.fin == MCPE_FIN_END);
  OK(mcpe_connection_set_standalone(server.connection, 8));
  OK(mcpe_connection_set_standalone(server.connection, MCPE_STREAM_OWN));
  OK(mcpe_connection_stream_closed(server.connection, 7, NOW));
  close_side(server);
  config.role = 0;
  IS(MCPE_ERR_VALUE, mcpe_connection_new(&config, &server.connection));
  config.role = MCPE_ROLE_CLIENT;
  config.topology = MCPE_TOPOLOGY_DUPLEX;
  struct side client = open_side(&config);
  OK(mcpe_connection_start(client.connection, NOW));
  OK(mcpe_connection_fall_back(client.connection, NOW));
  close_side(client);
}

#define META "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":" \
  "{\"extensions\":{\"com.example/x\":{\"b\":2}}},\"io.modelcontextprotocol/logLevel\":\"info\",\"progressToken\":5}"

static mcpe_accepted accept(mcpe_endpoint endpoint, const char *text, mcpe_buffer buffer) {
  mcpe_message message;
  mcpe_accepted accepted;
  size_t written;
  OK(mcpe_message_parse(text, strlen(text), &message));
  OK(mcpe_endpoint_accept(endpoint, message, buffer, &accepted, &written));
  OK(mcpe_message_free(message));
  return accepted;
}

static void an_exchange_is_answered(mcpe_endpoint endpoint, mcpe_buffer buffer) {
  mcpe_accepted accepted = accept(endpoint, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"x\"," META "}}", buffer);
  CHECK(accepted.kind == MCPE_ACCEPTED_EXCHANGE);
  mcpe_exchange exchange = accepted.exchange;
  mcpe_message message;
  mcpe_terms terms;
  uint32_t delivery = 0;
  int64_t code = 5;
  size_t written = 0;
  double total = 2;
  char text[64];
  OK(mcpe_exchange_message(exchange, &message));
  OK(mcpe_message_free(message));
  OK(mcpe_exchange_terms(exchange, &terms));
  CHECK(terms.revision == MCPE_REVISION_2026_07_28 && terms.level == MCPE_LEVEL_INFO);
  OK(mcpe_exchange_extension(exchange, T("com.example/x"), mcpe_to_memory(text, sizeof text), &written));
  CHECK(same((mcpe_str){text, written}, "{\"b\":2}"));
  OK(mcpe_exchange_progress(exchange, 1, &total, T("on"), buffer, &delivery, &written));
  OK(mcpe_exchange_log(exchange, MCPE_LEVEL_ERROR, NULL, 0, T("{}"), buffer, &delivery, &written));
  OK(mcpe_exchange_notify(exchange, T("x/y"), T("{\"z\":1}"), buffer, &written));
  CHECK(delivery == MCPE_DELIVERY_QUEUED && has(all_of(buffer), "\"progress\":1") && has(all_of(buffer), "\"z\":1"));
  OK(mcpe_buffer_clear(buffer));
  mcpe_reply reply = {.size = sizeof reply, .kind = MCPE_REPLY_TEXT, .text = S("hello")};
  OK(mcpe_exchange_respond(exchange, &reply, buffer, &code, &written));
  CHECK(code == 0 && has(all_of(buffer), "\"resultType\":\"complete\""));
  IS(MCPE_ERR_MISUSE, mcpe_exchange_respond(exchange, &reply, buffer, &code, &written));
  OK(mcpe_buffer_clear(buffer));
  OK(mcpe_exchange_free(exchange));
}

static void a_subscription_is_told(mcpe_endpoint endpoint, mcpe_buffer buffer) {
  mcpe_accepted accepted = accept(endpoint,
      "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"subscriptions/listen\",\"params\":{\"notifications\":{\"toolsListChanged\":true}," META "}}", buffer);
  CHECK(accepted.kind == MCPE_ACCEPTED_LISTENING);
  mcpe_change change = {.size = sizeof change, .kind = MCPE_CHANGE_TOOLS};
  mcpe_target to = mcpe_to_buffer(buffer);
  mcpe_message message;
  size_t written;
  OK(mcpe_listening_message(accepted.listening, &message));
  OK(mcpe_message_free(message));
  OK(mcpe_listening_acknowledge(accepted.listening, to, &written));
  OK(mcpe_listening_tell(accepted.listening, &change, to, &written));
  CHECK(has(all_of(buffer), "list_changed"));
  change.kind = MCPE_CHANGE_RESOURCE;
  change.name = S("a:b");
  IS(MCPE_NOTHING, mcpe_listening_tell(accepted.listening, &change, to, &written));
  OK(mcpe_listening_end(accepted.listening, to, &written));
  OK(mcpe_buffer_clear(buffer));
  OK(mcpe_listening_free(accepted.listening));
}

static void requests_that_stand_alone_are_answered(void) {
  static int ten = 10;
  mcpe_config config = {.size = sizeof config, .role = MCPE_ROLE_SERVER, .name = S("s"), .version = S("1"), .userdata = &ten, .destroy = destroy,
                        .capabilities = S("{\"tools\":{\"listChanged\":true},\"logging\":{},\"extensions\":{\"com.example/x\":{}}}")};
  mcpe_endpoint first, endpoint;
  mcpe_buffer buffer;
  int before = destroyed;
  OK(mcpe_endpoint_new(&config, &first));
  OK(mcpe_endpoint_clone(first, &endpoint));
  OK(mcpe_endpoint_free(first));
  CHECK(destroyed == before + 10);
  OK(mcpe_buffer_new(MCPE_FRAMING_BARE, &buffer));
  an_exchange_is_answered(endpoint, buffer);
  a_subscription_is_told(endpoint, buffer);
  mcpe_accepted accepted = accept(endpoint, "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/call\",\"params\":{\"name\":\"x\"}}", buffer);
  CHECK(accepted.kind == MCPE_ACCEPTED_ANSWERED && accepted.code == -32602 && has(all_of(buffer), "-32602"));
  accepted = accept(endpoint, "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{}}", buffer);
  CHECK(accepted.kind == MCPE_ACCEPTED_REFUSED && accepted.status == MCPE_ERR_PEER);
  accepted = accept(endpoint, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}", buffer);
  CHECK(accepted.kind == MCPE_ACCEPTED_NOTIFICATION);
  OK(mcpe_buffer_free(buffer));
  OK(mcpe_endpoint_free(endpoint));
  config.role = MCPE_ROLE_CLIENT;
  IS(MCPE_ERR_MISUSE, mcpe_endpoint_new(&config, &endpoint));
  CHECK(destroyed == before + 20);
}

static void answers_are_cached(void) {
  mcpe_cache_limits limits = {.size = sizeof limits, .entries = 4};
  mcpe_cache cache;
  mcpe_message answer, found;
  const uint8_t *alice = (const uint8_t *)"alice";
  size_t len = 0;
  OK(mcpe_cache_new(&limits, &cache));
  OK(mcpe_message_parse(T("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"resultType\":\"complete\",\"tools\":[],\"ttlMs\":1000,\"cacheScope\":\"private\"}}"), &answer));
  OK(mcpe_cache_store(cache, MCPE_METHOD_LIST_TOOLS, T("{}"), alice, 5, answer, NOW));
  OK(mcpe_cache_look_up(cache, MCPE_METHOD_LIST_TOOLS, NULL, 0, alice, 5, NOW, &found));
  OK(mcpe_message_free(found));
  IS(MCPE_NOTHING, mcpe_cache_look_up(cache, MCPE_METHOD_LIST_TOOLS, NULL, 0, alice, 3, NOW, &found));
  IS(MCPE_NOTHING, mcpe_cache_store(cache, MCPE_METHOD_CALL_TOOL, NULL, 0, alice, 5, answer, NOW));
  OK(mcpe_cache_len(cache, &len));
  CHECK(len == 1);
  mcpe_message changed;
  OK(mcpe_message_parse(T("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}"), &changed));
  OK(mcpe_cache_invalidate(cache, changed));
  OK(mcpe_cache_len(cache, &len));
  CHECK(len == 0);
  OK(mcpe_cache_store(cache, MCPE_METHOD_LIST_TOOLS, T("{}"), alice, 5, answer, NOW));
  OK(mcpe_cache_forget(cache, MCPE_METHOD_LIST_TOOLS));
  IS(MCPE_NOTHING, mcpe_cache_look_up(cache, MCPE_METHOD_LIST_TOOLS, NULL, 0, alice, 5, NOW, &found));
  IS(MCPE_ERR_VALUE, mcpe_cache_forget(cache, 0));
  OK(mcpe_message_free(changed));
  OK(mcpe_message_free(answer));
  OK(mcpe_cache_free(cache));
}

int main(void) {
  for (uint32_t revision = MCPE_REVISION_2024_11_05; revision <= MCPE_REVISION_2026_07_28; revision++) they_talk(revision);
  a_refused_message_is_answered_and_harms_nothing();
  streams_of_http_end();
  requests_that_stand_alone_are_answered();
  answers_are_cached();
  NONE_LEFT(connection);
  NONE_LEFT(endpoint);
  NONE_LEFT(exchange);
  NONE_LEFT(listening);
  NONE_LEFT(cache);
  NONE_LEFT(message);
  NONE_LEFT(buffer);
  return 0;
}
