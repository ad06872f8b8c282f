// The face for C++: handles free themselves and move, texts are views, and failures come as exceptions or as results.
#include <cstdio>
#include <cstdlib>
#include <type_traits>

#include "left.h"
#include "mcp_engine.hpp"

#define CHECK(what)                                                                                        \
  do {                                                                                                     \
    if (!(what)) {                                                                                         \
      std::fprintf(stderr, "%s:%d: not so: %s (%s)\n", __FILE__, __LINE__, #what, mcpe_error_message()); \
      std::exit(1);                                                                                        \
    }                                                                                                      \
  } while (0)

static_assert(!std::is_copy_constructible_v<mcpe::decoder> && std::is_nothrow_move_constructible_v<mcpe::decoder>, "handles move");

static const char *const CALL = R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"ec\u0068o"}})";

#ifdef MCPE_NO_EXCEPTIONS

static void failures_are_results() {
  auto message = mcpe::message::parse("{");
  CHECK(!message && message.why() == MCPE_ERR_JSON);
  auto sound = mcpe::message::parse(CALL);
  CHECK(sound && sound.why() == MCPE_OK);
  auto call = sound->call();
  CHECK(call && *call && *mcpe::unescape((*call)->name) == "echo");
  auto none = sound->error_object();
  CHECK(none && !*none);
}

int main() {
  failures_are_results();
  NONE_LEFT(message);
}

#else

static void failures_are_exceptions() {
  try {
    (void)mcpe::message::parse("{");
    CHECK(false);
  } catch (const mcpe::error &error) {
    CHECK(error.why() == MCPE_ERR_JSON && std::string(error.what()).find("byte 1") != std::string::npos);
  }
}

static void handles_free_themselves_and_move() {
  mcpe_message freed;
  {
    mcpe::message one = mcpe::message::parse(CALL), other = std::move(one);
    CHECK(!one && other && one.verdict() == MCPE_ERR_HANDLE);
    freed = other.get();
    one = std::move(other);
    CHECK(mcpe_message_verdict(freed) == MCPE_OK && one.get().slot == freed.slot);
  }
  CHECK(mcpe_message_verdict(freed) == MCPE_ERR_HANDLE);
}

static void texts_are_views() {
  mcpe::message message = mcpe::message::parse(CALL);
  CHECK(message.text() == CALL && message.index().method_id == MCPE_METHOD_CALL_TOOL);
  CHECK(*message.part(MCPE_PART_NAME) == R"("ec\u0068o")" && !message.part(MCPE_PART_AUX));
  CHECK(mcpe::unescape(message.call()->name) == "echo");
  CHECK(*mcpe::member(R"({"a":[1]})", "a") == "[1]");
  mcpe::decoder decoder = mcpe::decoder::make();
  decoder.feed(std::string(CALL) + "\n" + CALL + "\n");
  mcpe_item items[4];
  CHECK(decoder.drain({items, 4}).size() == 2 && decoder.drain({items, 4}).empty());
}

static void json_is_read_and_written() {
  const std::string_view json = R"({"a":[1,-2.5,true,"\u00e9"]})";
  auto array = *mcpe::member(json, "a");
  CHECK(*mcpe::integer_of(*mcpe::element(array, 0)) == 1 && !mcpe::integer_of(*mcpe::element(array, 1)));
  CHECK(*mcpe::number_of(*mcpe::element(array, 1)) == -2.5 && !mcpe::number_of(json));
  CHECK(*mcpe::boolean_of(*mcpe::element(array, 2)) && !mcpe::boolean_of(array));
  CHECK(*mcpe::text_of(*mcpe::element(array, 3)) == "\u00e9" && !mcpe::text_of(array) && !mcpe::element(array, 4));
  CHECK(mcpe::escape(std::string_view("a\"\0", 3)) == R"("a\"\u0000")" && mcpe::escape("") == R"("")");
  CHECK(*mcpe::text_of(R"("")") == "");
}

static void carry(mcpe::connection &from, mcpe::connection &to, mcpe::decoder &decoder) {
  mcpe::buffer buffer = mcpe::buffer::make();
  while (from.poll_transmit(buffer)) {
  }
  while (buffer.size()) {
    decoder.feed(buffer.front());
    buffer.consume(buffer.front().size());
  }
  while (to.receive_next(decoder, {})) {
  }
}

