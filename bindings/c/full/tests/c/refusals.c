// What is wrong is refused where it is given, in words that say whose fault it is.
#include <limits.h>

#include "batteries.h"

static mcpe_server server;
static mcpe_client client;
static atomic_int called;

static void answers(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  (void)userdata, (void)name;
  called++;
  CHECK(arguments.len >= 2 && *arguments.ptr == '{');
  OK(mcpe_responder_reply_text(responder, T("answered"), 0));
}

// Results that a client refuses are refused here, and the responder is there still.
static void replies(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  char deep[512] = "{\"content\":[],\"structuredContent\":{\"a\":";
  size_t begin = strlen(deep);
  (void)userdata, (void)name, (void)arguments;
  memset(deep + begin, '[', 126), memset(deep + begin + 126, ']', 126), memcpy(deep + begin + 252, "}}", 3);
  IS(MCPE_ERR_MESSAGE, mcpe_responder_reply(responder, T("{\"content\":[],\"content\":[]}")));
  CHECK(strstr(mcpe_error_message(), "duplicate-param") != NULL);
  IS(MCPE_ERR_MESSAGE, mcpe_responder_reply(responder, T("{\"content\":[],\"structuredContent\":{\"a\":1,\"\\u0061\":2}}")));
  IS(MCPE_ERR_MESSAGE, mcpe_responder_fail(responder, 1, T("no"), T("{\"a\":1,\"a\":2}")));
  IS(MCPE_ERR_MESSAGE, mcpe_responder_log(responder, MCPE_LEVEL_ERROR, NULL, 0, T("{\"a\":1,\"a\":2}")));
  IS(MCPE_ERR_LIMIT, mcpe_responder_reply(responder, deep, strlen(deep)));
  CHECK(strstr(mcpe_error_message(), "rule depth") != NULL);
  IS(MCPE_ERR_MISUSE, mcpe_responder_reply(responder, T("[]")));
  OK(mcpe_responder_reply(responder, T("{\"content\":[{\"type\":\"text\",\"text\":\"one\"}]}")));
}

static void fails(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  (void)name, (void)arguments;
  OK(mcpe_responder_fail(responder, *(int64_t *)userdata, T("as it was told to"), NULL, 0));
}

static void add(const char *name, mcpe_serve_callback serve, void *userdata) {
  mcpe_part part = {.size = sizeof part, .name = mcpe_text(name), .serve = serve, .userdata = userdata};
  OK(mcpe_server_add_tool(server, &part));
}

static void serve(void) {
  static int64_t large = 5000000000, small = -5000000000;
  char url[128];
  size_t url_len;
  mcpe_server_options options = {.size = sizeof options, .name = S("refusals"), .version = S("1"), .logging = 1};
  mcpe_client_options to = {.size = sizeof to};
  mcpe_part prompt = {.size = sizeof prompt, .name = S("prompt"), .serve = answers, .input_schema = S("{}")};
  mcpe_part resource = {.size = sizeof resource, .name = S("a:b"), .serve = answers, .output_schema = S("{}")};
  OK(mcpe_server_new(&options, &server));
  add("answers", answers, NULL), add("replies", replies, NULL), add("large", fails, &large), add("small", fails, &small);
  OK(mcpe_server_add_prompt(server, &prompt));
  OK(mcpe_server_add_resource(server, &resource));
  OK(mcpe_server_serve_http(server, NULL, mcpe_to_memory(url, sizeof url), &url_len));
  to.url = (mcpe_str){url, url_len};
  OK(mcpe_client_open(&to, &client));
}

static void arguments_that_are_no_object_do_not_come_to_callbacks(void) {
  static const char *const wrong[] = {"[1]", "\"x\"", "7", "null"};
  static const char *const methods[][2] = {{"tools/call", "answers"}, {"prompts/get", "prompt"}};
  mcpe_error error;
  for (int at = 0; at < 8; at++) {
    char params[128];
    size_t len = (size_t)sprintf(params, "{\"name\":\"%s\",\"arguments\":%s}", methods[at / 4][1], wrong[at % 4]);
    IS(MCPE_ERR_REFUSED, mcpe_client_request(client, methods[at / 4][0], strlen(methods[at / 4][0]), params, len, NULL, SAID));
    OK(mcpe_error_last(&error));
    CHECK(error.code == -32602 && called == 0);
  }
  OK(mcpe_client_request(client, T("tools/call"), T("{\"name\":\"answers\"}"), NULL, SAID));
  CHECK(called == 1 && says("answered"));
}

