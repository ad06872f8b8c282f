// A client of the everything server: everything SERVER over pipes, or everything --url URL.
#include "batteries.h"

static atomic_int steps, notices, dones, destroyed;
static struct gate done = GATE;

static void on_progress(void *userdata, double progress, double total, mcpe_str message) {
  CHECK(userdata == &steps && progress <= total && message.len > 0);
  steps++;
}

static void on_notification(void *userdata, mcpe_str method, mcpe_str params) {
  CHECK(userdata == &notices && method.len > 0 && params.len > 0);
  notices++;
}

static void on_sampling(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str params) {
  uint32_t cancelled = 9;
  CHECK(userdata == &notices && same(name, "sampling/createMessage") && has(params, "capital"));
  OK(mcpe_responder_is_cancelled(responder, &cancelled));
  CHECK(cancelled == 0);
  IS(MCPE_ERR_UNSUPPORTED, mcpe_responder_progress(responder, 1, 2, NULL, 0));
  OK(mcpe_responder_reply(responder, T("{\"role\":\"assistant\",\"content\":{\"type\":\"text\",\"text\":\"Paris\"},\"model\":\"none\"}")));
  IS(MCPE_ERR_HANDLE, mcpe_responder_free(responder));
}

static void on_elicitation(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str params) {
  CHECK(userdata == &notices && same(name, "elicitation/create") && params.len > 0);
  OK(mcpe_responder_reply(responder, T("{\"action\":\"accept\",\"content\":{\"name\":\"Ada\",\"username\":\"ada\",\"email\":\"a@example.com\"}}")));
}

static void on_destroy(void *userdata) {
  CHECK(userdata != NULL);
  destroyed++;
}

// One call from inside a callback of the same client.
static void on_done(void *userdata, mcpe_status status, mcpe_str result) {
  mcpe_client *client = userdata;
  char inner[256];
  size_t len = 0;
  CHECK(status == MCPE_OK && has(result, "Counted to 3"));
  OK(mcpe_client_call_tool(*client, T("echo"), T("{\"text\":\"inside\"}"), NULL, mcpe_to_memory(inner, sizeof inner), &len));
  CHECK(has((mcpe_str){inner, len}, "inside"));
  dones++;
  let_through(&done);
}

static void on_cancelled(void *userdata, mcpe_status status, mcpe_str result) {
  CHECK(userdata != NULL && status == MCPE_ERR_CANCELLED && result.len == 0);
  CHECK(strstr(mcpe_error_message(), "MCPE_ERR_CANCELLED") != NULL);
  let_through(&done);
}

// Whoever closes a client has ended its calls, and not the server.
static void on_closed(void *userdata, mcpe_status status, mcpe_str result) {
  CHECK(userdata != NULL && status == MCPE_ERR_CLOSED && result.len == 0);
  CHECK(fault_is("caller"));
  let_through(&done);
}

static void *cancels(void *userdata) {
  size_t count = 0;
  while (count == 0) OK(mcpe_client_cancel(*(mcpe_client *)userdata, 7, &count));
  CHECK(count == 1);
  return NULL;
}

static void asks(mcpe_client client) {
  uint32_t revision = 0;
  OK(mcpe_client_revision(client, &revision));
  CHECK(revision >= MCPE_REVISION_2024_11_05);
  OK(mcpe_client_server(client, SAID));
  CHECK(says("\"protocolVersion\"") && says("\"serverInfo\"") && says("\"tools\""));
  OK(mcpe_client_list_tools(client, SAID));
  CHECK(said[0] == '[' && says("\"echo\"") && says("\"inputSchema\""));
  OK(mcpe_client_list_prompts(client, SAID));
  CHECK(says("test_simple_prompt"));
  OK(mcpe_client_list_resources(client, SAID));
  CHECK(says("test://static-text"));
  OK(mcpe_client_list_resource_templates(client, SAID));
  CHECK(says("test://template/{id}/data"));
  OK(mcpe_client_read_resource(client, T("test://template/7/data"), SAID));
  CHECK(says("templateTest"));
  OK(mcpe_client_get_prompt(client, T("test_prompt_with_arguments"), T("{\"arg1\":\"one\",\"arg2\":\"two\"}"), SAID));
  CHECK(says("one") && says("two"));
  OK(mcpe_client_complete(client, T("{\"ref\":{\"type\":\"ref/prompt\",\"name\":\"test_prompt_with_arguments\"},\"argument\":{\"name\":\"arg1\",\"value\":\"\"}}"), SAID));
  CHECK(says("\"completion\""));
  OK(mcpe_client_request(client, T("tools/list"), NULL, 0, NULL, SAID));
  CHECK(says("\"tools\""));
  OK(mcpe_client_ping(client));
}

