// The client of examples/c/client.c in C++17: poll() on the pipes of a server that it starts, with handles that free themselves.
//
//   ./client echo '{"text":"hello"}' target/debug/mcp-engine serve
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <iostream>

#include "mcp_engine.hpp"

static mcpe::now now() {
  using namespace std::chrono;
  return {std::uint64_t(nanoseconds(steady_clock::now().time_since_epoch()).count()),
          milliseconds(duration_cast<milliseconds>(system_clock::now().time_since_epoch())).count()};
}

int main(int argc, char **argv) try {
  int in[2], out[2];
  if (argc < 4 || pipe(in) || pipe(out)) return std::cerr << "usage: client TOOL ARGUMENTS SERVER...\n", 2;
  if (fork() == 0) {
    dup2(in[0], 0), dup2(out[1], 1), close(in[0]), close(in[1]), close(out[0]), close(out[1]);
    return execvp(argv[3], argv + 3), 127;
  }
  close(in[0]), close(out[1]);
  auto config = mcpe::options<mcpe_config>();
  config.role = MCPE_ROLE_CLIENT, config.name = mcpe::str("poll"), config.version = mcpe::str("1.0");
  auto connection = mcpe::connection::make(config);
  auto decoder = mcpe::decoder::make();
  auto buffer = mcpe::buffer::make();
  connection.start(now());
  for (bool ended = false;;) {
    while (auto event = connection.poll_event()) {
      if (event->kind() == MCPE_EVENT_READY)
        connection.ask("tools/call", "{\"name\":\"" + std::string(argv[1]) + "\",\"arguments\":" + argv[2] + "}", now());
      for (auto &block : event->content ? event->content.blocks() : std::vector<mcpe_block>())
        if (block.kind == MCPE_BLOCK_TEXT) std::cout << mcpe::unescape(block.text) << "\n";
      ended |= event->kind() == MCPE_EVENT_RESPONSE || event->kind() == MCPE_EVENT_FAILED || event->kind() == MCPE_EVENT_CLOSED;
    }
    if (ended) return close(in[1]);
    while (connection.poll_transmit(buffer)) {
    }
    for (std::string_view piece; !(piece = buffer.front()).empty();) buffer.consume(write(in[1], piece.data(), piece.size()));
    pollfd from{out[0], POLLIN, 0};
    auto due = connection.poll_timeout();
    auto mono = now().mono_ns;
    if (poll(&from, 1, !due ? -1 : *due > mono ? int((*due - mono) / 1000000 + 1) : 0) == 0) connection.handle_timeout(now());
    if (!from.revents) continue;
    auto room = decoder.reserve();
    auto n = read(out[0], room.data(), room.size());
    if (n <= 0) connection.peer_closed();
    decoder.commit(n > 0 ? n : 0);
    while (connection.receive_next(decoder, now())) {
    }
  }
} catch (const mcpe::error &error) {
  return std::cerr << error.what() << "\n", 1;
}
