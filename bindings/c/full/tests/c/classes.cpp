// The classes for C++: a server of lambdas, a client of it, and a pool.
#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "left.h"
#include "mcp_engine.hpp"

#define CHECK(what)                                                                                        \
  do {                                                                                                     \
    if (!(what)) {                                                                                         \
      std::fprintf(stderr, "%s:%d: not so: %s (%s)\n", __FILE__, __LINE__, #what, mcpe_error_message()); \
      std::exit(1);                                                                                        \
    }                                                                                                      \
  } while (0)

// The value of a result, in both forms of the header.
#ifdef MCPE_NO_EXCEPTIONS
template <class T>
static T must(mcpe::result<T> given) {
  CHECK(given);
  return std::move(*given);
}
#else
template <class T>
static T must(T given) {
  return given;
}
#endif

static void fails(const mcpe::client &client, const char *tool) {
#ifdef MCPE_NO_EXCEPTIONS
  auto called = client.call_tool(tool, "{}");
  CHECK(!called && called.why() == MCPE_ERR_REFUSED);
#else
  try {
    (void)client.call_tool(tool, "{}");
    CHECK(false);
  } catch (const mcpe::error &error) {
    CHECK(error.why() == MCPE_ERR_REFUSED);
  }
#endif
}

static bool has(const std::string &text, const char *part) { return text.find(part) != std::string::npos; }

static void they_work_together() {
  auto server = must(mcpe::server::make("classes", "1"));
  must(server.add_tool("shout", "Shouts.", "{\"type\":\"object\"}", [](mcpe::responder responder, std::string_view, std::string_view arguments) {
    CHECK(!must(responder.is_cancelled()));
    must(responder.progress(1, 2, "half"));
#ifdef MCPE_NO_EXCEPTIONS
    CHECK(responder.reply("no JSON").why() == MCPE_ERR_JSON);
#else
    try {
      (void)responder.reply("no JSON");
      CHECK(false);
    } catch (const mcpe::error &error) {
      CHECK(error.why() == MCPE_ERR_JSON);
    }
#endif
    must(responder.reply_text(std::string(arguments) + "!"));
  }));
  must(server.add_tool("forget", "Forgets.", "{\"type\":\"object\"}", [](mcpe::responder, std::string_view, std::string_view) {
#ifndef MCPE_NO_EXCEPTIONS
    throw 1;
#endif
  }));
  must(server.add_resource("notes://today", "A note.", [](mcpe::responder responder, std::string_view uri, std::string_view) {
    must(responder.reply("{\"contents\":[{\"uri\":\"" + std::string(uri) + "\",\"text\":\"milk\"}]}"));
  }));
  must(server.add_resource_template("notes://days/{day}", "Notes.", [](mcpe::responder responder, std::string_view, std::string_view) {
    must(responder.fail(-32002, "there is no such day"));
  }));
  must(server.add_prompt("greet", "Greets.", "{}", [](mcpe::responder responder, std::string_view, std::string_view) {
    must(responder.reply("{\"messages\":[]}"));
  }));
  std::string url = must(server.serve_http());
  auto client = must(mcpe::client::url(url));
  CHECK(has(must(client.server()), "classes"));
  CHECK(has(must(client.list_tools()), "shout") && has(must(client.list_prompts()), "greet"));
  CHECK(has(must(client.list_resources()), "today") && has(must(client.list_resource_templates()), "{day}"));
  CHECK(has(must(client.call_tool("shout", "{\"a\":1}")), "!"));
  fails(client, "forget");
  CHECK(has(must(client.read_resource("notes://today")), "milk"));
  CHECK(has(must(client.get_prompt("greet", "{}")), "messages"));
  CHECK(has(must(client.request("tools/list", "{}")), "shout"));
  must(client.ping());
  CHECK(must(client.cancel(5)) == 0);
  must(client.close());
  must(server.stop());
  must(server.wait());
  std::atomic<int> ran{0};
  auto pool = must(mcpe::pool::make());
  for (int at = 0; at < 10; at++) must(pool.submit([&ran] { ran++; }));
  must(pool.wait());
  CHECK(ran == 10);
}

int main() {
  they_work_together();
  NONE_LEFT(client);
  NONE_LEFT(server);
  NONE_LEFT(pool);
}
