// Calls that run as tasks, on both sides and in both revisions that have them; roots that change; and errors with all that a peer has said.
#include "batteries.h"

#define FORM "{\"message\":\"Who?\",\"requestedSchema\":{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"}}}}"

static mcpe_server server;
static char url[128];
static size_t url_len;
static atomic_int running, most, roots, asked;
static struct gate begun = GATE, go = GATE, stopped = GATE, done = GATE;

static void works(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  char id[64];
  size_t len = 0;
  CHECK(!userdata && same(name, "works") && arguments.len);
  int now = ++running;
  if (now > most) most = now;
  mcpe_status status = mcpe_responder_task(responder, mcpe_to_memory(id, sizeof id), &len);
  CHECK(status == MCPE_NOTHING || (status == MCPE_OK && len == 32));
  if (status == MCPE_OK) {
    OK(mcpe_responder_progress(responder, 1, 2, T("half of it")));
    let_through(&begun);
    pass(&go);
  }
  running--;
  OK(mcpe_responder_reply_text(responder, T("all of it"), 0));
}

static void asks(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  char who[256];
  size_t len = 0;
  CHECK(!userdata && name.len && arguments.len);
  OK(mcpe_responder_want(responder, MCPE_INPUT_ELICITATION, T("who"), T(FORM)));
  mcpe_status status = mcpe_responder_ask(responder);
  // In a task there is an answer; a call is made again for it, or first.
  if (status == MCPE_ASKED) return;
  CHECK(status == MCPE_OK);
  OK(mcpe_responder_input(responder, T("who"), mcpe_to_memory(who, sizeof who), &len));
  OK(mcpe_responder_reply_text(responder, who, len, 0));
}

// Waits for an answer that nobody brings.
static void asks_in_vain(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  CHECK(!userdata && name.len && arguments.len);
  OK(mcpe_responder_want(responder, MCPE_INPUT_ELICITATION, T("who"), T(FORM)));
  IS(MCPE_ERR_CANCELLED, mcpe_responder_ask(responder));
  OK(mcpe_responder_free(responder));
  let_through(&stopped);
}

static void endless(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  CHECK(!userdata && name.len && arguments.len);
  until_unwanted(responder, &begun, &stopped);
}

static void fails(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  CHECK(!userdata && name.len && arguments.len);
  OK(mcpe_responder_fail(responder, -5000000000, T("it is \"broken\""), T("{\"why\":[1,2]}")));
}

static void lists_roots(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  char found[1024];
  size_t len = 0;
  CHECK(!userdata && name.len && arguments.len);
  OK(mcpe_responder_want(responder, MCPE_INPUT_ROOTS, T("roots"), NULL, 0));
  if (mcpe_responder_ask(responder) != MCPE_OK) return;
  OK(mcpe_responder_input(responder, T("roots"), mcpe_to_memory(found, sizeof found), &len));
  OK(mcpe_responder_reply_text(responder, found, len, 0));
}

static void tool(const char *name, uint32_t support, mcpe_serve_callback serve, const char *ask_first) {
  mcpe_part part = {.size = sizeof part, .name = mcpe_text(name), .serve = serve, .task = support, .ask_first = mcpe_text(ask_first)};
  OK(mcpe_server_add_tool(server, &part));
}

static void furnish(const mcpe_task_limits *tasks) {
  mcpe_server_options options = {.size = sizeof options, .name = S("tasks"), .version = S("1"), .tasks = tasks};
  mcpe_part wrong = {.size = sizeof wrong, .name = S("wrong"), .serve = fails, .task = 3};
  OK(mcpe_server_new(&options, &server));
  tool("works", MCPE_TASK_SUPPORT_OPTIONAL, works, NULL);
  tool("asks", MCPE_TASK_SUPPORT_OPTIONAL, asks, NULL);
  tool("asks first", MCPE_TASK_SUPPORT_REQUIRED, asks, "{\"who\":{\"method\":\"elicitation/create\",\"params\":" FORM "}}");
  tool("asks in vain", MCPE_TASK_SUPPORT_OPTIONAL, asks_in_vain, NULL);
  tool("endless", MCPE_TASK_SUPPORT_OPTIONAL, endless, NULL);
  tool("fails", MCPE_TASK_SUPPORT_OPTIONAL, fails, NULL);
  tool("roots", MCPE_TASK_SUPPORT_NONE, lists_roots, NULL);
  IS(MCPE_ERR_VALUE, mcpe_server_add_tool(server, &wrong));
  wrong.task = MCPE_TASK_SUPPORT_OPTIONAL, wrong.ask_first = S("[]");
  IS(MCPE_ERR_VALUE, mcpe_server_add_tool(server, &wrong));
  wrong.ask_first = S("{\"who\":{\"method\":\"tools/call\"}}");
  IS(MCPE_ERR_VALUE, mcpe_server_add_tool(server, &wrong));
  wrong.ask_first = S("{\"who\":{\"method\":\"elicitation/create\"}}");
  IS(MCPE_ERR_NULL, mcpe_server_add_tool(server, &wrong));
  OK(mcpe_server_serve_http(server, NULL, mcpe_to_memory(url, sizeof url), &url_len));
}

