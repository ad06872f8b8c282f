// Calls a tool of a server: call TOOL ARGUMENTS URL, or call TOOL ARGUMENTS PROGRAM…
//
//   cargo build -p mcp-engine-c-full -p mcp-engine-cli
//   cc -Iinclude examples/c/call.c target/debug/libmcp_engine_full.a -lm -ldl -lpthread -o call
//   ./call echo '{"text":"hello"}' target/debug/mcp-engine serve
#define MCPE_FULL
#include <stdio.h>
#include <string.h>

#include "mcp_engine.h"

static char result[1 << 20];

int main(int argc, char **argv) {
  mcpe_client client = {0, 0};
  mcpe_str words[64];
  size_t len = 0, count = 0;
  if (argc < 4) return 2;
  for (; count < 64 && argv[3 + count]; count++) words[count] = mcpe_text(argv[3 + count]);
  mcpe_client_options options = {.size = sizeof options, .argv = words, .argv_len = count};
  if (strncmp(argv[3], "http", 4) == 0) options = (mcpe_client_options){.size = sizeof options, .url = words[0]};
  mcpe_status status = mcpe_client_open(&options, &client);
  if (status == MCPE_OK) {
    status = mcpe_client_call_tool(client, argv[1], strlen(argv[1]), argv[2], strlen(argv[2]), NULL,
                                   mcpe_to_memory(result, sizeof result), &len);
  }
  if (status == MCPE_OK) printf("%.*s\n", (int)len, result);
  else fprintf(stderr, "%s\n", mcpe_error_message());
  mcpe_client_free(client);
  return status != MCPE_OK;
}
