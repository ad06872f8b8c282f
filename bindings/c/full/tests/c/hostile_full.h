// What the rows of tests/hostile.rs stand on: one of everything, and what a call may do.
#include "batteries.h"

static mcpe_client client;
static mcpe_client_task client_task;
static mcpe_server server;
static mcpe_responder responder;
static mcpe_pool pool;
static mcpe_buffer buffer;

static _Thread_local _Alignas(16) unsigned char outputs[4][512];
static unsigned char memory[64];
static const size_t three[2] = {3, 0};

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

static int known(mcpe_status status) {
  return *mcpe_status_name(status) != 0;
}

static mcpe_status last_status;

// The call gave what it may, has said why, and has left its outputs alone when it failed.
#define expect(function, what, given, may)                                                                        \
  do {                                                                                                            \
    last_status = (given);                                                                                        \
    if (!(may)) {                                                                                                 \
      fprintf(stderr, "%s, %s: gave %s: %s\n", function, what, mcpe_status_name(last_status), mcpe_error_message()); \
      exit(1);                                                                                                    \
    }                                                                                                             \
    if (last_status < 0) CHECK(*mcpe_error_message() != 0);                                                       \
    for (size_t at = 0; last_status < 0 && at < sizeof outputs; at++) {                                           \
      if (((unsigned char *)outputs)[at] != 0xa5) {                                                               \
        fprintf(stderr, "%s, %s: an output was written although it failed\n", function, what);                    \
        exit(1);                                                                                                  \
      }                                                                                                           \
    }                                                                                                             \
  } while (0)

// One sound value of each type that a function takes.
enum { ok_text_len = 2 };
static const char *ok_char(void) { return "{}"; }
#define SAMPLE(type, ...) \
  static const type *ok_##type(void) { static const type one = {.size = sizeof(type), __VA_ARGS__}; return &one; }
SAMPLE(mcpe_call_options, .level = MCPE_LEVEL_ERROR)
SAMPLE(mcpe_change, .kind = MCPE_CHANGE_TOOLS)
SAMPLE(mcpe_client_options, .url = {"http://127.0.0.1:9/", 19})
SAMPLE(mcpe_http_options, .path = {"/", 1})
SAMPLE(mcpe_part, .name = {"a:b", 3}, .serve = keep)
SAMPLE(mcpe_pool_options, .threads = 1)
SAMPLE(mcpe_server_options, .name = {"s", 1}, .version = {"1", 1})
static void ok_mcpe_done_callback(void *userdata, mcpe_status status, mcpe_str result) { CHECK(!userdata && known(status) && (result.len || status)); }
static void ok_mcpe_job_callback(void *userdata) { CHECK(!userdata); }

struct share {
  void (*const *calls)(void);
  size_t len;
  void (*const *last)(void);
  size_t last_len;
};

static void *hammer(void *given) {
  struct share *share = given;
  for (int round = 0; round < 5; round++) {
    for (size_t at = 0; at < share->len; at++) share->calls[at]();
  }
  for (size_t at = 0; at < share->last_len; at++) share->last[at]();
  return NULL;
}

// Every function on the same handles, from several threads at once, and at last everything is freed by all of them.
static void at_the_same_time(void (*const *calls)(void), size_t len, void (*const *last)(void), size_t last_len) {
  struct share share = {calls, len, last, last_len};
  pthread_t threads[4];
  fresh();
  for (int at = 0; at < 4; at++) CHECK(pthread_create(&threads[at], NULL, hammer, &share) == 0);
  for (int at = 0; at < 4; at++) CHECK(pthread_join(threads[at], NULL) == 0);
  stale();
}
