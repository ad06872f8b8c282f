// A client on a loop of its own: poll() on the pipes of a server that it starts, and the engine in between, which does no I/O.
//
//   cargo build -p mcp-engine-c -p mcp-engine-cli
//   cc -Iinclude examples/c/client.c target/debug/libmcp_engine_c.a -lm -ldl -lpthread -o client
//   ./client echo '{"text":"hello"}' target/debug/mcp-engine serve
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "mcp_engine.h"

struct client {
  mcpe_connection connection;
  mcpe_decoder decoder;
  mcpe_buffer buffer;
  const char *tool, *arguments;
  int to_server, from_server, ended;
};

static void must(mcpe_status status) {
  if (status < 0) {
    fprintf(stderr, "%s\n", mcpe_error_message());
    exit(1);
  }
}

static mcpe_now now(void) {
  struct timespec mono, wall;
  clock_gettime(CLOCK_MONOTONIC, &mono);
  clock_gettime(CLOCK_REALTIME, &wall);
  return (mcpe_now){(uint64_t)mono.tv_sec * 1000000000u + (uint64_t)mono.tv_nsec,
                    (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000};
}

// Starts the server, and keeps the ends of its pipes that are ours.
static pid_t start(struct client *client, char **command) {
  int in[2], out[2];
  if (pipe(in) || pipe(out)) exit(1);
  pid_t server = fork();
  if (server == 0) {
    dup2(in[0], 0);
    dup2(out[1], 1);
    close(in[0]), close(in[1]), close(out[0]), close(out[1]);
    execvp(command[0], command);
    _exit(127);
  }
  close(in[0]), close(out[1]);
  client->to_server = in[1], client->from_server = out[0];
  fcntl(client->to_server, F_SETFL, O_NONBLOCK);
  return server;
}

static void call(struct client *client) {
  size_t len = strlen(client->tool) + strlen(client->arguments) + 32, quoted_len = 0;
  char *quoted = malloc(len * 6), *params = malloc(len * 7);
  mcpe_request request = {.size = sizeof request, .method = mcpe_text("tools/call")};
  int64_t id;
  if (!quoted || !params) exit(1);
  must(mcpe_json_escape(client->tool, strlen(client->tool), mcpe_to_memory(quoted, len * 6), &quoted_len));
  snprintf(params, len * 7, "{\"name\":%.*s,\"arguments\":%s}", (int)quoted_len, quoted, client->arguments);
  request.params = mcpe_text(params);
  must(mcpe_connection_request(client->connection, &request, now(), &id));
  free(quoted), free(params);
}

static void show(mcpe_message answer) {
  mcpe_block block;
  mcpe_str bytes;
  size_t count = 0, written = 0;
  for (size_t at = 0; mcpe_message_blocks(answer, at, &block, 1, sizeof block, &count) == MCPE_OK; at++) {
    if (block.kind != MCPE_BLOCK_TEXT) continue;
    char *text = malloc(block.text.len + 1);
    if (!text) exit(1);
    must(mcpe_json_unescape(block.text.ptr, block.text.len, mcpe_to_memory(text, block.text.len + 1), &written));
    printf("%.*s\n", (int)written, text);
    free(text);
  }
  mcpe_error_object error;
  if (mcpe_message_error(answer, &error) == MCPE_OK && mcpe_message_bytes(answer, &bytes) == MCPE_OK) {
    printf("%.*s\n", (int)bytes.len, bytes.ptr);
  }
}

static void hear(struct client *client, mcpe_event event) {
  mcpe_str revision;
  switch (event.kind) {
    case MCPE_EVENT_READY:
      must(mcpe_revision_name(event.revision, &revision));
      printf("it speaks %.*s\n", (int)revision.len, revision.ptr);
      call(client);
      break;
    case MCPE_EVENT_RESPONSE:
      show(event.message);
      client->ended = 1;
      break;
    case MCPE_EVENT_FAILED:
    case MCPE_EVENT_CLOSED:
      fprintf(stderr, "no answer, for reason %u\n", event.reason);
      client->ended = 1;
      break;
    default:
      break;
  }
}

// After every call that changes the connection: hear what it says, and take what it sends.
static void settle(struct client *client) {
  mcpe_event event;
  mcpe_transmit transmit;
  while (mcpe_connection_poll_event(client->connection, &event) == MCPE_OK) {
    hear(client, event);
    must(mcpe_message_free(event.message));
  }
  while (mcpe_connection_poll_transmit(client->connection, client->buffer, &transmit) == MCPE_OK) {
  }
}

static void read_some(struct client *client) {
  uint8_t *room;
  size_t room_len;
  must(mcpe_decoder_reserve(client->decoder, &room, &room_len));
  ssize_t n = read(client->from_server, room, room_len);
  if (n <= 0) {
    must(mcpe_connection_peer_closed(client->connection));
    settle(client);
    return;
  }
  must(mcpe_decoder_commit(client->decoder, (size_t)n));
  mcpe_status took;
  while ((took = mcpe_connection_receive_next(client->connection, MCPE_STREAM_MAIN, client->decoder, now())) != MCPE_NOTHING) {
    // What broke a rule was answered; the conversation goes on.
    if (took < 0) fprintf(stderr, "%s\n", mcpe_error_message());
    settle(client);
  }
}

static size_t waiting(struct client *client) {
  size_t len = 0;
  must(mcpe_buffer_len(client->buffer, &len));
  return len;
}

static void write_some(struct client *client) {
  mcpe_str pieces[16];
  struct iovec vectors[16];
  size_t count = 0;
  must(mcpe_buffer_pieces(client->buffer, pieces, 16, sizeof *pieces, &count));
  for (size_t at = 0; at < count; at++) vectors[at] = (struct iovec){(void *)pieces[at].ptr, pieces[at].len};
  ssize_t n = writev(client->to_server, vectors, (int)count);
  if (n > 0) must(mcpe_buffer_consume(client->buffer, (size_t)n));
  if (n < 0 && errno != EAGAIN && errno != EINTR) must(mcpe_connection_peer_closed(client->connection));
}

static int timeout_ms(struct client *client) {
  uint64_t due;
  if (mcpe_connection_poll_timeout(client->connection, &due) != MCPE_OK) return -1;
  uint64_t mono = now().mono_ns, ms = due <= mono ? 0 : (due - mono) / 1000000 + 1;
  return ms > 60000 ? 60000 : (int)ms;
}

int main(int argc, char **argv) {
  struct client client = {.tool = argc > 3 ? argv[1] : NULL, .arguments = argc > 3 ? argv[2] : NULL};
  if (argc < 4) {
    fprintf(stderr, "usage: client TOOL ARGUMENTS SERVER...\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  pid_t server = start(&client, argv + 3);
  mcpe_config config = {.size = sizeof config, .role = MCPE_ROLE_CLIENT, .name = mcpe_text("poll"), .version = mcpe_text("1.0")};
  must(mcpe_connection_new(&config, &client.connection));
  must(mcpe_decoder_new(NULL, &client.decoder));
  must(mcpe_buffer_new(MCPE_FRAMING_LINE, &client.buffer));
  must(mcpe_connection_start(client.connection, now()));
  settle(&client);
  while (!client.ended) {
    struct pollfd both[2] = {{client.from_server, POLLIN, 0}, {client.to_server, waiting(&client) ? POLLOUT : 0, 0}};
    if (poll(both, 2, timeout_ms(&client)) < 0 && errno != EINTR) return 1;
    if (both[0].revents) read_some(&client);
    if (both[1].revents & POLLOUT) write_some(&client);
    must(mcpe_connection_handle_timeout(client.connection, now()));
    settle(&client);
  }
  must(mcpe_connection_free(client.connection));
  must(mcpe_decoder_free(client.decoder));
  must(mcpe_buffer_free(client.buffer));
  close(client.to_server);
  waitpid(server, NULL, 0);
  return 0;
}
