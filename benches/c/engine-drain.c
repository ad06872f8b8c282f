// The engine by tables: rows of 144 bytes, and no handles.
#include "engine.h"

enum { ROWS = 64 };

static uint64_t drain(mcpe_decoder decoder) {
  static mcpe_item rows[ROWS];
  uint64_t sum = 0;
  size_t count = 0;
  while (mcpe_decoder_drain(decoder, rows, ROWS, sizeof rows[0], &count) == MCPE_OK)
    for (size_t at = 0; at < count; at++) {
      must(rows[at].status == MCPE_OK, "a line was refused");
      sum += fold(&rows[at].index);
    }
  return sum;
}

uint64_t contender_pass(const char *wire, size_t len) { return each_read(wire, len, drain); }
