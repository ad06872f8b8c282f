// What the rows of both libraries stand on: what a call may do, and calls of several threads at the same time. Whoever includes it says how many ROUNDS
// those make, and makes one of everything.
#ifndef ROWS_H
#define ROWS_H

#include <pthread.h>

#include "check.h"

static void fresh(void);
static void stale(void);

static _Thread_local _Alignas(16) unsigned char outputs[4][512];
static unsigned char memory[64];
static const size_t three[2] = {3, 0};

static int known(mcpe_status status) {
  return *mcpe_status_name(status) != 0;
}

static mcpe_status last_status;

// The call gave what it may, has said why, and has left its outputs alone when it failed.
#define expect(function, what, given, may)                                                                        \
  do {                                                                                                            \
    last_status = (given);                                                                                        \
    if (!(may)) {                                                                                                 \
      fprintf(stderr, "%s, %s: gave %s: %s\n", function, what, mcpe_status_name(last_status), mcpe_error_message()); \
      exit(1);                                                                                                    \
    }                                                                                                             \
    if (last_status < 0) CHECK(*mcpe_error_message() != 0);                                                       \
    for (size_t at = 0; last_status < 0 && at < sizeof outputs; at++) {                                           \
      if (((unsigned char *)outputs)[at] != 0xa5) {                                                               \
        fprintf(stderr, "%s, %s: an output was written although it failed\n", function, what);                    \
        exit(1);                                                                                                  \
      }                                                                                                           \
    }                                                                                                             \
  } while (0)

// One sound value of a struct of options.
#define SAMPLE(type, ...) \
  static const type *ok_##type(void) { static const type one = {.size = sizeof(type), __VA_ARGS__}; return &one; }

struct share {
  void (*const *calls)(void);
  size_t len;
  void (*const *last)(void);
  size_t last_len;
};

static void *hammer(void *given) {
  struct share *share = given;
  for (int round = 0; round < ROUNDS; round++) {
    for (size_t at = 0; at < share->len; at++) share->calls[at]();
  }
  for (size_t at = 0; at < share->last_len; at++) share->last[at]();
  return NULL;
}

// Every function on the same handles, from several threads at once, and at last everything is freed by all of them.
static void at_the_same_time(void (*const *calls)(void), size_t len, void (*const *last)(void), size_t last_len) {
  struct share share = {calls, len, last, last_len};
  pthread_t threads[4];
  fresh();
  for (int at = 0; at < 4; at++) CHECK(pthread_create(&threads[at], NULL, hammer, &share) == 0);
  for (int at = 0; at < 4; at++) CHECK(pthread_join(threads[at], NULL) == 0);
  stale();
}

#endif