static void two_sides_talk() {
  auto config = mcpe::options<mcpe_config>();
  config.role = MCPE_ROLE_SERVER;
  config.name = mcpe::str("s");
  config.version = mcpe::str("1");
  config.capabilities = mcpe::str(R"({"tools":{}})");
  mcpe::connection server = mcpe::connection::make(config);
  config.role = MCPE_ROLE_CLIENT, config.capabilities = mcpe::str(R"({"roots":{}})");
  mcpe::connection client = mcpe::connection::make(config);
  mcpe::decoder up = mcpe::decoder::make(), down = mcpe::decoder::make();
  client.start({});
  carry(client, server, up);
  carry(server, client, down);
  CHECK(client.poll_event()->kind() == MCPE_EVENT_READY && client.standing().era == MCPE_ERA_MODERN);
  auto asked = client.ask("tools/call", R"({"name":"echo"})", {});
  carry(client, server, up);
  auto request = server.poll_event();
  CHECK(request && server.respond_text(request->what.id, "hello", {}));
  carry(server, client, down);
  auto answer = client.poll_event();
  CHECK(answer->what.id.integer == asked && mcpe::view(answer->content.blocks()[0].text) == "hello");
  std::uint32_t delivery = 0;
  auto wanted = mcpe::options<mcpe_request>();
  wanted.method = mcpe::str("tools/call"), wanted.params = mcpe::str(R"({"name":"ask"})"), wanted.wants_progress = 1;
  client.ask(wanted, {});
  carry(client, server, up);
  request = server.poll_event();
  CHECK(mcpe_connection_progress(server.get(), &request->what.id, 1, nullptr, nullptr, 0, &delivery) == MCPE_OK);
  auto input = mcpe::options<mcpe_reply>();
  input.kind = MCPE_REPLY_INPUT_REQUIRED, input.json = mcpe::str(R"({"r":{"method":"roots/list"}})");
  CHECK(server.respond(request->what.id, input, {}));
  carry(server, client, down);
  answer = client.poll_event();
  CHECK(answer->kind() == MCPE_EVENT_PROGRESS && answer->content.progress()->progress == 1);
  answer = client.poll_event();
  CHECK(answer->kind() == MCPE_EVENT_INPUT_REQUIRED && !answer->content.progress());
  client.retry(wanted, answer->content, R"({"r":{"roots":[]}})", {});
  carry(client, server, up);
  request = server.poll_event();
  CHECK(request->kind() == MCPE_EVENT_REQUEST && request->content.part(MCPE_PART_PAYLOAD)->find("inputResponses") != std::string_view::npos);
  mcpe::endpoint endpoint = mcpe::endpoint::make((config.role = MCPE_ROLE_SERVER, config));
  mcpe::buffer out = mcpe::buffer::make(MCPE_FRAMING_BARE);
  CHECK(endpoint.accept(mcpe::message::parse(CALL), out).what.kind == MCPE_ACCEPTED_ANSWERED);
}

static void tasks_run() {
  mcpe::scheduler scheduler = mcpe::scheduler::make();
  auto task = mcpe::options<mcpe_task>();
  task.key = scheduler.open_key();
  scheduler.submit(task, 0);
  scheduler.submit(task, 0);
  scheduler.complete(scheduler.poll_ready(0)->task, MCPE_COMPLETION_SUCCEEDED, 0);
  CHECK(scheduler.poll_event()->outcome == MCPE_OUTCOME_SUCCEEDED);
  CHECK(mcpe_permit_succeed(scheduler.permit(*scheduler.poll_ready(0)).release()) == MCPE_OK);
  CHECK(scheduler.collect(0) == 1);
}

int main() {
  failures_are_exceptions();
  handles_free_themselves_and_move();
  texts_are_views();
  json_is_read_and_written();
  two_sides_talk();
  tasks_run();
  NONE_LEFT(decoder);
  NONE_LEFT(message);
  NONE_LEFT(buffer);
  NONE_LEFT(connection);
  NONE_LEFT(endpoint);
  NONE_LEFT(scheduler);
  NONE_LEFT(permit);
}

#endif
