// A server in C of what the conformance suite asks for: scripts/conformance.sh. It serves HTTP until it is killed.
#define MCPE_FULL
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mcp_engine.h"

#define NOTHING "{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}"
#define FORM(message, properties, required) \
  "{\"message\":\"" message "\",\"requestedSchema\":{\"type\":\"object\",\"properties\":{" properties "},\"required\":[" required "]}}"
#define NAME FORM("What is your name?", "\"name\":{\"type\":\"string\"}", "\"name\"")
#define SURE FORM("Is that all right?", "\"ok\":{\"type\":\"boolean\"}", "\"ok\"")
#define CONFIRM FORM("Is that all right?", "\"confirm\":{\"type\":\"boolean\"}", "\"confirm\"")
#define STRING(name) "{\"type\":\"object\",\"properties\":{\"" name "\":{\"type\":\"string\"}},\"required\":[\"" name "\"]}"
#define QUESTION(text) \
  "{\"messages\":[{\"role\":\"user\",\"content\":{\"type\":\"text\",\"text\":\"" text "\"}}],\"maxTokens\":100}"
#define TEXT(text) "{\"type\":\"text\",\"text\":\"" text "\"}"
#define IMAGE                                                                                                              \
  "{\"type\":\"image\",\"mimeType\":\"image/png\",\"data\":\"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP" \
  "8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==\"}"
#define AUDIO \
  "{\"type\":\"audio\",\"mimeType\":\"audio/wav\",\"data\":\"UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=\"}"
#define RESOURCE(uri, kind, text) \
  "{\"type\":\"resource\",\"resource\":{\"uri\":\"" uri "\",\"mimeType\":\"" kind "\",\"text\":\"" text "\"}}"
#define CONTENT(blocks) "{\"content\":[" blocks "]}"
#define USER(block) "{\"role\":\"user\",\"content\":" block "}"

static mcpe_server server;

static void must(mcpe_status status) {
  if (status >= 0) return;
  fprintf(stderr, "%s\n", mcpe_error_message());
  exit(1);
}