static void calls(mcpe_client client) {
  mcpe_call_options options = {.size = sizeof options, .progress = on_progress, .userdata = &steps};
  mcpe_error error;
  OK(mcpe_client_call_tool(client, T("add"), T("{\"a\":1,\"b\":2}"), NULL, SAID));
  CHECK(says("\"structuredContent\"") && says("3"));
  OK(mcpe_client_call_tool(client, T("test_error_handling"), NULL, 0, NULL, SAID));
  CHECK(says("\"isError\":true"));
  IS(MCPE_ERR_REFUSED, mcpe_client_call_tool(client, T("nothing"), NULL, 0, NULL, SAID));
  OK(mcpe_error_last(&error));
  CHECK(error.code == -32602 && same(error.fault, "peer"));
  OK(mcpe_client_call_tool(client, T("count"), T("{\"to\":5,\"ms\":1}"), &options, SAID));
  CHECK(says("Counted to 5") && steps > 0);
  options.timeout_ns = 20000000;
  IS(MCPE_ERR_TIMEOUT, mcpe_client_call_tool(client, T("sleep"), T("{\"seconds\":60}"), &options, SAID));
  OK(mcpe_client_call_tool(client, T("test_sampling"), T("{\"prompt\":\"the capital of France\"}"), NULL, SAID));
  CHECK(says("Paris"));
  OK(mcpe_client_call_tool(client, T("test_elicitation"), T("{\"message\":\"who?\"}"), NULL, SAID));
  CHECK(says("ada"));
}

static void later(mcpe_client *client) {
  mcpe_call_options options = {.size = sizeof options, .tag = 7, .progress = on_progress, .userdata = &steps};
  pthread_t thread;
  steps = 0;
  OK(mcpe_client_call_tool_later(*client, T("count"), T("{\"to\":3,\"ms\":1}"), &options, on_done, client, on_destroy));
  pass(&done);
  CHECK(dones == 1 && steps > 0);
  OK(mcpe_client_call_tool_later(*client, T("sleep"), T("{\"seconds\":60}"), &options, on_cancelled, client, on_destroy));
  CHECK(pthread_create(&thread, NULL, cancels, client) == 0);
  pass(&done);
  CHECK(pthread_join(thread, NULL) == 0);
  // A call that waits is called off from another thread.
  CHECK(pthread_create(&thread, NULL, cancels, client) == 0);
  IS(MCPE_ERR_CANCELLED, mcpe_client_call_tool(*client, T("sleep"), T("{\"seconds\":60}"), &options, SAID));
  CHECK(pthread_join(thread, NULL) == 0);
  IS(MCPE_ERR_VALUE, mcpe_client_cancel(*client, 0, &said_len));
  OK(mcpe_client_request_later(*client, T("tools/call"), T("{\"name\":\"sleep\",\"arguments\":{\"seconds\":60}}"), &options, on_cancelled, client, NULL));
  CHECK(pthread_create(&thread, NULL, cancels, client) == 0);
  pass(&done);
  CHECK(pthread_join(thread, NULL) == 0);
}

static void hears(mcpe_client client) {
  uint64_t dropped = 9;
  mcpe_status status = mcpe_client_set_level(client, MCPE_LEVEL_DEBUG);
  CHECK(status == MCPE_OK || status == MCPE_ERR_INCOMPATIBLE || status == MCPE_ERR_MISUSE || status == MCPE_ERR_UNSUPPORTED);
  OK(mcpe_client_subscribe(client, T("test://watched-resource")));
  OK(mcpe_client_unsubscribe(client, T("test://watched-resource")));
  status = mcpe_client_listen(client, T("{\"toolsListChanged\":true}"));
  CHECK(status == MCPE_OK || status == MCPE_ERR_UNSUPPORTED);
  notices = 0;
  OK(mcpe_client_call_tool(client, T("test_trigger_tool_change"), NULL, 0, NULL, SAID));
  for (int round = 0; notices == 0 && round < 100; round++) OK(mcpe_client_ping(client));
  for (int round = 0; notices == 0 && round < 1000; round++) nanosleep(&(struct timespec){0, 5000000}, NULL);
  CHECK(notices > 0);
  OK(mcpe_client_dropped(client, &dropped));
  CHECK(dropped == 0);
  // The modern era has no such notification.
  status = mcpe_client_notify(client, T("notifications/roots/list_changed"), NULL, 0);
  CHECK(status == MCPE_OK || status == MCPE_ERR_INCOMPATIBLE);
}

