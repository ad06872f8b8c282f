// The engine by handles: a message each, whose verdict, index and bytes are asked for at once, and which is freed.
#include "engine.h"

static uint64_t next(mcpe_decoder decoder) {
  uint64_t sum = 0;
  mcpe_message message;
  while (mcpe_decoder_next(decoder, &message) == MCPE_OK) {
    mcpe_item item;
    must(mcpe_message_item(message, &item) == MCPE_OK && item.status == MCPE_OK, "a line was refused");
    must(item.bytes != NULL, "no bytes");
    sum += fold(&item.index);
    must(mcpe_message_free(message) == MCPE_OK, "a message was freed already");
  }
  return sum;
}

uint64_t contender_pass(const char *wire, size_t len) { return each_read(wire, len, next); }
