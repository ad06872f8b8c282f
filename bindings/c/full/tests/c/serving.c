// A server of callbacks over HTTP, and clients of it in the same process; and a pool.
#include "batteries.h"

static atomic_int destroyed, ran;
static struct gate begun = GATE, stopped = GATE;
static mcpe_server server;
static char url[128];
static size_t url_len;

static void on_destroy(void *userdata) {
  CHECK(userdata != NULL);
  destroyed++;
}

static void echo(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  mcpe_str text;
  char words[1024];
  size_t len = 0;
  mcpe_asker asker;
  CHECK(userdata == &server && same(name, "echo"));
  OK(mcpe_responder_asker(responder, &asker));
  CHECK(asker.revision >= MCPE_REVISION_2024_11_05);
  OK(mcpe_responder_params(responder, mcpe_to_memory(words, sizeof words), &len));
  CHECK(has((mcpe_str){words, len}, "\"echo\""));
  OK(mcpe_json_member(arguments.ptr, arguments.len, T("text"), &text));
  OK(mcpe_json_text(text.ptr, text.len, mcpe_to_memory(words, sizeof words), &len));
  OK(mcpe_responder_reply_text(responder, words, len, 0));
  IS(MCPE_ERR_HANDLE, mcpe_responder_reply_text(responder, words, len, 0));
}

// The answer comes from a thread of our own.
static void *answers(void *given) {
  mcpe_responder *responder = given;
  for (int step = 1; step <= 3; step++) OK(mcpe_responder_progress(*responder, step, 3, T("working")));
  OK(mcpe_responder_log(*responder, MCPE_LEVEL_INFO, T("tests"), T("\"working\"")));
  OK(mcpe_responder_reply(*responder, T("{\"content\":[{\"type\":\"text\",\"text\":\"later\"}]}")));
  free(responder);
  return NULL;
}

static void later(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  pthread_t thread;
  mcpe_responder *kept = malloc(sizeof *kept);
  CHECK(userdata == &server && same(name, "later") && same(arguments, "{}") && kept);
  mcpe_status status = mcpe_responder_close_stream(responder, 1);
  CHECK(status == MCPE_OK || status == MCPE_NOTHING);
  *kept = responder;
  CHECK(pthread_create(&thread, NULL, answers, kept) == 0);
  pthread_detach(thread);
}

static void waits(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  CHECK(userdata == &server && name.len && arguments.len);
  until_unwanted(responder, &begun, &stopped);
}

static void forgets(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  CHECK(userdata == &server && name.len && arguments.len);
  OK(mcpe_responder_free(responder));
}

static void fails(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  CHECK(userdata == &server && name.len && arguments.len);
  OK(mcpe_responder_fail(responder, -32001, T("it is broken"), T("{\"why\":1}")));
}

static void requires(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  CHECK(userdata == &server && name.len && arguments.len);
  OK(mcpe_responder_require(responder, MCPE_CAPABILITY_SAMPLING));
}

// Asks the user twice; in the modern era it is called again for each answer.
static void greet(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  static const char question[] = "{\"message\":\"Who?\",\"requestedSchema\":{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"}}}}";
  char first[512];
  size_t len = 0;
  CHECK(userdata == &server && name.len && arguments.len);
  IS(MCPE_NOTHING, mcpe_responder_input(responder, T("other"), mcpe_to_memory(first, sizeof first), &len));
  OK(mcpe_responder_remember(responder, T("kept"), T("[1]")));
  const char *keys[] = {"first", "second"};
  for (int at = 0; at < 2; at++) {
    OK(mcpe_responder_want(responder, MCPE_INPUT_ELICITATION, keys[at], strlen(keys[at]), T(question)));
    mcpe_status status = mcpe_responder_ask(responder);
    if (status == MCPE_ASKED) {
      IS(MCPE_ERR_HANDLE, mcpe_responder_free(responder));
      return;
    }
    CHECK(status == MCPE_OK);
  }
  OK(mcpe_responder_input(responder, T("kept"), mcpe_to_memory(first, sizeof first), &len));
  CHECK(len == 3);
  OK(mcpe_responder_input(responder, T("first"), mcpe_to_memory(first, sizeof first), &len));
  OK(mcpe_responder_reply_text(responder, first, len, 0));
}

