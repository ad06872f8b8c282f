// Every bound of the batteries is reached, and says so; and what must not be done is refused.
#include <sys/wait.h>
#include <unistd.h>

#include "batteries.h"

static mcpe_server server;
static char url[128];
static size_t url_len;
static atomic_int running, most, heard, finished;
static struct gate begun = GATE, go = GATE, done = GATE, hearing = GATE, heard_one = GATE, destroyed = GATE;

static void waits(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  (void)userdata, (void)name, (void)arguments;
  int now = ++running;
  if (now > most) most = now;
  let_through(&begun);
  pass(&go);
  running--;
  OK(mcpe_responder_reply_text(responder, T("done"), 0));
}

static void talks(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  (void)userdata, (void)name, (void)arguments;
  for (int at = 0; at < 200; at++) OK(mcpe_responder_log(responder, MCPE_LEVEL_ERROR, NULL, 0, T("\"something\"")));
  for (int at = 1; at <= 200; at++) OK(mcpe_responder_progress(responder, at, 200, NULL, 0));
  OK(mcpe_responder_reply_text(responder, T("done"), 0));
}

static void on_notification(void *userdata, mcpe_str method, mcpe_str params) {
  CHECK(userdata == &heard && method.len && params.len);
  if (heard++ == 0) {
    let_through(&heard_one);
    pass(&hearing);
  }
}

static void on_done(void *userdata, mcpe_status status, mcpe_str result) {
  CHECK(userdata == &finished && status == MCPE_OK && has(result, "done"));
  finished++;
  let_through(&done);
}

static void on_destroy(void *userdata) {
  // It is on a thread that reads and writes for all, and must not wait there.
  IS(MCPE_ERR_THREAD, mcpe_client_ping(*(mcpe_client *)userdata));
  let_through(&destroyed);
}

static mcpe_client connect_to(uint32_t calls, uint32_t queue) {
  mcpe_client client;
  mcpe_client_options options = {.size = sizeof options, .url = {url, url_len}, .calls = calls, .queue = queue,
                                 .revisions = 1u << MCPE_REVISION_2025_11_25, .notification = on_notification, .userdata = &heard};
  OK(mcpe_client_open(&options, &client));
  return client;
}

static void serve(void) {
  mcpe_server_options options = {.size = sizeof options, .name = S("limits"), .version = S("1"), .callbacks = 1, .logging = 1};
  mcpe_part part = {.size = sizeof part, .name = S("waits"), .serve = waits};
  OK(mcpe_server_new(&options, &server));
  OK(mcpe_server_add_tool(server, &part));
  part = (mcpe_part){.size = sizeof part, .name = S("talks"), .serve = talks};
  OK(mcpe_server_add_tool(server, &part));
  OK(mcpe_server_serve_http(server, NULL, mcpe_to_memory(url, sizeof url), &url_len));
}

static void so_many_calls_and_callbacks(mcpe_client client) {
  for (int at = 0; at < 2; at++) OK(mcpe_client_call_tool_later(client, T("waits"), NULL, 0, NULL, on_done, &finished, NULL));
  IS(MCPE_ERR_LIMIT, mcpe_client_call_tool_later(client, T("waits"), NULL, 0, NULL, on_done, &finished, NULL));
  CHECK(strstr(mcpe_error_message(), "rule calls") != NULL);
  for (int at = 0; at < 2; at++) {
    pass(&begun);
    let_through(&go);
    pass(&done);
  }
  CHECK(most == 1 && finished == 2);
}

static void so_much_to_hear(mcpe_client client) {
  uint64_t dropped = 0;
  OK(mcpe_client_call_tool(client, T("talks"), NULL, 0, NULL, SAID));
  pass(&heard_one);
  // The first is being heard, and of the others hardly any can wait.
  OK(mcpe_client_dropped(client, &dropped));
  CHECK(dropped > 0);
  let_through(&hearing);
}

static void on_progress(void *userdata, double progress, double total, mcpe_str message) {
  CHECK(progress <= total && message.len == 0);
  ++*(int *)userdata;
}

static void no_progress_after_the_end(mcpe_client client) {
  int steps = 0;
  mcpe_call_options options = {.size = sizeof options, .progress = on_progress, .userdata = &steps};
  OK(mcpe_client_call_tool(client, T("talks"), NULL, 0, &options, SAID));
  CHECK(steps <= 200);
}

static void holds(void *userdata) {
  (void)userdata;
  let_through(&begun);
  pass(&go);
}

static void no_destructor_waits(mcpe_client *client) {
  mcpe_pool pool;
  mcpe_pool_options options = {.size = sizeof options, .threads = 1};
  OK(mcpe_pool_new(&options, &pool));
  OK(mcpe_pool_submit(pool, holds, NULL, NULL));
  pass(&begun);
  OK(mcpe_pool_submit(pool, holds, client, on_destroy));
  OK(mcpe_pool_free(pool));
  pass(&destroyed);
  let_through(&go);
}

#ifndef UNDER_VALGRIND
// The threads of the library do not come along.
static void a_fork_is_refused(void) {
  int status = 0;
  pid_t child = fork();
  if (child == 0) {
    mcpe_pool pool;
    mcpe_status given = mcpe_pool_new(NULL, &pool);
    _exit(given == MCPE_ERR_UNSUPPORTED && strstr(mcpe_error_message(), "forked") ? 0 : 1);
  }
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
#endif

int main(void) {
  serve();
  mcpe_client client = connect_to(2, 1);
  so_many_calls_and_callbacks(client);
  so_much_to_hear(client);
  no_progress_after_the_end(client);
  no_destructor_waits(&client);
#ifndef UNDER_VALGRIND
  // It takes what threads hold that stayed behind for lost.
  a_fork_is_refused();
#endif
  OK(mcpe_client_free(client));
  OK(mcpe_server_free(server));
  NONE_LEFT(server);
  NONE_LEFT(client);
  NONE_LEFT(responder);
  NONE_LEFT(pool);
  return 0;
}
