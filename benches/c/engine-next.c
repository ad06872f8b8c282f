// The engine by handles: a message each, whose index and bytes are asked for, and which is freed.
#include "engine.h"

static uint64_t next(mcpe_decoder decoder) {
  uint64_t sum = 0;
  mcpe_message message;
  while (mcpe_decoder_next(decoder, &message) == MCPE_OK) {
    mcpe_msg_index index;
    mcpe_str bytes;
    must(mcpe_message_verdict(message) == MCPE_OK, "a line was refused");
    must(mcpe_message_index(message, &index) == MCPE_OK, "no index");
    must(mcpe_message_bytes(message, &bytes) == MCPE_OK && bytes.len == index.len, "no bytes");
    sum += fold(&index);
    must(mcpe_message_free(message) == MCPE_OK, "a message was freed already");
  }
  return sum;
}

uint64_t contender_pass(const char *wire, size_t len) { return each_read(wire, len, next); }
