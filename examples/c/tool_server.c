// A server with one tool, over standard input and output.
//
//   cargo build -p mcp-engine-c-full
//   cc -Iinclude examples/c/tool_server.c target/debug/libmcp_engine_full.a -lm -ldl -lpthread -o tool_server
#define MCPE_FULL
#include <stdio.h>

#include "mcp_engine.h"

// Answers from the thread that it is called on; any other one could do that as well, later.
static void add(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  mcpe_str a, b;
  double left, right;
  char sum[64];
  (void)userdata, (void)name;
  if (mcpe_json_member(arguments.ptr, arguments.len, "a", 1, &a) || mcpe_json_number(a.ptr, a.len, &left) ||
      mcpe_json_member(arguments.ptr, arguments.len, "b", 1, &b) || mcpe_json_number(b.ptr, b.len, &right)) {
    static const char wrong[] = "`a` and `b` have to be numbers";
    mcpe_responder_reply_text(responder, wrong, sizeof wrong - 1, 1);
    return;
  }
  mcpe_responder_reply_text(responder, sum, (size_t)snprintf(sum, sizeof sum, "%.17g", left + right), 0);
}

int main(void) {
  mcpe_server server = {0, 0};
  mcpe_server_options options = {.size = sizeof options, .name = mcpe_text("adder"), .version = mcpe_text("1.0")};
  mcpe_part tool = {.size = sizeof tool, .name = mcpe_text("add"), .description = mcpe_text("Adds two numbers."), .serve = add};
  tool.input_schema = mcpe_text("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"number\"},\"b\":{\"type\":\"number\"}},"
                                "\"required\":[\"a\",\"b\"]}");
  mcpe_status status = mcpe_server_new(&options, &server);
  if (status == MCPE_OK) status = mcpe_server_add_tool(server, &tool);
  if (status == MCPE_OK) status = mcpe_server_serve_stdio(server);
  if (status != MCPE_OK) fprintf(stderr, "%s\n", mcpe_error_message());
  mcpe_server_free(server);
  return status != MCPE_OK;
}