// The call that it answers is told so at once, and the others go on.
static void an_answer_above_the_limit(mcpe_client_options options) {
  static char long_text[1 << 16];
  mcpe_limits limits = {.size = sizeof limits, .message_bytes = 32 << 10, .event_bytes = 32 << 10};
  mcpe_client client;
  size_t len = (size_t)sprintf(long_text, "{\"text\":\"%040000d\"}", 7);
  options.limits = &limits, options.destroy = NULL;
  OK(mcpe_client_open(&options, &client));
  IS(MCPE_ERR_LIMIT, mcpe_client_call_tool(client, T("echo"), long_text, len, NULL, SAID));
  CHECK(strstr(mcpe_error_message(), "(fault limit, rule message-bytes)") || strstr(mcpe_error_message(), "(fault limit, rule event-bytes)"));
  OK(mcpe_client_call_tool(client, T("echo"), T("{\"text\":\"short\"}"), NULL, SAID));
  OK(mcpe_client_free(client));
}

static void refused(void) {
  mcpe_client client = {0, 0};
  mcpe_str argv[] = {S("sh"), S("-c"), S("echo no configuration >&2; exit 3")};
  mcpe_client_options options = {.size = sizeof options, .argv = argv, .argv_len = 3};
  IS(MCPE_ERR_CLOSED, mcpe_client_open(&options, &client));
  CHECK(fault_is("peer"));
  CHECK(strstr(mcpe_error_message(), "no configuration") != NULL);
  argv[0] = S("/nowhere/at/all");
#ifndef UNDER_VALGRIND
  // It does not tell the parent that a program could not be started.
  IS(MCPE_ERR_UNREACHABLE, mcpe_client_open(&options, &client));
#endif
  options = (mcpe_client_options){.size = sizeof options, .url = S("http://127.0.0.1:9/mcp")};
  IS(MCPE_ERR_UNREACHABLE, mcpe_client_open(&options, &client));
  options.argv = argv, options.argv_len = 1;
  IS(MCPE_ERR_VALUE, mcpe_client_open(&options, &client));
  CHECK(client.generation == 0);
}

int main(int argc, char **argv) {
  mcpe_client client;
  mcpe_pair header = {S("X-Nothing"), S("nothing")}, variable = {S("NOTHING"), S("nothing")};
  mcpe_client_options options = {.size = sizeof options, .roots = S("[{\"uri\":\"file:///tmp\"}]"), .sampling = on_sampling,
                                 .elicitation = on_elicitation, .notification = on_notification, .userdata = &notices, .destroy = on_destroy};
  CHECK(argc >= 3);
  mcpe_str program[] = {mcpe_text(argv[1]), S("serve"), S("--stdio"), S("--revision"), mcpe_text(argv[2])};
  if (strcmp(argv[1], "--url") == 0) {
    options.url = mcpe_text(argv[2]);
    options.headers = &header, options.headers_len = 1;
  } else {
    options.argv = program, options.argv_len = 5;
    options.env = &variable, options.env_len = 1;
  }
  OK(mcpe_client_open(&options, &client));
  asks(client);
  calls(client);
  later(&client);
  hears(client);
  IS(options.argv ? MCPE_OK : MCPE_NOTHING, mcpe_client_stderr(client, SAID));
  OK(mcpe_client_call_tool_later(client, T("sleep"), T("{\"seconds\":60}"), NULL, on_closed, &client, NULL));
  OK(mcpe_client_close(client));
  pass(&done);
  IS(MCPE_ERR_CLOSED, mcpe_client_call_tool(client, T("echo"), T("{\"text\":\"x\"}"), NULL, SAID));
  CHECK(fault_is("caller"));
  OK(mcpe_client_free(client));
  IS(MCPE_ERR_HANDLE, mcpe_client_ping(client));
  an_answer_above_the_limit(options);
  refused();
  for (int round = 0; destroyed < 3 && round < 1000; round++) nanosleep(&(struct timespec){0, 5000000}, NULL);
  CHECK(destroyed == 3);
  NONE_LEFT(client);
  NONE_LEFT(buffer);
  return 0;
}