static void on_elicitation(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str params) {
  CHECK(userdata == &asked && name.len && has(params, "Who?"));
  asked++;
  OK(mcpe_responder_reply(responder, T("{\"action\":\"accept\",\"content\":{\"name\":\"Ada\"}}")));
}

static void on_roots(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str params) {
  char answer[128];
  CHECK(userdata == &asked && same(name, "roots/list") && same(params, "{}"));
  size_t len = (size_t)snprintf(answer, sizeof answer, "{\"roots\":[{\"uri\":\"file:///%d\"}]}", ++roots);
  OK(mcpe_responder_reply(responder, answer, len));
}

static mcpe_client connect_to(uint32_t revision) {
  mcpe_client client;
  mcpe_client_options options = {.size = sizeof options, .url = {url, url_len}, .revisions = 1u << revision, .tasks = 1,
                                 .elicitation = on_elicitation, .list_roots = on_roots, .userdata = &asked};
  OK(mcpe_client_open(&options, &client));
  options.roots = S("[]");
  mcpe_client other;
  IS(MCPE_ERR_VALUE, mcpe_client_open(&options, &other));
  return client;
}

static mcpe_client_task start(mcpe_client client, const char *name) {
  mcpe_client_task task;
  mcpe_call_options options = {.size = sizeof options, .task_ttl_ns = 60000000000};
  OK(mcpe_client_start_tool(client, name, strlen(name), NULL, 0, &options, &task));
  OK(mcpe_client_task_id(task, SAID));
  CHECK(said_len > 0);
  return task;
}

static void comes_to_its_end(mcpe_client client) {
  uint32_t status = 0;
  mcpe_call_options hurry = {.size = sizeof hurry, .timeout_ns = 1000000};
  mcpe_client_task task = start(client, "works");
  pass(&begun);
  IS(MCPE_ERR_TIMEOUT, mcpe_client_task_result(task, &hurry, SAID));
  OK(mcpe_client_task_poll(task, NULL, &status));
  CHECK(status == MCPE_TASK_WORKING);
  OK(mcpe_client_task_message(task, SAID));
  CHECK(says("half of it"));
  let_through(&go);
  for (int twice = 0; twice < 2; twice++) {
    OK(mcpe_client_task_result(task, NULL, SAID));
    CHECK(says("all of it"));
    OK(mcpe_client_task_status(task, &status));
    CHECK(status == MCPE_TASK_COMPLETED);
  }
  OK(mcpe_client_task_free(task));
  IS(MCPE_ERR_HANDLE, mcpe_client_task_status(task, &status));
}

static mcpe_client_task looked_at;
static atomic_int is_freed;

static void *looks(void *userdata) {
  uint32_t status = 0;
  (void)userdata;
  while (!is_freed) {
    mcpe_status got = mcpe_client_task_status(looked_at, &status);
    CHECK(got == MCPE_OK || got == MCPE_ERR_HANDLE);
  }
  return NULL;
}

static void what_is_looked_at_is_freed_all_the_same(mcpe_client client) {
  pthread_t threads[2];
  for (int round = 0; round < 20; round++) {
    looked_at = start(client, "fails");
    is_freed = 0;
    for (int at = 0; at < 2; at++) CHECK(pthread_create(&threads[at], NULL, looks, NULL) == 0);
    nanosleep(&(struct timespec){0, 100000}, NULL);
    OK(mcpe_client_task_free(looked_at));
    is_freed = 1;
    for (int at = 0; at < 2; at++) CHECK(pthread_join(threads[at], NULL) == 0);
  }
}

static void asks_its_owner(mcpe_client client, const char *name) {
  mcpe_client_task task = start(client, name);
  int before = asked;
  OK(mcpe_client_task_result(task, NULL, SAID));
  CHECK(says("Ada") && asked <= before + 1);
  OK(mcpe_client_task_free(task));
}

static void *cancels(void *client) {
  size_t count = 0;
  while (count == 0) OK(mcpe_client_cancel(*(mcpe_client *)client, 7, &count));
  return NULL;
}

