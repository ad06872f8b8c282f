// A program that does something else, with an HTTP server of one tool beside it: it counts lines, and the tool says how many there were.
//
//   cargo build -p mcp-engine-c-full
//   cc -Iinclude examples/c/http_server.c target/debug/libmcp_engine_full.a -lm -ldl -lpthread -o http_server
//   ./http_server 127.0.0.1:8080
#define MCPE_FULL
#include <stdatomic.h>
#include <stdio.h>

#include "mcp_engine.h"

static void count(void *userdata, mcpe_responder responder, mcpe_str name, mcpe_str arguments) {
  char said[64];
  (void)name, (void)arguments;
  int len = snprintf(said, sizeof said, "%d lines so far", atomic_load((atomic_int *)userdata));
  mcpe_responder_reply_text(responder, said, (size_t)len, 0);
}

int main(int argc, char **argv) {
  static atomic_int lines;
  char url[256], line[4096];
  size_t len = 0;
  mcpe_server server = {0, 0};
  mcpe_server_options options = {.size = sizeof options, .name = mcpe_text("lines"), .version = mcpe_text("1.0")};
  mcpe_part tool = {.size = sizeof tool, .name = mcpe_text("count"), .description = mcpe_text("Says how many lines there were."),
                    .serve = count, .userdata = &lines};
  mcpe_http_options http = {.size = sizeof http, .address = mcpe_text(argc > 1 ? argv[1] : NULL)};
  mcpe_status status = mcpe_server_new(&options, &server);
  if (status == MCPE_OK) status = mcpe_server_add_tool(server, &tool);
  if (status == MCPE_OK) status = mcpe_server_serve_http(server, &http, mcpe_to_memory(url, sizeof url), &len);
  if (status == MCPE_OK) {
    printf("serving on %.*s\n", (int)len, url), fflush(stdout);
    while (fgets(line, sizeof line, stdin)) atomic_fetch_add(&lines, 1);
    status = mcpe_server_stop(server);
  }
  if (status != MCPE_OK) fprintf(stderr, "%s\n", mcpe_error_message());
  mcpe_server_free(server);
  return status != MCPE_OK;
}
