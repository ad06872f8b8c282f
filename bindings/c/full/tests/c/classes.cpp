// The classes for C++: a server of lambdas, a client of it, and a pool.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>

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

// What a peer has answered with, in both forms of the header.
static void says_why(const mcpe::client &client) {
#ifdef MCPE_NO_EXCEPTIONS
  CHECK(!client.call_tool("refuse", "{}"));
#else
  try {
    (void)client.call_tool("refuse", "{}");
    CHECK(false);
  } catch (const mcpe::refused &error) {
    CHECK(error.code() == 7 && error.message() == "\"no\"" && error.data() == "[1]" && error.why() == MCPE_ERR_REFUSED);
  }
#endif
  auto answer = mcpe::last_peer_error();
  CHECK(answer && answer->code == 7 && answer->message == "\"no\"" && answer->data == "[1]");
}

static bool has(const std::string &text, const char *part) { return text.find(part) != std::string::npos; }

// A tool that asks its client for everything.
static void interview(mcpe::responder responder, std::string_view, std::string_view) {
  CHECK(must(responder.asker()).capabilities & MCPE_CAPABILITY_ROOTS);
  must(responder.remember("kept", "[1]"));
  must(responder.want(MCPE_INPUT_ELICITATION, "who", "{\"message\":\"Who?\",\"requestedSchema\":{\"type\":\"object\",\"properties\":{}}}"));
  must(responder.want(MCPE_INPUT_SAMPLING, "what", "{\"messages\":[],\"maxTokens\":1}"));
  must(responder.want(MCPE_INPUT_ROOTS, "roots"));
  if (!must(responder.ask())) return;
  CHECK(!must(responder.input("nothing")) && *must(responder.input("kept")) == "[1]" && has(must(responder.params()), "interview"));
  must(responder.reply_text(*must(responder.input("who")) + *must(responder.input("what")) + *must(responder.input("roots"))));
}

// A client with functions that answer its server.
static void answers(std::string_view url, std::uint32_t revision) {
  std::promise<std::string> told;
  auto chosen = mcpe::options<mcpe_client_options>();
  chosen.url = mcpe::str(url);
  chosen.revisions = 1u << revision;
  chosen.tasks = 1;
  mcpe::client_handlers handlers;
  handlers.sampling = [](mcpe::responder responder, std::string_view, std::string_view) {
    must(responder.reply("{\"role\":\"assistant\",\"content\":{\"type\":\"text\",\"text\":\"Paris\"},\"model\":\"none\"}"));
  };
  handlers.elicitation = [](mcpe::responder responder, std::string_view, std::string_view) {
    must(responder.reply("{\"action\":\"accept\",\"content\":{\"name\":\"Ada\"}}"));
  };
  handlers.list_roots = [](mcpe::responder responder, std::string_view, std::string_view) {
    must(responder.reply("{\"roots\":[{\"uri\":\"file:///work\"}]}"));
  };
  handlers.notification = [&told](std::string_view method, std::string_view params) {
    if (has(std::string(method), "updated")) told.set_value(std::string(params));
  };
  auto client = must(mcpe::client::open(chosen, std::move(handlers)));
  CHECK(must(client.revision()) == revision && must(client.dropped()) == 0 && !must(client.standard_error()));
  std::string said = must(client.call_tool("interview", "{}"));
  CHECK(has(said, "Ada") && has(said, "Paris") && has(said, "file:///work"));
  must(client.roots_changed());
  must(client.subscribe("notes://today"));
  (void)must(client.call_tool("change", "{}"));
  CHECK(has(told.get_future().get(), "notes://today"));
  must(client.unsubscribe("notes://today"));
  CHECK(has(must(client.complete("{\"ref\":{\"type\":\"ref/prompt\",\"name\":\"greet\"},\"argument\":{\"name\":\"who\",\"value\":\"A\"}}")), "Ada"));
  std::promise<std::string> done;
  auto only_moved = std::make_unique<int>(1);
  must(client.call_tool_later("shout", "{}", [&done, own = std::move(only_moved)](mcpe_status status, std::string_view result) {
    CHECK(status == MCPE_OK && *own == 1);
    done.set_value(std::string(result));
  }));
  CHECK(has(done.get_future().get(), "!"));
  std::promise<mcpe_status> refused;
  must(client.request_later("tools/call", "{\"name\":\"nothing\"}", [&refused](mcpe_status status, std::string_view) { refused.set_value(status); }));
  CHECK(refused.get_future().get() == MCPE_ERR_REFUSED);
  auto task = must(client.start_tool("long", "{}"));
  CHECK(must(task.id()) && must(task.state()) >= MCPE_TASK_WORKING);
  CHECK(must(task.poll()) >= MCPE_TASK_WORKING && has(must(task.result()), "the task"));
  (void)must(task.message());
  std::promise<std::string> ended;
  must(task.result_later([&ended](mcpe_status status, std::string_view result) {
    CHECK(status == MCPE_OK);
    ended.set_value(std::string(result));
  }));
  CHECK(has(ended.get_future().get(), "the task"));
  CHECK(must(task.state()) == MCPE_TASK_COMPLETED);
  // In the older revision a task is asked for, and a tool that runs as none refused.
  if (revision == MCPE_REVISION_2025_11_25) return;
  auto plain = must(client.start_tool("shout", "{}"));
  CHECK(!must(plain.id()) && !must(plain.cancel()) && has(must(plain.result()), "!"));
}