static void sleep_ms(long ms) {
  nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void reply(mcpe_responder responder, const char *result) {
  must(mcpe_responder_reply(responder, result, strlen(result)));
}

// The inside of a string argument, as it is spelled.
static mcpe_str argument(mcpe_str arguments, const char *name) {
  mcpe_str value = {"\"\"", 2};
  mcpe_json_member(arguments.ptr, arguments.len, name, strlen(name), &value);
  return (mcpe_str){value.ptr + 1, value.len - 2};
}

// The userdata is what it always answers.
static void fixed(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  (void)name, (void)arguments;
  reply(responder, userdata);
}

static void progress(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  (void)name, (void)arguments;
  for (int percent = 0; percent <= 100; percent += 50) {
    mcpe_responder_progress(responder, percent, 100, "working", 7);
    sleep_ms(50);
  }
  reply(responder, userdata);
}

static void logs(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  static const char *const said[] = {"\"Tool execution started\"", "\"Tool processing data\"", "\"Tool execution completed\""};
  (void)name, (void)arguments;
  for (int at = 0; at < 3; at++) {
    mcpe_responder_log(responder, MCPE_LEVEL_INFO, "everything", 10, said[at], strlen(said[at]));
    sleep_ms(50);
  }
  reply(responder, userdata);
}

static void reconnects(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  (void)name, (void)arguments;
  mcpe_responder_close_stream(responder, 100000000);
  sleep_ms(200);
  reply(responder, userdata);
}

static void changed(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  mcpe_change change = {.size = sizeof change, .kind = *(const uint32_t *)userdata};
  (void)name, (void)arguments;
  reply(responder, CONTENT(TEXT("Whoever wants to know is told.")));
  must(mcpe_server_publish(server, &change));
}

// What a tool asks for, and what it says before the first answer.
struct question {
  uint32_t input;
  const char *key, *params, *prefix;
};

static int asks(mcpe_responder responder, uint32_t input, const char *key, const char *params) {
  must(mcpe_responder_want(responder, input, key, strlen(key), params, params ? strlen(params) : 0));
  mcpe_status status = mcpe_responder_ask(responder);
  if (status < 0) {
    const char *why = mcpe_error_message();
    must(mcpe_responder_fail(responder, -32602, why, strlen(why), NULL, 0));
  }
  return status == MCPE_OK;
}

static void says_input(mcpe_responder responder, const char *prefix, const char *key) {
  char said[8192];
  size_t begin = strlen(prefix), len = 0;
  memcpy(said, prefix, begin);
  must(mcpe_responder_input(responder, key, strlen(key), mcpe_to_memory(said + begin, sizeof said - begin), &len));
  must(mcpe_responder_reply_text(responder, said, begin + len, 0));
}

static void asking(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  const struct question *question = userdata;
  char params[8192];
  (void)name;
  mcpe_str given = argument(arguments, question->input == MCPE_INPUT_SAMPLING ? "prompt" : "message");
  snprintf(params, sizeof params, question->params, (int)given.len, given.ptr);
  if (asks(responder, question->input, question->key, question->input == MCPE_INPUT_ROOTS ? NULL : params)) {
    says_input(responder, question->prefix, question->key);
  }
}

static void confirms(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  (void)name, (void)arguments;
  must(mcpe_responder_remember(responder, "asked", 5, "\"confirm\"", 9));
  if (asks(responder, MCPE_INPUT_ELICITATION, "confirm", SURE)) reply(responder, userdata);
}

static void several(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  (void)userdata, (void)name, (void)arguments;
  must(mcpe_responder_remember(responder, "asked", 5, "\"all\"", 5));
  must(mcpe_responder_want(responder, MCPE_INPUT_ELICITATION, "user_name", 9, NAME, sizeof NAME - 1));
  must(mcpe_responder_want(responder, MCPE_INPUT_SAMPLING, "greeting", 8, QUESTION("Say hello."), sizeof QUESTION("Say hello.") - 1));
  if (asks(responder, MCPE_INPUT_ROOTS, "client_roots", NULL)) says_input(responder, "All is known: ", "user_name");
}

static void rounds(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  (void)name, (void)arguments;
  must(mcpe_responder_remember(responder, "asked", 5, "\"rounds\"", 8));
  if (asks(responder, MCPE_INPUT_ELICITATION, "step1", NAME) && asks(responder, MCPE_INPUT_ELICITATION, "step2", SURE)) {
    reply(responder, userdata);
  }
}

static void whatever(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  mcpe_asker asker;
  (void)name, (void)arguments;
  must(mcpe_responder_asker(responder, &asker));
  if (asker.capabilities & MCPE_CAPABILITY_SAMPLING) {
    must(mcpe_responder_want(responder, MCPE_INPUT_SAMPLING, "greeting", 8, QUESTION("Say hello."), sizeof QUESTION("Say hello.") - 1));
  }
  if (asker.capabilities & MCPE_CAPABILITY_ELICITATION_FORM) {
    must(mcpe_responder_want(responder, MCPE_INPUT_ELICITATION, "user_name", 9, NAME, sizeof NAME - 1));
  }
  if (asker.capabilities & MCPE_CAPABILITY_ROOTS) must(mcpe_responder_want(responder, MCPE_INPUT_ROOTS, "client_roots", 12, NULL, 0));
  if (mcpe_responder_ask(responder) == MCPE_OK) reply(responder, userdata);
}

static void missing(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  mcpe_asker asker;
  (void)name, (void)arguments;
  must(mcpe_responder_asker(responder, &asker));
  if (asker.capabilities & MCPE_CAPABILITY_SAMPLING) reply(responder, userdata);
  else must(mcpe_responder_require(responder, MCPE_CAPABILITY_SAMPLING));
}

static void region(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  char said[1024];
  mcpe_str where = argument(arguments, "region");
  (void)userdata, (void)name;
  int len = snprintf(said, sizeof said, "The region is %.*s.", (int)where.len, where.ptr);
  must(mcpe_responder_reply_text(responder, said, (size_t)len, 0));
}

static void by_template(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  char said[1024];
  mcpe_str id = argument(arguments, "id");
  (void)userdata;
  snprintf(said, sizeof said,
           "{\"contents\":[{\"uri\":\"%.*s\",\"mimeType\":\"application/json\",\"text\":\"{\\\"id\\\":\\\"%.*s\\\",\\\"templateTest\\\":true}\"}]}",
           (int)name.len, name.ptr, (int)id.len, id.ptr);
  reply(responder, said);
}

static void with_arguments(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  char said[1024];
  mcpe_str one = argument(arguments, "arg1"), two = argument(arguments, "arg2");
  (void)userdata, (void)name;
  snprintf(said, sizeof said, "{\"messages\":[" USER(TEXT("Prompt with arguments: arg1='%.*s', arg2='%.*s'")) "]}", (int)one.len, one.ptr,
           (int)two.len, two.ptr);
  reply(responder, said);
}

static void with_resource(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  char said[2048];
  mcpe_str uri = argument(arguments, "resourceUri");
  (void)userdata, (void)name;
  snprintf(said, sizeof said,
           "{\"messages\":[" USER(RESOURCE("%.*s", "text/plain", "Embedded resource content for testing.")) "," USER(
               TEXT("Please process the embedded resource above.")) "]}",
           (int)uri.len, uri.ptr);
  reply(responder, said);
}

static void context(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  (void)name, (void)arguments;
  if (asks(responder, MCPE_INPUT_ELICITATION, "user_context", FORM("What is your context?", "\"name\":{\"type\":\"string\"}", "\"name\""))) {
    reply(responder, userdata);
  }
}

static void completes(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  static const char *const known[] = {"paris", "park", "party", "test1", "test2"};
  char said[256];
  mcpe_str asked = {"{}", 2};
  (void)userdata, (void)name;
  mcpe_json_member(arguments.ptr, arguments.len, "argument", 8, &asked);
  mcpe_str value = argument(asked, "value");
  int len = snprintf(said, sizeof said, "{\"completion\":{\"values\":[");
  for (int at = 0; at < 5; at++) {
    if (strncmp(known[at], value.ptr, value.len)) continue;
    len += snprintf(said + len, sizeof said - (size_t)len, "%s\"%s\"", said[len - 1] == '[' ? "" : ",", known[at]);
  }
  snprintf(said + len, sizeof said - (size_t)len, "],\"hasMore\":false}}");
  reply(responder, said);
}

static void greets(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  char said[512];
  mcpe_str who = argument(arguments, "name");
  (void)userdata, (void)name;
  must(mcpe_responder_reply_text(responder, said, (size_t)snprintf(said, sizeof said, "Hello, %.*s!", (int)who.len, who.ptr), 0));
}

static void computes(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  mcpe_str given = {"0", 1};
  double seconds = 0;
  uint32_t cancelled = 0;
  (void)name;
  mcpe_json_member(arguments.ptr, arguments.len, "seconds", 7, &given);
  mcpe_json_number(given.ptr, given.len, &seconds);
  for (int left = (int)(seconds * 100); left > 0 && !cancelled; left--) {
    sleep_ms(10);
    must(mcpe_responder_is_cancelled(responder, &cancelled));
  }
  reply(responder, userdata);
}

static void fails_later(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  (void)name, (void)arguments;
  sleep_ms(1000);
  reply(responder, userdata);
}

static void breaks(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  (void)userdata, (void)name, (void)arguments;
  must(mcpe_responder_fail(responder, -32603, "the job is broken", 17, NULL, 0));
}

static void deletes(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  char params[1024];
  mcpe_str file = argument(arguments, "filename");
  (void)userdata, (void)name;
  snprintf(params, sizeof params, FORM("Delete %.*s?", "\"confirm\":{\"type\":\"boolean\"}", "\"confirm\""), (int)file.len, file.ptr);
  if (asks(responder, MCPE_INPUT_ELICITATION, "confirm", params)) says_input(responder, "The user has said: ", "confirm");
}

static void asks_two(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  (void)userdata, (void)name, (void)arguments;
  must(mcpe_responder_want(responder, MCPE_INPUT_ELICITATION, "name", 4, NAME, sizeof NAME - 1));
  if (asks(responder, MCPE_INPUT_ELICITATION, "confirm", CONFIRM)) says_input(responder, "The user is ", "name");
}

static void named(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  (void)userdata, (void)name, (void)arguments;
  if (!asks(responder, MCPE_INPUT_ELICITATION, "user_name", NAME)) return;
  sleep_ms(500);
  says_input(responder, "It has taken a while: ", "user_name");
}

static void task_of(const char *name, const char *schema, uint32_t support, mcpe_serve_callback serve, const char *ask_first, const char *result) {
  mcpe_part part = {.size = sizeof part, .name = mcpe_text(name), .description = mcpe_text("For the conformance suite."),
                    .input_schema = mcpe_text(schema), .task = support, .ask_first = mcpe_text(ask_first), .serve = serve, .userdata = (void *)result};
  must(mcpe_server_add_tool(server, &part));
}

static void add_tasks(void) {
  task_of("greet", STRING("name"), MCPE_TASK_SUPPORT_NONE, greets, NULL, NULL);
  task_of("slow_compute", "{\"type\":\"object\",\"properties\":{\"seconds\":{\"type\":\"number\"},\"label\":{\"type\":\"string\"}},\"required\":[\"seconds\"]}",
          MCPE_TASK_SUPPORT_OPTIONAL, computes, NULL, CONTENT(TEXT("It is computed.")));
  task_of("failing_job", NOTHING, MCPE_TASK_SUPPORT_REQUIRED, fails_later, NULL, "{\"isError\":true,\"content\":[" TEXT("The job has failed, as it always does.") "]}");
  task_of("protocol_error_job", NOTHING, MCPE_TASK_SUPPORT_OPTIONAL, breaks, NULL, NULL);
  task_of("confirm_delete", STRING("filename"), MCPE_TASK_SUPPORT_OPTIONAL, deletes, NULL, NULL);
  task_of("multi_input", NOTHING, MCPE_TASK_SUPPORT_OPTIONAL, asks_two, NULL, NULL);
  task_of("test_tool_with_task", NOTHING, MCPE_TASK_SUPPORT_REQUIRED, named, "{\"user_name\":{\"method\":\"elicitation/create\",\"params\":" NAME "}}", NULL);
}

static void tool_of(const char *name, const char *schema, mcpe_serve_callback serve, const void *userdata) {
  mcpe_part part = {.size = sizeof part, .name = mcpe_text(name), .description = mcpe_text("For the conformance suite."),
                    .input_schema = mcpe_text(schema), .serve = serve, .userdata = (void *)userdata};
  must(mcpe_server_add_tool(server, &part));
}

static void tool(const char *name, mcpe_serve_callback serve, const void *userdata) {
  tool_of(name, NOTHING, serve, userdata);
}

static void resource(const char *uri, const char *definition, const char *contents) {
  mcpe_part part = {.size = sizeof part, .name = mcpe_text(uri), .definition = mcpe_text(definition), .serve = fixed, .userdata = (void *)contents};
  must(mcpe_server_add_resource(server, &part));
}

static void prompt(const char *name, const char *definition, mcpe_serve_callback serve, const char *messages) {
  mcpe_part part = {.size = sizeof part, .name = mcpe_text(name), .description = mcpe_text("For the conformance suite."),
                    .definition = mcpe_text(definition), .serve = serve, .userdata = (void *)messages};
  must(mcpe_server_add_prompt(server, &part));
}

static void add_tools(void) {
  static const uint32_t tools = MCPE_CHANGE_TOOLS, prompts = MCPE_CHANGE_PROMPTS;
  tool("test_simple_text", fixed, CONTENT(TEXT("This is a simple text response for testing.")));
  tool("test_image_content", fixed, CONTENT(IMAGE));
  tool("test_audio_content", fixed, CONTENT(AUDIO));
  tool("test_embedded_resource", fixed, CONTENT(RESOURCE("test://embedded-resource", "text/plain", "This is an embedded resource.")));
  tool("test_multiple_content_types", fixed,
       CONTENT(TEXT("Multiple content types test:") "," IMAGE "," RESOURCE("test://mixed-content-resource", "application/json",
                                                                          "{\\\"test\\\":\\\"data\\\",\\\"value\\\":123}")));
  tool("test_error_handling", fixed, "{\"isError\":true,\"content\":[" TEXT("This tool intentionally returns an error for testing") "]}");
  tool("test_tool_with_progress", progress, CONTENT(TEXT("The work is done.")));
  tool("test_tool_with_logging", logs, CONTENT(TEXT("The log messages are sent.")));
  tool("test_logging_tool", logs, CONTENT(TEXT("The log messages are sent.")));
  tool("test_reconnection", reconnects, CONTENT(TEXT("The stream was closed meanwhile.")));
  tool("test_trigger_tool_change", changed, &tools);
  tool("test_trigger_prompt_change", changed, &prompts);
  tool("test_missing_capability", missing, CONTENT(TEXT("The client has a language model.")));
  tool_of("test_region_header", "{\"type\":\"object\",\"properties\":{\"region\":{\"type\":\"string\",\"x-mcp-header\":\"Region\",\"description\":\"Where.\"}},\"required\":[\"region\"]}", region, NULL);
  tool_of("json_schema_2020_12_tool",
          "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"type\":\"object\",\"$defs\":{\"address\":{\"$anchor\":\"addressDef\",\"type\":\"object\",\"properties\":{\"street\":{\"type\":\"string\"},\"city\":{\"type\":\"string\"}}}},\"properties\":{\"name\":{\"type\":\"string\"},\"address\":{\"$ref\":\"#/$defs/address\"},\"contactMethod\":{\"type\":\"string\",\"enum\":[\"phone\",\"email\"]},\"phone\":{\"type\":\"string\"},\"email\":{\"type\":\"string\"}},\"allOf\":[{\"anyOf\":[{\"required\":[\"phone\"]},{\"required\":[\"email\"]}]}],\"if\":{\"properties\":{\"contactMethod\":{\"const\":\"phone\"}},\"required\":[\"contactMethod\"]},\"then\":{\"required\":[\"phone\"]},\"else\":{\"required\":[\"email\"]},\"additionalProperties\":false}",
          fixed, CONTENT(TEXT("The arguments are fine.")));
}

static void add_questions(void) {
  static const struct question sampling = {MCPE_INPUT_SAMPLING, "answer", QUESTION("%.*s"), "LLM response: "};
  static const struct question user = {
      MCPE_INPUT_ELICITATION, "user",
      FORM("%.*s", "\"username\":{\"type\":\"string\",\"description\":\"User's response\"},\"email\":{\"type\":\"string\",\"description\":\"User's email address\"}",
           "\"username\",\"email\""),
      "User response: "};
  static const struct question defaults = {
      MCPE_INPUT_ELICITATION, "user",
      FORM("Please review and update the form fields with defaults",
           "\"name\":{\"type\":\"string\",\"default\":\"John Doe\"},\"age\":{\"type\":\"integer\",\"default\":30},\"score\":{\"type\":\"number\",\"default\":95.5},\"status\":{\"type\":\"string\",\"enum\":[\"active\",\"inactive\",\"pending\"],\"default\":\"active\"},\"verified\":{\"type\":\"boolean\",\"default\":true}",
           ""),
      "Elicitation completed: "};
  static const struct question enums = {
      MCPE_INPUT_ELICITATION, "user",
      FORM("Please select options from the enum fields",
           "\"untitledSingle\":{\"type\":\"string\",\"enum\":[\"option1\",\"option2\",\"option3\"]},\"titledSingle\":{\"type\":\"string\",\"oneOf\":[{\"const\":\"value1\",\"title\":\"First Option\"},{\"const\":\"value2\",\"title\":\"Second Option\"}]},\"legacyEnum\":{\"type\":\"string\",\"enum\":[\"opt1\",\"opt2\"],\"enumNames\":[\"Option One\",\"Option Two\"]},\"untitledMulti\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"option1\",\"option2\",\"option3\"]}},\"titledMulti\":{\"type\":\"array\",\"items\":{\"anyOf\":[{\"const\":\"value1\",\"title\":\"First Choice\"},{\"const\":\"value2\",\"title\":\"Second Choice\"}]}}",
           ""),
      "Elicitation completed: "};
  static const struct question who = {MCPE_INPUT_ELICITATION, "user_name", NAME, "Hello: "};
  static const struct question capital = {MCPE_INPUT_SAMPLING, "capital_question", QUESTION("What is the capital of France?"), "The model says: "};
  static const struct question roots = {MCPE_INPUT_ROOTS, "client_roots", "", "The roots: "};
  tool_of("test_sampling", "{\"type\":\"object\",\"properties\":{\"prompt\":{\"type\":\"string\"}},\"required\":[\"prompt\"]}", asking, &sampling);
  tool_of("test_elicitation", "{\"type\":\"object\",\"properties\":{\"message\":{\"type\":\"string\"}},\"required\":[\"message\"]}", asking, &user);
  tool("test_elicitation_sep1034_defaults", asking, &defaults);
  tool("test_elicitation_sep1330_enums", asking, &enums);
  tool("test_streaming_elicitation", asking, &who);
  tool("test_input_required_result_elicitation", asking, &who);
  tool("test_input_required_result_sampling", asking, &capital);
  tool("test_input_required_result_list_roots", asking, &roots);
  tool("test_input_required_result_request_state", confirms, CONTENT(TEXT("Confirmed: state-ok")));
  tool("test_input_required_result_tampered_state", confirms, CONTENT(TEXT("Confirmed: state-ok")));
  tool("test_input_required_result_multiple_inputs", several, NULL);
  tool("test_input_required_result_multi_round", rounds, CONTENT(TEXT("Both rounds are done.")));
  tool("test_input_required_result_capabilities", whatever, CONTENT(TEXT("The client has answered all that it can.")));
}

static void add_resources_and_prompts(void) {
  mcpe_part family = {.size = sizeof family, .name = mcpe_text("test://template/{id}/data"), .serve = by_template,
                      .definition = mcpe_text("{\"name\":\"template\",\"mimeType\":\"application/json\"}")};
  resource("test://static-text", "{\"name\":\"static-text\",\"mimeType\":\"text/plain\"}",
           "{\"contents\":[{\"uri\":\"test://static-text\",\"mimeType\":\"text/plain\",\"text\":\"This is the content of the static text resource.\"}]}");
  resource("test://static-binary", "{\"name\":\"static-binary\",\"mimeType\":\"image/png\"}",
           "{\"contents\":[{\"uri\":\"test://static-binary\",\"mimeType\":\"image/png\",\"blob\":\"iVBORw0KGgo=\"}]}");
  resource("test://watched-resource", "{\"name\":\"watched-resource\",\"mimeType\":\"text/plain\"}",
           "{\"contents\":[{\"uri\":\"test://watched-resource\",\"mimeType\":\"text/plain\",\"text\":\"Somebody may be watching this.\"}]}");
  must(mcpe_server_add_resource_template(server, &family));
  prompt("test_simple_prompt", "{}", fixed, "{\"messages\":[" USER(TEXT("This is a simple prompt for testing.")) "]}");
  prompt("test_prompt_with_arguments", "{\"arguments\":[{\"name\":\"arg1\",\"required\":true},{\"name\":\"arg2\",\"required\":true}]}", with_arguments, NULL);
  prompt("test_prompt_with_embedded_resource", "{\"arguments\":[{\"name\":\"resourceUri\",\"required\":true}]}", with_resource, NULL);
  prompt("test_prompt_with_image", "{}", fixed, "{\"messages\":[" USER(IMAGE) "," USER(TEXT("Please analyze the image above.")) "]}");
  prompt("test_input_required_result_prompt", "{}", context, "{\"messages\":[" USER(TEXT("The user has given a context.")) "]}");
}

int main(void) {
  char url[256];
  size_t len = 0;
  mcpe_task_limits tasks = {.size = sizeof tasks};
  mcpe_server_options options = {.size = sizeof options, .name = mcpe_text("conformance in C"), .version = mcpe_text("1"), .logging = 1,
                                 .changes = MCPE_CHANGES_TOLD, .complete = completes, .tasks = &tasks,
                                 .instructions = mcpe_text("For the conformance suite.")};
  must(mcpe_server_new(&options, &server));
  add_tools();
  add_questions();
  add_tasks();
  add_resources_and_prompts();
  must(mcpe_server_serve_http(server, NULL, mcpe_to_memory(url, sizeof url), &len));
  fprintf(stderr, "serves on %.*s\n", (int)len, url);
  must(mcpe_server_wait(server));
  must(mcpe_server_free(server));
  return 0;
}
