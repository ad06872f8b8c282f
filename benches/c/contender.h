// What a contender of the station `c` of benches/peers exports: one pass over a wire, and a checksum of what was read.
#ifndef CONTENDER_H
#define CONTENDER_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

// Reads every line of `wire`, which ends with a newline and has 64 bytes behind it that may be read. What it needs from pass to pass it keeps.
// The engine yields the sum of `Seen::fold` of benches/peers, the others that of `touched` below.
uint64_t contender_pass(const char *wire, size_t len);

#ifdef __cplusplus
}
#endif

// The corpus is valid: whoever refuses a line of it, or cannot get what a pass needs, has no time to be compared.
static inline void must(int holds, const char *what) {
  if (!holds) {
    fprintf(stderr, "contender: %s\n", what);
    abort();
  }
}

// What of a tree was looked at: the id, the length of the method, how many members the payload has.
static inline uint64_t touched(int64_t id, size_t method_len, size_t members) {
  return (id > 0 ? (uint64_t)id : 0) + method_len + members;
}

#endif
