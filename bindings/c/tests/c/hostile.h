// What the rows of tests/hostile.rs stand on: one of everything, and what a call may do.
#define ROUNDS 20
#include "rows.h"

static mcpe_decoder decoder;
static mcpe_message message;
static mcpe_buffer buffer;
static mcpe_connection connection;
static mcpe_endpoint endpoint;
static mcpe_exchange exchange;
static mcpe_listening listening;
static mcpe_cache cache;
static mcpe_scheduler scheduler;
static mcpe_permit permit;

#define META "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{}}"

#define CAPABILITIES "{\"tools\":{\"listChanged\":true},\"logging\":{}}"

static const mcpe_config SERVER = {.size = sizeof(mcpe_config), .role = MCPE_ROLE_SERVER, .name = {"s", 1}, .version = {"1", 1},
                                   .capabilities = {CAPABILITIES, sizeof(CAPABILITIES) - 1}};

static mcpe_accepted accepted(const char *text) {
  mcpe_accepted accepted;
  mcpe_message asked;
  size_t written;
  OK(mcpe_message_parse(text, strlen(text), &asked));
  OK(mcpe_endpoint_accept(endpoint, asked, buffer, &accepted, &written));
  OK(mcpe_message_free(asked));
  return accepted;
}

static void fresh(void) {
  mcpe_ready ready = {.task = 1};
  memset(outputs, 0xa5, sizeof outputs);
  OK(mcpe_decoder_new(NULL, &decoder));
  OK(mcpe_message_parse(T("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"x\"}}"), &message));
  OK(mcpe_buffer_new(MCPE_FRAMING_BARE, &buffer));
  OK(mcpe_connection_new(&SERVER, &connection));
  OK(mcpe_endpoint_new(&SERVER, &endpoint));
  exchange = accepted("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"x\"," META "}}").exchange;
  listening = accepted("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"subscriptions/listen\",\"params\":{\"notifications\":{}," META "}}").listening;
  OK(mcpe_cache_new(NULL, &cache));
  OK(mcpe_scheduler_new(NULL, &scheduler));
  OK(mcpe_permit_new(scheduler, &ready, &permit));
}

static void stale(void) {
  (void)mcpe_decoder_free(decoder);
  (void)mcpe_message_free(message);
  (void)mcpe_buffer_free(buffer);
  (void)mcpe_connection_free(connection);
  (void)mcpe_endpoint_free(endpoint);
  (void)mcpe_exchange_free(exchange);
  (void)mcpe_listening_free(listening);
  (void)mcpe_cache_free(cache);
  (void)mcpe_scheduler_free(scheduler);
  (void)mcpe_permit_free(permit);
}

// One sound value of each type that a function takes.
enum { ok_text_len = 2, ok_mcpe_str_len = 1 };
static const char *ok_char(void) { return "{}"; }
static const uint8_t *ok_uint8_t(void) { return (const uint8_t *)"{}"; }
static const double *ok_double(void) { static const double one = 1; return &one; }
static const mcpe_str *ok_mcpe_str(void) { static const mcpe_str one = {"{}", 2}; return &one; }
static const mcpe_id *ok_mcpe_id(void) { static const mcpe_id one = {.tag = MCPE_TAG_INTEGER, .integer = 1}; return &one; }
static const mcpe_ready *ok_mcpe_ready(void) { static const mcpe_ready one = {.task = 1}; return &one; }
static const mcpe_config *ok_mcpe_config(void) { return &SERVER; }
SAMPLE(mcpe_decoder_options, .stream = MCPE_STREAM_LINES)
SAMPLE(mcpe_request, .method = {"x", 1})
SAMPLE(mcpe_reply, .kind = MCPE_REPLY_TEXT)
SAMPLE(mcpe_change, .kind = MCPE_CHANGE_TOOLS)
SAMPLE(mcpe_sse, .content = {"{}", 2})
SAMPLE(mcpe_cache_limits, .entries = 1)
SAMPLE(mcpe_scheduler_options, .tasks = 10)
SAMPLE(mcpe_key_options, .weight = 1)
SAMPLE(mcpe_quota_options, .concurrency = 1)
SAMPLE(mcpe_policy, .attempts = 1)
SAMPLE(mcpe_task, .key = 1)
SAMPLE(mcpe_failure, .random = 1)
static int ok_mcpe_item_callback(void *userdata, const mcpe_item *item) { return userdata == item; }
static int ok_mcpe_json_callback(void *userdata, mcpe_str key, mcpe_str value) { return userdata == key.ptr + value.len; }

// Every function that takes a decoder, from inside a callback that works on it.
static void from_a_callback(mcpe_item_callback inside) {
  size_t count;
  fresh();
  OK(mcpe_decoder_feed(decoder, (const uint8_t *)"[]\n", 3));
  OK(mcpe_decoder_visit(decoder, inside, NULL, &count));
  CHECK(count == 1);
  stale();
}