// To call off the waiting leaves the task alone, until that is called off itself.
static void is_called_off(mcpe_client client, uint32_t revision) {
  pthread_t thread;
  uint32_t status = 0;
  mcpe_call_options options = {.size = sizeof options, .tag = 7};
  mcpe_client_task task = start(client, "endless");
  pass(&begun);
  CHECK(pthread_create(&thread, NULL, cancels, &client) == 0);
  IS(MCPE_ERR_CANCELLED, mcpe_client_task_result(task, &options, SAID));
  CHECK(pthread_join(thread, NULL) == 0);
  OK(mcpe_client_task_poll(task, NULL, &status));
  CHECK(status == MCPE_TASK_WORKING);
  OK(mcpe_client_task_cancel(task));
  pass(&stopped);
  IS(MCPE_ERR_CANCELLED, mcpe_client_task_result(task, NULL, SAID));
  OK(mcpe_client_task_status(task, &status));
  CHECK(status == MCPE_TASK_CANCELLED);
  OK(mcpe_client_task_free(task));
  // Before, the question comes to the client without its polling.
  if (revision != MCPE_REVISION_2026_07_28) return;
  task = start(client, "asks in vain");
  char params[128];
  int len = snprintf(params, sizeof params, "{\"taskId\":\"%.*s\"}", (int)said_len, said);
  do OK(mcpe_client_request(client, T("tasks/get"), params, (size_t)len, NULL, SAID));
  while (!says("input_required"));
  OK(mcpe_client_task_cancel(task));
  pass(&stopped);
  OK(mcpe_client_task_free(task));
}

static void said_all(mcpe_status status) {
  mcpe_error_object error;
  mcpe_error last;
  CHECK(status == MCPE_ERR_REFUSED && strstr(mcpe_error_message(), "broken") != NULL);
  OK(mcpe_error_peer(&error));
  CHECK(error.code == -5000000000 && error.message_escaped && same(error.message, "it is \\\"broken\\\""));
  CHECK(same(error.content, "{\"why\":[1,2]}"));
  OK(mcpe_error_last(&last));
  CHECK(last.status == MCPE_ERR_REFUSED);
}

static void on_done(void *userdata, mcpe_status status, mcpe_str result) {
  CHECK(!userdata && result.len == 0);
  said_all(status);
  let_through(&done);
}

static void on_result(void *userdata, mcpe_status status, mcpe_str result) {
  CHECK(userdata == &done && status == MCPE_OK && has(result, "all of it"));
  let_through(&done);
}

static void on_released(void *userdata) {
  CHECK(userdata == &done);
  let_through(&done);
}

// The end of a task is heard, also when its handle is gone by then.
static void its_end_is_heard(mcpe_client client) {
  mcpe_client_task task = start(client, "works");
  pass(&begun);
  OK(mcpe_client_task_result_later(task, NULL, on_result, &done, on_released));
  OK(mcpe_client_task_free(task));
  let_through(&go);
  pass(&done), pass(&done);
  IS(MCPE_ERR_HANDLE, mcpe_client_task_result_later(task, NULL, on_result, &done, on_released));
  pass(&done);
  task = start(client, "fails");
  OK(mcpe_client_task_result_later(task, NULL, on_done, NULL, NULL));
  pass(&done);
  IS(MCPE_ERR_NULL, mcpe_client_task_result_later(task, NULL, NULL, NULL, NULL));
  OK(mcpe_client_task_free(task));
}

static void says_why_it_fails(mcpe_client client) {
  mcpe_error_object error;
  said_all(mcpe_client_call_tool(client, T("fails"), NULL, 0, NULL, SAID));
  mcpe_client_task task = start(client, "fails");
  said_all(mcpe_client_task_result(task, NULL, SAID));
  OK(mcpe_client_task_free(task));
  OK(mcpe_client_call_tool_later(client, T("fails"), NULL, 0, NULL, on_done, NULL, NULL));
  pass(&done);
  IS(MCPE_ERR_REFUSED, mcpe_client_call_tool(client, T("nothing"), NULL, 0, NULL, SAID));
  OK(mcpe_error_peer(&error));
  CHECK(error.code == -32602 && !error.content.len && !error.message_escaped);
  IS(MCPE_ERR_VALUE, mcpe_client_cancel(client, 0, &said_len));
  IS(MCPE_NOTHING, mcpe_error_peer(&error));
}

static void roots_change(mcpe_client client) {
  char expected[32];
  for (int round = 0; round < 2; round++) {
    snprintf(expected, sizeof expected, "file:///%d", roots + 1);
    OK(mcpe_client_call_tool(client, T("roots"), NULL, 0, NULL, SAID));
    CHECK(says(expected));
    OK(mcpe_client_roots_changed(client));
  }
}

