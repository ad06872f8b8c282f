// The server of examples/c/tool_server.c in C++17: one tool that is a lambda, over standard input and output, or over HTTP until the input ends.
//
//   cargo build -p mcp-engine-c-full
//   c++ -std=c++17 -Iinclude examples/cpp/tool_server.cpp target/debug/libmcp_engine_full.a -lm -ldl -lpthread -o tool_server
//   ./tool_server [127.0.0.1:8080]
#define MCPE_FULL
#include <iostream>

#include "mcp_engine.hpp"

static const char *const SCHEMA = R"({"type":"object","properties":{"a":{"type":"number"},"b":{"type":"number"}},"required":["a","b"]})";

static std::optional<double> number(std::string_view arguments, std::string_view name) {
  auto value = mcpe::member(arguments, name);
  return value ? mcpe::number_of(*value) : std::nullopt;
}

int main(int argc, char **argv) try {
  auto server = mcpe::server::make("adder", "1.0");
  server.add_tool("add", "Adds two numbers.", SCHEMA, [](mcpe::responder responder, std::string_view, std::string_view arguments) {
    auto a = number(arguments, "a"), b = number(arguments, "b");
    if (a && b) responder.reply_text(std::to_string(*a + *b));
    else responder.reply_text("`a` and `b` have to be numbers", true);
  });
  if (argc < 2) return server.serve_stdio(), 0;
  auto http = mcpe::options<mcpe_http_options>();
  http.address = mcpe::str(argv[1]);
  std::cout << "serving on " << server.serve_http(&http) << std::endl;
  while (std::cin.get() != EOF) {
  }
  server.stop();
  return 0;
} catch (const mcpe::error &error) {
  return std::cerr << error.what() << "\n", 1;
}