// A tool that is a client of its own server.
static void nested(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  mcpe_client client;
  mcpe_client_options options = {.size = sizeof options, .url = {url, url_len}};
  char result[512];
  size_t len = 0;
  CHECK(userdata == &server && name.len && arguments.len);
  OK(mcpe_client_open(&options, &client));
  OK(mcpe_client_call_tool(client, T("echo"), T("{\"text\":\"deep\"}"), NULL, mcpe_to_memory(result, sizeof result), &len));
  OK(mcpe_client_close(client));
  OK(mcpe_client_free(client));
  OK(mcpe_responder_reply(responder, result, len));
}

static void reads(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  char contents[512];
  CHECK(userdata == &server);
  int len = snprintf(contents, sizeof contents, "{\"contents\":[{\"uri\":\"%.*s\",\"text\":\"%s\"}]}", (int)name.len, name.ptr,
                     has(arguments, "\"monday\"") ? "busy" : "milk");
  OK(mcpe_responder_reply(responder, contents, (size_t)len));
}

static void prompts(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  CHECK(userdata == &server && same(name, "greet") && has(arguments, "Ada"));
  OK(mcpe_responder_reply(responder, T("{\"messages\":[{\"role\":\"user\",\"content\":{\"type\":\"text\",\"text\":\"Hello, Ada\"}}]}")));
}

static void completes(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  CHECK(userdata == &server && same(name, "completion/complete") && has(arguments, "\"who\""));
  OK(mcpe_responder_reply(responder, T("{\"completion\":{\"values\":[\"Ada\",\"Alan\"]}}")));
}

static void on_elicitation(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str params) {
  CHECK(userdata == &server && name.len && has(params, "Who?"));
  OK(mcpe_responder_reply(responder, T("{\"action\":\"accept\",\"content\":{\"name\":\"Ada\"}}")));
}

static void tool(const char *name, mcpe_serve_callback serve) {
  mcpe_part part = {.size = sizeof part, .name = mcpe_text(name), .description = S("A tool."), .serve = serve, .userdata = &server,
                    .destroy = on_destroy};
  OK(mcpe_server_add_tool(server, &part));
}

static void furnish(void) {
  mcpe_part part = {.size = sizeof part, .name = S("echo"), .serve = echo, .userdata = &server, .destroy = on_destroy, .concurrency = 2,
                    .input_schema = S("{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\"}}}"),
                    .definition = S("{\"title\":\"Echo\",\"annotations\":{\"readOnlyHint\":true}}")};
  OK(mcpe_server_add_tool(server, &part));
  tool("later", later), tool("waits", waits), tool("forgets", forgets), tool("fails", fails), tool("requires", requires);
  tool("greet", greet), tool("nested", nested);
  mcpe_part resource = {.size = sizeof part, .name = S("notes://today"), .serve = reads, .userdata = &server, .destroy = on_destroy,
                        .definition = S("{\"mimeType\":\"text/plain\"}")};
  OK(mcpe_server_add_resource(server, &resource));
  resource.name = S("notes://days/{day}");
  OK(mcpe_server_add_resource_template(server, &resource));
  mcpe_part prompt = {.size = sizeof part, .name = S("greet"), .serve = prompts, .userdata = &server, .destroy = on_destroy,
                      .definition = S("{\"arguments\":[{\"name\":\"who\",\"required\":true}]}")};
  OK(mcpe_server_add_prompt(server, &prompt));
  // What cannot be added is freed as well.
  part.input_schema = S("[]");
  IS(MCPE_ERR_ANSWER, mcpe_server_add_tool(server, &part));
  part.serve = NULL;
  IS(MCPE_ERR_NULL, mcpe_server_add_tool(server, &part));
}

static void on_progress(void *userdata, double progress, double total, mcpe_str message) {
  CHECK(progress <= total && same(message, "working"));
  ++*(int *)userdata;
}

static void *calls_off(void *client) {
  size_t count = 0;
  pass(&begun);
  OK(mcpe_client_cancel(*(mcpe_client *)client, 1, &count));
  CHECK(count == 1);
  return NULL;
}

