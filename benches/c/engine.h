// The engine as a program in C reads with it: reads of 64 KiB are fed, and an index of 128 bytes comes out of each line.
#ifndef ENGINE_H
#define ENGINE_H

#include "contender.h"
#include "mcp_engine.h"

enum { READ = 64 << 10 };

// The decoder of this contender.
static inline mcpe_decoder decoder(void) {
  static mcpe_decoder made;
  if (made.generation == 0) must(mcpe_decoder_new(NULL, &made) == MCPE_OK, "no decoder");
  return made;
}

// One message as `Seen::fold` of benches/peers folds it.
static inline uint64_t fold(const mcpe_msg_index *index) {
  uint64_t method = index->method.len > 2 ? index->method.len - 2 : 0;
  uint64_t lengths = (uint64_t)index->payload.len + (method << 24) + ((uint64_t)index->id.len << 32);
  return lengths ^ ((uint64_t)index->kind << 60);
}

// Sums up what `read` sees after each read of the wire.
static inline uint64_t each_read(const char *wire, size_t len, uint64_t (*read)(mcpe_decoder)) {
  uint64_t sum = 0;
  while (len > 0) {
    size_t n = len < READ ? len : READ;
    must(mcpe_decoder_feed(decoder(), (const uint8_t *)wire, n) == MCPE_OK, "the decoder takes no bytes");
    sum += read(decoder());
    wire += n;
    len -= n;
  }
  return sum;
}

#endif