static void results_that_clients_refuse_are_refused(void) {
  OK(mcpe_client_call_tool(client, T("replies"), NULL, 0, NULL, SAID));
  CHECK(says("one"));
}

static void codes_that_do_not_fit_are_the_nearest_that_do(void) {
  mcpe_error error;
  IS(MCPE_ERR_REFUSED, mcpe_client_call_tool(client, T("large"), NULL, 0, NULL, SAID));
  OK(mcpe_error_last(&error));
  CHECK(error.code == INT_MAX && strstr(mcpe_error_message(), "5000000000") != NULL);
  IS(MCPE_ERR_REFUSED, mcpe_client_call_tool(client, T("small"), NULL, 0, NULL, SAID));
  OK(mcpe_error_last(&error));
  CHECK(error.code == INT_MIN && strstr(mcpe_error_message(), "-5000000000") != NULL);
}

static void a_definition_says_nothing_twice(void) {
  mcpe_server other;
  mcpe_server_options options = {.size = sizeof options, .name = S("other"), .version = S("1")};
  mcpe_part part = {.size = sizeof part, .name = S("a"), .serve = answers};
  OK(mcpe_server_new(&options, &other));
  part.definition = S("{\"name\":\"b\"}");
  IS(MCPE_ERR_VALUE, mcpe_server_add_tool(other, &part));
  CHECK(strstr(mcpe_error_message(), "`name`") && strstr(mcpe_error_message(), "rule definition"));
  part.definition = S("{\"description\":\"b\"}"), part.description = S("a");
  IS(MCPE_ERR_VALUE, mcpe_server_add_tool(other, &part));
  part.definition = S("{\"inputSchema\":{\"type\":\"object\"}}"), part.input_schema = S("{\"type\":\"object\"}");
  IS(MCPE_ERR_VALUE, mcpe_server_add_tool(other, &part));
  part.definition = S("{\"title\":\"a\",\"title\":\"b\"}");
  IS(MCPE_ERR_VALUE, mcpe_server_add_tool(other, &part));
  part.definition = S("{\"annotations\":{\"title\":\"a\",\"title\":\"b\"}}");
  IS(MCPE_ERR_MESSAGE, mcpe_server_add_tool(other, &part));
  part.definition = S("{\"inputSchema\":{\"type\":\"object\",\"required\":[\"x\"]}}"), part.input_schema = (mcpe_str){NULL, 0};
  OK(mcpe_server_add_tool(other, &part));
  part = (mcpe_part){.size = sizeof part, .name = S("file:///a"), .serve = answers, .definition = S("{\"name\":\"a\"}")};
  OK(mcpe_server_add_resource(other, &part));
  part.definition = S("{\"uri\":\"file:///b\"}");
  IS(MCPE_ERR_VALUE, mcpe_server_add_resource(other, &part));
  OK(mcpe_server_free(other));
}

// What the caller has given is the fault of the caller, also where something else finds it.
static void faults_have_the_right_name(void) {
  mcpe_server other;
  mcpe_client none;
  mcpe_server_options options = {.size = sizeof options, .name = S("other"), .version = S("1")};
  mcpe_client_options to = {.size = sizeof to, .url = S("nowhere")};
  mcpe_part part = {.size = sizeof part, .name = S("a"), .serve = answers};
  OK(mcpe_server_new(&options, &other));
  OK(mcpe_server_add_tool(other, &part));
  OK(mcpe_server_add_tool(other, &part));
  IS(MCPE_ERR_ANSWER, mcpe_server_serve_http(other, NULL, SAID));
  CHECK(fault_is("caller"));
  OK(mcpe_server_free(other));
  OK(mcpe_server_new(&options, &other));
  part.name = S("a://{x");
  CHECK(mcpe_server_add_resource_template(other, &part) < 0 && fault_is("caller"));
  OK(mcpe_server_free(other));
  CHECK(mcpe_client_open(&to, &none) < 0 && fault_is("caller"));
}

