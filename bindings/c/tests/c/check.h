// What the test programs share: a failed check says where and why, and ends the program.
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "left.h"
#include "mcp_engine.h"

// A literal as pointer and length, and as mcpe_str.
#define T(text) (text), (sizeof(text) - 1)
#define S(text) ((mcpe_str){(text), sizeof(text) - 1})

#define CHECK(what)                                                     \
  do {                                                                  \
    if (!(what)) {                                                      \
      fprintf(stderr, "%s:%d: not so: %s (last failure: %s)\n", __FILE__, __LINE__, #what, mcpe_error_message()); \
      exit(1);                                                          \
    }                                                                   \
  } while (0)

#define IS(status, call)                                                \
  do {                                                                  \
    mcpe_status got = (call);                                           \
    if (got != (status)) {                                              \
      fprintf(stderr, "%s:%d: %s gave %s, not %s: %s\n", __FILE__, __LINE__, #call, mcpe_status_name(got), #status, \
              mcpe_error_message());                                    \
      exit(1);                                                          \
    }                                                                   \
  } while (0)

#define OK(call) IS(MCPE_OK, call)

static inline int same(mcpe_str text, const char *other) {
  return text.len == strlen(other) && (text.len == 0 || memcmp(text.ptr, other, text.len) == 0);
}

static inline int has(mcpe_str text, const char *part) {
  size_t len = strlen(part);
  for (size_t at = 0; at + len <= text.len; at++) {
    if (memcmp(text.ptr + at, part, len) == 0) return 1;
  }
  return 0;
}

// All that waits in a buffer, in one text that is valid until the next call.
static inline mcpe_str all_of(mcpe_buffer buffer) {
  static char text[1 << 20];
  mcpe_str pieces[16];
  size_t count = 0, len = 0;
  if (mcpe_buffer_pieces(buffer, pieces, 16, sizeof(mcpe_str), &count) != MCPE_OK) count = 0;
  for (size_t at = 0; at < count; at++) {
    CHECK(len + pieces[at].len < sizeof(text));
    memcpy(text + len, pieces[at].ptr, pieces[at].len);
    len += pieces[at].len;
  }
  return (mcpe_str){text, len};
}

#endif
