// Every bound of the batteries is reached, and says so; and what must not be done is refused.
#include <sys/resource.h>
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

static mcpe_responder handed;
static struct gate is_handed = GATE;

static void hands(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  (void)userdata, (void)name, (void)arguments;
  handed = responder;
  let_through(&is_handed);
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
  part = (mcpe_part){.size = sizeof part, .name = S("hands"), .serve = hands};
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

// A server in a few words: it answers the handshake, and a call with 200 steps of progress before the result.
#define HELLO "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"tools\":{}}," \
              "\"serverInfo\":{\"name\":\"s\",\"version\":\"1\"}}}"
#define STEP "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progressToken\":2,\"total\":200,\"progress\":%d}}\\n"
#define RESULT "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"content\":[]}}"
#define TALKER "read a; echo '" HELLO "'; read a; read a; i=0; while [ $i -lt 200 ]; do i=$((i+1)); printf '" STEP "' $i; done; echo '" RESULT "'; read a"

static mcpe_client talker;

// It does not return before a step was left out.
static void on_slow_progress(void *userdata, double progress, double total, mcpe_str message) {
  uint64_t dropped = 0;
  (void)userdata, (void)message;
  CHECK(progress <= total);
  for (int round = 0; dropped == 0 && round < 10000; round++) {
    nanosleep(&(struct timespec){0, 1000000}, NULL);
    OK(mcpe_client_dropped(talker, &dropped));
  }
  CHECK(dropped > 0);
}

static void steps_that_are_left_out_are_counted(void) {
  mcpe_str argv[] = {S("sh"), S("-c"), S(TALKER)};
  mcpe_client_options options = {.size = sizeof options, .argv = argv, .argv_len = 3, .revisions = 1u << MCPE_REVISION_2025_11_25};
  mcpe_call_options call = {.size = sizeof call, .progress = on_slow_progress};
  OK(mcpe_client_open(&options, &talker));
  OK(mcpe_client_call_tool(talker, T("any"), NULL, 0, &call, SAID));
  OK(mcpe_client_free(talker));
}

static atomic_int is_freed;

static void *reads(void *userdata) {
  uint32_t revision = 0;
  while (!is_freed) {
    mcpe_status status = mcpe_client_revision(*(mcpe_client *)userdata, &revision);
    CHECK(status == MCPE_OK || status == MCPE_ERR_HANDLE);
  }
  return NULL;
}

static void what_is_being_read_is_freed_all_the_same(void) {
  pthread_t readers[2];
  for (int round = 0; round < 50; round++) {
    mcpe_client client = connect_to(1, 1);
    is_freed = 0;
    for (int at = 0; at < 2; at++) CHECK(pthread_create(&readers[at], NULL, reads, &client) == 0);
    nanosleep(&(struct timespec){0, 100000}, NULL);
    OK(mcpe_client_free(client));
    is_freed = 1;
    for (int at = 0; at < 2; at++) CHECK(pthread_join(readers[at], NULL) == 0);
  }
}

static void *works_on(void *userdata) {
  char kept[16];
  size_t len = 0;
  uint32_t is_cancelled = 0;
  (void)userdata;
  for (int round = 0; round < 500; round++) {
    OK(mcpe_responder_remember(handed, T("key"), T("1")));
    OK(mcpe_responder_input(handed, T("key"), mcpe_to_memory(kept, sizeof kept), &len));
    OK(mcpe_responder_want(handed, MCPE_INPUT_ROOTS, T("roots"), NULL, 0));
    OK(mcpe_responder_is_cancelled(handed, &is_cancelled));
  }
  return NULL;
}

static void *replies(void *answered) {
  mcpe_status status = mcpe_responder_reply_text(handed, T("done"), 0);
  CHECK(status == MCPE_OK || status == MCPE_ERR_HANDLE);
  if (status == MCPE_OK) ++*(atomic_int *)answered;
  return NULL;
}

// Eight threads work on one responder, and none is refused for another; of eight answers it takes one.
static void a_responder_has_many_threads(mcpe_client client) {
  pthread_t threads[8];
  atomic_int answered = 0;
  OK(mcpe_client_call_tool_later(client, T("hands"), NULL, 0, NULL, on_done, &finished, NULL));
  pass(&is_handed);
  for (int at = 0; at < 8; at++) CHECK(pthread_create(&threads[at], NULL, works_on, NULL) == 0);
  for (int at = 0; at < 8; at++) CHECK(pthread_join(threads[at], NULL) == 0);
  for (int at = 0; at < 8; at++) CHECK(pthread_create(&threads[at], NULL, replies, &answered) == 0);
  for (int at = 0; at < 8; at++) CHECK(pthread_join(threads[at], NULL) == 0);
  pass(&done);
  CHECK(answered == 1);
}

#ifndef UNDER_VALGRIND
enum { CROWD = 600, CLIENTS = 6 };
static struct gate stuck = GATE, unstuck = GATE, crowd_done = GATE;

static void sticks(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  (void)userdata, (void)name, (void)arguments;
  let_through(&stuck);
  pass(&unstuck);
  OK(mcpe_responder_reply_text(responder, T("done"), 0));
}

static void on_crowd_done(void *userdata, mcpe_status status, mcpe_str result) {
  CHECK(userdata == NULL && status == MCPE_OK && has(result, "done"));
  let_through(&crowd_done);
}

// As many callbacks run as were allowed, and all else goes on beside them: those of other servers, what is heard, and looking up a name.
static void callbacks_that_do_not_return_keep_nobody_else_from_anything(mcpe_client other) {
  mcpe_server crowded;
  mcpe_client clients[CLIENTS], by_name;
  char there[128], named[128];
  size_t len;
  mcpe_server_options options = {.size = sizeof options, .name = S("crowded"), .version = S("1"), .callbacks = CROWD};
  mcpe_part part = {.size = sizeof part, .name = S("sticks"), .serve = sticks};
  mcpe_client_options to = {.size = sizeof to};
  OK(mcpe_server_new(&options, &crowded));
  OK(mcpe_server_add_tool(crowded, &part));
  OK(mcpe_server_serve_http(crowded, NULL, mcpe_to_memory(there, sizeof there), &len));
  to.url = (mcpe_str){there, len};
  for (int at = 0; at < CLIENTS; at++) OK(mcpe_client_open(&to, &clients[at]));
  for (int at = 0; at < CROWD; at++) {
    OK(mcpe_client_call_tool_later(clients[at % CLIENTS], T("sticks"), NULL, 0, NULL, on_crowd_done, NULL, NULL));
  }
  for (int at = 0; at < CROWD; at++) pass(&stuck);
  OK(mcpe_client_call_tool_later(other, T("talks"), NULL, 0, NULL, on_crowd_done, NULL, NULL));
  pass(&crowd_done);
  to.url = (mcpe_str){named, (size_t)sprintf(named, "http://localhost%.*s", (int)(url_len - strlen("http://127.0.0.1")), url + strlen("http://127.0.0.1"))};
  OK(mcpe_client_open(&to, &by_name));
  OK(mcpe_client_free(by_name));
  for (int at = 0; at < CROWD; at++) let_through(&unstuck);
  for (int at = 0; at < CROWD; at++) pass(&crowd_done);
  for (int at = 0; at < CLIENTS; at++) OK(mcpe_client_free(clients[at]));
  OK(mcpe_server_free(crowded));
}

static void with_as_many_descriptors_as_there_may_be(void) {
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = limit.rlim_max;
  CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max >= 2048);
}
#endif