static void tour(uint32_t revisions) {
  mcpe_client client;
  pthread_t thread;
  int steps = 0;
  mcpe_client_options options = {.size = sizeof options, .url = {url, url_len}, .revisions = revisions, .elicitation = on_elicitation,
                                 .userdata = &server};
  mcpe_call_options call = {.size = sizeof call, .tag = 1, .progress = on_progress, .userdata = &steps};
  OK(mcpe_client_open(&options, &client));
  OK(mcpe_client_server(client, SAID));
  CHECK(says("\"instructions\":\"Ask.\"") && says("batteries"));
  OK(mcpe_client_list_tools(client, SAID));
  CHECK(says("\"echo\"") && says("A tool.") && says("readOnlyHint"));
  OK(mcpe_client_call_tool(client, T("echo"), T("{\"text\":\"gr\\u00fc\\u00df\"}"), NULL, SAID));
  CHECK(says("gr\xc3\xbc\xc3\x9f"));
  OK(mcpe_client_call_tool(client, T("later"), NULL, 0, &call, SAID));
  CHECK(says("later") && steps > 0);
  OK(mcpe_client_call_tool(client, T("nested"), NULL, 0, NULL, SAID));
  CHECK(says("deep"));
  OK(mcpe_client_call_tool(client, T("greet"), NULL, 0, NULL, SAID));
  CHECK(says("Ada"));
  IS(MCPE_ERR_REFUSED, mcpe_client_call_tool(client, T("forgets"), NULL, 0, NULL, SAID));
  IS(MCPE_ERR_REFUSED, mcpe_client_call_tool(client, T("fails"), NULL, 0, NULL, SAID));
  CHECK(strstr(mcpe_error_message(), "it is broken") != NULL);
  IS(MCPE_ERR_REFUSED, mcpe_client_call_tool(client, T("requires"), NULL, 0, NULL, SAID));
  CHECK(pthread_create(&thread, NULL, calls_off, &client) == 0);
  IS(MCPE_ERR_CANCELLED, mcpe_client_call_tool(client, T("waits"), NULL, 0, &call, SAID));
  CHECK(pthread_join(thread, NULL) == 0);
  pass(&stopped);
  OK(mcpe_client_read_resource(client, T("notes://today"), SAID));
  CHECK(says("milk"));
  OK(mcpe_client_read_resource(client, T("notes://days/monday"), SAID));
  CHECK(says("busy"));
  OK(mcpe_client_get_prompt(client, T("greet"), T("{\"who\":\"Ada\"}"), SAID));
  CHECK(says("Hello, Ada"));
  OK(mcpe_client_complete(client, T("{\"ref\":{\"type\":\"ref/prompt\",\"name\":\"greet\"},\"argument\":{\"name\":\"who\",\"value\":\"A\"}}"), SAID));
  CHECK(says("Alan"));
  OK(mcpe_client_free(client));
}

static void changes(void) {
  uint32_t removed = 9;
  mcpe_change change = {.size = sizeof change, .kind = MCPE_CHANGE_RESOURCE, .name = S("notes://today")};
  tool("new", echo);
  OK(mcpe_server_remove_tool(server, T("new"), &removed));
  CHECK(removed == 1);
  OK(mcpe_server_remove_tool(server, T("new"), &removed));
  CHECK(removed == 0);
  OK(mcpe_server_publish(server, &change));
}

// Clients may be told of what changes elsewhere, by a server that itself stays as it is.
static void tells_without_changing(uint32_t changes, mcpe_status published) {
  mcpe_server own;
  mcpe_server_options options = {.size = sizeof options, .name = S("told"), .version = S("1"), .changes = changes};
  mcpe_change change = {.size = sizeof change, .kind = MCPE_CHANGE_TOOLS};
  mcpe_part part = {.size = sizeof part, .name = S("echo"), .serve = echo};
  OK(mcpe_server_new(&options, &own));
  OK(mcpe_server_add_tool(own, &part));
  OK(mcpe_server_serve_http(own, NULL, SAID));
  IS(published, mcpe_server_publish(own, &change));
  IS(MCPE_ERR_MISUSE, mcpe_server_add_tool(own, &part));
  OK(mcpe_server_free(own));
}