// A function hears how far a call is, on the thread that waits; what it throws is not heard of.
static void hears_of_progress(const mcpe::client &client) {
  double last = 0;
  auto own = std::make_unique<int>(3);
  auto hear = [&last, own = std::move(own)](double progress, double total, std::string_view message) {
    CHECK(progress > last && total == *own && message == "step");
    last = progress;
#ifndef MCPE_NO_EXCEPTIONS
    throw 1;
#endif
  };
  CHECK(has(must(client.call_tool("steps", "", mcpe::options<mcpe_call_options>(), hear)), "done") && last == 3);
  CHECK(has(must(client.call_tool("plain", "", mcpe::options<mcpe_call_options>(), [](double, double, std::string_view) {})), "plain"));
}

// A client whose function refuses, in words of its own.
static void refuses(std::string_view url) {
  auto chosen = mcpe::options<mcpe_client_options>();
  chosen.url = mcpe::str(url);
  chosen.revisions = 1u << MCPE_REVISION_2025_11_25;
  mcpe::client_handlers handlers;
  handlers.sampling = [](mcpe::responder responder, std::string_view, std::string_view) { must(responder.reply("{}")); };
  handlers.elicitation = [](mcpe::responder responder, std::string_view, std::string_view) {
    must(responder.fail(-32050, "nobody is there", "{\"until\":\"9:00\"}"));
  };
  handlers.list_roots = [](mcpe::responder responder, std::string_view, std::string_view) { must(responder.reply("{\"roots\":[]}")); };
  auto client = must(mcpe::client::open(chosen, std::move(handlers)));
  CHECK(has(must(client.call_tool("interview", "{}")), "-32050: nobody is there"));
}

static void they_work_together() {
  auto limits = mcpe::options<mcpe_task_limits>();
  limits.poll_ns = 1;
  auto chosen = mcpe::options<mcpe_server_options>();
  chosen.name = mcpe::str("classes"), chosen.version = mcpe::str("1");
  chosen.changes = MCPE_CHANGES_CONTENTS;
  chosen.tasks = &limits;
  auto server = must(mcpe::server::make(chosen, [](mcpe::responder responder, std::string_view, std::string_view) {
    must(responder.reply("{\"completion\":{\"values\":[\"Ada\"]}}"));
  }));
  must(server.add_tool("interview", "Asks.", "{\"type\":\"object\"}", interview));
  must(server.add_tool("refuse", "Refuses.", "{\"type\":\"object\"}", [](mcpe::responder responder, std::string_view, std::string_view) {
    must(responder.fail(7, "\"no\"", "[1]"));
  }));
  must(server.add_tool("change", "Changes.", "{\"type\":\"object\"}", [&server](mcpe::responder responder, std::string_view, std::string_view) {
    must(server.publish(MCPE_CHANGE_RESOURCE, "notes://today"));
    must(responder.reply_text("changed"));
  }));
  auto only_moved = std::make_unique<std::string>("the task ");
  must(server.add_tool("long", "Takes its time.", "{\"type\":\"object\"}", MCPE_TASK_SUPPORT_OPTIONAL,
                       [own = std::move(only_moved)](mcpe::responder responder, std::string_view, std::string_view) {
                         must(responder.reply_text(*own + must(responder.task()).value_or("none")));
                       }));
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
  auto part = mcpe::options<mcpe_part>();
  part.name = mcpe::str("steps"), part.definition = mcpe::str(R"({"title":"Three steps"})");
  must(server.add_tool(part, [](mcpe::responder responder, std::string_view, std::string_view) {
    for (int at = 1; at <= 3; at++) must(responder.progress(at, 3, "step"));
    must(responder.reply_text("done"));
  }));
  must(server.add_tool("plain", "", "", [](mcpe::responder responder, std::string_view, std::string_view) { must(responder.reply_text("plain")); }));
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
  hears_of_progress(client);
  CHECK(has(must(client.list_tools()), R"({"name":"plain","inputSchema":{"type":"object"}})") && has(must(client.list_tools()), "Three steps"));
  CHECK(has(must(client.list_tools()), "shout") && has(must(client.list_prompts()), "greet"));
  CHECK(has(must(client.list_resources()), "today") && has(must(client.list_resource_templates()), "{day}"));
  CHECK(has(must(client.call_tool("shout", "{\"a\":1}")), "!"));
  fails(client, "forget");
  says_why(client);
  answers(url, MCPE_REVISION_2025_11_25);
  answers(url, MCPE_REVISION_2026_07_28);
  refuses(url);
  CHECK(must(server.task_counters())->created == 2);
  CHECK(must(server.remove_tool("long")) && !must(server.remove_tool("long")));
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
  for (int at = 0; at < 10; at++) must(pool.submit([&ran, own = std::make_unique<int>(1)] { ran += *own; }));
  must(pool.wait());
  CHECK(ran == 10 && must(pool.left()) == 0);
}

int main() {
  they_work_together();
  NONE_LEFT(client);
  NONE_LEFT(server);
  NONE_LEFT(pool);
  return 0;
}