static mcpe_client to_the_end;

// Neither a destructor of a thread nor one of the process keeps a call from waiting.
static void at_the_end_of_a_thread(void *value) {
  CHECK(value == &to_the_end);
  OK(mcpe_client_ping(to_the_end));
}

static void *ends(void *key) {
  CHECK(pthread_setspecific(*(pthread_key_t *)key, &to_the_end) == 0);
  OK(mcpe_client_ping(to_the_end));
  return NULL;
}

static void at_the_end_of_the_process(void) {
  if (mcpe_client_ping(to_the_end) != MCPE_OK || mcpe_client_close(to_the_end) != MCPE_OK) _exit(1);
  if (mcpe_client_free(to_the_end) != MCPE_OK || mcpe_server_free(server) != MCPE_OK) _exit(1);
}

static void what_waits_may_be_called_until_the_end(void) {
  pthread_key_t key;
  pthread_t thread;
  CHECK(pthread_key_create(&key, at_the_end_of_a_thread) == 0);
  CHECK(pthread_create(&thread, NULL, ends, &key) == 0 && pthread_join(thread, NULL) == 0);
  CHECK(atexit(at_the_end_of_the_process) == 0);
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
static int says_forked(mcpe_status status) {
  return status == MCPE_ERR_UNSUPPORTED && strstr(mcpe_error_message(), "forked") != NULL;
}

static int is_refused_after_a_fork(mcpe_client client, mcpe_pool pool) {
  uint32_t revision;
  mcpe_pool other;
  return says_forked(mcpe_pool_new(NULL, &other)) && says_forked(mcpe_client_ping(client)) && says_forked(mcpe_client_revision(client, &revision)) &&
         says_forked(mcpe_pool_free(pool)) && says_forked(mcpe_client_free(client)) && says_forked(mcpe_server_free(server));
}

static void *calls_on(void *client) {
  while (!is_freed) OK(mcpe_client_ping(*(mcpe_client *)client));
  return NULL;
}

// The threads of the library do not come along, and nothing waits for what they have held.
static void a_fork_is_refused(mcpe_client client) {
  pthread_t busy[2];
  mcpe_pool pool;
  OK(mcpe_pool_new(NULL, &pool));
  is_freed = 0;
  for (int at = 0; at < 2; at++) CHECK(pthread_create(&busy[at], NULL, calls_on, &client) == 0);
  for (int round = 0; round < 20; round++) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
      alarm(60);
      _exit(is_refused_after_a_fork(client, pool) ? 0 : 1);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  is_freed = 1;
  for (int at = 0; at < 2; at++) CHECK(pthread_join(busy[at], NULL) == 0);
  OK(mcpe_client_ping(client));
  OK(mcpe_pool_free(pool));
}
#endif

int main(void) {
  serve();
  mcpe_client client = connect_to(2, 1);
  so_many_calls_and_callbacks(client);
  so_much_to_hear(client);
  no_progress_after_the_end(client);
  steps_that_are_left_out_are_counted();
  no_destructor_waits(&client);
  what_is_being_read_is_freed_all_the_same();
  a_responder_has_many_threads(client);
#ifndef UNDER_VALGRIND
  // It has no room for so many threads, and takes what threads hold that stayed behind for lost.
  with_as_many_descriptors_as_there_may_be();
  callbacks_that_do_not_return_keep_nobody_else_from_anything(client);
  a_fork_is_refused(client);
#endif
  OK(mcpe_client_free(client));
  NONE_LEFT(client);
  NONE_LEFT(responder);
  NONE_LEFT(pool);
  to_the_end = connect_to(1, 1);
  what_waits_may_be_called_until_the_end();
  return 0;
}