static void not_every_call_is_a_task(mcpe_client client, uint32_t revision) {
  uint32_t status = 0;
  mcpe_client_task task;
  if (revision == MCPE_REVISION_2025_11_25) {
    // There a task is asked for, and refused.
    IS(MCPE_ERR_REFUSED, mcpe_client_start_tool(client, T("roots"), NULL, 0, NULL, &task));
    return;
  }
  OK(mcpe_client_start_tool(client, T("roots"), NULL, 0, NULL, &task));
  IS(MCPE_NOTHING, mcpe_client_task_id(task, SAID));
  IS(MCPE_NOTHING, mcpe_client_task_message(task, SAID));
  IS(MCPE_NOTHING, mcpe_client_task_cancel(task));
  OK(mcpe_client_task_poll(task, NULL, &status));
  CHECK(status == MCPE_TASK_COMPLETED);
  OK(mcpe_client_task_result(task, NULL, SAID));
  CHECK(says("file:///"));
  OK(mcpe_client_task_free(task));
}

static mcpe_task_counters counted(void) {
  mcpe_task_counters counters;
  OK(mcpe_server_task_counters(server, &counters));
  return counters;
}

// Tasks are bounded, and their callbacks have room of their own.
static void bounds(void) {
  mcpe_error_object error;
  mcpe_client_task tasks[2], more;
  mcpe_task_limits limits = {.size = sizeof limits, .tasks = 2, .callbacks = 1, .poll_ns = 1};
  furnish(&limits);
  mcpe_client client = connect_to(MCPE_REVISION_2026_07_28);
  most = 0;
  for (int at = 0; at < 2; at++) tasks[at] = start(client, "works");
  IS(MCPE_ERR_REFUSED, mcpe_client_start_tool(client, T("works"), NULL, 0, NULL, &more));
  OK(mcpe_error_peer(&error));
  CHECK(has(error.message, "task"));
  CHECK(counted().created == 2 && counted().completed == 0 && counted().refused == 1);
  for (int at = 0; at < 2; at++) {
    pass(&begun);
    // Whatever tasks do, requests are served.
    OK(mcpe_client_call_tool(client, T("roots"), NULL, 0, NULL, SAID));
    let_through(&go);
  }
  for (int at = 0; at < 2; at++) OK(mcpe_client_task_result(tasks[at], NULL, SAID));
  CHECK(most == 1);
  CHECK(counted().completed == 2 && counted().failed == 0 && counted().cancelled == 0 && counted().expired == 0);
  OK(mcpe_client_free(client));
  IS(MCPE_ERR_CLOSED, mcpe_client_task_cancel(tasks[0]));
  CHECK(fault_is("caller"));
  for (int at = 0; at < 2; at++) OK(mcpe_client_task_free(tasks[at]));
  OK(mcpe_server_stop(server));
  OK(mcpe_server_free(server));
}

// A tool that runs as a task in any case makes no server without them.
static void needs_tasks(void) {
  mcpe_server_options options = {.size = sizeof options, .name = S("tasks"), .version = S("1")};
  OK(mcpe_server_new(&options, &server));
  tool("works", MCPE_TASK_SUPPORT_REQUIRED, works, NULL);
  mcpe_task_counters counters;
  IS(MCPE_ERR_MISUSE, mcpe_server_task_counters(server, &counters));
  IS(MCPE_ERR_ANSWER, mcpe_server_serve_http(server, NULL, mcpe_to_memory(url, sizeof url), &url_len));
  IS(MCPE_ERR_ANSWER, mcpe_server_task_counters(server, &counters));
  OK(mcpe_server_free(server));
}

int main(void) {
  static const uint32_t revisions[] = {MCPE_REVISION_2025_11_25, MCPE_REVISION_2026_07_28};
  mcpe_task_limits limits = {.size = sizeof limits, .ttl_ns = 60000000000, .longest_ttl_ns = 60000000000, .poll_ns = 1};
  furnish(&limits);
  for (int at = 0; at < 2; at++) {
    mcpe_client client = connect_to(revisions[at]);
    comes_to_its_end(client);
    asks_its_owner(client, "asks");
    asks_its_owner(client, "asks first");
    what_is_looked_at_is_freed_all_the_same(client);
    is_called_off(client, revisions[at]);
    its_end_is_heard(client);
    says_why_it_fails(client);
    roots_change(client);
    not_every_call_is_a_task(client, revisions[at]);
    OK(mcpe_client_free(client));
  }
  CHECK(counted().cancelled >= 2 && counted().failed >= 2);
  OK(mcpe_server_stop(server));
  OK(mcpe_server_free(server));
  bounds();
  needs_tasks();
  return 0;
}