static void paths_that_nobody_can_ask_for_are_refused(void) {
  static const char *const wrong[] = {"", "mcp", "/m?x", "/m#x", "/a b", "/a/../b", "/./", "/\x01", "/sse", "/messages"};
  mcpe_http_options options = {.size = sizeof options, .http_sse = 1};
  for (size_t at = 0; at < sizeof wrong / sizeof *wrong; at++) {
    options.path = mcpe_text(wrong[at]);
    IS(MCPE_ERR_VALUE, mcpe_server_serve_http(server, &options, SAID));
  }
}

static void members_that_mean_nothing_say_nothing(void) {
  mcpe_client none;
  mcpe_client_options to = {.size = sizeof to, .url = S("http://127.0.0.1:9/"), .reserved = 1};
  mcpe_http_options http = {.size = sizeof http, .reserved = 1};
  mcpe_call_options call = {.size = sizeof call, .reserved = 1};
  IS(MCPE_ERR_STRUCT, mcpe_client_open(&to, &none));
  IS(MCPE_ERR_STRUCT, mcpe_server_serve_http(server, &http, SAID));
  IS(MCPE_ERR_STRUCT, mcpe_client_call_tool(client, T("answers"), NULL, 0, &call, SAID));
}

// The words of the last failure, in which this stands.
static int told(const char *words) { return strstr(mcpe_error_message(), words) != NULL; }

static void words_name_what_is_wrong(void) {
  mcpe_client none;
  mcpe_client_options nowhere = {.size = sizeof nowhere}, both = {.size = sizeof both, .url = S("http://127.0.0.1:9/"), .argv = &both.url, .argv_len = 1};
  mcpe_call_options call = {.size = 0};
  mcpe_part part = {.size = sizeof part, .name = S("a"), .serve = answers, .output_schema = S("{\"type\":}"), .definition = S("{}")};
  IS(MCPE_ERR_JSON, mcpe_server_add_tool(server, &part));
  CHECK(told("`output_schema`") && told("byte 8") && told("fault json"));
  part.output_schema = S("{}"), part.definition = S("[]");
  IS(MCPE_ERR_VALUE, mcpe_server_add_tool(server, &part));
  CHECK(told("`definition` must be a JSON object"));
  IS(MCPE_ERR_VALUE, mcpe_client_call_tool(client, T("answers"), T("[1]"), NULL, SAID));
  CHECK(told("`arguments` must be a JSON object"));
  IS(MCPE_ERR_JSON, mcpe_client_call_tool(client, T("answers"), T("{"), NULL, SAID));
  CHECK(told("`arguments`: invalid JSON at byte 1"));
  IS(MCPE_ERR_STRUCT, mcpe_client_call_tool(client, T("answers"), NULL, 0, &call, SAID));
  CHECK(told("sizeof(mcpe_call_options)"));
  call = (mcpe_call_options){.size = sizeof call, .reserved = 1};
  IS(MCPE_ERR_STRUCT, mcpe_client_call_tool(client, T("answers"), NULL, 0, &call, SAID));
  CHECK(told("`mcpe_call_options`") && told("have to be 0"));
  IS(MCPE_ERR_VALUE, mcpe_client_open(&nowhere, &none));
  CHECK(told("one of `argv` and `url`"));
  IS(MCPE_ERR_VALUE, mcpe_client_open(&both, &none));
  mcpe_str argv[] = {S("/nowhere/server"), S("a\0b")};
  mcpe_pair variable = {S("A=B"), S("C")};
  mcpe_client_options program = {.size = sizeof program, .argv = argv, .argv_len = 1};
#ifndef UNDER_VALGRIND
  // There a program that is not there starts, and ends.
  IS(MCPE_ERR_UNREACHABLE, mcpe_client_open(&program, &none));
  CHECK(told("/nowhere/server") && told("No such file") && told("fault system"));
#endif
  program.argv_len = 2;
  IS(MCPE_ERR_UNREACHABLE, mcpe_client_open(&program, &none));
  CHECK(told("nul byte") && told("fault caller"));
  program.argv_len = 1, program.env = &variable, program.env_len = 1;
  IS(MCPE_ERR_VALUE, mcpe_client_open(&program, &none));
  variable.name = S("");
  IS(MCPE_ERR_VALUE, mcpe_client_open(&program, &none));
  CHECK(told("`env`"));
  mcpe_http_options http = {.size = sizeof http, .address = S("localhost:8080")};
  IS(MCPE_ERR_VALUE, mcpe_server_serve_http(server, &http, SAID));
  CHECK(told("127.0.0.1:8080"));
}