static void job(void *userdata) {
  CHECK(userdata == &ran);
  ran++;
}

static void held(void *userdata) {
  (void)userdata;
  let_through(&begun);
  pass(&stopped);
}

static void pools(void) {
  mcpe_pool pool;
  size_t left = 9;
  mcpe_pool_options options = {.size = sizeof options, .threads = 2, .queued = 100};
  destroyed = 0;
  OK(mcpe_pool_new(&options, &pool));
  for (int at = 0; at < 100; at++) OK(mcpe_pool_submit(pool, job, &ran, on_destroy));
  OK(mcpe_pool_wait(pool));
  CHECK(ran == 100 && destroyed == 100);
  OK(mcpe_pool_left(pool, &left));
  CHECK(left == 0);
  for (int at = 0; at < 2; at++) OK(mcpe_pool_submit(pool, held, &ran, NULL));
  pass(&begun), pass(&begun);
  mcpe_status status = MCPE_OK;
  for (int at = 0; at < 100; at++) OK(mcpe_pool_submit(pool, job, &ran, on_destroy));
  for (int at = 0; status == MCPE_OK && at < 10; at++) status = mcpe_pool_submit(pool, job, &ran, on_destroy);
  CHECK(status == MCPE_ERR_LIMIT);
  // What waits is dropped, and what was given in its care is freed.
  OK(mcpe_pool_free(pool));
  let_through(&stopped), let_through(&stopped);
  for (int round = 0; destroyed < 201 && round < 1000; round++) nanosleep(&(struct timespec){0, 5000000}, NULL);
  CHECK(destroyed >= 201);
}

static void *waits_for_end(void *userdata) {
  OK(mcpe_server_wait(*(mcpe_server *)userdata));
  return NULL;
}

int main(void) {
  pthread_t thread;
  mcpe_str host = S("mcp.example.com:*");
  mcpe_server_options options = {.size = sizeof options, .name = S("batteries"), .version = S("1"), .instructions = S("Ask."), .logging = 1,
                                 .changes = MCPE_CHANGES_CONTENTS, .complete = completes, .userdata = &server, .destroy = on_destroy};
  mcpe_http_options http = {.size = sizeof http, .path = S("/tools"), .hosts = &host, .hosts_len = 1};
  OK(mcpe_server_new(&options, &server));
  furnish();
  IS(MCPE_ERR_MISUSE, mcpe_server_publish(server, &(mcpe_change){.size = sizeof(mcpe_change), .kind = MCPE_CHANGE_TOOLS}));
  OK(mcpe_server_serve_http(server, &http, mcpe_to_memory(url, sizeof url), &url_len));
  CHECK(has((mcpe_str){url, url_len}, "http://127.0.0.1:") && has((mcpe_str){url, url_len}, "/tools"));
  tour(1u << MCPE_REVISION_2025_11_25);
  tour(1u << MCPE_REVISION_2026_07_28);
  changes();
  CHECK(pthread_create(&thread, NULL, waits_for_end, &server) == 0);
  OK(mcpe_server_stop(server));
  CHECK(pthread_join(thread, NULL) == 0);
  // It may be served again.
  OK(mcpe_server_serve_http(server, NULL, mcpe_to_memory(url, sizeof url), &url_len));
  tour(0);
  OK(mcpe_server_stop(server));
  mcpe_server freed = server;
  OK(mcpe_server_free(server));
  IS(MCPE_ERR_HANDLE, mcpe_server_wait(freed));
  // Eight tools, three other parts, two that could not be added, one that was removed, and the server itself.
  for (int round = 0; destroyed < 15 && round < 1000; round++) nanosleep(&(struct timespec){0, 5000000}, NULL);
  CHECK(destroyed == 15);
  tells_without_changing(MCPE_CHANGES_NONE, MCPE_ERR_MISUSE);
  tells_without_changing(MCPE_CHANGES_TOLD, MCPE_OK);
  pools();
  NONE_LEFT(server);
  NONE_LEFT(client);
  NONE_LEFT(responder);
  NONE_LEFT(pool);
  return 0;
}
