// What the rows of tests/hostile.rs stand on: one of everything, and what a call may do.
#include "batteries.h"

#define ROUNDS 5
#include "rows.h"

static mcpe_client client;
static mcpe_client_task client_task;
static mcpe_server server;
static mcpe_responder responder;
static mcpe_pool pool;
static mcpe_buffer buffer;

static mcpe_server host;
static char url[128];
static size_t url_len;
static struct gate kept = GATE, finished = GATE;

static void keep(void *userdata, mcpe_responder given, mcpe_str name, mcpe_str arguments) {
  (void)userdata, (void)name, (void)arguments;
  responder = given;
  let_through(&kept);
}

static void answer(void *userdata, mcpe_responder given, mcpe_str name, mcpe_str arguments) {
  CHECK(!userdata && name.len && arguments.len);
  OK(mcpe_responder_reply_text(given, T("answered"), 0));
}

static void on_finished(void *userdata, mcpe_status status, mcpe_str result) {
  (void)userdata, (void)status, (void)result;
  let_through(&finished);
}

static const mcpe_task_limits TASKS = {.size = sizeof(mcpe_task_limits), .poll_ns = 1, .ttl_ns = 1000000000};
static const mcpe_server_options SERVER = {.size = sizeof(mcpe_server_options), .name = {"s", 1}, .version = {"1", 1}, .logging = 1,
                                           .changes = MCPE_CHANGES_CONTENTS, .tasks = &TASKS};

static void host_it(void) {
  mcpe_part part = {.size = sizeof part, .name = {"keep", 4}, .serve = keep};
  OK(mcpe_server_new(&SERVER, &host));
  OK(mcpe_server_add_tool(host, &part));
  part = (mcpe_part){.size = sizeof part, .name = {"task", 4}, .serve = answer, .task = MCPE_TASK_SUPPORT_OPTIONAL};
  OK(mcpe_server_add_tool(host, &part));
  OK(mcpe_server_serve_http(host, NULL, mcpe_to_memory(url, sizeof url), &url_len));
}

static void fresh(void) {
  memset(outputs, 0xa5, sizeof outputs);
  if (!url_len) host_it();
  mcpe_client_options options = {.size = sizeof options, .url = {url, url_len}, .idle_ns = 2000000000u, .tasks = 1};
  OK(mcpe_client_open(&options, &client));
  OK(mcpe_client_call_tool_later(client, T("keep"), NULL, 0, NULL, on_finished, NULL, NULL));
  pass(&kept);
  OK(mcpe_client_start_tool(client, T("task"), NULL, 0, NULL, &client_task));
  OK(mcpe_server_new(&SERVER, &server));
  OK(mcpe_pool_new(NULL, &pool));
  OK(mcpe_buffer_new(MCPE_FRAMING_BARE, &buffer));
}

static void stale(void) {
  (void)mcpe_responder_free(responder);
  (void)mcpe_client_task_free(client_task);
  (void)mcpe_client_free(client);
  pass(&finished);
  (void)mcpe_server_free(server);
  (void)mcpe_pool_free(pool);
  (void)mcpe_buffer_free(buffer);
}

// One sound value of each type that a function takes.
enum { ok_text_len = 2 };
static const char *ok_char(void) { return "{}"; }
SAMPLE(mcpe_call_options, .level = MCPE_LEVEL_ERROR)
SAMPLE(mcpe_change, .kind = MCPE_CHANGE_TOOLS)
SAMPLE(mcpe_client_options, .url = {"http://127.0.0.1:9/", 19})
SAMPLE(mcpe_http_options, .path = {"/", 1})
SAMPLE(mcpe_part, .name = {"a:b", 3}, .serve = keep)
SAMPLE(mcpe_pool_options, .threads = 1)
SAMPLE(mcpe_server_options, .name = {"s", 1}, .version = {"1", 1})
static void ok_mcpe_done_callback(void *userdata, mcpe_status status, mcpe_str result) { CHECK(!userdata && known(status) && (result.len || status)); }
static void ok_mcpe_job_callback(void *userdata) { CHECK(!userdata); }