static void a_server_says_what_makes_it_none(void) {
  mcpe_server other;
  mcpe_server_options options = {.size = sizeof options, .name = S("other"), .version = S("1")};
  mcpe_part part = {.size = sizeof part, .name = S("a"), .serve = answers, .input_schema = S("{\"type\":\"string\"}")};
  OK(mcpe_server_new(&options, &other));
  IS(MCPE_ERR_ANSWER, mcpe_server_add_tool(other, &part));
  CHECK(told("inputSchema.type"));
  part.input_schema = S("{}");
  IS(MCPE_ERR_ANSWER, mcpe_server_add_tool(other, &part));
  part.name = S("no URI");
  OK(mcpe_server_add_resource(other, &part));
  IS(MCPE_ERR_ANSWER, mcpe_server_serve_http(other, NULL, SAID));
  CHECK(told("\"no URI\"") && fault_is("caller"));
  OK(mcpe_server_free(other));
}

// An empty text is no JSON, so that it stands for none where there need not be any.
static void empty_json_is_none(void) {
  mcpe_server other;
  mcpe_server_options options = {.size = sizeof options, .name = S("other"), .version = S("1")};
  mcpe_part part = {.size = sizeof part, .name = S("a"), .serve = answers, .input_schema = S(""), .output_schema = S(""), .definition = S("")};
  OK(mcpe_server_new(&options, &other));
  OK(mcpe_server_add_tool(other, &part));
  OK(mcpe_server_free(other));
  OK(mcpe_client_call_tool(client, T("answers"), T(""), NULL, SAID));
  IS(MCPE_ERR_JSON, mcpe_client_listen(client, T("")));
}

// A schema says what a tool takes: nothing else has one.
static void what_is_no_tool_has_no_schema(void) {
  OK(mcpe_client_list_prompts(client, SAID));
  CHECK(says("\"prompt\"") && !says("Schema"));
  OK(mcpe_client_list_resources(client, SAID));
  CHECK(says("\"a:b\"") && !says("Schema"));
}

static void so_many_callbacks_and_no_more(void) {
  mcpe_server other;
  mcpe_client none;
  mcpe_server_options options = {.size = sizeof options, .name = S("other"), .version = S("1"), .callbacks = 4097};
  mcpe_client_options to = {.size = sizeof to, .url = S("http://127.0.0.1:9/"), .callbacks = 257};
  IS(MCPE_ERR_VALUE, mcpe_server_new(&options, &other));
  mcpe_task_limits tasks = {.size = sizeof tasks, .callbacks = 4097};
  options.callbacks = 0, options.tasks = &tasks;
  IS(MCPE_ERR_VALUE, mcpe_server_new(&options, &other));
  IS(MCPE_ERR_VALUE, mcpe_client_open(&to, &none));
}

static void refuses(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str params) {
  CHECK(!userdata && same(name, "elicitation/create") && params.len);
  IS(MCPE_ERR_MESSAGE, mcpe_responder_fail(responder, -32050, T("nobody is there"), T("{\"a\":1,\"a\":2}")));
  OK(mcpe_responder_fail(responder, -32050, T("nobody is there"), T("{\"until\":\"9:00\"}")));
}

static void asks(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  CHECK(!userdata && name.len && arguments.len);
  OK(mcpe_responder_want(responder, MCPE_INPUT_ELICITATION, T("who"), T("{\"message\":\"Who?\",\"requestedSchema\":{\"type\":\"object\",\"properties\":{}}}")));
  IS(MCPE_ASKED, mcpe_responder_ask(responder));
}

// A server that asks by a request, and shows what it was answered with, as it came.
#define SHOWS                                                                                                            \
  "id() { it=${1#*\\\"id\\\":}; it=${it%%,*}; printf %s \"${it%%\\}*}\"; }; say() { printf '{\"jsonrpc\":\"2.0\",%s}\\n' \"$1\"; };" \
  "read -r line; say \"\\\"id\\\":$(id \"$line\"),\"'\"result\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"tools\":{}},\"serverInfo\":{\"name\":\"s\",\"version\":\"1\"}}';" \
  "read -r line; read -r line; call=$(id \"$line\");"                                                                      \
  "say '\"id\":1,\"method\":\"elicitation/create\",\"params\":{\"message\":\"?\",\"requestedSchema\":{\"type\":\"object\",\"properties\":{}}}';" \
  "read -r said; say \"\\\"id\\\":$call,\\\"result\\\":{\\\"content\\\":[],\\\"structuredContent\\\":$said}\"; read -r line"

// What a callback of a client refuses with reaches the server with its code, its message and its data, where the server asks by a request.
static void callbacks_of_clients_refuse_in_words_of_their_own(void) {
  mcpe_server other;
  mcpe_client asked;
  char url[128];
  size_t url_len;
  mcpe_error error;
  mcpe_error_object none;
  mcpe_str argv[] = {S("sh"), S("-c"), S(SHOWS)};
  mcpe_server_options options = {.size = sizeof options, .name = S("asks"), .version = S("1")};
  mcpe_part part = {.size = sizeof part, .name = S("asks"), .serve = asks};
  mcpe_client_options to = {.size = sizeof to, .argv = argv, .argv_len = 3, .elicitation = refuses, .revisions = 1u << MCPE_REVISION_2025_11_25};
  OK(mcpe_client_open(&to, &asked));
  OK(mcpe_client_call_tool(asked, T("any"), NULL, 0, NULL, SAID));
  CHECK(says("{\"code\":-32050,\"message\":\"nobody is there\",\"data\":{\"until\":\"9:00\"}}"));
  OK(mcpe_client_free(asked));
  OK(mcpe_server_new(&options, &other));
  OK(mcpe_server_add_tool(other, &part));
  OK(mcpe_server_serve_http(other, NULL, mcpe_to_memory(url, sizeof url), &url_len));
  to.argv_len = 0, to.url = (mcpe_str){url, url_len};
  OK(mcpe_client_open(&to, &asked));
  OK(mcpe_client_call_tool(asked, T("asks"), NULL, 0, NULL, SAID));
  CHECK(says("-32050: nobody is there") && says("\"isError\":true"));
  OK(mcpe_client_free(asked));
  // Where it asks by its answer, the call that should bring it ends here.
  to.revisions = 1u << MCPE_REVISION_2026_07_28;
  OK(mcpe_client_open(&to, &asked));
  IS(MCPE_ERR_CANCELLED, mcpe_client_call_tool(asked, T("asks"), NULL, 0, NULL, SAID));
  OK(mcpe_error_last(&error));
  CHECK(error.code == -32050 && same(error.fault, "caller") && strstr(mcpe_error_message(), "nobody is there"));
  IS(MCPE_NOTHING, mcpe_error_peer(&none));
  OK(mcpe_client_free(asked));
  OK(mcpe_server_free(other));
}

int main(void) {
  serve();
  arguments_that_are_no_object_do_not_come_to_callbacks();
  results_that_clients_refuse_are_refused();
  codes_that_do_not_fit_are_the_nearest_that_do();
  a_definition_says_nothing_twice();
  faults_have_the_right_name();
  paths_that_nobody_can_ask_for_are_refused();
  members_that_mean_nothing_say_nothing();
  words_name_what_is_wrong();
  empty_json_is_none();
  a_server_says_what_makes_it_none();
  what_is_no_tool_has_no_schema();
  so_many_callbacks_and_no_more();
  callbacks_of_clients_refuse_in_words_of_their_own();
  OK(mcpe_client_free(client));
  OK(mcpe_server_free(server));
  return 0;
}
